//! Errors of the pipeline. The command line turns each into a message and an exit code.

use crate::{
    config, dataset,
    execute::{BatchError, ExecuteError},
    plan::SelectionError,
    report,
    store::StoreError,
};

/// Error that ends a use case.
#[derive(Debug, thiserror::Error)]
pub enum PipelineError {
    /// The experiment has problems.
    #[error("{}", .0)]
    Config(config::Problems),
    /// Sessions or ratings have problems.
    #[error("{} in the sessions or ratings", count(.0.len()))]
    Data(Vec<dataset::Problem>),
    /// A filter matches nothing.
    #[error(transparent)]
    Selection(#[from] SelectionError),
    /// The ledger or a run directory cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The executor could not be set up.
    #[error(transparent)]
    Execute(#[from] ExecuteError),
    /// Batches cannot continue. Submitted ones remain in the journal.
    #[error(transparent)]
    Batch(BatchError),
    /// A file could not be read or written.
    #[error("cannot {action} {path}: {message}")]
    File {
        /// `read` or `write`.
        action: &'static str,
        /// The path as shown to people.
        path: String,
        /// The system's message.
        message: String,
    },
    /// A requested file could not be written after the work was done.
    #[error("cannot write {path}: {message}")]
    Unwritten {
        /// The path as shown to people.
        path: String,
        /// The system's message.
        message: String,
    },
    /// The system does not provide something that is needed.
    #[error("{message}")]
    System {
        /// What is missing.
        message: String,
        /// Advice for the user.
        hint: &'static str,
    },
    /// The request is inconsistent or impossible.
    #[error("{message}")]
    Usage {
        /// What was found, and what was expected.
        message: String,
    },
    /// A report could not be written.
    #[error("the report could not be made: {message}")]
    Report {
        /// What is wrong.
        message: String,
    },
}

impl From<config::Problems> for PipelineError {
    fn from(problems: config::Problems) -> Self {
        Self::Config(problems)
    }
}

impl From<report::ReportError> for PipelineError {
    fn from(error: report::ReportError) -> Self {
        Self::Report { message: error.to_string() }
    }
}

impl PipelineError {
    /// The problems of sessions or ratings: one for each cause, and how many there are in all.
    pub fn causes(&self) -> (Vec<dataset::Problem>, usize) {
        match self {
            Self::Data(problems) => (dataset::by_cause(problems), problems.len()),
            _ => (Vec::new(), 0),
        }
    }

    /// Advice for the user, if there is an obvious one.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Store(StoreError::RunLocked { .. }) => {
                Some("wait for the other process to end, or stop it")
            }
            Self::Batch(BatchError::Ambiguous { .. }) => Some(
                "look at the batches there; run again with --resubmit-batch if none of them is this one, which may \
                 pay for it twice",
            ),
            Self::Batch(BatchError::Refused { .. }) => Some(
                "nothing of it will be paid; a smaller batch may pass: write a smaller `limits.batch_items` at the endpoint",
            ),
            Self::Batch(_) => Some("run the same command again: what was submitted is found again"),
            Self::Store(StoreError::StaleRun { .. }) => {
                Some("run the experiment again without the session, or name another run")
            }
            Self::Unwritten { .. } => {
                Some("what was done is kept: make room or name another file, and run the same command again")
            }
            Self::System { hint, .. } => Some(hint),
            _ => None,
        }
    }

    /// An error in the request.
    pub(super) fn usage(message: impl Into<String>) -> Self {
        Self::Usage { message: message.into() }
    }

    /// An error about a requested file that could not be written at the end.
    pub(super) fn unwritten(path: &std::path::Path, error: &std::io::Error) -> Self {
        Self::Unwritten { path: path.display().to_string(), message: error.to_string() }
    }

    /// An error about a file.
    pub(super) fn file(action: &'static str, path: &std::path::Path, error: &std::io::Error) -> Self {
        Self::File { action, path: path.display().to_string(), message: error.to_string() }
    }
}

fn count(number: usize) -> String {
    if number == 1 { "1 problem".to_owned() } else { format!("{number} problems") }
}
