//! Owns what a failed response means: its kind, its message without any text of the study, and how long to wait.

use std::time::{Duration, SystemTime};

use crate::chat::{Failure, FailureKind, Message, Request};

use super::{Response, server_error::ServerError};

/// Most characters of a server's own message that reach ours.
const MESSAGE_CHARS: usize = 200;
/// Most characters of a server's code or type.
const WORD_CHARS: usize = 60;
/// This many bytes in common with the request make a server's message a quotation of it.
const QUOTE_BYTES: usize = 16;

/// The wait asked for by a response's headers: `retry-after-ms`, else `retry-after` in seconds or as an HTTP date
/// seen from `now`. Unreadable values and dates in the past are no wait.
pub fn retry_after(milliseconds: Option<&str>, header: Option<&str>, now: SystemTime) -> Option<Duration> {
    let number = |text: &str| text.trim().parse::<f64>().ok().filter(|n| *n >= 0.0);
    if let Some(wait) = milliseconds.and_then(number) {
        return Duration::try_from_secs_f64(wait / 1_000.0).ok();
    }
    let header = header?;
    match number(header) {
        Some(seconds) => Duration::try_from_secs_f64(seconds).ok(),
        None => httpdate::parse_http_date(header.trim()).ok()?.duration_since(now).ok(),
    }
}

/// The failure of a response whose status (its own, or one inside a 200) is not a success.
pub(super) fn classify(
    status: u16,
    error: Option<&ServerError>,
    response: &Response,
    request: &Request,
) -> Failure {
    let remedy = error.filter(|_| matches!(status, 400 | 422)).and_then(ServerError::remedy);
    let kind = error.and_then(|error| kind_said(status, error, remedy)).unwrap_or_else(|| kind_of(status));
    let mut message = format!("HTTP {status}");
    if (300..400).contains(&status) {
        message.push_str(": the server redirects, which is never followed; check the endpoint's base_url");
    }
    if let Some(error) = error {
        describe(&mut message, error, status, request);
    }
    match (kind, remedy) {
        (FailureKind::RejectedParameter, Some(remedy)) => {
            message.extend(["; the model may need `", remedy, "`"]);
        }
        (FailureKind::TooLong, _) => message.push_str(
            "; take a model with a longer context, or shorten sessions with `reconstruct.max_exchanges`",
        ),
        _ => {}
    }
    let wait = response.retry_after.or_else(|| error.and_then(|error| error.retry_after));
    let retry_after_ms = wait.map(|wait| u64::try_from(wait.as_millis()).unwrap_or(u64::MAX));
    Failure { status: Some(status), retry_after_ms, ..Failure::new(kind, message) }
}

/// The failure of a response that is no success, of any interface of a server. Its message never quotes the request, nor
/// any other: without one that could be compared, only codes and types are told.
pub fn of_response(response: &Response, request: &Request) -> Failure {
    let body: Option<serde_json::Value> = serde_json::from_slice(&response.body).ok();
    let error = body.as_ref().and_then(ServerError::read).map(ServerError::without_message);
    classify(response.status, error.as_ref(), response, request)
}

/// The kind that the server's own account gives; none where its status says all there is.
fn kind_said(status: u16, error: &ServerError, remedy: Option<&str>) -> Option<FailureKind> {
    if !(400..500).contains(&status) {
        return None;
    }
    if error.is_out_of_credit() {
        Some(FailureKind::QuotaExhausted)
    } else if error.is_key_refused() {
        Some(FailureKind::KeyRefused)
    } else if error.is_too_long() && status != 429 {
        Some(FailureKind::TooLong)
    } else {
        remedy.map(|_| FailureKind::RejectedParameter)
    }
}

fn kind_of(status: u16) -> FailureKind {
    match status {
        401 => FailureKind::KeyRefused,
        402 => FailureKind::QuotaExhausted,
        413 => FailureKind::TooLong,
        429 => FailureKind::RateLimited,
        503 | 529 => FailureKind::Overloaded,
        408 | 409 | 500.. => FailureKind::Transient,
        _ => FailureKind::Permanent,
    }
}

fn describe(message: &mut String, error: &ServerError, status: u16, request: &Request) {
    let words: Vec<String> = [&error.kind, &error.code]
        .into_iter()
        .flatten()
        .filter(|word| !quotes(request, word) && word.parse() != Ok(status))
        .map(|word| one_line(word, WORD_CHARS))
        .collect();
    if !words.is_empty() {
        message.extend([" (", &words.join(", "), ")"]);
    }
    match &error.message {
        Some(said) if quotes(request, said) => {
            message.push_str(": the server's message is withheld because it quotes the request");
        }
        Some(said) => message.extend([": ", &one_line(said, MESSAGE_CHARS)]),
        None => {}
    }
}

