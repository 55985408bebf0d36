//! Owns ratings: one rater's judgment of one item of one session, and what stands in a score's place.

use serde::{Deserialize, Serialize};

use super::{Arm, Digest, ItemId, Observation, RaterId, Repair, Score, SessionId};

/// Person or program.
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
    /// No JSON of the asked shape in the reply, or several that disagree.
    Unparsable,
    /// The reply holds no words at all.
    Empty,
    /// A score outside the scale or not a whole number.
    OutOfScale,
    /// No cited quote is in the transcript, even after one re-ask.
    NoVerifiedEvidence,
    /// The judge refused or its reply was filtered.
    Refused,
    /// The reply was cut before the score.
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
    /// A score on the rubric's scale.
    Scored {
        /// The score.
        score: Score,
    },
    /// The text cannot show it.
    NotAssessable {
        /// What is missing.
        reason: String,
    },
    /// The judge's answers could not be used.
    Unusable {
        /// Why.
        reason: Unusable,
    },
    /// The item does not apply, such as session items in a turn-level mode.
    NotApplicable {
        /// Why, as a fixed word such as `turn_level_mode`.
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

/// How sure a judge says it is of an answer. What that is worth is a question for the report.
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

/// Why there is no expected score, although one was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoExpected {
    /// The server reported no log-probabilities.
    NotReported,
    /// The reported tokens are not the reply's text, so that the score's token cannot be found.
    NotAligned,
    /// The answer holds no number at the score's place.
    NoNumber,
    /// A score of the scale begins with another one (1 and 10): one token does not decide.
    AmbiguousScale,
    /// No alternative at the score's place is a score of the scale.
    NoMass,
}

/// The mean of the scale's scores under the probabilities of the token at the score's place, renormalised over the
/// scale. It is conditional on the one rationale that was written before it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "expected")]
pub enum Expected {
    /// There is one.
    Available {
        /// The expected score.
        value: f64,
        /// Probability of all scores of the scale together, before renormalising.
        mass: f64,
    },
    /// There is none.
    Unavailable {
        /// Why.
        reason: NoExpected,
    },
}

/// Expected scores of a rating's scored draws, averaged.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ExpectedFold {
    /// Mean over the draws that have one; none when no draw has.
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
    /// Which repeat, from 1.
    pub number: u32,
    /// The score or what stands in its place.
    pub outcome: RatingOutcome,
    /// The evidence, checked; unverified quotes are struck and counted.
    pub observations: Vec<Observation>,
    /// The judge's reasoning.
    pub reasoning: String,
    /// Quotes cited.
    pub quotes_cited: u32,
    /// Quotes verified word for word.
    pub quotes_verified: u32,
    /// Quotes found with small differences.
    pub quotes_near: u32,
    /// True when the judge was asked a second time because no quote verified.
    pub reasked: bool,
    /// How sure the judge says it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confidence: Option<Confidence>,
    /// The expected score; none when none was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<Expected>,
    /// What was mended in the form of the answer.
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

/// How draws were folded into one rating. Majority not-assessable gives `NotAssessable`, else the median.
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
    /// Standard deviation of the scored draws (n - 1); none below two.
    pub sd: Option<f64>,
    /// The draws' expected scores; none when none was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<ExpectedFold>,
}

/// One rater's judgment of one item of one session.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Rating {
    /// The rated session.
    pub session: SessionId,
    /// The recorded session behind it.
    pub source: SessionId,
    /// The arm it belongs to.
    pub arm: Arm,
    /// Repeat of the reconstruction.
    pub epoch: u32,
    /// The item.
    pub item: ItemId,
    /// Who rated.
    pub rater: RaterId,
    /// Person or program.
    pub kind: RaterKind,
    /// The score or what stands in its place.
    pub outcome: RatingOutcome,
    /// Digest of the text that was rated; none when an original's ratings do not carry one.
    pub text_digest: Option<Digest>,
    /// Invented for demonstration.
    pub synthetic: bool,
    /// For judges: how the draws were folded.
    pub fold: Option<DrawFold>,
    /// For judges: the draws.
    pub draws: Vec<Draw>,
}
