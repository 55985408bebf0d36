//! Which key of the experiment stops sending what a server refuses: the parameter that it blames, on any wire.

use super::server_error::ServerError;

/// Names of parameters on the wires and in sentences, without marks between their parts, and the experiment's key.
const REMEDIES: [(&[&str], &str); 9] = [
    (
        &[
            "maxtokens",
            "maximumtokens",
            "maxoutputtokens",
            "maxcompletiontokens",
            "outputtokens",
            "completiontokens",
        ],
        FEWER_TOKENS,
    ),
    (&["temperature"], "capabilities.omit: [temperature]"),
    (&["topp"], "capabilities.omit: [top_p]"),
    (&["seed"], "capabilities.omit: [seed]"),
    (
        &["thinkingbudget", "budgettokens", "thinkingbudgettokens"],
        "decoding.reasoning_effort` or `capabilities.omit: [reasoning_effort]",
    ),
    (
        &["reasoningeffort", "reasoning", "thinking", "thinkingconfig", "thinkinglevel", "effort"],
        "capabilities.omit: [reasoning_effort]",
    ),
    (
        &["toplogprobs", "logprobs", "responselogprobs", "logprobabilities", "logprob"],
        "capabilities.logprobs: false",
    ),
    (
        &[
            "responseformat",
            "textformat",
            "jsonschema",
            "jsonmode",
            "jsonobject",
            "responsejsonschema",
            "responseschema",
            "responsemimetype",
            "outputformat",
            "outputconfig",
            "structuredoutput",
            "structuredoutputs",
            "structuredoutputsconfig",
            "guidedjson",
            "guideddecoding",
            "guidedgrammar",
            "grammar",
            "xgrammar",
            "llguidance",
            "schema",
            "additionalproperties",
        ],
        "capabilities.structured_output: json_schema_subset` or `prompted",
    ),
    (&["stop", "stopsequence", "stopsequences"], "capabilities.omit: [stop]"),
];
/// The limit itself is too high or too low.
const FEWER_TOKENS: &str = "decoding.max_tokens";
/// The name of the field may be another one.
const NEW_NAME: &str =
    "capabilities.max_tokens_field: max_completion_tokens` or another `decoding.max_tokens";
const OLD_NAME: &str = "capabilities.max_tokens_field: max_tokens";
/// How sentences refuse a parameter by its name.
const NO_SUCH_NAME: [&str; 8] = [
    "not support",
    "unsupported",
    "not permitted",
    "unrecognized",
    "unknown",
    "unexpected",
    "forbidden",
    "extra ",
];
/// How sentences refuse a value.
const NO_SUCH_VALUE: [&str; 21] = [
    "not allowed",
    "not enabled",
    "not available",
    "not implemented",
    "invalid",
    "must be",
    "must not",
    "should be",
    "cannot",
    "can't",
    "deprecated",
    "disabled",
    "out of range",
    "supported range",
    "too large",
    "too small",
    "greater than",
    "less than",
    "exceeds",
    "at most",
    "error",
];

/// The experiment's key that would stop sending what the server refuses; none where it blames no parameter.
pub(super) fn remedy(error: &ServerError) -> Option<&'static str> {
    let refused = match &error.param {
        Some(param) => first_named(param),
        None if blames_the_request(error) => None,
        None => return None,
    };
    // A part of the request that is no parameter, such as `messages`, says nothing: the sentence may.
    let said = || blames_the_request(error).then(|| first_named(error.said())).flatten();
    let (name, remedy) = refused.or_else(said)?;
    Some(match name.as_str() {
        "maxtokens" if error.says(&NO_SUCH_NAME) || error.says(&["max_completion_tokens"]) => NEW_NAME,
        "maxcompletiontokens" if error.says(&NO_SUCH_NAME) => OLD_NAME,
        _ => remedy,
    })
}

/// True where a sentence that names a parameter can be taken at its word.
fn blames_the_request(error: &ServerError) -> bool {
    let unsupported = error.code.as_deref().is_some_and(|code| code.starts_with("unsupported"));
    let refused = matches!(error.kind.as_deref(), Some("invalid_request_error" | "INVALID_ARGUMENT"));
    unsupported || refused || error.says(&NO_SUCH_NAME) || error.says(&NO_SUCH_VALUE)
}

