//! Owns counterfactual variants as the experiment writes them.

use schemars::JsonSchema;
use serde::Deserialize;

/// A counterfactual variant: sessions are reconstructed a second time with some words of the client replaced.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::config) struct VariantFile {
    /// Its name in reports: letters, digits, `-`, `_`.
    #[schemars(length(min = 1))]
    pub(in crate::config) id: String,
    /// Ethics risks, of those with `detectability: counterfactual`, that its figures speak to.
    #[serde(default)]
    pub(in crate::config) asks: Vec<String>,
    /// What is replaced in client turns: whole words, in one pass, the case kept.
    #[schemars(length(min = 1))]
    pub(in crate::config) replace: Vec<ReplaceFile>,
}

/// One substitution.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::config) struct ReplaceFile {
    /// One word or several.
    #[schemars(length(min = 1))]
    pub(in crate::config) from: String,
    /// What stands there instead.
    #[schemars(length(min = 1))]
    pub(in crate::config) to: String,
}
