//! Owns how a server's own account of an error is read, in the shapes of every dialect and of the gateways between.

use std::time::Duration;

use serde_json::{Map, Value};

use super::vocabulary::known;

/// Codes, types and reasons that mean "no credit", whatever the status.
const OUT_OF_CREDIT: [&str; 7] = [
    "insufficient_quota",
    "billing_hard_limit_reached",
    "billing_not_active",
    "billing_error",
    "insufficient_balance",
    "insufficient_credits",
    "credit_balance_too_low",
];
/// The same, where only the message says it. Compared in lower case.
const OUT_OF_CREDIT_SAID: [&str; 3] =
    ["credit balance is too low", "reached your specified api usage limits", "exceeded your monthly budget"];
/// Codes and types that mean that the request does not fit.
const TOO_LONG: [&str; 3] = ["context_length_exceeded", "exceed_context_size_error", "request_too_large"];
/// The same, where only the message says it. Compared in lower case.
const TOO_LONG_SAID: [&str; 6] = [
    "prompt is too long",
    "maximum context length",
    "exceeds the available context size",
    "exceeds the maximum number of tokens",
    "exceed context limit",
    "exceeds the context window",
];
/// Codes, types and reasons that mean that the key is no good, whatever the status.
const KEY_REFUSED: [&str; 4] =
    ["authentication_error", "invalid_api_key", "API_KEY_INVALID", "UNAUTHENTICATED"];
/// Names of parameters on the wires, normalised, and the experiment's key that would stop sending them so.
const REMEDIES: [(&[&str], &str); 9] = [
    (&["maxtokens"], "capabilities.max_tokens_field: max_completion_tokens` or another `decoding.max_tokens"),
    (&["maxoutputtokens", "maxcompletiontokens"], "decoding.max_tokens"),
    (&["temperature"], "capabilities.omit: [temperature]"),
    (&["topp"], "capabilities.omit: [top_p]"),
    (&["seed"], "capabilities.omit: [seed]"),
    (
        &[
            "reasoningeffort",
            "reasoning",
            "thinking",
            "thinkingconfig",
            "thinkinglevel",
            "thinkingbudget",
            "effort",
        ],
        "capabilities.omit: [reasoning_effort]",
    ),
    (&["toplogprobs", "logprobs", "responselogprobs"], "capabilities.logprobs: false"),
    (
        &["responseformat", "textformat", "jsonschema", "responsejsonschema", "outputformat", "outputconfig"],
        "capabilities.structured_output: json_schema_subset` or `prompted",
    ),
    (&["stop", "stopsequences"], "capabilities.omit: [stop]"),
];

/// Most bytes of one field that are read: what a server means stands at the beginning, and it may send megabytes.
const FIELD_BYTES: usize = 4_096;
/// Most reasons that are read.
const MOST_REASONS: usize = 16;

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
    daily: bool,
}

