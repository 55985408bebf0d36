//! Batch interfaces as pure codecs: what to send to upload, create, list, ask after and fetch a batch, and what the
//! answers mean. An item of a batch is one request, told apart by its call key.

mod anthropic;
mod openai;
mod parcel;

use serde_json::Value;

use super::{Dialect, lenient};
use crate::chat::Failure;
pub use crate::provider::batch::parcel::{BatchItem, ItemOutcome, ListPage, Parcel, Phase, RemoteBatch};
use crate::provider::batch::parcel::{text, unreadable};

/// A batch interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BatchWire {
    /// Files and batches of `OpenAI`; the path that items go to.
    OpenAi(&'static str),
    /// Message batches of Anthropic.
    Anthropic,
}

impl Dialect {
    /// The dialect's batch interface, if this program speaks one.
    pub fn batches(self) -> Option<BatchWire> {
        match self {
            Self::OpenaiChat => Some(BatchWire::OpenAi("/v1/chat/completions")),
            Self::OpenaiResponses => Some(BatchWire::OpenAi("/v1/responses")),
            Self::AnthropicMessages => Some(BatchWire::Anthropic),
            Self::AzureOpenai | Self::GoogleGemini => None,
        }
    }
}

impl BatchWire {
    /// The upload that comes before a batch is created, where there is one.
    pub fn upload(self, intent: &str, items: &[BatchItem]) -> Option<Parcel> {
        match self {
            Self::OpenAi(url) => Some(openai::upload(intent, items, url)),
            Self::Anthropic => None,
        }
    }

    /// The id of what was uploaded.
    ///
    /// # Errors
    /// The answer does not hold one.
    pub fn uploaded(self, body: &Value) -> Result<String, Failure> {
        text(body, "/id").ok_or_else(|| unreadable("the upload has no id"))
    }

    /// What creates a batch of the items, or of the upload that holds them.
    pub fn create(self, base_url: &str, intent: &str, upload: Option<&str>, items: &[BatchItem]) -> Parcel {
        match self {
            Self::OpenAi(url) => openai::create(intent, upload.unwrap_or_default(), url),
            Self::Anthropic => anthropic::create(base_url, items),
        }
    }

    /// What lists batches.
    pub fn list(self, base_url: &str, after: Option<&str>) -> Parcel {
        match self {
            Self::OpenAi(_) => openai::list(after),
            Self::Anthropic => anthropic::list(base_url, after),
        }
    }

    /// A page of a list.
    ///
    /// # Errors
    /// The answer is no list.
    pub fn listed(self, body: &Value) -> Result<ListPage, Failure> {
        let list = body.get("data").and_then(Value::as_array);
        let list = list.ok_or_else(|| unreadable("the list of batches has no data"))?;
        let batches = list.iter().map(|batch| self.read("", batch)).collect::<Result<Vec<_>, _>>()?;
        let more = body.get("has_more").and_then(Value::as_bool).unwrap_or(false);
        let next = batches.last().filter(|_| more).map(|batch| batch.id.clone());
        Ok(ListPage { batches, next })
    }

    /// What asks after a batch.
    pub fn status(self, base_url: &str, id: &str) -> Parcel {
        match self {
            Self::OpenAi(_) => Parcel::get(format!("/batches/{id}")),
            Self::Anthropic => Parcel::get(format!("{}/{id}", anthropic::root(base_url))),
        }
    }

