//! Token counts of calls, as the provider reported them.

use std::ops::AddAssign;

use serde::{Deserialize, Serialize};

/// Sums of token counts. A count that the provider did not report adds 0; `reported` says how many calls reported
/// any.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenSum {
    /// Number of calls that reported usage.
    pub reported: u64,
    /// Number of calls that did not.
    pub unreported: u64,
    /// Prompt tokens, cached ones included.
    pub prompt: u64,
    /// Prompt tokens served from a cache.
    pub cached: u64,
    /// Prompt tokens written to a cache.
    #[serde(default)]
    pub cache_written: u64,
    /// Generated tokens, reasoning included.
    pub completion: u64,
    /// Generated tokens spent on reasoning.
    pub reasoning: u64,
}

impl AddAssign for TokenSum {
    fn add_assign(&mut self, other: Self) {
        let add = |sum: &mut u64, more: u64| *sum = sum.saturating_add(more);
        add(&mut self.reported, other.reported);
        add(&mut self.unreported, other.unreported);
        add(&mut self.prompt, other.prompt);
        add(&mut self.cached, other.cached);
        add(&mut self.cache_written, other.cache_written);
        add(&mut self.completion, other.completion);
        add(&mut self.reasoning, other.reasoning);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sum_of_absurd_counts_stays_at_the_largest() {
        let mut sum = TokenSum { prompt: u64::MAX - 1, ..TokenSum::default() };
        sum += TokenSum { prompt: 5, completion: 7, ..TokenSum::default() };
        assert_eq!((sum.prompt, sum.completion), (u64::MAX, 7));
    }
}