impl ServerError {
    /// Reads `{"error": {…}}`, `{"error": "…"}`, `{"message": …, "code": …}`, `{"detail": …}`, and any of them as the
    /// first of a list.
    pub(super) fn read(body: &Value) -> Option<Self> {
        let body = body.as_array().and_then(|list| list.first()).unwrap_or(body);
        if let Some(error) = body.get("error").and_then(Self::of) {
            return Some(error);
        }
        match body.get("detail") {
            Some(Value::String(message)) => Some(Self::saying(message)),
            // FastAPI's list repeats the input: where it was wrong is enough.
            Some(Value::Array(_)) => Some(Self { kind: Some("validation_error".into()), ..Self::default() }),
            _ => body.as_object().filter(|fields| fields.contains_key("message")).map(Self::of_fields),
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

    fn of_fields(fields: &Map<String, Value>) -> Self {
        let text = |name: &str| match fields.get(name)? {
            Value::String(text) if !text.is_empty() => Some(beginning(text)),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        };
        let details = fields.get("details").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        let inner = fields.get("innererror").and_then(|inner| inner.get("code"));
        let reasons = details.iter().filter_map(|detail| detail.get("reason")).chain(inner);
        Self {
            code: text("code"),
            // Google's `status` is a word; Azure's is the number again.
            kind: text("type").or_else(|| text("status").filter(|status| status.parse::<u16>().is_err())),
            param: text("param"),
            message: text("message"),
            reasons: reasons.filter_map(Value::as_str).take(MOST_REASONS).map(beginning).collect(),
            retry_after: details.iter().find_map(retry_delay),
            daily: details.iter().any(is_daily),
        }
    }

    fn saying(message: &str) -> Self {
        Self { message: Some(beginning(message)), ..Self::default() }
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

    fn words(&self) -> impl Iterator<Item = &str> {
        [&self.code, &self.kind]
            .into_iter()
            .flatten()
            .map(String::as_str)
            .chain(self.reasons.iter().map(String::as_str))
    }

    fn says(&self, phrases: &[&str]) -> bool {
        let message = self.message.as_deref().unwrap_or_default().to_lowercase();
        phrases.iter().any(|phrase| message.contains(phrase))
    }

    pub(super) fn is_out_of_credit(&self) -> bool {
        self.daily || self.words().any(|word| OUT_OF_CREDIT.contains(&word)) || self.says(&OUT_OF_CREDIT_SAID)
    }

    pub(super) fn is_too_long(&self) -> bool {
        self.words().any(|word| TOO_LONG.contains(&word)) || self.says(&TOO_LONG_SAID)
    }

    pub(super) fn is_key_refused(&self) -> bool {
        self.words().any(|word| KEY_REFUSED.contains(&word))
    }

    /// True when a safety filter stopped the prompt: an outcome, not a failure.
    pub(super) fn is_content_filter(&self, status: u16) -> bool {
        (400..500).contains(&status)
            && self.words().any(|word| matches!(word, "content_filter" | "ResponsibleAIPolicyViolation"))
    }

    /// The experiment's key that would stop sending what the server refuses.
    pub(super) fn remedy(&self) -> Option<&'static str> {
        let blamed: Vec<String> = match (&self.param, &self.message) {
            (Some(param), _) => words_of(param),
            (None, Some(message)) if self.blames_the_request() => words_of(message),
            _ => return None,
        };
        let is_blamed =
            |(names, _): &&(&[&str], &str)| names.iter().any(|name| blamed.iter().any(|b| b == name));
        REMEDIES.iter().find(is_blamed).map(|(_, remedy)| *remedy)
    }

    /// True where a message that names a parameter can be taken at its word.
    fn blames_the_request(&self) -> bool {
        let unsupported = self.code.as_deref().is_some_and(|code| code.starts_with("unsupported"));
        let refused = matches!(self.kind.as_deref(), Some("invalid_request_error" | "INVALID_ARGUMENT"));
        unsupported || refused
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

/// Words and dotted paths of a text, with `_` and `.` taken out, in lower case. A path counts with each of its steps,
/// and with each path it begins with.
fn words_of(text: &str) -> Vec<String> {
    let is_inside = |c: char| c.is_alphanumeric() || c == '_' || c == '.';
    let mut words = Vec::new();
    for path in text.split(|c: char| !is_inside(c)).filter(|path| !path.is_empty()) {
        let plain = |part: &str| part.replace(['_', '.'], "").to_lowercase();
        words.extend(path.match_indices('.').map(|(end, _)| plain(&path[..end])));
        words.push(plain(path));
        words.extend(path.split('.').filter(|step| step.len() < path.len()).map(plain));
    }
    words
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
        assert_eq!((minute.is_out_of_credit(), minute.status()), (false, Some(429)));
        assert_eq!(minute.retry_after, Some(Duration::from_millis(37_500)));
        assert!(error("GenerateRequestsPerDayPerProjectPerModel-FreeTier").is_out_of_credit());
        let key = read(
            &json!({"error": {"code": 400, "status": "INVALID_ARGUMENT", "message": "API key not valid.",
            "details": [{"reason": "API_KEY_INVALID"}]}}),
        );
        assert!(key.is_key_refused());
    }

    #[test]
    fn each_wires_parameters_lead_to_the_experiments_key() {
        let of_anthropic =
            |message: &str| json!({"error": {"type": "invalid_request_error", "message": message}});
        let cases = [
            (json!({"error": {"param": "reasoning.effort", "message": "no"}}), Some("reasoning_effort]")),
            (json!({"error": {"param": "text.format.schema", "message": "no"}}), Some("prompted")),
            (json!({"error": {"param": "max_output_tokens", "message": "no"}}), Some("decoding.max_tokens")),
            (of_anthropic("temperature: range: 0..1"), Some("[temperature]")),
            (of_anthropic("output_config.format.schema: 'maxItems' is not supported"), Some("prompted")),
            (of_anthropic("thinking.budget_tokens: too small"), Some("reasoning_effort]")),
            (of_anthropic("messages: roles must alternate"), None),
            (
                json!({"error": {"status": "INVALID_ARGUMENT",
                "message": "Unknown name \"responseJsonSchema\" at 'generation_config'"}}),
                Some("prompted"),
            ),
            (json!({"error": {"type": "server_error", "message": "seed"}}), None),
        ];
        for (body, end) in cases {
            let remedy = read(&body).remedy();
            assert_eq!(remedy.is_some(), end.is_some(), "{body}");
            assert!(remedy.unwrap_or_default().ends_with(end.unwrap_or_default()), "{body}: {remedy:?}");
        }
    }
}
