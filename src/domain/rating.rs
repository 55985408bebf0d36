//! Ratings: one rater's judgment of one item of one session, with a score or the reason there is none.

use serde::{Deserialize, Serialize};

use super::{Arm, Digest, ItemId, Observation, RaterId, Repair, Score, SessionId};

/// Whether a rater is a person or a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RaterKind {
    /// A human rater.
    Clinician,
    /// A judge model, or the baseline judge.
    Judge,
}

/// Why a judge's answer cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unusable {
    /// The reply holds no JSON of the requested shape, or several objects that disagree.
    Unparsable,
    /// The reply is empty.
    Empty,
    /// The score is outside the scale or not a whole number.
    OutOfScale,
    /// No cited quote was found in the transcript, even after asking once more.
    NoVerifiedEvidence,
    /// The judge refused, or a filter stopped its reply.
    Refused,
    /// The reply was cut off before the score.
    Truncated,
    /// The call failed; the failure is in the ledger and in usage.json.
    CallFailed,
}

impl Unusable {
    /// The word used in tables.
    pub fn word(self) -> &'static str {
        match self {
            Self::Unparsable => "unparsable",
            Self::Empty => "empty",
            Self::OutOfScale => "out_of_scale",
            Self::NoVerifiedEvidence => "no_verified_evidence",
            Self::Refused => "refused",
            Self::Truncated => "truncated",
            Self::CallFailed => "call_failed",
        }
    }
}

/// A score, or the typed reason there is none. Missing is never 0.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "outcome")]
pub enum RatingOutcome {
    /// A score within the rubric's scale.
    Scored {
        /// The checked score.
        score: Score,
    },
    /// The text cannot show the item.
    NotAssessable {
        /// What the text lacks, in the judge's words.
        reason: String,
    },
    /// The judge's answers could not be used.
    Unusable {
        /// Why they could not be used.
        reason: Unusable,
    },
    /// The item does not apply, such as session items in a turn-level mode.
    NotApplicable {
        /// Reason as a fixed word, such as `turn_level_mode`.
        reason: String,
    },
    /// The table holds a blank or a declared missing value.
    Missing,
}

impl RatingOutcome {
    /// The score, if there is one.
    pub fn score(&self) -> Option<f64> {
        match self {
            Self::Scored { score } => Some(score.value()),
            _ => None,
        }
    }

    /// The word used in tables.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Scored { .. } => "scored",
            Self::NotAssessable { .. } => "not_assessable",
            Self::Unusable { .. } => "unusable",
            Self::NotApplicable { .. } => "not_applicable",
            Self::Missing => "missing",
        }
    }
}

/// A judge's stated certainty about an answer. Reports show whether it is informative.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Confidence {
    /// Not sure.
    Low,
    /// Fairly sure.
    Medium,
    /// Sure.
    High,
}

impl Confidence {
    /// Every level, lowest first.
    pub const ALL: [Self; 3] = [Self::Low, Self::Medium, Self::High];

    /// The word used in replies and tables.
    pub fn word(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

/// Why a requested expected score is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoExpected {
    /// The server reported no log-probabilities.
    NotReported,
    /// The reported tokens do not add up to the reply's text, so the score's token cannot be found.
    NotAligned,
    /// The answer has no number where the score should be.
    NoNumber,
    /// One score of the scale begins with another (1 and 10), so one token does not identify it.
    AmbiguousScale,
    /// No alternative for the score's token is a score of the scale.
    NoMass,
}

/// The mean of the scale's scores under the probabilities of the score's token, renormalized over the scale. It is
/// conditional on the one rationale that was written before it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "expected")]
pub enum ExpectedScore {
    /// It could be computed.
    Available {
        /// The expected score, within the scale.
        value: f64,
        /// Total probability of all scores of the scale before renormalizing, in [0, 1].
        mass: f64,
    },
    /// It could not be computed.
    Unavailable {
        /// Why it is missing.
        reason: NoExpected,
    },
}

/// Expected scores of a rating's scored draws, averaged.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ExpectedFold {
    /// Mean over the draws that have one; `None` if no draw has.
    pub mean: Option<f64>,
    /// Mean captured mass over the same draws.
    pub mass: Option<f64>,
    /// Draws with an expected score.
    pub available: u32,
    /// Scored draws without one.
    pub unavailable: u32,
}

/// One judge answer to one item of one session.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Draw {
    /// Number of the draw, from 1.
    pub number: u32,
    /// The score, or the reason there is none.
    pub outcome: RatingOutcome,
    /// The checked evidence; quotes that were not found are removed and counted.
    pub observations: Vec<Observation>,
    /// The judge's reasoning, as written.
    pub reasoning: String,
    /// Number of quotes cited.
    pub quotes_cited: u32,
    /// Number of quotes found word for word.
    pub quotes_verified: u32,
    /// Number of quotes found with small differences.
    pub quotes_near: u32,
    /// True if the judge was asked a second time because no quote was found.
    pub reasked: bool,
    /// The judge's stated certainty, if asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confidence: Option<Confidence>,
    /// The expected score; `None` if not asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<ExpectedScore>,
    /// Repairs made to the form of the answer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub repairs: Vec<Repair>,
}

impl Draw {
    /// A draw whose answer cannot be used and gave no evidence.
    pub fn unusable(number: u32, reason: Unusable, reasked: bool) -> Self {
        Self {
            number,
            outcome: RatingOutcome::Unusable { reason },
            observations: Vec::new(),
            reasoning: String::new(),
            quotes_cited: 0,
            quotes_verified: 0,
            quotes_near: 0,
            reasked,
            confidence: None,
            expected: None,
            repairs: Vec::new(),
        }
    }
}

/// How draws were folded into one rating: `NotAssessable` if most draws say so, otherwise the median score.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct DrawFold {
    /// Draws with a score.
    pub scored: u32,
    /// Draws that said not assessable.
    pub not_assessable: u32,
    /// Draws that could not be used.
    pub unusable: u32,
    /// Lowest and highest score among the scored draws.
    pub range: Option<(f64, f64)>,
    /// Standard deviation of the scored draws (divisor n - 1); `None` below two.
    pub sd: Option<f64>,
    /// The draws' expected scores; `None` if not asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<ExpectedFold>,
}

/// One rater's judgment of one item of one session.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Rating {
    /// Id of the rated session.
    pub session: SessionId,
    /// Id of the recorded session it was made from.
    pub source: SessionId,
    /// Arm of the rated session.
    pub arm: Arm,
    /// Repeat of the reconstruction, from 1.
    pub epoch: u32,
    /// Id of the item.
    pub item: ItemId,
    /// Id of the rater.
    pub rater: RaterId,
    /// Whether the rater is a person or a program.
    pub kind: RaterKind,
    /// The score, or the reason there is none.
    pub outcome: RatingOutcome,
    /// Digest of the rated text; `None` for ratings of recorded sessions from a table without this column.
    pub text_digest: Option<Digest>,
    /// Invented for demonstration.
    pub synthetic: bool,
    /// For judges: how the draws were folded. `None` for clinicians.
    pub fold: Option<DrawFold>,
    /// For judges: all draws. Empty for clinicians.
    pub draws: Vec<Draw>,
}
