//! What a run returns.

use std::path::PathBuf;

use super::{Operations, task_failure::TaskFailure};
use crate::{analysis::Findings, execute::Halt};

/// Result of a run.
#[derive(Debug)]
pub struct RunOutcome {
    /// Path of the run directory.
    pub directory: PathBuf,
    /// The findings; `None` if the run was interrupted or was only a share.
    pub findings: Option<Findings>,
    /// Number of replies if the run was already complete and up to date; otherwise `None`.
    pub stands: Option<u64>,
    /// Tasks without a result.
    pub failures: Vec<TaskFailure>,
    /// Calls, tokens and costs.
    pub operations: Operations,
    /// True if the run was stopped, by itself or from outside.
    pub interrupted: bool,
    /// Why the run stopped itself early; `None` also if it was told to stop.
    pub halt: Option<Halt>,
}
