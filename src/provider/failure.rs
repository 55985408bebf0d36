//! Owns what a failed response means: its kind, its message without any text of the study, and how long to wait.

use std::time::{Duration, SystemTime};

use serde_json::Value;

use crate::chat::{Failure, FailureKind, Message, Request};

use super::Response;

/// Most characters of a server's own message that reach ours.
const MESSAGE_CHARS: usize = 200;
/// Most characters of a server's code or type.
const WORD_CHARS: usize = 60;
/// This many bytes in common with the request make a server's message a quotation of it.
const QUOTE_BYTES: usize = 16;
/// Codes and types that mean "no credit", whatever the status.
const OUT_OF_CREDIT: [&str; 6] = [
    "insufficient_quota",
    "billing_hard_limit_reached",
    "billing_not_active",
    "insufficient_balance",
    "insufficient_credits",
    "credit_balance_too_low",
];

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

/// What a server's JSON says about an error, in the shapes seen in the wild.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct ServerError {
    code: Option<String>,
    kind: Option<String>,
    param: Option<String>,
    message: Option<String>,
}

impl ServerError {
    /// Reads `{"error": {…}}`, `{"error": "…"}`, `{"message": …, "code": …}` and `{"detail": …}`.
    pub(super) fn read(body: &Value) -> Option<Self> {
        let fields = match body.get("error") {
            Some(Value::String(message)) => return Some(Self::saying(message)),
            Some(Value::Object(fields)) => fields,
            _ => match body.get("detail") {
                Some(Value::String(message)) => return Some(Self::saying(message)),
                // FastAPI's list repeats the input: where it was wrong is enough.
                Some(Value::Array(_)) => {
                    return Some(Self { kind: Some("validation_error".into()), ..Self::default() });
                }
                _ => body.as_object().filter(|fields| fields.contains_key("message"))?,
            },
        };
        let text = |name: &str| match fields.get(name)? {
            Value::String(text) if !text.is_empty() => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        };
        Some(Self { code: text("code"), kind: text("type"), param: text("param"), message: text("message") })
    }

    fn saying(message: &str) -> Self {
        Self { message: Some(message.to_owned()), ..Self::default() }
    }

    /// The HTTP status that some gateways put into a 200's error.
    pub(super) fn status(&self) -> Option<u16> {
        self.code.as_deref()?.parse().ok().filter(|status| (400..600).contains(status))
    }

    fn is_out_of_credit(&self) -> bool {
        [&self.code, &self.kind].into_iter().flatten().any(|word| OUT_OF_CREDIT.contains(&word.as_str()))
    }

    /// The experiment's key that would stop sending what the server refuses.
    fn remedy(&self) -> Option<&'static str> {
        const REMEDIES: [(&str, &str); 8] = [
            ("max_tokens", "capabilities.max_tokens_field: max_completion_tokens"),
            ("temperature", "capabilities.omit: [temperature]"),
            ("top_p", "capabilities.omit: [top_p]"),
            ("seed", "capabilities.omit: [seed]"),
            ("reasoning_effort", "capabilities.omit: [reasoning_effort]"),
            ("logprobs", "capabilities.logprobs: false"),
            ("response_format", "capabilities.structured_output: prompted"),
            ("stop", "capabilities.omit: [stop]"),
        ];
        let unsupported = self.code.as_deref().is_some_and(|code| code.starts_with("unsupported"));
        let named = |name: &str| match (&self.param, &self.message) {
            (Some(param), _) => param.contains(name),
            (None, Some(message)) => unsupported && message.contains(&format!("'{name}'")),
            (None, None) => false,
        };
        REMEDIES.into_iter().find(|(name, _)| named(name)).map(|(_, remedy)| remedy)
    }
}

/// The failure of a response whose status (its own, or one inside a 200) is not a success.
pub(super) fn classify(
    status: u16,
    error: Option<&ServerError>,
    response: &Response,
    request: &Request,
) -> Failure {
    let kind = kind_of(status, error.is_some_and(ServerError::is_out_of_credit));
    let mut message = format!("HTTP {status}");
    if (300..400).contains(&status) {
        message.push_str(": the server redirects, which is never followed; check the endpoint's base_url");
    }
    if let Some(error) = error {
        describe(&mut message, error, request);
    }
    if let Some(remedy) = error.filter(|_| matches!(status, 400 | 422)).and_then(ServerError::remedy) {
        message.push_str("; the model may need `");
        message.push_str(remedy);
        message.push('`');
    }
    let retry_after_ms = response.retry_after.map(|wait| u64::try_from(wait.as_millis()).unwrap_or(u64::MAX));
    Failure { status: Some(status), retry_after_ms, ..Failure::new(kind, message) }
}

fn kind_of(status: u16, out_of_credit: bool) -> FailureKind {
    match status {
        402 => FailureKind::QuotaExhausted,
        400..500 if out_of_credit => FailureKind::QuotaExhausted,
        429 => FailureKind::RateLimited,
        503 | 529 => FailureKind::Overloaded,
        408 | 409 | 500.. => FailureKind::Transient,
        _ => FailureKind::Permanent,
    }
}

fn describe(message: &mut String, error: &ServerError, request: &Request) {
    let words: Vec<String> = [&error.kind, &error.code]
        .into_iter()
        .flatten()
        .filter(|word| !quotes(request, word))
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
    use serde_json::json;

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
            (401, Permanent),
            (402, QuotaExhausted),
            (403, Permanent),
            (404, Permanent),
            (408, Transient),
            (409, Transient),
            (413, Permanent),
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
        insta::assert_snapshot!(failure(400, &refused).message, @"HTTP 400 (unsupported_parameter): Unsupported parameter: 'max_tokens'; the model may need `capabilities.max_tokens_field: max_completion_tokens`");
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
