//! Decoding parameters of a model, and what the model's server accepts.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Decoding parameters. An absent field is not sent.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Decoding {
    /// Sampling temperature, 0 to 2.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 2))]
    pub temperature: Option<f64>,
    /// Nucleus sampling mass, above 0 and up to 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("exclusiveMinimum" = 0, "maximum" = 1))]
    pub top_p: Option<f64>,
    /// Maximum number of generated tokens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1_000_000))]
    pub max_tokens: Option<u32>,
    /// Seed passed to the server (below 2^53).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 9_007_199_254_740_991_u64))]
    pub seed: Option<u64>,
    /// Strings that end a reply.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stop: Vec<String>,
    /// Reasoning effort, for models that take one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reasoning_effort: Option<String>,
    /// Fields added to the body of each request as they are, such as `{service_tier: flex}`.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub extra_body: Map<String, Value>,
}

impl Decoding {
    /// True if requests ask for cheaper service when there is room.
    pub fn is_flex(&self) -> bool {
        self.extra_body.get("service_tier").and_then(Value::as_str) == Some("flex")
    }
}

/// Name of the server's limit on generated tokens.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MaxTokensField {
    /// `max_tokens`.
    #[default]
    MaxTokens,
    /// `max_completion_tokens`, which reasoning models require.
    MaxCompletionTokens,
}

/// How a JSON reply is requested.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum StructuredOutput {
    /// The server gets the JSON Schema. The reply is still checked here.
    #[default]
    JsonSchema,
    /// The same without length limits of texts, which `OpenAI`'s own servers reject; chosen for them automatically.
    JsonSchemaSubset,
    /// Only the prompt describes the JSON.
    Prompted,
}

/// What a model's server accepts. Part of the call's key, because it changes the request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Capabilities {
    /// Name of the limit on generated tokens.
    #[serde(default)]
    pub max_tokens_field: MaxTokensField,
    /// Keys of decoding parameters that must not be sent.
    #[serde(default)]
    pub omit: BTreeSet<String>,
    /// How a JSON reply is requested.
    #[serde(default)]
    pub structured_output: StructuredOutput,
    /// Whether log-probabilities may be requested.
    #[serde(default)]
    pub logprobs: bool,
    /// Maximum tokens of prompt and answer together. A prompt that does not fit is an error before the call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 256, max = 100_000_000))]
    pub context_tokens: Option<u32>,
    /// Hold the prompt tokens that the server reports against the prompts: a server that reads less than was sent is a
    /// fault (true).
    #[serde(default = "yes", skip_serializing_if = "is_yes")]
    pub check_prompt_tokens: bool,
}

fn yes() -> bool {
    true
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands it so")]
fn is_yes(value: &bool) -> bool {
    *value
}

impl Default for Capabilities {
    fn default() -> Self {
        Self {
            max_tokens_field: MaxTokensField::default(),
            omit: BTreeSet::new(),
            structured_output: StructuredOutput::default(),
            logprobs: false,
            context_tokens: None,
            check_prompt_tokens: true,
        }
    }
}

impl Capabilities {
    /// The part that shapes a reply. The context size does not, so declaring it does not repeat calls already paid for.
    pub fn shaping(&self) -> Self {
        Self { context_tokens: None, check_prompt_tokens: true, ..self.clone() }
    }
}
