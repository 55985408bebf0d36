//! How often a batch is looked at.

use std::time::Duration;

/// How batches are waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BatchSettings {
    /// Between two looks at a batch.
    pub poll: Duration,
    /// A submission that was cut off shows in the server's list after this.
    pub settle: Duration,
    /// A batch that cannot be found for sure is given up and submitted anew.
    pub resubmit: bool,
}
impl Default for BatchSettings {
    fn default() -> Self {
        Self { poll: Duration::from_secs(30), settle: Duration::from_mins(1), resubmit: false }
    }
}
