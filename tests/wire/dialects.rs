//! Every dialect against its recorded shapes, and over a real connection: where a request goes, which headers carry the
//! key, what body is sent, and what a reply becomes. A case is a file under tests/fixtures/wire.

use std::{collections::BTreeMap, path::Path};

use corater::{
    chat::{Capabilities, Chat, FailureKind, Finish, OutputFormat, Request},
    provider::{Dialect, Response},
};
use serde_json::{Value, json};
use walkdir::WalkDir;

use crate::{
    Bench, KEY, question,
    support::{answer::Answer, server::FaultServer},
};

/// Cases of one dialect whose names start so, by name.
fn cases(dialect: Dialect, kind: &str) -> BTreeMap<String, Value> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/wire").join(dialect.name());
    let files = WalkDir::new(folder).into_iter().map(|entry| entry.expect("an entry"));
    let named = files.filter_map(|file| {
        let name = file.file_name().to_string_lossy().into_owned();
        name.strip_prefix(kind)?;
        #[expect(clippy::disallowed_methods, reason = "a test reads its cases")]
        let text = std::fs::read_to_string(file.path()).expect("a file");
        Some((format!("{}/{name}", dialect.name()), serde_json::from_str(&text).expect("JSON")))
    });
    named.collect()
}

fn read<T: serde::de::DeserializeOwned>(case: &Value, field: &str) -> T {
    serde_json::from_value(case[field].clone()).unwrap_or_else(|error| panic!("{field}: {error}"))
}

fn response(case: &Value, body: &Value) -> Response {
    Response { status: read(case, "status"), retry_after: None, body: body.to_string().into_bytes() }
}

fn asked() -> Request {
    Request { output: OutputFormat::Text, ..question("Hello.") }
}

#[test]
fn requests_are_written_as_recorded() {
    for dialect in Dialect::ALL {
        let cases = cases(dialect, "encode-");
        assert!(cases.len() >= 2, "{}", dialect.name());
        for (name, case) in cases {
            let (request, model): (Request, String) = (read(&case, "request"), read(&case, "model"));
            let capabilities: Capabilities = read(&case, "capabilities");
            let body: Value =
                serde_json::from_str(dialect.encode(&request, &model, &capabilities).get()).expect("JSON");
            assert_eq!(body, case["body"], "{name}:\n{body:#}");
            let base: String = read(&case, "base_url");
            assert_eq!(dialect.path(&base, &model, case["api_version"].as_str()), case["path"], "{name}");
        }
    }
}

#[test]
fn responses_are_read_as_recorded() {
    for dialect in Dialect::ALL {
        let cases = cases(dialect, "decode-");
        assert!(cases.len() >= 6, "{}", dialect.name());
        for (name, case) in cases {
            let outcome = dialect.decode(&asked(), &response(&case, &case["body"]));
            let (field, found) = match &outcome {
                Ok(reply) => ("reply", serde_json::to_value(reply)),
                Err(failure) => ("failure", serde_json::to_value(failure)),
            };
            let mut found = found.expect("JSON");
            if let Some(fields) = found.as_object_mut() {
                // The codec sees one try; how many there were is the executor's to say.
                fields.remove("attempts");
            }
            assert_eq!(found, case[field], "{name}:\n{found:#}");
        }
    }
}

/// The value with one more field in every object.
fn with_unknown_fields(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            let mut fields: serde_json::Map<String, Value> =
                fields.iter().map(|(name, value)| (name.clone(), with_unknown_fields(value))).collect();
            fields.insert("x_unheard_of".into(), json!([{"nested": null}]));
            Value::Object(fields)
        }
        Value::Array(list) => list.iter().map(with_unknown_fields).collect(),
        other => other.clone(),
    }
}

#[test]
fn unknown_fields_change_nothing_and_no_cut_or_hole_is_taken_for_a_reply_or_panics() {
    for dialect in Dialect::ALL {
        for (name, case) in cases(dialect, "decode-") {
            let decode = |response: &Response| dialect.decode(&asked(), response);
            let whole = response(&case, &case["body"]);
            let more = response(&case, &with_unknown_fields(&case["body"]));
            assert_eq!(decode(&more), decode(&whole), "{name}");
            for cut in 0..whole.body.len() {
                let half = Response { body: whole.body[..cut].to_vec(), ..whole.clone() };
                let failure = decode(&half).expect_err(&name);
                let is_success = whole.status == 200;
                assert!(!is_success || failure.kind == FailureKind::Malformed, "{name} {cut}: {failure}");
            }
            for field in case["body"].as_object().expect("an object").keys() {
                for odd in [Value::Null, json!(7), json!("text"), json!([]), json!({})] {
                    let mut body = case["body"].clone();
                    body[field] = odd;
                    let _any_typed_outcome = decode(&response(&case, &body));
                }
            }
        }
    }
}

