//! One criterion of a gate, checked.

use serde::{Deserialize, Serialize};

use crate::stats::Estimate;

/// Outcome of a criterion or of the whole gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GateOutcome {
    /// The criterion is met.
    Pass,
    /// The data are insufficient to decide.
    Inconclusive,
    /// The criterion is not met.
    Fail,
}
impl GateOutcome {
    /// The word used in reports.
    pub fn word(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Inconclusive => "inconclusive",
            Self::Fail => "fail",
        }
    }
}
/// One criterion on one judge, item or arm.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CheckedCriterion {
    /// Key of the criterion in `gates`.
    pub criterion: String,
    /// Id of the judge; empty if the criterion does not concern one.
    pub judge: String,
    /// Item, `total`, contrast, axis or arm; empty if there is only one.
    pub subject: String,
    /// The figure compared with the limit.
    pub value: Estimate,
    /// The limit in words, such as `below 0.5`.
    pub limit: String,
    /// Outcome of the criterion.
    pub outcome: GateOutcome,
    /// Why, in words; empty for a pass.
    pub because: String,
    /// Data that would settle it; only if it is inconclusive.
    pub settle: Option<String>,
}
