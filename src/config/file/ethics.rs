//! The `ethics` mapping as written.

use schemars::JsonSchema;
use serde::Deserialize;

/// Ethics risks that judges are asked about one by one. They do not affect scores.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::config) struct EthicsFile {
    /// The instrument: a path or `builtin:ethics`.
    #[serde(default = "builtin_ethics")]
    #[schemars(length(min = 1))]
    pub(in crate::config) rubric: String,
    /// Ids of the judges that are asked; if absent, every judge that is a language model.
    #[serde(default)]
    pub(in crate::config) judges: Option<Vec<String>>,
    /// Ids of the risks to ask about; if absent, all that a transcript can show.
    #[serde(default)]
    pub(in crate::config) risks: Option<Vec<String>>,
    /// Number of answers per risk, session and judge; more than half of the usable ones decide.
    #[serde(default = "super::one")]
    #[schemars(range(min = 1, max = 99))]
    pub(in crate::config) draws: u32,
    /// The prompt: a path or `builtin:ethics-judge`.
    #[serde(default = "builtin_prompt")]
    #[schemars(length(min = 1))]
    pub(in crate::config) prompt: String,
    /// Path of a completed `ethics-review.csv` of a run, with reviewers' decisions on its assessments.
    #[serde(default)]
    pub(in crate::config) review: Option<String>,
}

fn builtin_ethics() -> String {
    "builtin:ethics".into()
}

fn builtin_prompt() -> String {
    "builtin:ethics-judge".into()
}
