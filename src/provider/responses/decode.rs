//! Reads a Responses reply: the texts of its messages, its reasoning summaries apart, and its status.

use serde_json::Value;

use crate::{
    chat::{Failure, Finish, Reply, TokenLogprob, Usage},
    provider::{
        Response,
        ending::{Absent, Ending, stated},
        reading::{Instead, count, ended, list, logprobs, nonempty, success, without},
    },
};

/// The reply, or what the response means instead.
pub(crate) fn decode(response: &Response) -> Result<Reply, Instead> {
    let body = success(response)?;
    let ending = ending(&body, response.status)?;
    if !body.get("output").is_some_and(Value::is_array) {
        return Err(without("the body has no output", &body, response));
    }
    let said = said(&body);
    let is_void = list(&body, "/output").is_empty();
    Ok(Reply {
        text: said.text,
        reasoning: (!said.reasoning.is_empty()).then(|| said.reasoning.join("\n\n")),
        refusal: said.refusal.or_else(|| ending.is_refusal.then(String::new)),
        finish: ended(ending, is_void),
        answered_by: nonempty(body.get("model")),
        usage: body.get("usage").map(usage).unwrap_or_default(),
        logprobs: said.logprobs.filter(|tokens| !tokens.is_empty()),
    })
}

struct SpokenText {
    text: String,
    reasoning: Vec<String>,
    refusal: Option<String>,
    logprobs: Option<Vec<TokenLogprob>>,
}

fn said(body: &Value) -> SpokenText {
    let mut said =
        SpokenText { text: String::new(), reasoning: Vec::new(), refusal: None, logprobs: Some(Vec::new()) };
    for item in list(body, "/output") {
        match item.get("type").and_then(Value::as_str) {
            // What a model remarks on the way is not its answer.
            Some("message") if is_aside(item) => {
                let parts = list(item, "/content").iter();
                said.reasoning.extend(parts.filter_map(|part| nonempty(part.get("text"))));
            }
            Some("message") => {
                said.begin();
                for part in list(item, "/content") {
                    said.take(part);
                }
            }
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

/// True for a message that is not the answer: a remark in a phase of its own, or another's.
fn is_aside(message: &Value) -> bool {
    let field = |name: &str| message.get(name).and_then(Value::as_str);
    field("phase").is_some_and(|phase| phase != "final_answer")
        || field("role").is_some_and(|role| role != "assistant")
}

impl SpokenText {
    /// Another message: a paragraph of its own, whose tokens would stand at other places of the text.
    fn begin(&mut self) {
        if !self.text.is_empty() {
            self.text.push_str("\n\n");
            self.logprobs = None;
        }
    }

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

/// Only what is completed is whole; what is incomplete says why.
fn ending(body: &Value, status: u16) -> Result<Ending, Failure> {
    let why = body.pointer("/incomplete_details/reason").filter(|why| why.is_string());
    let ending = stated(why.or(body.get("status")), status, Absent::Unreported)?;
    let messages = list(body, "/output").iter().filter(|item| item.get("type") == Some(&"message".into()));
    for message in messages.filter(|_| ending.finish == Finish::Stop) {
        stated(message.get("status"), status, Absent::Unreported)?;
    }
    Ok(ending)
}

fn usage(usage: &Value) -> Usage {
    Usage {
        prompt_tokens: count(usage, "/input_tokens"),
        cached_tokens: count(usage, "/input_tokens_details/cached_tokens"),
        cache_write_tokens: count(usage, "/input_tokens_details/cache_write_tokens"),
        completion_tokens: count(usage, "/output_tokens"),
        reasoning_tokens: count(usage, "/output_tokens_details/reasoning_tokens"),
    }
}
