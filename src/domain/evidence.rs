//! Owns the evidence a judge gives for a score, and what checking it against the transcript found.

use serde::{Deserialize, Serialize};

use super::{Span, Speaker};

/// What kind of observation it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ObservationKind {
    /// Speaks for a higher score.
    Positive,
    /// Speaks for a lower score.
    Negative,
    /// Something expected that did not happen; needs no quote.
    Absent,
}

/// What checking a quote found (clinical rule: docs/formats/judging.md).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "check")]
pub enum QuoteCheck {
    /// Found word for word, after folding, in the named turn of the named speaker.
    Verified {
        /// Where.
        span: Span,
    },
    /// Found with small differences: token edit similarity >= .9.
    Near {
        /// Where.
        span: Span,
        /// Token edit similarity in [.9, 1).
        similarity: f64,
    },
    /// Fewer than four words and not the whole turn.
    TooShort,
    /// Not in the named turn.
    NotFound,
    /// The named turn does not exist or belongs to the other speaker.
    WrongTurn,
    /// An absence: nothing to quote.
    NotNeeded,
}

impl QuoteCheck {
    /// True when the quote may be shown as evidence.
    pub fn holds(&self) -> bool {
        matches!(self, Self::Verified { .. } | Self::Near { .. })
    }
}

/// One observation behind a score.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Observation {
    /// For, against, or an absence.
    pub kind: ObservationKind,
    /// What was observed, in the judge's words.
    pub note: String,
    /// The quoted words; none for an absence, and struck when the check failed.
    pub quote: Option<String>,
    /// First and last turn concerned.
    pub turns: (u32, u32),
    /// Who is quoted.
    pub speaker: Option<Speaker>,
    /// What checking found.
    pub check: QuoteCheck,
}