fn one_line(text: &str, most: usize) -> String {
    let words = text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty());
    let line = words.collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

/// True when `text` repeats a stretch of what was sent.
fn quotes(request: &Request, text: &str) -> bool {
    let shown = text.as_bytes();
    let is_quoted = |message: &Message| {
        let content = message.content.trim().as_bytes();
        if (4..QUOTE_BYTES).contains(&content.len()) {
            return shown.windows(content.len()).any(|window| window == content);
        }
        shown.windows(QUOTE_BYTES).any(|window| contains(content, window))
    };
    request.messages.iter().any(is_quoted)
}

fn contains(content: &[u8], window: &[u8]) -> bool {
    content.windows(window.len()).any(|part| part == window)
}

/// A 200 whose body is not what the dialect promises.
pub(super) fn malformed(status: u16, what: &str) -> Failure {
    Failure { status: Some(status), ..Failure::new(FailureKind::Malformed, format!("HTTP {status}: {what}")) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::{Decoding, OutputFormat};
    use serde_json::{Value, json};

    fn request() -> Request {
        Request {
            model: "m".into(),
            messages: vec![Message::user("My brother has not called me since March.")],
            decoding: Decoding::default(),
            output: OutputFormat::Text,
            logprobs: None,
            repeat: 0,
        }
    }

    fn failure(status: u16, body: &Value) -> Failure {
        let response = Response { status, retry_after: None, body: Vec::new() };
        classify(status, ServerError::read(body).as_ref(), &response, &request())
    }

    #[test]
    fn each_status_has_its_kind() {
        use FailureKind::*;
        let cases = [
            (301, Permanent),
            (400, Permanent),
            (401, KeyRefused),
            (402, QuotaExhausted),
            (403, Permanent),
            (404, Permanent),
            (408, Transient),
            (409, Transient),
            (413, TooLong),
            (422, Permanent),
            (429, RateLimited),
            (500, Transient),
            (502, Transient),
            (503, Overloaded),
            (504, Transient),
            (529, Overloaded),
        ];
        for (status, kind) in cases {
            assert_eq!(failure(status, &Value::Null).kind, kind, "{status}");
        }
        let broke = json!({"error": {"type": "insufficient_quota", "message": "You exceeded your quota"}});
        assert_eq!(failure(429, &broke).kind, QuotaExhausted);
    }

    #[test]
    fn a_message_holds_the_servers_words_but_never_the_requests() {
        let plain = json!({"error": {"type": "invalid_request_error", "code": 7, "message": "too\n long"}});
        assert_eq!(failure(400, &plain).message, "HTTP 400 (invalid_request_error, 7): too long");
        for echo in [
            json!({"error": {"message": "cannot tokenize 'has not called me since' here"}}),
            json!({"error": "bad input: My brother has not called me since March."}),
            json!({"detail": "My brother has not called me since March."}),
            json!({"detail": [{"loc": ["body"], "input": "My brother has not called me since March."}]}),
            json!({"unknown": "My brother has not called me since March."}),
        ] {
            let message = failure(422, &echo).message;
            assert!(!message.contains("called"), "{message}");
        }
        assert!(failure(400, &json!({"error": "x".repeat(5_000)})).message.chars().count() < 250);
    }

    #[test]
    fn a_refused_parameter_names_the_key_of_the_experiment() {
        let refused = json!({"error": {"code": "unsupported_parameter", "param": "max_tokens",
            "message": "Unsupported parameter: 'max_tokens'"}});
        insta::assert_snapshot!(failure(400, &refused).message, @"HTTP 400 (unsupported_parameter): Unsupported parameter: 'max_tokens'; the model may need `capabilities.max_tokens_field: max_completion_tokens` or another `decoding.max_tokens`");
    }

    #[test]
    fn the_wait_is_read_from_milliseconds_seconds_or_a_date() {
        let now = httpdate::parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT").expect("a date");
        let wait =
            |ms: Option<&str>, header: Option<&str>| retry_after(ms, header, now).map(|d| d.as_millis());
        assert_eq!(wait(Some("1500"), Some("9")), Some(1_500));
        assert_eq!(wait(None, Some(" 2 ")), Some(2_000));
        assert_eq!(wait(None, Some("0.5")), Some(500));
        assert_eq!(wait(None, Some("Sun, 06 Nov 1994 08:49:40 GMT")), Some(3_000));
        assert_eq!(wait(None, Some("Sun, 06 Nov 1994 08:49:30 GMT")), None);
        assert_eq!(wait(None, Some("soon")), None);
        assert_eq!(wait(None, Some("-1")), None);
        assert_eq!(wait(None, Some("1e300")), None);
    }
}
