//! Reads a Messages reply: its text blocks, its thinking apart, and why it stopped.

use serde_json::Value;

use crate::{
    chat::{Reply, Usage},
    provider::{
        Response,
        ending::{Absent, stated},
        reading::{Instead, count, ended, list, nonempty, success, without},
    },
};

/// The reply, or what the response means instead.
pub(crate) fn decode(response: &Response) -> Result<Reply, Instead> {
    let body = success(response)?;
    if !body.get("content").is_some_and(Value::is_array) {
        return Err(without("the body has no content", &body, response));
    }
    let of_kind = |kind: &str, field: &str| -> Vec<String> {
        let blocks = list(&body, "/content").iter();
        let blocks = blocks.filter(|block| block.get("type").and_then(Value::as_str) == Some(kind));
        blocks.filter_map(|block| nonempty(block.get(field))).collect()
    };
    let thinking = of_kind("thinking", "thinking");
    let ending = stated(body.get("stop_reason"), response.status, Absent::Unfinished)?;
    // A refusal may come without a word: it is one all the same.
    let refused = || nonempty(body.pointer("/stop_details/explanation")).unwrap_or_default();
    Ok(Reply {
        text: of_kind("text", "text").concat(),
        reasoning: (!thinking.is_empty()).then(|| thinking.join("\n\n")),
        refusal: ending.is_refusal.then(refused),
        finish: ended(ending, list(&body, "/content").is_empty()),
        answered_by: nonempty(body.get("model")),
        usage: body.get("usage").map(usage).unwrap_or_default(),
        logprobs: None,
    })
}

/// `input_tokens` leaves out what was read from or written to the cache; here the prompt is all of it.
fn usage(usage: &Value) -> Usage {
    let count = |pointer: &str| count(usage, pointer);
    let cached = count("/cache_read_input_tokens");
    let written = count("/cache_creation_input_tokens");
    Usage {
        prompt_tokens: count("/input_tokens")
            .map(|fresh| fresh.saturating_add(cached.unwrap_or(0)).saturating_add(written.unwrap_or(0))),
        cached_tokens: cached,
        cache_write_tokens: written,
        completion_tokens: count("/output_tokens"),
        reasoning_tokens: count("/output_tokens_details/thinking_tokens"),
    }
}
