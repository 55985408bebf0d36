//! Owns judges and their panel as the experiment writes them.

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
    /// Answers per item and session.
    #[serde(default = "super::one")]
    #[schemars(range(min = 1, max = 99))]
    pub(in crate::config) draws: u32,
    /// Most observations of each kind in one answer; small models need few to finish it.
    #[serde(default = "three")]
    #[schemars(range(min = 1, max = 8))]
    pub(in crate::config) observations: u32,
    /// One item per call (`per_item`), or all in one (`single_call`), an alternative to be measured.
    #[serde(default)]
    pub(in crate::config) form: JudgeForm,
    /// Ask for log-probabilities with this many alternatives per token: gives expected scores beside the scores.
    #[serde(default)]
    #[schemars(range(min = 1, max = 20))]
    pub(in crate::config) logprobs: Option<u8>,
    /// Its model's family, such as `llama`, where the name does not show it.
    #[serde(default)]
    pub(in crate::config) family: Option<String>,
    /// What happens when judge and counselor are of one model family (`warn`).
    #[serde(default)]
    pub(in crate::config) same_family: FamilyPolicy,
    /// Decoding parameters; without it those of the model named.
    #[serde(default)]
    pub(in crate::config) decoding: Option<Decoding>,
    /// What its server accepts; without it that of the model named.
    #[serde(default)]
    pub(in crate::config) capabilities: Option<Capabilities>,
    /// The judging prompt: a path, `builtin:judge`, or `builtin:judge-all` for the form `single_call`.
    #[serde(default)]
    #[schemars(length(min = 1))]
    pub(in crate::config) prompt: Option<String>,
}

/// What happens when judge and counselor are of one model family.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(in crate::config) enum FamilyPolicy {
    /// Every report says so.
    #[default]
    Warn,
    /// The experiment is refused.
    Refuse,
    /// Nothing.
    Allow,
}

/// Several judges as one more rater, their mean.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::config) struct PanelFile {
    /// Its name as a rater (`panel`).
    #[serde(default = "panel")]
    #[schemars(length(min = 1))]
    pub(in crate::config) id: String,
    /// Its members; without it all judges.
    #[serde(default)]
    pub(in crate::config) judges: Vec<String>,
}

fn panel() -> String {
    "panel".into()
}

fn three() -> u32 {
    3
}
