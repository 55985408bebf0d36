//! Owns what was found of coherence: whether the client's turns answer the counselor, and whether the grader can tell.

use serde::{Deserialize, Serialize};

use super::Contrast;
use crate::domain::AnswerGrade;
use crate::stats::Estimate;

/// Whether the client's turns answer the counselor. A proxy: no clinician has confirmed the grades.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CoherenceFindings {
    /// The grader's name.
    pub grader: String,
    /// Scripted: "baseline, not a language model".
    pub baseline: bool,
    /// The lowest grade that counts as an answer.
    pub answers_from: u8,
    /// The declared smallest share of answered turns.
    pub minimum_share: f64,
    /// How the figures must be worded.
    pub wording: String,
    /// On recorded sessions: how often the true next client turn is graded above another one of the session, ties half.
    pub auc: Estimate,
    /// The smallest such figure of a measure that may be used.
    pub least_auc: f64,
    /// True when it is reached.
    pub usable: bool,
    /// Per arm.
    pub arms: Vec<ArmCoherence>,
    /// Per session, in id order.
    pub sessions: Vec<SessionCoherence>,
    /// Per exchange, in order.
    pub grades: Vec<AnswerGrade>,
    /// Contrasts without the reconstructions below the declared share; empty when the measure is not usable.
    pub contrasts: Vec<Contrast>,
}

/// One arm.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ArmCoherence {
    /// Arm.
    pub arm: String,
    /// Sessions.
    pub sessions: usize,
    /// Counselor turns that a client turn follows.
    pub exchanges: usize,
    /// Those without a grade: the answer could not be read, or the call failed.
    pub ungraded: usize,
    /// Share of graded exchanges in which the client answers.
    pub share: Estimate,
    /// Mean grade.
    pub mean_grade: Estimate,
    /// Share of a condition's session minus that of the recorded one, paired by source; none for the original arm.
    pub difference: Option<Estimate>,
    /// Sessions below the declared share; of the original arm they are counted, never left out.
    pub below: usize,
    /// Sessions without any grade.
    pub unknown: usize,
}

/// One session.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SessionCoherence {
    /// Session.
    pub session: String,
    /// Arm.
    pub arm: String,
    /// Recorded session behind it.
    pub source: String,
    /// Counselor turns that a client turn follows.
    pub exchanges: usize,
    /// Those with a grade.
    pub graded: usize,
    /// Those in which the client answers.
    pub answered: usize,
    /// Answered of graded; none without a grade.
    pub share: Option<f64>,
}
