//! Asks models all questions of a use case concurrently, with one executor and one ledger, within the time of the study.

use std::{collections::BTreeMap, convert::Infallible, num::NonZeroU32, path::PathBuf, time::Duration};

use futures::{StreamExt, stream};
use secrecy::SecretString;
use tokio::time::{Instant, sleep_until};

use super::{PipelineError, Study};
use crate::{
    domain::Usd,
    execute::{
        BatchSettings, Clock, Event, Executor, ExecutorOptions, Halt, LedgerPolicy, Overrides, SpendLimits,
        Stop, UsageSummary,
    },
    store::Ledger,
};

/// How a run is carried out. Nothing here changes a result.
#[derive(Debug, Default)]
pub struct RunSettings {
    /// Treatment of calls that the ledger contains.
    pub flags: LedgerPolicy,
    /// Limits set on the command line.
    pub overrides: Overrides,
    /// Number of sessions processed at the same time, which replaces the experiment's.
    pub concurrency: Option<NonZeroU32>,
    /// API keys by endpoint id.
    pub keys: BTreeMap<String, SecretString>,
    /// The switch that ends the run early.
    pub stop: Stop,
    /// Settings of batches, if judges are asked in batches first.
    pub batch: Option<BatchSettings>,
    /// Path of the program, by which a finished run is recognized; `None` repeats every run.
    pub program: Option<PathBuf>,
}
/// Callback for progress events.
pub type RunListener = Box<dyn Fn(&Event) + Send + Sync>;
/// Maximum number of concurrent questions about one session; endpoints have their own limit in addition.
pub(super) const PER_SESSION: usize = 64;

/// The executor of a study on an open ledger.
pub(super) fn executor(
    study: &Study,
    settings: RunSettings,
    ledger: Ledger,
    listener: RunListener,
) -> Result<Executor, PipelineError> {
    let experiment = &study.experiment;
    let whole = experiment.budget.max_cost;
    let max_cost = settings.overrides.parts.map_or(whole, |parts| whole.map(|whole| whole.part(parts)));
    Ok(Executor::new(ExecutorOptions {
        models: &experiment.models,
        endpoints: &experiment.endpoints,
        ledger,
        keys: settings.keys,
        clock: Clock::default(),
        seed: experiment.seed,
        flags: settings.flags,
        overrides: settings.overrides,
        prices: &experiment.budget.prices,
        spend: SpendLimits { max_cost, max_time: experiment.budget.max_time },
        local_only: experiment.run.local_only,
        on_event: listener,
        stop: settings.stop,
    })?)
}

/// The questions of a use case in progress.
pub(super) struct Asking {
    executor: Executor,
    /// Number of sessions processed at the same time.
    sessions: usize,
    stop: Stop,
    deadline: Option<Instant>,
    limit: Duration,
}

impl Asking {
    /// Opens the ledger of the study. Its time starts now.
    pub(super) async fn open(
        study: &Study,
        settings: RunSettings,
        listener: RunListener,
    ) -> Result<Self, PipelineError> {
        let options = &study.experiment.run;
        let ledger = Ledger::open(&options.directory.join("ledger.db")).await?;
        let stop = settings.stop.clone();
        let sessions = settings.concurrency.map_or(options.concurrency, NonZeroU32::get) as usize;
        let executor = executor(study, settings, ledger, listener)?;
        let limit = study.experiment.budget.max_time;
        let deadline = limit.and_then(|limit| Instant::now().checked_add(limit));
        Ok(Self { executor, sessions, stop, deadline, limit: limit.unwrap_or_default() })
    }

    /// The chat that asks.
    pub(super) fn executor(&self) -> &Executor {
        &self.executor
    }

    /// Number of sessions processed at the same time.
    pub(super) fn sessions(&self) -> usize {
        self.sessions
    }

    /// Runs `jobs`, at most `width` at the same time, and hands each result to `take` as it arrives.
    pub(super) async fn each<J: Future>(
        &self,
        jobs: impl IntoIterator<Item = J>,
        width: usize,
        mut take: impl FnMut(J::Output),
    ) {
        let mut results = stream::iter(jobs).buffer_unordered(width);
        let all = async {
            while let Some(result) = results.next().await {
                take(result);
            }
        };
        self.within_time(all).await;
    }

    /// Completes `work`. When the time of the study is over, the executor is told to stop, so that no call waits
    /// forever; calls in flight may finish.
    pub(super) async fn within_time<T>(&self, work: impl Future<Output = T>) -> T {
        let time_over = async {
            if let Some(deadline) = self.deadline {
                sleep_until(deadline).await;
                self.stop.halt(Halt::Time { limit: self.limit });
            }
            std::future::pending::<Infallible>().await
        };
        tokio::select! {
            done = work => done,
            never = time_over => match never {},
        }
    }

    /// Closes the ledger. Every answer is in it. Returns what was asked and what it cost.
    pub(super) async fn close(self) -> Result<(UsageSummary, Usd), PipelineError> {
        let (summary, spent) = (self.executor.summary(), self.executor.spent());
        self.executor.close().await?;
        Ok((summary, spent))
    }
}
