//! Findings of the alternative annotator test.

use serde::{Deserialize, Serialize};

use crate::stats::Estimate;

/// Whether a judge could replace one of the clinicians on one item.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AltTestFinding {
    /// Item id or `total`.
    pub item: String,
    /// The judge.
    pub judge: String,
    /// Extra cost of a clinician over the judge, as a share of sessions: declared, not fitted.
    pub epsilon: f64,
    /// Number of clinicians that share enough sessions with the judge.
    pub humans: usize,
    /// Share of them that the judge wins against; without an interval.
    pub winning_rate: Estimate,
    /// Mean share of sessions on which the judge fits the other clinicians at least as well.
    pub advantage: Estimate,
    /// Conclusion of the test.
    pub outcome: AltTestOutcome,
}

/// Conclusion that the test allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AltTestOutcome {
    /// The judge wins against at least half of three clinicians or more.
    Passes,
    /// The judge wins against at least half of two clinicians, which is too few for a pass.
    WinsAgainstTwo,
    /// The judge does not win; with few sessions most judges do not.
    NotShown,
    /// Too few sessions or clinicians for a verdict.
    TooFew,
}

impl AltTestOutcome {
    /// The words used in reports.
    pub fn words(self) -> &'static str {
        match self {
            Self::Passes => "passes",
            Self::WinsAgainstTwo => "wins, of two clinicians only",
            Self::NotShown => "not shown",
            Self::TooFew => "too few sessions",
        }
    }
}
