//! Owns what was found of coverage: client turns that a mode leaves out.

use serde::{Deserialize, Serialize};

use crate::stats::Estimate;

/// How much of what the client said comes up in one arm.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CoverageFinding {
    /// Arm.
    pub arm: String,
    /// Its mode.
    pub mode: String,
    /// Sessions.
    pub sessions: usize,
    /// Sessions in which every client turn comes up.
    pub complete: usize,
    /// Client turns that do not come up, over all sessions.
    pub unused: usize,
    /// Share of client turns, mean over sessions.
    pub client_turns: Estimate,
    /// Share of client words, mean over sessions.
    pub client_words: Estimate,
}
