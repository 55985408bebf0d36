//! Message batches of Anthropic. A batch carries no mark of its creator: it is found again by listing, by when
//! it was created and by how many items it holds, and known for sure by the ids in its results.

use serde_json::{Value, json};

use super::{BatchItem, ItemOutcome, Parcel, Phase, RemoteBatch, text, unreadable};
use crate::{
    chat::Failure,
    provider::{Dialect, Response},
};

/// Where batches live.
pub(super) fn root(base_url: &str) -> String {
    format!("{}/batches", Dialect::AnthropicMessages.path(base_url, "", None))
}

pub(super) fn create(base_url: &str, items: &[BatchItem]) -> Parcel {
    let requests: Vec<Value> =
        items.iter().map(|item| json!({"custom_id": item.key, "params": item.body})).collect();
    Parcel::post(root(base_url), &json!({"requests": requests}))
}

pub(super) fn list(base_url: &str, after: Option<&str>) -> Parcel {
    let after = after.map(|id| format!("&after_id={id}")).unwrap_or_default();
    Parcel::get(format!("{}?limit=100{after}", root(base_url)))
}

/// The results' address is made here from the id: a key goes nowhere that a server points to.
pub(super) fn read(id: String, base_url: &str, body: &Value) -> Result<RemoteBatch, Failure> {
    let counts = body.get("request_counts").and_then(Value::as_object);
    let counts = counts.ok_or_else(|| unreadable("the batch has no request_counts"))?;
    let count = |name: &str| counts.get(name).and_then(Value::as_u64).unwrap_or(0);
    let done = ["succeeded", "errored", "canceled", "expired"].map(count).iter().sum();
    let phase = match body.get("processing_status").and_then(Value::as_str) {
        Some("ended") => Phase::Ended,
        _ => Phase::Working,
    };
    Ok(RemoteBatch {
        results: vec![format!("{}/{id}/results", root(base_url))],
        id,
        intent: None,
        created_at: text(body, "/created_at"),
        total: Some(done + count("processing")),
        done,
        phase,
    })
}

/// A message, an error in the shape of the interface's own errors, or nothing.
pub(super) fn outcome(line: &Value) -> Option<ItemOutcome> {
    let answered = |status: u16, body: &Value| {
        ItemOutcome::Answered(Response { status, retry_after: None, body: body.to_string().into_bytes() })
    };
    match line.pointer("/result/type")?.as_str()? {
        "succeeded" => Some(answered(200, line.pointer("/result/message")?)),
        "errored" => {
            let error = line.pointer("/result/error")?;
            let kind = error.pointer("/error/type").and_then(Value::as_str).unwrap_or_default();
            Some(answered(status_of(kind), error))
        }
        "canceled" | "expired" => Some(ItemOutcome::Nothing),
        _ => None,
    }
}

/// The status that an error of this type comes with outside a batch.
fn status_of(kind: &str) -> u16 {
    match kind {
        "invalid_request_error" => 400,
        "authentication_error" => 401,
        "billing_error" => 402,
        "permission_error" => 403,
        "not_found_error" => 404,
        "request_too_large" => 413,
        "rate_limit_error" => 429,
        "overloaded_error" => 529,
        _ => 500,
    }
}
