//! Reads a server's own account of an error, in the shapes of every dialect and of the gateways between.

use std::time::Duration;

use serde_json::{Map, Value};

use super::vocabulary::known;

/// Most bytes of one field that are read: what a server means stands at the beginning, and it may send megabytes.
const FIELD_BYTES: usize = 4_096;
/// Most reasons that are read.
const MOST_REASONS: usize = 16;
/// Fields that hold a sentence.
const SENTENCES: [&str; 4] = ["message", "msg", "detail", "Message"];

/// What a server's JSON says about an error.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct ServerError {
    pub(super) code: Option<String>,
    pub(super) kind: Option<String>,
    pub(super) param: Option<String>,
    pub(super) message: Option<String>,
    /// Words from its details: reasons, inner codes.
    pub(super) reasons: Vec<String>,
    /// How long to wait, where the body says so.
    pub(super) retry_after: Option<Duration>,
    /// A quota per day is used up: waiting for the next minute is of no use.
    pub(super) daily: bool,
    /// A list of what a moderation found.
    pub(super) is_flagged: bool,
    /// What the model wrote, where the server refuses it for its form.
    pub(super) generated: Option<String>,
    /// What its sentences say, in lower case, without web addresses.
    said: String,
}

impl ServerError {
    /// Reads `{"error": {…}}`, `{"error": "…"}`, `{"message": …, "code": …}`, `{"detail": …}`, and any of them as the
    /// first of a list.
    pub(super) fn read(body: &Value) -> Option<Self> {
        let list = body.as_array().or_else(|| body.get("errors")?.as_array());
        let body = list.and_then(|list| list.first()).unwrap_or(body);
        match (body.get("error"), body) {
            (Some(Value::String(word)), Value::Object(fields)) if !word.is_empty() => {
                // One sentence as `error`, or a code with its sentence beside it.
                Some(Self { code: Some(beginning(word)), ..Self::of_fields(fields) }.also_saying(word))
            }
            (Some(error), _) if Self::of(error).is_some() => Self::of(error),
            (_, Value::Object(fields)) if SENTENCES.iter().any(|name| fields.contains_key(*name)) => {
                Some(Self::of_fields(fields))
            }
            _ => None,
        }
    }

    /// What stands in a field named `error`; none where it says that there was none.
    pub(super) fn of(error: &Value) -> Option<Self> {
        match error {
            Value::String(message) if !message.is_empty() => Some(Self::saying(message)),
            Value::Object(fields) if !fields.is_empty() => Some(Self::of_fields(fields)),
            Value::Bool(true) | Value::Number(_) => Some(Self::default()),
            _ => None,
        }
    }

    /// An error that is one sentence.
    pub(super) fn saying(message: &str) -> Self {
        Self { message: Some(beginning(message)), ..Self::default() }.also_saying(message)
    }

    fn of_fields(fields: &Map<String, Value>) -> Self {
        let text = |names: &[&str]| names.iter().find_map(|name| text(fields.get(*name)?));
        let details = fields.get("details").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        let message = text(&SENTENCES);
        let metadata = fields.get("metadata");
        let within = |name: &str| metadata.and_then(|metadata| metadata.get(name));
        let error = Self {
            code: text(&["code"]),
            // Google's `status` is a word; Azure's is the number again.
            kind: text(&["type", "error_type", "__type"])
                .or_else(|| text(&["status"]).filter(|status| status.parse::<u16>().is_err())),
            param: text(&["param"]),
            message: message.clone(),
            reasons: reasons(fields, details),
            retry_after: details.iter().find_map(retry_delay),
            daily: details.iter().any(is_daily),
            is_flagged: ["reasons", "flagged_input"].iter().any(|name| within(name).is_some()),
            generated: fields.get("failed_generation").and_then(Value::as_str).map(str::to_owned),
            said: String::new(),
        };
        let nested = ["message", "detail", "error"].iter().find_map(|name| Self::nested(fields.get(*name)?));
        let raw = within("raw").and_then(Value::as_str).unwrap_or_default();
        error.also_saying(&message.unwrap_or_default()).also_saying(raw).holding(nested)
    }

