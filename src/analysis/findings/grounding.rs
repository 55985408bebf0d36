//! Findings on grounding: facts in counselor turns that had not been mentioned before.

use serde::{Deserialize, Serialize};

use crate::domain::Span;
use crate::stats::Estimate;

/// Facts that the counselor could not know, found by rule: a proxy.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GroundingFindings {
    /// Wording that every report must use for the figures.
    pub wording: String,
    /// Per arm: all kinds together, then each kind.
    pub rates: Vec<GroundingRate>,
    /// Every hit, by session id and position. Holds no transcript text.
    pub facts: Vec<UnheardFact>,
}

impl GroundingFindings {
    /// The hits of one session.
    pub fn of(&self, session: &str) -> &[UnheardFact] {
        let from = self.facts.partition_point(|fact| fact.session.as_str() < session);
        let to = self.facts.partition_point(|fact| fact.session.as_str() <= session);
        &self.facts[from..to]
    }
}

/// Hits of one kind in one arm.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GroundingRate {
    /// Arm.
    pub arm: String,
    /// `any`, or the kind.
    pub kind: String,
    /// Number of hits.
    pub hits: usize,
    /// Number of counselor turns checked.
    pub turns: usize,
    /// Number of sessions checked.
    pub sessions: usize,
    /// Number of sessions with a hit.
    pub sessions_with: usize,
    /// Hits per 100 counselor turns.
    pub per_100_turns: Estimate,
}

/// One hit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnheardFact {
    /// Session.
    pub session: String,
    /// Arm.
    pub arm: String,
    /// Position of the fact.
    pub span: Span,
    /// `name`, `number`, `date`, `kinship` or `place`.
    pub kind: String,
}
