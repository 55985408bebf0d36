//! What a failed response means: its kind, a message without a word of the server's own, and how long to wait.

use std::time::{Duration, SystemTime};

use crate::chat::{Failure, FailureKind};

use super::{
    Response, lenient,
    meaning::{ErrorMeaning, meaning},
    remedy::remedy,
    server_error::ServerError,
};

/// Statuses under which a sentence may refuse a parameter.
const REFUSING_STATUSES: [u16; 6] = [400, 403, 404, 405, 422, 501];

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

/// The failure of a response whose status (its own, or one inside a 200) is not a success. Its message holds the status,
/// words of the vocabulary and our own explanation, never the server's text: that may repeat what it was sent.
pub(super) fn classify(status: u16, error: Option<&ServerError>, response: &Response) -> Failure {
    let told = error.and_then(|error| meaning(status, error));
    let remedy = error.filter(|_| told.is_none() && REFUSING_STATUSES.contains(&status)).and_then(remedy);
    let kind = told.and_then(kind_told).or_else(|| remedy.map(|_| FailureKind::RejectedParameter));
    let kind = kind.unwrap_or_else(|| kind_of(status));
    let words = error.map(ServerError::shown).unwrap_or_default();
    let words = if words.is_empty() { String::new() } else { format!(" ({})", words.join(", ")) };
    let why = told.and_then(explained).unwrap_or_else(|| explanation(kind, status));
    let mut message = format!("HTTP {status}{words}: {why}");
    if let Some(remedy) = remedy {
        message.extend(["; the model may need `", remedy, "`"]);
    }
    let wait = response.retry_after.or_else(|| error.and_then(|error| error.retry_after));
    let retry_after_ms = wait.map(|wait| u64::try_from(wait.as_millis()).unwrap_or(u64::MAX));
    let of_model = told.is_some_and(ErrorMeaning::is_about_the_model);
    Failure { status: Some(status), retry_after_ms, of_model, ..Failure::new(kind, message) }
}

/// The failure of a response that is no success, of any interface of a server.
pub fn of_response(response: &Response) -> Failure {
    let body = lenient::json(&response.body).ok();
    let error = body.as_ref().and_then(ServerError::read);
    classify(response.status, error.as_ref(), response)
}

/// What a server said in its own words, in one line, for a request that holds nothing of a study.
pub fn own_words(body: &[u8]) -> Option<String> {
    let body = lenient::json(body).ok()?;
    let said = ServerError::read(&body)?.message?;
    let words = said.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty());
    Some(words.collect::<Vec<_>>().join(" "))
}

/// What a failure of this kind means and what helps, in our words.
fn explanation(kind: FailureKind, status: u16) -> &'static str {
    match (kind, status) {
        (FailureKind::RateLimited, _) => "too many requests or tokens for the limits of this account",
        (FailureKind::QuotaExhausted, _) => "the credit, quota or budget of this account is used up",
        (FailureKind::Overloaded, _) => "the server is busy",
        (FailureKind::KeyRefused, _) => "the key is missing there, wrong or withdrawn",
        (FailureKind::TooLong, _) => {
            "the request does not fit; take a model with a longer context, or shorten sessions with \
             `reconstruct.max_exchanges`"
        }
        (FailureKind::RejectedParameter, _) => "the server does not take a parameter of the request",
        (_, 300..400) => "the server redirects, which is never followed; check the endpoint's base_url",
        (_, 403) => "the server does not allow this request with this key",
        (_, 408 | 504) => "the server took too long",
        (_, 500..) => "the server failed",
        _ => "the server refused the request",
    }
}

/// The kind that the server's own account gives; none where its status says all there is.
fn kind_told(meaning: ErrorMeaning) -> Option<FailureKind> {
    match meaning {
        ErrorMeaning::OutOfCredit => Some(FailureKind::QuotaExhausted),
        ErrorMeaning::KeyRefused => Some(FailureKind::KeyRefused),
        ErrorMeaning::TooLong | ErrorMeaning::LargerThanAMinute => Some(FailureKind::TooLong),
        ErrorMeaning::UnknownModel | ErrorMeaning::DoesNotLoad => Some(FailureKind::Permanent),
        ErrorMeaning::Passing => Some(FailureKind::RateLimited),
        ErrorMeaning::Filtered | ErrorMeaning::Cut | ErrorMeaning::BadJson => None,
    }
}

/// What a meaning adds to the explanation of its kind.
fn explained(meaning: ErrorMeaning) -> Option<&'static str> {
    match meaning {
        ErrorMeaning::LargerThanAMinute => Some(
            "one request is larger than all the tokens per minute that this account may use; shorten sessions with \
             `reconstruct.max_exchanges`, or have the account's limit raised",
        ),
        ErrorMeaning::UnknownModel => Some(
            "the server knows no such model or address; check the model's name and the endpoint's base_url",
        ),
        ErrorMeaning::DoesNotLoad => {
            Some("the server cannot load the model, which needs more memory than it has")
        }
        _ => None,
    }
}

fn kind_of(status: u16) -> FailureKind {
    match status {
        401 => FailureKind::KeyRefused,
        402 => FailureKind::QuotaExhausted,
        413 => FailureKind::TooLong,
        429 => FailureKind::RateLimited,
        498 | 503 | 529 => FailureKind::Overloaded,
        408 | 409 | 500.. => FailureKind::Transient,
        _ => FailureKind::Permanent,
    }
}

/// A 200 whose body is not what the dialect promises.
pub(super) fn malformed(status: u16, what: &str) -> Failure {
    Failure { status: Some(status), ..Failure::new(FailureKind::Malformed, format!("HTTP {status}: {what}")) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn failure(status: u16, body: &Value) -> Failure {
        let response = Response { status, retry_after: None, body: Vec::new() };
        classify(status, ServerError::read(body).as_ref(), &response)
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
    fn a_message_holds_words_of_the_vocabulary_and_none_of_the_servers_own() {
        let plain = json!({"error": {"type": "invalid_request_error", "code": 7, "message": "too\n long"}});
        assert_eq!(
            failure(400, &plain).message,
            "HTTP 400 (invalid_request_error): the server refused the request"
        );
        let said = "My brother has not called me since March.";
        for disguise in
            [said.to_owned(), said.to_uppercase(), said.replace(' ', "_"), said.replace(' ', "%20")]
        {
            for echo in [
                json!({"error": {"message": disguise, "code": disguise, "type": disguise, "param": disguise}}),
                json!({"error": disguise}),
                json!({"detail": disguise}),
                json!({"detail": [{"loc": ["body"], "input": disguise, "type": disguise}]}),
                json!({"error": {"message": "no", "status": disguise, "details": [{"reason": disguise}]}}),
                json!([{"error": {"innererror": {"code": disguise}, "message": disguise}}]),
                json!({"message": disguise, "code": disguise}),
            ] {
                let message = failure(422, &echo).message.to_lowercase();
                assert!(!message.contains("brother") && !message.contains("march"), "{message}");
            }
        }
    }

    #[test]
    fn a_refused_parameter_names_the_key_of_the_experiment() {
        let refused = json!({"error": {"code": "unsupported_parameter", "param": "max_tokens",
            "message": "Unsupported parameter: 'max_tokens'"}});
        insta::assert_snapshot!(failure(400, &refused).message, @"HTTP 400 (unsupported_parameter): the server does not take a parameter of the request; the model may need `capabilities.max_tokens_field: max_completion_tokens` or another `decoding.max_tokens`");
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
