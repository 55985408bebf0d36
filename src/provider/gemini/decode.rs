//! Reads a `generateContent` reply: the parts of its first candidate, thoughts apart, and what the filters
//! said of prompt and reply.

use serde_json::Value;

use crate::{
    chat::{Reply, TokenLogprob, Usage},
    provider::{
        Response,
        ending::{Absent, Ending, stated},
        reading::{Instead, count, ended, likely_first, list, nonempty, pair, sound, success, without},
    },
};

/// The reply, or what the response means instead.
pub(crate) fn decode(response: &Response) -> Result<Reply, Instead> {
    let body = success(response)?;
    let candidate = body.pointer("/candidates/0").filter(|candidate| candidate.is_object());
    // A prompt that was blocked has no candidates, and says so.
    let blocked = nonempty(body.pointer("/promptFeedback/blockReason"));
    if candidate.is_none() && blocked.is_none() {
        return Err(without("the body has no candidates", &body, response));
    }
    let ending = match candidate {
        Some(candidate) => {
            sound(candidate, response)?;
            stated(candidate.get("finishReason"), response.status, Absent::Unfinished)?
        }
        None => Ending::FILTERED,
    };
    let of_kind = |is_thought: bool| -> Vec<String> {
        let parts = candidate.map_or(&[][..], |candidate| list(candidate, "/content/parts")).iter();
        let wanted = |part: &&Value| (part.get("thought") == Some(&Value::Bool(true))) == is_thought;
        parts.filter(wanted).filter_map(|part| nonempty(part.get("text"))).collect()
    };
    let (said, thoughts) = (of_kind(false).concat(), of_kind(true));
    Ok(Reply {
        reasoning: (!thoughts.is_empty()).then(|| thoughts.join("\n\n")),
        refusal: ending.is_refusal.then(String::new),
        finish: ended(ending, said.trim().is_empty() && thoughts.is_empty()),
        text: said,
        answered_by: nonempty(body.get("modelVersion")),
        usage: body.get("usageMetadata").map(usage).unwrap_or_default(),
        logprobs: candidate.and_then(logprobs),
    })
}

/// `candidatesTokenCount` leaves out the thoughts; here what was generated is all of it.
fn usage(usage: &Value) -> Usage {
    let count = |pointer: &str| count(usage, pointer);
    let (said, thought) = (count("/candidatesTokenCount"), count("/thoughtsTokenCount"));
    Usage {
        prompt_tokens: count("/promptTokenCount"),
        cached_tokens: count("/cachedContentTokenCount"),
        cache_write_tokens: None,
        completion_tokens: match (said, thought) {
            (None, None) => None,
            (said, thought) => Some(said.unwrap_or(0).saturating_add(thought.unwrap_or(0))),
        },
        reasoning_tokens: thought,
    }
}

/// All tokens, or none: chosen tokens and their alternatives stand in two lists of one order.
fn logprobs(candidate: &Value) -> Option<Vec<TokenLogprob>> {
    let chosen = candidate.pointer("/logprobsResult/chosenCandidates").and_then(Value::as_array)?;
    let top = list(candidate, "/logprobsResult/topCandidates");
    let token = |(position, entry): (usize, &Value)| {
        let (token, logprob) = pair(entry, "logProbability")?;
        let alternatives = top.get(position).map_or(&[][..], |step| list(step, "/candidates"));
        let alternatives = alternatives.iter().filter_map(|entry| pair(entry, "logProbability")).collect();
        Some(TokenLogprob { token, logprob, top: likely_first(alternatives) })
    };
    chosen.iter().enumerate().map(token).collect()
}
