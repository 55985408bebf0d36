//! Owns the decoding parameters of a model and what a model's server accepts.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Decoding parameters. An absent field is not sent.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Decoding {
    /// Sampling temperature, 0 to 2.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 2))]
    pub temperature: Option<f64>,
    /// Nucleus mass, above 0 to 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("exclusiveMinimum" = 0, "maximum" = 1))]
    pub top_p: Option<f64>,
    /// Most tokens to generate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1_000_000))]
    pub max_tokens: Option<u32>,
    /// Seed passed to the server (below 2^53).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 9_007_199_254_740_991_u64))]
    pub seed: Option<u64>,
    /// Texts that end a reply.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stop: Vec<String>,
    /// Reasoning effort, for models that take one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reasoning_effort: Option<String>,
}

/// How the server names its limit on generated tokens.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MaxTokensField {
    /// `max_tokens`.
    #[default]
    MaxTokens,
    /// `max_completion_tokens`, as reasoning models want it.
    MaxCompletionTokens,
}

/// How a JSON reply is asked for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum StructuredOutput {
    /// The server is given the JSON Schema. The reply is checked here all the same.
    #[default]
    JsonSchema,
    /// The same without limits on the length of texts, which `OpenAI`'s own servers refuse. Chosen for them unasked.
    JsonSchemaSubset,
    /// Only the prompt describes the JSON.
    Prompted,
}

/// What a model's server accepts. Part of the call's key, because it changes what is sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Capabilities {
    /// Name of the token limit.
    #[serde(default)]
    pub max_tokens_field: MaxTokensField,
    /// Decoding parameters that must not be sent, by their key.
    #[serde(default)]
    pub omit: BTreeSet<String>,
    /// How a JSON reply is asked for.
    #[serde(default)]
    pub structured_output: StructuredOutput,
    /// Whether `logprobs` may be asked for.
    #[serde(default)]
    pub logprobs: bool,
    /// Most tokens of prompt and answer together. A prompt that does not fit is an error before the call.
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
    /// What shapes a reply. How much fits does not: declaring it must not repeat calls already paid for.
    pub fn shaping(&self) -> Self {
        Self { context_tokens: None, check_prompt_tokens: true, ..self.clone() }
    }
}