    /// An error inside an error: an object where a sentence should be, or the list of a validator. The list repeats the
    /// input: where it was wrong, and why, is enough.
    fn nested(value: &Value) -> Option<Self> {
        match value {
            Value::Object(fields) if !fields.is_empty() => Some(Self::of_fields(fields)),
            Value::Array(list) => {
                let first = list.first()?;
                let place = list_of(first, "loc").iter().rev().filter_map(Value::as_str);
                let error = Self {
                    kind: Some("validation_error".into()),
                    param: place.map(beginning).next().filter(|place| place != "body"),
                    ..Self::default()
                };
                let told = |name: &str| first.get(name).and_then(Value::as_str).unwrap_or_default();
                Some(error.also_saying(told("type")).also_saying(told("msg")))
            }
            _ => None,
        }
    }

    /// With what an inner error adds.
    fn holding(self, inner: Option<Self>) -> Self {
        let Some(inner) = inner else { return self };
        let reasons = [self.reasons, inner.reasons, inner.code.into_iter().collect()].concat();
        let error = Self {
            kind: self.kind.or(inner.kind),
            param: self.param.or(inner.param),
            message: self.message.or(inner.message),
            daily: self.daily || inner.daily,
            is_flagged: self.is_flagged || inner.is_flagged,
            generated: self.generated.or(inner.generated),
            reasons,
            ..self
        };
        error.also_saying(&inner.said)
    }

    fn also_saying(mut self, sentence: &str) -> Self {
        let is_address = |word: &&str| word.contains("://") || (word.contains('/') && word.contains('.'));
        let words = sentence[..sentence.floor_char_boundary(FIELD_BYTES)].split(' ');
        let plain: Vec<&str> = words.filter(|word| !is_address(word)).collect();
        self.said.push_str(&plain.join(" ").to_lowercase());
        self.said.push('\n');
        self
    }

    /// Its type and code, as far as they are words of the vocabulary.
    pub(super) fn shown(&self) -> Vec<&'static str> {
        let mut shown: Vec<&str> =
            [&self.kind, &self.code].into_iter().flatten().filter_map(|word| known(word)).collect();
        shown.dedup();
        shown
    }

    /// The HTTP status that some gateways put into a 200's error, or that its type stands for.
    pub(super) fn status(&self) -> Option<u16> {
        let stated = self.code.as_deref().and_then(|code| code.parse().ok());
        stated.filter(|status| (400..600).contains(status)).or_else(|| self.words().find_map(status_named))
    }

    /// Its code, type and reasons.
    pub(super) fn words(&self) -> impl Iterator<Item = &str> {
        [&self.code, &self.kind]
            .into_iter()
            .flatten()
            .map(String::as_str)
            .chain(self.reasons.iter().map(String::as_str))
    }

    /// What its sentences say, in lower case, without web addresses.
    pub(super) fn said(&self) -> &str {
        &self.said
    }

    /// True where a code, type or reason is one of these, or where a gateway's sentence names one. Lower case.
    pub(super) fn is(&self, codes: &[&str]) -> bool {
        let is_distinct =
            |code: &&str| code.contains('_') || code.ends_with("error") || code.ends_with("violation");
        let named = self.words().any(|word| codes.iter().any(|code| code.eq_ignore_ascii_case(word)));
        named || codes.iter().filter(|code| is_distinct(code)).any(|code| self.said.contains(code))
    }

    /// True where its sentences hold one of these phrases. Lower case.
    pub(super) fn says(&self, phrases: &[&str]) -> bool {
        phrases.iter().any(|phrase| self.said.contains(phrase))
    }

    /// The whole number that follows a phrase.
    pub(super) fn number_after(&self, phrase: &str) -> Option<u64> {
        let digit_after = |(at, _): (usize, &str)| {
            let rest = self.said[at + phrase.len()..].trim_start_matches([':', ' ']);
            let end = rest.find(|c: char| !c.is_ascii_digit() && c != ',').unwrap_or(rest.len());
            rest[..end].replace(',', "").parse().ok()
        };
        self.said.match_indices(phrase).find_map(digit_after)
    }
}

