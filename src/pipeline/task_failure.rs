//! A task without a result, as the outcome of a run and usage.json list it.

use std::fmt::Display;

use serde::Serialize;

use crate::{
    chat::{Failure, FailureKind},
    domain::{Session, SessionId},
};

/// One task without a result.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct TaskFailure {
    /// The task in words.
    pub task: String,
    /// Id of the arm.
    pub arm: String,
    /// Id of the recorded session, or of the one with a variant's substitutions.
    pub source: String,
    /// Repeat of the reconstruction, from 1.
    pub epoch: u32,
    /// Kind of the failure.
    pub kind: FailureKind,
    /// What happened.
    pub message: String,
    /// Number of requests sent for it, retries included; 0 if none was.
    pub attempts: u32,
}
impl TaskFailure {
    /// The failure of a task about a session.
    pub(super) fn about(task: &str, session: &Session, failure: Failure) -> Self {
        Self::of(task, &session.arm, &session.base_id(), session.epoch, failure)
    }

    pub(super) fn of(
        task: &str,
        arm: &impl Display,
        source: &SessionId,
        epoch: u32,
        failure: Failure,
    ) -> Self {
        Self {
            task: task.to_owned(),
            arm: arm.to_string(),
            source: source.to_string(),
            epoch,
            kind: failure.kind,
            message: failure.message,
            attempts: failure.attempts,
        }
    }
}
