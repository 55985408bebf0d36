//! Files and batches of `OpenAI`: a JSONL file is uploaded, a batch of it created with the intent in its
//! metadata, and its output and error files fetched.

use serde_json::{Value, json};

use super::{BatchItem, ItemOutcome, Parcel, Phase, RemoteBatch, text};
use crate::provider::Response;

/// The metadata key that a batch is found again by.
const INTENT: &str = "corater_intent";
/// Separates the parts of an upload; call keys and JSON never hold it.
const BOUNDARY: &str = "corater-batch-boundary-7f1d6c";

pub(super) fn upload(intent: &str, items: &[BatchItem], url: &str) -> Parcel {
    let line = |item: &BatchItem| {
        json!({"custom_id": item.key, "method": "POST", "url": url, "body": item.body}).to_string() + "\n"
    };
    let lines: String = items.iter().map(line).collect();
    let body = format!(
        "--{BOUNDARY}\r\ncontent-disposition: form-data; name=\"purpose\"\r\n\r\nbatch\r\n\
         --{BOUNDARY}\r\ncontent-disposition: form-data; name=\"file\"; filename=\"{intent}.jsonl\"\r\n\
         content-type: application/jsonl\r\n\r\n{lines}\r\n--{BOUNDARY}--\r\n"
    );
    Parcel {
        is_post: true,
        path: "/files".into(),
        content_type: "multipart/form-data; boundary=corater-batch-boundary-7f1d6c",
        body: body.into_bytes(),
    }
}

pub(super) fn create(intent: &str, file: &str, url: &str) -> Parcel {
    let body = json!({
        "input_file_id": file, "endpoint": url, "completion_window": "24h", "metadata": {INTENT: intent}
    });
    Parcel::post("/batches".into(), &body)
}

pub(super) fn list(after: Option<&str>) -> Parcel {
    let after = after.map(|id| format!("&after={id}")).unwrap_or_default();
    Parcel::get(format!("/batches?limit=100{after}"))
}

pub(super) fn read(id: String, body: &Value) -> RemoteBatch {
    let count = |name: &str| body.pointer(&format!("/request_counts/{name}")).and_then(Value::as_u64);
    let phase = match body.get("status").and_then(Value::as_str) {
        Some("completed" | "expired" | "cancelled") => Phase::Ended,
        Some("failed") => {
            Phase::Failed(text(body, "/errors/data/0/code").unwrap_or_else(|| "no reason given".into()))
        }
        // Validating, in progress, finalizing, cancelling, and what is not invented yet.
        _ => Phase::Working,
    };
    let files = ["/output_file_id", "/error_file_id"].into_iter().filter_map(|pointer| text(body, pointer));
    let is_plain = |file: &String| file.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c));
    RemoteBatch {
        id,
        intent: text(body, &format!("/metadata/{INTENT}")),
        created_at: None,
        total: count("total"),
        done: count("completed").unwrap_or(0) + count("failed").unwrap_or(0),
        phase,
        results: files.filter(is_plain).map(|file| format!("/files/{file}/content")).collect(),
    }
}

/// `{"response": {"status_code", "body"}, "error": null}`, or no response and an error of the batch itself.
pub(super) fn outcome(line: &Value) -> Option<ItemOutcome> {
    if let Some(response) = line.get("response").filter(|response| response.is_object()) {
        let status = u16::try_from(response.get("status_code")?.as_u64()?).ok()?;
        let body = response.get("body").unwrap_or(&Value::Null).to_string().into_bytes();
        return Some(ItemOutcome::Answered(Response { status, retry_after: None, body }));
    }
    line.get("error").filter(|error| error.is_object()).map(|_| ItemOutcome::Nothing)
}
