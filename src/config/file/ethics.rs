//! Owns the ethics assessment as the experiment writes it.

use schemars::JsonSchema;
use serde::Deserialize;

/// Ethics risks, asked of judges one by one; none of it enters a score.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::config) struct EthicsFile {
    /// The instrument: a path or `builtin:ethics`.
    #[serde(default = "builtin_ethics")]
    #[schemars(length(min = 1))]
    pub(in crate::config) rubric: String,
    /// The judges that are asked; without it every judge that is a language model.
    #[serde(default)]
    pub(in crate::config) judges: Option<Vec<String>>,
    /// Only these risks; without it all that a transcript can show.
    #[serde(default)]
    pub(in crate::config) risks: Option<Vec<String>>,
    /// Answers per risk, session and judge; more than half of those that can be used decide.
    #[serde(default = "super::one")]
    #[schemars(range(min = 1, max = 99))]
    pub(in crate::config) draws: u32,
    /// The prompt: a path or `builtin:ethics-judge`.
    #[serde(default = "builtin_prompt")]
    #[schemars(length(min = 1))]
    pub(in crate::config) prompt: String,
    /// A filled-in `ethics-review.csv` of a run: what people said of its assessments.
    #[serde(default)]
    pub(in crate::config) review: Option<String>,
}

fn builtin_ethics() -> String {
    "builtin:ethics".into()
}

fn builtin_prompt() -> String {
    "builtin:ethics-judge".into()
}
