//! The `variants` mapping as written.

use schemars::JsonSchema;
use serde::Deserialize;

/// A counterfactual variant: sessions are reconstructed a second time with some of the client's words replaced.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::config) struct VariantFile {
    /// Its name in reports: letters, digits, `-`, `_`.
    #[schemars(length(min = 1))]
    pub(in crate::config) id: String,
    /// Ids of the ethics risks with `detectability: counterfactual` that its figures address.
    #[serde(default)]
    pub(in crate::config) asks: Vec<String>,
    /// Words to replace in client turns: whole words, in one pass, keeping the case.
    #[schemars(length(min = 1))]
    pub(in crate::config) replace: Vec<ReplaceFile>,
}

/// One substitution.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::config) struct ReplaceFile {
    /// One word or several words to find.
    #[schemars(length(min = 1))]
    pub(in crate::config) from: String,
    /// The words that replace them.
    #[schemars(length(min = 1))]
    pub(in crate::config) to: String,
}
