//! Findings on coverage: client turns that a mode leaves out.

use serde::{Deserialize, Serialize};

use crate::stats::Estimate;

/// How much of what the client said is used in one arm.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CoverageFinding {
    /// Arm.
    pub arm: String,
    /// Its mode.
    pub mode: String,
    /// Number of sessions.
    pub sessions: usize,
    /// Number of sessions in which every client turn is used.
    pub complete: usize,
    /// Number of client turns that are not used, over all sessions.
    pub unused: usize,
    /// Share of client turns used; mean over sessions.
    pub client_turns: Estimate,
    /// Share of client words used; mean over sessions.
    pub client_words: Estimate,
}