/// What a server of each dialect says, at its shortest.
fn shortest(dialect: Dialect, text: &str) -> Value {
    match dialect {
        Dialect::OpenaiChat | Dialect::AzureOpenai => {
            json!({"choices": [{"message": {"content": text}, "finish_reason": "stop"}]})
        }
        Dialect::OpenaiResponses => json!({"status": "completed",
            "output": [{"type": "message", "content": [{"type": "output_text", "text": text}]}]}),
        Dialect::AnthropicMessages => {
            json!({"content": [{"type": "text", "text": text}], "stop_reason": "end_turn"})
        }
        Dialect::GoogleGemini => {
            json!({"candidates": [{"content": {"parts": [{"text": text}]}, "finishReason": "STOP"}]})
        }
    }
}

#[tokio::test]
async fn extra_headers_and_fields_reach_every_dialects_server_and_replies_are_read_as_ever() {
    for dialect in Dialect::ALL {
        let server = FaultServer::start(move |_| Answer::json(200, &usual_reply(dialect)));
        let bench = Bench::new(&server).dialect(dialect).header("x-lab", "study 7");
        let mut asked = question("Hello.");
        asked.decoding.extra_body.insert("service_tier".into(), json!("flex"));
        let reply = bench.ask(asked).await.expect("a reply");
        assert_eq!(reply.text, "Yes.", "{dialect:?}");
        let arrival = &server.arrivals()[0];
        assert_eq!(arrival.headers["x-lab"], "study 7", "{dialect:?}");
        assert_eq!(arrival.body["service_tier"], "flex", "{dialect:?}");
    }
}

/// A reply of one word as the dialect writes it.
fn usual_reply(dialect: Dialect) -> Value {
    match dialect {
        Dialect::OpenaiChat | Dialect::AzureOpenai => {
            json!({"choices": [{"message": {"content": "Yes."}, "finish_reason": "stop"}]})
        }
        Dialect::OpenaiResponses => json!({"status": "completed",
            "output": [{"type": "message", "content": [{"type": "output_text", "text": "Yes."}]}]}),
        Dialect::AnthropicMessages => {
            json!({"content": [{"type": "text", "text": "Yes."}], "stop_reason": "end_turn"})
        }
        Dialect::GoogleGemini => {
            json!({"candidates": [{"content": {"parts": [{"text": "Yes."}]}, "finishReason": "STOP"}]})
        }
    }
}

#[tokio::test]
async fn each_dialect_sends_its_key_in_its_own_header_and_to_its_own_address() {
    let wires = [
        (Dialect::OpenaiChat, "/v1/chat/completions", "authorization"),
        (Dialect::OpenaiResponses, "/v1/responses", "authorization"),
        (
            Dialect::AzureOpenai,
            "/v1/openai/deployments/small/chat/completions?api-version=2024-10-21",
            "api-key",
        ),
        (Dialect::AnthropicMessages, "/v1/messages", "x-api-key"),
        (Dialect::GoogleGemini, "/v1/models/small:generateContent", "x-goog-api-key"),
    ];
    for (dialect, path, header) in wires {
        let server =
            FaultServer::start(move |_| Answer::json(200, &shortest(dialect, &format!("Go on, {KEY}."))));
        let bench = Bench::new(&server).dialect(dialect);
        let reply = bench.ask(question("Hello.")).await.expect("a reply");
        assert_eq!((reply.text.as_str(), reply.finish), ("Go on, [key].", Finish::Stop), "{dialect:?}");
        let arrival = server.arrivals().remove(0);
        assert_eq!(arrival.path, path);
        let carries: Vec<&String> =
            arrival.headers.iter().filter(|(_, value)| value.contains(KEY)).map(|(name, _)| name).collect();
        assert_eq!(carries, [header], "{dialect:?}: in this header and no other");
        let version = arrival.headers.get("anthropic-version").map(String::as_str);
        assert_eq!(version, (dialect == Dialect::AnthropicMessages).then_some("2023-06-01"));
        let written = dialect.encode(&question("Hello."), "small", &Capabilities::default());
        assert_eq!(arrival.body, serde_json::from_str::<Value>(written.get()).expect("JSON"));
    }
}

#[tokio::test]
async fn a_refused_key_closes_the_endpoint_and_is_asked_again_by_the_next_run() {
    let refused = json!({"error": {"code": 400, "message": "API key not valid.", "status": "INVALID_ARGUMENT",
        "details": [{"reason": "API_KEY_INVALID"}]}});
    let server = FaultServer::start(move |arrival| match arrival.nth {
        0 => Answer::json(400, &refused),
        _ => Answer::json(200, &shortest(Dialect::GoogleGemini, "Go on.")),
    });
    let bench = Bench::new(&server).dialect(Dialect::GoogleGemini);
    let executor = bench.executor().await;
    for text in ["One.", "Two."] {
        let failure = executor.ask(question(text)).await.expect_err("refused");
        assert_eq!(failure.kind, FailureKind::KeyRefused);
    }
    assert_eq!(server.count(), 1, "the second was not sent");
    executor.close().await.expect("a ledger that closes");
    bench.again().ask(question("One.")).await.expect("a key that was put right is tried");
}
