//! `run --batch`: makes sessions first, then sends the judges' first questions in batches, so that the ordinary pass
//! that follows finds their answers in the ledger. That pass asks whatever a batch left open or depends on an answer.

use std::sync::{Mutex, PoisonError};

use futures::{StreamExt, stream};

use super::{
    PipelineError, Study,
    task_failure::TaskFailure,
    unit::{self, Unit, UnitSession},
};
use crate::{
    chat::{Chat, Failure, FailureKind, Origin, OutputFormat, Reply, Request},
    execute::{BatchError, BatchSettings, BatchSummary, Executor},
};

/// Result of a batch pass, for the ordinary pass.
pub(super) struct BatchRemainder {
    pub(super) sessions: Vec<UnitSession>,
    pub(super) failures: Vec<TaskFailure>,
    pub(super) summary: BatchSummary,
}

/// Rejects a study whose judges cannot be asked in batches, before any call is made.
pub(super) fn check(study: &Study, executor: &Executor) -> Result<(), PipelineError> {
    let experiment = &study.experiment;
    let judges = experiment.judges.iter().map(|judge| judge.model.as_str());
    let mut refused = judges.filter(|model| executor.batches(model) == Some(false));
    match refused.next() {
        Some(model) => Err(PipelineError::usage(format!(
            "model `{model}`: its endpoint's dialect has no batch interface here; run without --batch"
        ))),
        None => Ok(()),
    }
}

/// A chat that records the first questions of a judge and answers nothing.
struct Collecting(Mutex<Vec<(Option<Origin>, Request)>>);

impl Chat for Collecting {
    async fn ask(&self, request: Request) -> Result<Reply, Failure> {
        self.collect(None, request)
    }

    async fn ask_of(&self, origin: &Origin, request: Request) -> Result<Reply, Failure> {
        self.collect(Some(origin.clone()), request)
    }
}

impl Collecting {
    fn collect(&self, origin: Option<Origin>, request: Request) -> Result<Reply, Failure> {
        if matches!(request.output, OutputFormat::Json { .. }) {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).push((origin, request));
        }
        Err(Failure::new(FailureKind::Cancelled, "asked in a batch"))
    }
}

/// Reconstructs missing sessions, and asks the judges' first questions in batches.
pub(super) async fn prepare(
    study: &Study,
    executor: &Executor,
    units: Vec<Unit<'_>>,
    width: usize,
    settings: BatchSettings,
) -> Result<BatchRemainder, PipelineError> {
    let mut prepared =
        BatchRemainder { sessions: Vec::new(), failures: Vec::new(), summary: BatchSummary::default() };
    let mut work =
        stream::iter(units).map(|unit| unit::session(study, executor, unit)).buffer_unordered(width);
    while let Some(done) = work.next().await {
        match done {
            Ok(session) => prepared.sessions.push(session),
            Err(failure) => prepared.failures.push(failure),
        }
    }
    drop(work);
    prepared.sessions.sort_by(|a, b| a.session.id.cmp(&b.session.id));
    let collecting = Collecting(Mutex::default());
    for UnitSession { session, .. } in &prepared.sessions {
        unit::judge(study, &collecting, session, None).await;
    }
    let requests = collecting.0.into_inner().unwrap_or_else(PoisonError::into_inner);
    prepared.summary = executor.batch_of(requests, settings).await.map_err(|error| match error {
        BatchError::Store(error) => PipelineError::Store(error),
        other => PipelineError::Batch(other),
    })?;
    Ok(prepared)
}