/// The first parameter that a text names: what a sentence refuses comes before what it compares that with.
fn first_named(text: &str) -> Option<(String, &'static str)> {
    let words = words_of(text);
    let remedy_of = |name: &str| {
        let (_, remedy) = REMEDIES.iter().find(|(names, _)| names.contains(&name))?;
        Some((name.to_owned(), *remedy))
    };
    words.iter().enumerate().find_map(|(at, word)| {
        let pair = words.get(at + 1).map(|next| format!("{word}{next}"));
        pair.as_deref().and_then(remedy_of).or_else(|| remedy_of(word))
    })
}

/// Words and dotted paths of a text, without marks between their parts, in lower case. A path counts with each path it
/// begins with, and with each of its steps. Names of models keep their hyphens and strokes: `kimi-k2-thinking` blames no
/// thinking.
fn words_of(text: &str) -> Vec<String> {
    let is_inside = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '-' | '/');
    let mut words = Vec::new();
    for path in text.split(|c: char| !is_inside(c)).filter(|path| !path.is_empty()) {
        let plain = |part: &str| part.replace(['_', '.'], "").to_lowercase();
        words.extend(path.match_indices('.').map(|(end, _)| plain(&path[..end])));
        words.push(plain(path));
        words.extend(path.split('.').filter(|step| step.len() < path.len()).map(plain));
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn of(body: &Value) -> Option<&'static str> {
        remedy(&ServerError::read(body).expect("an error"))
    }

    #[test]
    fn each_wires_parameters_lead_to_the_experiments_key() {
        let of_anthropic =
            |message: &str| json!({"error": {"type": "invalid_request_error", "message": message}});
        let bare =
            |message: &str| json!({"error": {"type": "BadRequestError", "message": message, "code": 400}});
        let cases = [
            (json!({"error": {"param": "reasoning.effort", "message": "no"}}), Some("reasoning_effort]")),
            (json!({"error": {"param": "text.format.schema", "message": "no"}}), Some("prompted")),
            (json!({"error": {"param": "max_output_tokens", "message": "no"}}), Some("decoding.max_tokens")),
            (of_anthropic("temperature: range: 0..1"), Some("[temperature]")),
            (of_anthropic("output_config.format.schema: 'maxItems' is not supported"), Some("prompted")),
            (of_anthropic("thinking.budget_tokens: too small"), Some("reasoning_effort]")),
            (of_anthropic("max_tokens: 90000 > 64000, the most output tokens"), Some("decoding.max_tokens")),
            (
                of_anthropic("`max_tokens` must be greater than `thinking.budget_tokens`"),
                Some("decoding.max_tokens"),
            ),
            (of_anthropic("messages: roles must alternate"), None),
            (
                json!({"error": {"status": "INVALID_ARGUMENT",
                "message": "Unknown name \"responseJsonSchema\" at 'generation_config'"}}),
                Some("prompted"),
            ),
            (json!({"error": {"type": "server_error", "message": "seed"}}), None),
            (bare("Log probabilities are not available for this model."), Some("logprobs: false")),
            (bare("Grammar error: this feature of the JSON schema is not supported"), Some("prompted")),
            (bare("model k2-thinking does not support temperature with thinking"), Some("[temperature]")),
            (
                json!({"detail": [{"type": "extra_forbidden", "loc": ["body", "top_logprobs"], "msg": "Extra"}]}),
                Some("logprobs: false"),
            ),
            (json!({"error": "Structured outputs cannot be used here"}), Some("prompted")),
            (bare("Unsupported parameter: 'max_completion_tokens'"), Some("max_tokens_field: max_tokens")),
        ];
        for (body, end) in cases {
            let remedy = of(&body);
            assert_eq!(remedy.is_some(), end.is_some(), "{body}: {remedy:?}");
            assert!(remedy.unwrap_or_default().ends_with(end.unwrap_or_default()), "{body}: {remedy:?}");
        }
    }

    #[test]
    fn words_inside_an_address_blame_nothing() {
        let body = json!({"error": {"type": "invalid_request_error", "message":
            "Not allowed, see https://example.org/docs/guides/reasoning#temperature or docs.example.org/seed"}});
        assert_eq!(of(&body), None);
    }
}
