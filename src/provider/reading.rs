//! Owns what the decoders share: every field of a reply may be absent, null or of another type, and nothing that is
//! wrong may quote the body.

use serde_json::Value;

use super::{
    Response,
    failure::{classify, malformed},
    server_error::ServerError,
};
use crate::chat::{Failure, Finish, TokenLogprob};

/// Most characters of a word that a server made up.
const WORD_CHARS: usize = 40;

/// The JSON of a success, or what the response means instead.
pub(super) fn success(response: &Response) -> Result<Value, Failure> {
    let status = response.status;
    let body: Result<Value, serde_json::Error> = serde_json::from_slice(&response.body);
    if !(200..300).contains(&status) {
        let error = body.ok().as_ref().and_then(ServerError::read);
        return Err(classify(status, error.as_ref(), response));
    }
    body.map_err(|error| malformed(status, &not_json(&response.body, &error)))
}

/// The error that a safety filter made of a request, if that is what this response is.
pub(super) fn is_filtered(response: &Response) -> bool {
    if response.status != 400 {
        return false;
    }
    let body: Option<Value> = serde_json::from_slice(&response.body).ok();
    body.as_ref().and_then(ServerError::read).is_some_and(|error| error.is_content_filter())
}

/// What was wrong, from the position alone: a JSON error's own text can quote the body.
fn not_json(body: &[u8], error: &serde_json::Error) -> String {
    let start = body.trim_ascii_start();
    if start.is_empty() {
        return "the body is empty".into();
    }
    if start.starts_with(b"<") {
        return "the body is HTML or XML, not JSON; check the endpoint's base_url".into();
    }
    if error.is_eof() {
        return format!("the body's JSON ends early, after {} bytes", body.len());
    }
    format!("the body is not JSON (line {}, column {})", error.line(), error.column())
}

/// A success without what the dialect promises: gateways report an upstream's error inside a 200; anything else is
/// `missing`.
pub(super) fn without(missing: &str, body: &Value, response: &Response) -> Failure {
    let Some(error) = ServerError::read(body) else { return malformed(response.status, missing) };
    match error.status() {
        Some(inner) => classify(inner, Some(&error), response),
        None => malformed(response.status, "an error without a status in a success"),
    }
}

/// Text that is not empty.
pub(super) fn nonempty(value: Option<&Value>) -> Option<String> {
    value.and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned)
}

/// A reason to end that this program does not know, kept; one that is absent is said to be.
pub(super) fn other(reason: Option<&str>) -> Finish {
    Finish::Other(reason.unwrap_or("unreported").chars().take(WORD_CHARS).collect())
}

/// The elements of a list; none where there is no list.
pub(super) fn list<'v>(value: &'v Value, pointer: &str) -> &'v [Value] {
    value.pointer(pointer).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// A count below `usage`, also where a server writes `12.0`.
pub(super) fn count(usage: &Value, pointer: &str) -> Option<u64> {
    let value = usage.pointer(pointer)?;
    let whole = |n: f64| (n >= 0.0 && n.fract() == 0.0 && n < 1e15).then(|| format!("{n:.0}"));
    value.as_u64().or_else(|| value.as_f64().and_then(whole).and_then(|n| n.parse().ok()))
}

/// Log-probabilities as `OpenAI`'s interfaces write them: all tokens, or none, since a list with holes would shift
/// every position.
pub(super) fn logprobs(list: &[Value]) -> Option<Vec<TokenLogprob>> {
    let pair = |entry: &Value| pair(entry, "logprob");
    list.iter()
        .map(|entry| {
            let (token, logprob) = pair(entry)?;
            let alternatives = entry.get("top_logprobs").and_then(Value::as_array);
            let top = alternatives.map(|list| list.iter().filter_map(pair).collect()).unwrap_or_default();
            Some(TokenLogprob { token, logprob, top: likely_first(top) })
        })
        .collect()
}

/// A token and its log-probability, under the name it has on this wire.
pub(super) fn pair(entry: &Value, name: &str) -> Option<(String, f64)> {
    Some((entry.get("token")?.as_str()?.to_owned(), entry.get(name)?.as_f64()?))
}

/// Alternatives in their order.
pub(super) fn likely_first(mut top: Vec<(String, f64)>) -> Vec<(String, f64)> {
    top.sort_by(|a, b| b.1.total_cmp(&a.1));
    top
}
