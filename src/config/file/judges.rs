//! The `judges` and `panel` mappings as written.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::{
    chat::{Capabilities, Decoding},
    config::experiment::JudgeForm,
};

/// A judge.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::config) struct JudgeFile {
    /// Its id, which is its name as a rater: letters, digits, `-`, `_`.
    #[schemars(length(min = 1))]
    pub(in crate::config) id: String,
    /// The id of a model above, `openai/<model>`, `openai-api/<endpoint>/<model>` or `baseline/judge`.
    #[schemars(length(min = 1))]
    pub(in crate::config) model: String,
    /// Number of answers per item and session.
    #[serde(default = "super::one")]
    #[schemars(range(min = 1, max = 99))]
    pub(in crate::config) draws: u32,
    /// Maximum number of observations of each kind in one answer; small models need a low limit to finish.
    #[serde(default = "three")]
    #[schemars(range(min = 1, max = 8))]
    pub(in crate::config) observations: u32,
    /// One item per call (`per_item`), or all items in one call (`single_call`), offered for comparison.
    #[serde(default)]
    pub(in crate::config) form: JudgeForm,
    /// Number of alternatives per token to request as log-probabilities, for expected scores beside the scores.
    #[serde(default)]
    #[schemars(range(min = 1, max = 20))]
    pub(in crate::config) logprobs: Option<u8>,
    /// Family of its model, such as `llama`, if its name does not show it.
    #[serde(default)]
    pub(in crate::config) family: Option<String>,
    /// What to do if judge and counselor belong to one model family (default `warn`).
    #[serde(default)]
    pub(in crate::config) same_family: FamilyPolicy,
    /// Decoding parameters; if absent, those of the named model.
    #[serde(default)]
    pub(in crate::config) decoding: Option<Decoding>,
    /// What its server accepts; if absent, as for the named model.
    #[serde(default)]
    pub(in crate::config) capabilities: Option<Capabilities>,
    /// The judging prompt: a path, `builtin:judge`, or `builtin:judge-all` for the form `single_call`.
    #[serde(default)]
    #[schemars(length(min = 1))]
    pub(in crate::config) prompt: Option<String>,
}

/// What to do if judge and counselor belong to one model family.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(in crate::config) enum FamilyPolicy {
    /// Every report states it.
    #[default]
    Warn,
    /// The experiment is rejected.
    Refuse,
    /// Nothing is done.
    Allow,
}

/// Several judges that together act as one more rater: their mean.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::config) struct PanelFile {
    /// Its name as a rater (default `panel`).
    #[serde(default = "panel")]
    #[schemars(length(min = 1))]
    pub(in crate::config) id: String,
    /// Ids of its members; if empty, all judges.
    #[serde(default)]
    pub(in crate::config) judges: Vec<String>,
}

fn panel() -> String {
    "panel".into()
}

fn three() -> u32 {
    3
}
