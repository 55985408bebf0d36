//! Owns what was found of grounding: facts in counselor turns that nobody spoke of before.

use serde::{Deserialize, Serialize};

use crate::domain::Span;
use crate::stats::Estimate;

/// Facts that a counselor could not know, by rule: a proxy.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GroundingFindings {
    /// How the figures must be worded.
    pub wording: String,
    /// Per arm: every kind together, then each.
    pub rates: Vec<GroundingRate>,
    /// Every hit, by session id and place. Holds no words.
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
    /// Hits.
    pub hits: usize,
    /// Counselor turns looked at.
    pub turns: usize,
    /// Sessions looked at.
    pub sessions: usize,
    /// Sessions with a hit.
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
    /// Where.
    pub span: Span,
    /// `name`, `number`, `date`, `kinship` or `place`.
    pub kind: String,
}
