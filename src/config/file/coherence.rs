//! The `coherence` mapping as written.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::chat::{Capabilities, Decoding};

/// Measurement of whether the client's turns answer the counselor.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::config) struct CoherenceFile {
    /// The id of a model above, `openai/<model>`, `openai-api/<endpoint>/<model>` or `baseline/bm25`.
    #[serde(default = "bm25")]
    #[schemars(length(min = 1))]
    pub(in crate::config) model: String,
    /// Decoding parameters; if absent, those of the named model.
    #[serde(default)]
    pub(in crate::config) decoding: Option<Decoding>,
    /// What its server accepts; if absent, as for the named model.
    #[serde(default)]
    pub(in crate::config) capabilities: Option<Capabilities>,
    /// Its prompt: a path or `builtin:coherence`.
    #[serde(default = "builtin_coherence")]
    #[schemars(length(min = 1))]
    pub(in crate::config) prompt: String,
    /// The lowest grade, from 0 to 10, that counts as an answer.
    #[serde(default = "middle")]
    #[schemars(range(min = 1, max = 10))]
    pub(in crate::config) answers_from: u8,
    /// Reconstructions with a smaller share of answered turns are excluded from corrected contrasts.
    #[serde(default = "half")]
    #[schemars(range(min = 0.0, max = 1.0))]
    pub(in crate::config) minimum_share: f64,
}

fn bm25() -> String {
    "baseline/bm25".into()
}

fn builtin_coherence() -> String {
    "builtin:coherence".into()
}

fn middle() -> u8 {
    5
}

fn half() -> f64 {
    0.5
}