/// Words from an error's details: reasons, inner codes, what a gateway tells of its upstream.
fn reasons(fields: &Map<String, Value>, details: &[Value]) -> Vec<String> {
    let inner = fields.get("innererror").and_then(|inner| inner.get("code"));
    let metadata = |name: &str| fields.get("metadata").and_then(|metadata| metadata.get(name));
    let told = ["error_type", "provider_code", "limit_source"].iter().filter_map(|name| metadata(name));
    let reasons = details.iter().filter_map(|detail| detail.get("reason")).chain(inner).chain(told);
    reasons.filter_map(Value::as_str).take(MOST_REASONS).map(beginning).collect()
}

fn list_of<'v>(value: &'v Value, name: &str) -> &'v [Value] {
    value.get(name).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// A field's text; a number counts as one.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.is_empty() => Some(beginning(text)),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// The beginning of a field.
fn beginning(text: &str) -> String {
    text[..text.floor_char_boundary(FIELD_BYTES)].to_owned()
}

/// The status that an error of this code or type comes with.
fn status_named(word: &str) -> Option<u16> {
    Some(match word.to_lowercase().as_str() {
        "invalid_request_error"
        | "invalid_request"
        | "invalid_argument"
        | "bad_request"
        | "invalid_prompt" => 400,
        "authentication_error" | "authentication" | "invalid_api_key" | "unauthenticated" => 401,
        "billing_error" | "payment_required" | "insufficient_quota" | "insufficient_credits" => 402,
        "permission_error" | "permission_denied" | "content_policy_violation" => 403,
        "not_found_error" | "not_found" | "model_not_found" => 404,
        "request_too_large" | "payload_too_large" => 413,
        "rate_limit_error"
        | "rate_limit_exceeded"
        | "rate_limited"
        | "too_many_requests"
        | "resource_exhausted" => 429,
        "api_error" | "server_error" | "server" | "internal" | "internal_error" | "internal_server_error" => {
            500
        }
        "provider_unavailable" | "provider_error" | "upstream_error" | "bad_gateway" => 502,
        "unavailable" | "service_unavailable" | "slow_down" => 503,
        "timeout" | "timeout_error" | "deadline_exceeded" | "vector_store_timeout" => 504,
        "overloaded_error"
        | "overloaded"
        | "provider_overloaded"
        | "model_overloaded"
        | "engine_overloaded" => 529,
        _ => return None,
    })
}

/// `"retryDelay": "37.5s"` of a `google.rpc.RetryInfo`.
fn retry_delay(detail: &Value) -> Option<Duration> {
    let seconds: f64 = detail.get("retryDelay")?.as_str()?.strip_suffix('s')?.parse().ok()?;
    Duration::try_from_secs_f64(seconds).ok()
}

/// A `google.rpc.QuotaFailure` about a quota per day.
fn is_daily(detail: &Value) -> bool {
    let violations = detail.get("violations").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let mut ids = violations.iter().filter_map(|violation| violation.get("quotaId")?.as_str());
    ids.any(|id| id.contains("PerDay"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(body: &Value) -> ServerError {
        ServerError::read(body).expect("an error")
    }

    #[test]
    fn a_google_error_holds_its_wait_and_tells_minutes_from_days() {
        let error = |quota: &str| {
            read(&json!([{"error": {"code": 429, "status": "RESOURCE_EXHAUSTED", "message": "Quota exceeded",
            "details": [
                {"@type": "type.googleapis.com/google.rpc.QuotaFailure", "violations": [{"quotaId": quota}]},
                {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "37.5s"}
            ]}}]))
        };
        let minute = error("GenerateRequestsPerMinutePerProjectPerModel-FreeTier");
        assert_eq!((minute.daily, minute.status()), (false, Some(429)));
        assert_eq!(minute.retry_after, Some(Duration::from_millis(37_500)));
        assert!(error("GenerateRequestsPerDayPerProjectPerModel-FreeTier").daily);
    }
}