    /// A batch as the server tells of it.
    ///
    /// # Errors
    /// The answer is no batch.
    pub fn read(self, base_url: &str, body: &Value) -> Result<RemoteBatch, Failure> {
        let id = text(body, "/id").ok_or_else(|| unreadable("the batch has no id"))?;
        if !id.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c)) {
            return Err(unreadable("the batch's id holds characters that no path may"));
        }
        match self {
            Self::OpenAi(_) => Ok(openai::read(id, body)),
            Self::Anthropic => anthropic::read(id, base_url, body),
        }
    }

    /// What fetches results.
    pub fn fetch(self, path: &str) -> Parcel {
        Parcel::get(path.to_owned())
    }

    /// The items of a results file, each with its key. Lines may come in any order.
    ///
    /// # Errors
    /// A line is not what the interface promises.
    pub fn results(self, bytes: &[u8]) -> Result<Vec<(String, ItemOutcome)>, Failure> {
        let mut found = Vec::new();
        for (index, line) in bytes.split(|byte| *byte == b'\n').enumerate() {
            if line.trim_ascii().is_empty() {
                continue;
            }
            let fault = |what: &str| unreadable(&format!("line {} of the results {what}", index + 1));
            let value = lenient::json(line).map_err(|_| fault("is not JSON"))?;
            let key = text(&value, "/custom_id").ok_or_else(|| fault("has no custom_id"))?;
            let outcome = match self {
                Self::OpenAi(_) => openai::outcome(&value),
                Self::Anthropic => anthropic::outcome(&value),
            };
            found.push((key, outcome.ok_or_else(|| fault("holds neither a result nor an error"))?));
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::FailureKind;
    use serde_json::json;

    const OPENAI: BatchWire = BatchWire::OpenAi("/v1/chat/completions");

    fn items() -> Vec<BatchItem> {
        vec![
            BatchItem { key: "k1".into(), body: json!({"a": 1}) },
            BatchItem { key: "k2".into(), body: json!({"b": "\n"}) },
        ]
    }

    #[test]
    fn an_upload_is_one_line_an_item_in_a_form() {
        let upload = OPENAI.upload("intent", &items()).expect("files");
        assert_eq!((upload.is_post, upload.path.as_str()), (true, "/files"));
        insta::assert_snapshot!(String::from_utf8(upload.body).expect("UTF-8").replace('\r', ""), @r#"
        --corater-batch-boundary-7f1d6c
        content-disposition: form-data; name="purpose"

        batch
        --corater-batch-boundary-7f1d6c
        content-disposition: form-data; name="file"; filename="intent.jsonl"
        content-type: application/jsonl

        {"body":{"a":1},"custom_id":"k1","method":"POST","url":"/v1/chat/completions"}
        {"body":{"b":"\n"},"custom_id":"k2","method":"POST","url":"/v1/chat/completions"}

        --corater-batch-boundary-7f1d6c--
        "#);
        assert_eq!(BatchWire::Anthropic.upload("intent", &items()), None);
    }

    #[test]
    fn batches_are_created_with_what_finds_them_again() {
        let body = |parcel: &Parcel| -> Value { serde_json::from_slice(&parcel.body).expect("JSON") };
        let openai = OPENAI.create("https://h/v1", "intent", Some("file-1"), &items());
        let expected = json!({"input_file_id": "file-1", "endpoint": "/v1/chat/completions",
            "completion_window": "24h", "metadata": {"corater_intent": "intent"}});
        assert_eq!((openai.path.as_str(), body(&openai)), ("/batches", expected));
        let anthropic = BatchWire::Anthropic.create("https://h", "intent", None, &items());
        let expected = json!({"requests": [{"custom_id": "k1", "params": {"a": 1}},
            {"custom_id": "k2", "params": {"b": "\n"}}]});
        assert_eq!((anthropic.path.as_str(), body(&anthropic)), ("/v1/messages/batches", expected));
        assert_eq!(BatchWire::Anthropic.status("https://h/v1", "b1").path, "/messages/batches/b1");
    }

    #[test]
    fn a_batch_is_read_in_every_state() {
        let openai = |status: &str| {
            let body = json!({"id": "batch_1", "object": "batch", "status": status, "metadata": {"corater_intent": "i"},
                "errors": {"data": [{"code": "invalid_json", "line": 1}]}, "output_file_id": "file-2",
                "error_file_id": null, "request_counts": {"total": 3, "completed": 1, "failed": 1}});
            OPENAI.read("https://h/v1", &body).expect("a batch")
        };
        for status in ["validating", "in_progress", "finalizing", "cancelling", "reticulating"] {
            assert_eq!(openai(status).phase, Phase::Working, "{status}");
        }
        for status in ["completed", "expired", "cancelled"] {
            assert_eq!(openai(status).phase, Phase::Ended, "{status}");
        }
        let failed = openai("failed");
        assert_eq!(failed.phase, Phase::Failed("invalid_json".into()));
        assert_eq!((failed.intent.as_deref(), failed.total, failed.done), (Some("i"), Some(3), 2));
        assert_eq!(failed.results, ["/files/file-2/content"]);

        let body = json!({"id": "msgbatch_1", "type": "message_batch", "processing_status": "in_progress",
            "created_at": "2024-09-24T18:37:24.100435Z", "results_url": "https://elsewhere/x",
            "request_counts": {"processing": 2, "succeeded": 1, "errored": 1, "canceled": 0, "expired": 0}});
        let batch = BatchWire::Anthropic.read("https://h", &body).expect("a batch");
        assert_eq!((batch.phase, batch.total, batch.done), (Phase::Working, Some(4), 2));
        assert_eq!(batch.results, ["/v1/messages/batches/msgbatch_1/results"]);
    }

    #[test]
    fn what_is_no_batch_and_no_result_is_said_to_be_none_and_leads_nowhere() {
        for body in [json!({}), json!({"id": ""}), json!({"id": "../../files"}), json!({"id": "a?b"})] {
            assert_eq!(OPENAI.read("", &body).expect_err("no batch").kind, FailureKind::Malformed, "{body}");
        }
        let odd = json!({"id": "b", "status": "completed", "output_file_id": "../secrets"});
        assert_eq!(OPENAI.read("", &odd).expect("a batch").results, Vec::<String>::new());
        for lines in
            ["{", "{}", r#"{"custom_id": "k"}"#, "{\"custom_id\": \"k\", \"result\": {\"type\": \"x\"}}"]
        {
            for wire in [OPENAI, BatchWire::Anthropic] {
                let failure = wire.results(lines.as_bytes()).expect_err(lines);
                assert_eq!(failure.kind, FailureKind::Malformed);
                assert!(failure.message.contains("line 1 of the results"), "{failure}");
            }
        }
    }

    #[test]
    fn results_become_responses_that_the_dialect_reads() {
        let lines = "{\"custom_id\": \"a\", \"response\": {\"status_code\": 429, \"body\": {}}, \"error\": null}\n\n\
            {\"custom_id\": \"b\", \"response\": null, \"error\": {\"code\": \"batch_expired\"}}\n";
        let found = OPENAI.results(lines.as_bytes()).expect("results");
        let status = |outcome: &ItemOutcome| match outcome {
            ItemOutcome::Answered(response) => Some(response.status),
            ItemOutcome::Nothing => None,
        };
        assert_eq!(found.iter().map(|(_, outcome)| status(outcome)).collect::<Vec<_>>(), [Some(429), None]);
        let lines: Vec<String> = ["invalid_request_error", "overloaded_error", "api_error", "unheard_of"]
            .map(|kind| {
                json!({"custom_id": kind, "result": {"type": "errored",
                    "error": {"type": "error", "error": {"type": kind, "message": "m"}}}})
                .to_string()
            })
            .into();
        let found = BatchWire::Anthropic.results(lines.join("\n").as_bytes()).expect("results");
        let statuses: Vec<Option<u16>> = found.iter().map(|(_, outcome)| status(outcome)).collect();
        assert_eq!(statuses, [Some(400), Some(529), Some(500), Some(500)]);
    }
}
