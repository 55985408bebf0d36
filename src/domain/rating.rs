//! Owns ratings: one rater's judgment of one item of one session, and what stands in a score's place.

use serde::{Deserialize, Serialize};

use super::{Arm, Digest, ItemId, Observation, RaterId, Score, SessionId};

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
    /// No JSON of the asked shape in the reply.
    Unparsable,
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
