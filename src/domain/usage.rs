//! Owns token counts of a call, as the provider reported them.

use std::ops::AddAssign;

use serde::{Deserialize, Serialize};

/// Token counts. A field the provider did not report is absent in the call's record and counted as 0 in sums;
/// `reported` says how many calls reported at all.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenSum {
    /// Calls that reported usage.
    pub reported: u64,
    /// Calls that did not.
    pub unreported: u64,
    /// Prompt tokens, cached ones included.
    pub prompt: u64,
    /// Prompt tokens served from a cache.
    pub cached: u64,
    /// Generated tokens, reasoning included.
    pub completion: u64,
    /// Generated tokens spent on reasoning.
    pub reasoning: u64,
}

impl AddAssign for TokenSum {
    fn add_assign(&mut self, other: Self) {
        self.reported += other.reported;
        self.unreported += other.unreported;
        self.prompt += other.prompt;
        self.cached += other.cached;
        self.completion += other.completion;
        self.reasoning += other.reasoning;
    }
}
