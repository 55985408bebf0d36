//! Evidence that a judge cites for a score, and the result of checking it against the transcript.

use serde::{Deserialize, Serialize};

use super::{Span, Speaker};

/// Kind of an observation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ObservationKind {
    /// Supports a higher score.
    Positive,
    /// Supports a lower score.
    Negative,
    /// Something expected did not happen; needs no quote.
    Absent,
}

/// Result of checking a quote (clinical rule: docs/formats/judging.md).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "check")]
pub enum QuoteCheck {
    /// Found word for word, after normalization, in the named turn of the named speaker.
    Verified {
        /// Where it was found.
        span: Span,
    },
    /// Found with small differences: token edit similarity >= 0.9.
    Near {
        /// Where it was found.
        span: Span,
        /// Token edit similarity in [0.9, 1).
        similarity: f64,
    },
    /// Fewer than four words and not the whole turn.
    TooShort,
    /// Not in the named turn.
    NotFound,
    /// The named turn does not exist or belongs to the other speaker.
    WrongTurn,
    /// The observation is an absence, so there is nothing to quote.
    NotNeeded,
}

impl QuoteCheck {
    /// True if the quote may be shown as evidence.
    pub fn holds(&self) -> bool {
        matches!(self, Self::Verified { .. } | Self::Near { .. })
    }
}

/// One observation behind a score.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Observation {
    /// For a higher score, for a lower one, or an absence.
    pub kind: ObservationKind,
    /// What was observed, in the judge's words.
    pub note: String,
    /// The quoted words; `None` for an absence and for a quote that failed the check.
    pub quote: Option<String>,
    /// First and last turn concerned, both included.
    pub turns: (u32, u32),
    /// Speaker of the quoted words, if the judge named one.
    pub speaker: Option<Speaker>,
    /// Result of the check.
    pub check: QuoteCheck,
}
