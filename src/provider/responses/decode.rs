//! Owns how a Responses reply is read: the texts of its messages, its reasoning summaries apart, and its status.

use serde_json::Value;

use crate::{
    chat::{Failure, Finish, Reply, TokenLogprob, Usage},
    provider::{
        Response,
        failure::classify,
        reading::{count, is_filtered, list, logprobs, nonempty, other, success, without},
        server_error::ServerError,
    },
};

/// The reply, or what the response means instead.
pub(crate) fn decode(response: &Response) -> Result<Reply, Failure> {
    if is_filtered(response) {
        return Ok(Reply { finish: Finish::ContentFilter, ..Reply::text("") });
    }
    let body = success(response)?;
    if body.get("status").and_then(Value::as_str) == Some("failed") {
        return failed(&body, response);
    }
    if !body.get("output").is_some_and(Value::is_array) {
        return Err(without("the body has no output", &body, response));
    }
    let said = said(&body);
    Ok(Reply {
        text: said.text,
        reasoning: (!said.reasoning.is_empty()).then(|| said.reasoning.join("\n\n")),
        refusal: said.refusal,
        finish: finish(&body),
        answered_by: nonempty(body.get("model")),
        usage: body.get("usage").map(usage).unwrap_or_default(),
        logprobs: said.logprobs.filter(|tokens| !tokens.is_empty()),
    })
}

struct Said {
    text: String,
    reasoning: Vec<String>,
    refusal: Option<String>,
    logprobs: Option<Vec<TokenLogprob>>,
}

fn said(body: &Value) -> Said {
    let mut said =
        Said { text: String::new(), reasoning: Vec::new(), refusal: None, logprobs: Some(Vec::new()) };
    for item in list(body, "/output") {
        match item.get("type").and_then(Value::as_str) {
            Some("message") => list(item, "/content").iter().for_each(|part| said.take(part)),
            Some("reasoning") => {
                // The whole reasoning where a server gives it, else its summary.
                let parts = [list(item, "/content"), list(item, "/summary")];
                let given = parts.into_iter().find(|parts| !parts.is_empty()).unwrap_or_default();
                said.reasoning.extend(given.iter().filter_map(|part| nonempty(part.get("text"))));
            }
            // Tools and what is not invented yet: not said.
            _ => {}
        }
    }
    said
}

impl Said {
    fn take(&mut self, part: &Value) {
        match part.get("type").and_then(Value::as_str) {
            Some("output_text") => {
                self.text.push_str(part.get("text").and_then(Value::as_str).unwrap_or_default());
                // Parts with and without would shift positions: all, or none.
                let given = part.get("logprobs").and_then(Value::as_array).filter(|list| !list.is_empty());
                let tokens = given.and_then(|list| logprobs(list));
                self.logprobs = self.logprobs.take().zip(tokens).map(|(mut all, more)| {
                    all.extend(more);
                    all
                });
            }
            Some("refusal") => self.refusal = nonempty(part.get("refusal")),
            _ => {}
        }
    }
}

fn finish(body: &Value) -> Finish {
    let reason = body.pointer("/incomplete_details/reason").and_then(Value::as_str);
    match (body.get("status").and_then(Value::as_str), reason) {
        (_, Some("max_output_tokens")) => Finish::Length,
        (_, Some("content_filter")) => Finish::ContentFilter,
        (Some("completed"), None) => Finish::Stop,
        (status, reason) => other(reason.or(status)),
    }
}

/// A generation that failed on the way, reported inside a success.
fn failed(body: &Value, response: &Response) -> Result<Reply, Failure> {
    let Some(error) = ServerError::read(body) else {
        return Err(without("a failed reply without an error", &Value::Null, response));
    };
    let status = match error.code.as_deref() {
        Some("rate_limit_exceeded") => 429,
        Some("server_error") | None => 500,
        Some(_) => 400,
    };
    Err(classify(status, Some(&error), response))
}

fn usage(usage: &Value) -> Usage {
    Usage {
        prompt_tokens: count(usage, "/input_tokens"),
        cached_tokens: count(usage, "/input_tokens_details/cached_tokens"),
        completion_tokens: count(usage, "/output_tokens"),
        reasoning_tokens: count(usage, "/output_tokens_details/reasoning_tokens"),
    }
}
