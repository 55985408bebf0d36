//! Findings on coherence: whether the client's turns answer the counselor, and whether the grader can tell.

use serde::{Deserialize, Serialize};

use super::Contrast;
use crate::domain::AnswerGrade;
use crate::stats::Estimate;

/// Whether the client's turns answer the counselor. A proxy: no clinician has confirmed the grades.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CoherenceFindings {
    /// The grader's name.
    pub grader: String,
    /// True for the scripted grader: "baseline, not a language model".
    pub baseline: bool,
    /// The lowest grade that counts as an answer.
    pub answers_from: u8,
    /// The declared smallest share of answered turns.
    pub minimum_share: f64,
    /// Wording that every report must use for the figures.
    pub wording: String,
    /// On recorded sessions: how often the true next client turn is graded above another one of the session, ties half.
    pub auc: Estimate,
    /// Smallest AUC of a usable grader.
    pub least_auc: f64,
    /// True if `auc` reaches it.
    pub usable: bool,
    /// Figures for each arm.
    pub arms: Vec<ArmCoherence>,
    /// Figures for each session, in id order.
    pub sessions: Vec<SessionCoherence>,
    /// Every graded exchange, in order.
    pub grades: Vec<AnswerGrade>,
    /// Contrasts without the reconstructions below the declared share; empty if the grader is not usable.
    pub contrasts: Vec<Contrast>,
}

/// Coherence of one arm.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ArmCoherence {
    /// Arm.
    pub arm: String,
    /// Number of sessions.
    pub sessions: usize,
    /// Number of counselor turns that a client turn follows.
    pub exchanges: usize,
    /// Number of those without a grade: the answer could not be read, or the call failed.
    pub ungraded: usize,
    /// Share of graded exchanges in which the client answers.
    pub share: Estimate,
    /// Mean grade.
    pub mean_grade: Estimate,
    /// Share of a condition's session minus that of the recorded one, paired by source; `None` for the original arm.
    pub difference: Option<Estimate>,
    /// Number of sessions below the declared share; sessions of the original arm are counted but never left out.
    pub below: usize,
    /// Number of sessions without any grade.
    pub unknown: usize,
}

/// Coherence of one session.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SessionCoherence {
    /// Session.
    pub session: String,
    /// Arm.
    pub arm: String,
    /// Id of the recorded session behind it.
    pub source: String,
    /// Number of counselor turns that a client turn follows.
    pub exchanges: usize,
    /// Number of those with a grade.
    pub graded: usize,
    /// Number of those in which the client answers.
    pub answered: usize,
    /// Share of graded exchanges that are answered; `None` without a grade.
    pub share: Option<f64>,
}
