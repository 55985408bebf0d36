//! The `run` verb: processes every unit of the plan, analyzes, and writes the run directory. Running again resumes,
//! because calls that the ledger contains are not repeated.

use std::{
    collections::BTreeMap,
    convert::Infallible,
    fmt::Display,
    future::{pending, ready},
    num::NonZeroU32,
    path::PathBuf,
    str::FromStr,
    time::Duration,
};

use futures::{StreamExt, stream};
use secrecy::SecretString;
use serde::Serialize;
use tokio::time::sleep;

use super::{
    Operations, PipelineError, Study, batch, folder, standing,
    unit::{Unit, UnitDone, units, work},
    usable::Watch,
    write::{self, Collected},
};
use crate::{
    analysis::Findings,
    chat::{Failure, FailureKind},
    domain::{Digest, Session, SessionId, Usd},
    execute::{
        BatchSettings, Clock, Event, Executor, ExecutorOptions, Flags, Halt, Level, Overrides, SpendLimits,
        Stop, Summary,
    },
    plan::Forecast,
    store::{self, Ledger, MadeFrom, RunDirectory},
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

/// How a run is carried out. Nothing here changes a result.
#[derive(Debug, Default)]
pub struct RunSettings {
    /// Treatment of calls that the ledger contains.
    pub flags: Flags,
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

/// One share of a run that several machines carry out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    /// Number of the share, from 1.
    number: usize,
    /// Number of shares.
    of: usize,
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts = text.split_once('/').and_then(|(i, n)| Some((i.parse().ok()?, n.parse().ok()?)));
        match parts {
            Some((number, of)) if (1..=of).contains(&number) => Ok(Self { number, of }),
            _ => Err("expected i/n with i from 1 to n, such as 2/3".into()),
        }
    }
}

impl Display for Shard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.number, self.of)
    }
}

impl Shard {
    /// Number of shares.
    pub fn parts(self) -> NonZeroU32 {
        u32::try_from(self.of).ok().and_then(NonZeroU32::new).unwrap_or(NonZeroU32::MAX)
    }

    /// The units of this share. The shares together contain all units, and each unit is in only one.
    fn of<T>(self, units: Vec<T>) -> Vec<T> {
        units.into_iter().skip(self.number - 1).step_by(self.of).collect()
    }
}

/// Callback for progress events.
pub type Listener = Box<dyn Fn(&Event) + Send + Sync>;

/// Result of a run.
#[derive(Debug)]
pub struct Outcome {
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

/// Carries out a study.
///
/// # Errors
/// The ledger or the run directory cannot be used, or the executor cannot be set up. Calls that fail are part of
/// the outcome, not errors.
pub async fn run(
    study: &Study,
    settings: RunSettings,
    listener: Listener,
    forecast: Forecast,
) -> Result<Outcome, PipelineError> {
    let digest = study.plan.digest;
    let program = settings.program.clone();
    let made_from = program.map(|program| standing::made_from(study, program)).transpose()?;
    if let Some(from) = made_from.as_ref().filter(|_| !settings.flags.asks_anew())
        && let Some(outcome) = standing::outcome(study, digest, from)?
    {
        return Ok(outcome);
    }
    let work = Work { digest, units: units(study), forecast: Some(forecast), made_from };
    carry_out(study, work, settings, listener).await
}

/// Makes the calls of one share of a study and records them in the ledger. A share has no report.
///
/// # Errors
/// The same as [`run`].
pub async fn run_shard(
    study: &Study,
    shard: Shard,
    settings: RunSettings,
    listener: Listener,
) -> Result<Outcome, PipelineError> {
    let stop = settings.stop.clone();
    let options = &study.experiment.run;
    folder::private(&options.directory)?;
    let (mut collected, summary, spent) =
        make_calls(study, shard.of(units(study)), settings, listener).await?;
    collected.sort();
    let operations = Operations::of(study, summary, spent, None, &collected);
    let (directory, failures) = (options.directory.clone(), collected.failures);
    Ok(Outcome {
        directory,
        findings: None,
        stands: None,
        failures,
        operations,
        interrupted: stop.level() != Level::Run,
        halt: stop.halted(),
    })
}

/// Material for a run directory.
pub(super) struct Work<'s> {
    /// Digest in the name of the run directory.
    pub(super) digest: Digest,
    pub(super) units: Vec<Unit<'s>>,
    pub(super) forecast: Option<Forecast>,
    /// Inputs to be noted when it is finished; `None` if the run is always repeated.
    pub(super) made_from: Option<MadeFrom>,
}

/// Processes the units and writes the run directory.
pub(super) async fn carry_out(
    study: &Study,
    work: Work<'_>,
    settings: RunSettings,
    listener: Listener,
) -> Result<Outcome, PipelineError> {
    let options = &study.experiment.run;
    let Work { digest, units, forecast, made_from } = work;
    folder::private(&options.directory)?;
    let writer = RunDirectory::create(&options.directory, &options.name, &digest)?;
    writer.reopen()?;
    let directory = writer.directory().path().to_owned();
    let stop = settings.stop.clone();
    let (mut collected, summary, spent) = make_calls(study, units, settings, listener).await?;
    collected.sort();
    let operations = Operations::of(study, summary, spent, forecast, &collected);
    let findings = match stop.level() {
        Level::Run => Some(write::derived(study, digest, &writer, &mut collected, &operations)?),
        _ => None,
    };
    let interrupted = findings.is_none();
    if let Some(made_from) = made_from.filter(|_| !interrupted && collected.failures.is_empty()) {
        let total = operations.summary.total();
        writer.finish(&made_from, total.replies + total.from_ledger)?;
    }
    Ok(Outcome {
        directory,
        findings,
        stands: None,
        failures: collected.failures,
        operations,
        interrupted,
        halt: stop.halted(),
    })
}

/// Processes units until all are done or the run is stopped. Every answer is in the ledger afterwards.
async fn make_calls(
    study: &Study,
    units: Vec<Unit<'_>>,
    settings: RunSettings,
    listener: Listener,
) -> Result<(Collected, Summary, Usd), PipelineError> {
    let options = &study.experiment.run;
    let ledger = Ledger::open(&options.directory.join("ledger.db")).await?;
    let stop = settings.stop.clone();
    let width = settings.concurrency.map_or(options.concurrency, NonZeroU32::get) as usize;
    let batch = settings.batch;
    let executor = executor(study, settings, ledger, listener)?;
    let mut collected = Collected::default();
    let timer = out_of_time(study.experiment.budget.max_time, &stop);
    tokio::pin!(timer);
    let sessions;
    let units = match batch {
        None => units,
        Some(settings) => {
            batch::check(study, &executor)?;
            let _alone = store::lock_batches(&options.directory)?;
            let prepared = tokio::select! {
                prepared = batch::prepare(study, &executor, units, width, settings) => prepared?,
                never = &mut timer => match never {},
            };
            collected.failures.extend(prepared.failures);
            sessions = prepared.sessions;
            // The next run waits for an interrupted batch again; asking one by one now would pay twice.
            if prepared.summary.interrupted {
                Vec::new()
            } else {
                sessions.iter().map(Unit::Reached).collect()
            }
        }
    };
    let watch = Watch::new(stop.clone(), options.stop_when_unusable, |event| executor.tell(&event));
    let results =
        stream::iter(units).map(|unit| work(study, &executor, unit, &watch)).buffer_unordered(width);
    let collecting = results.for_each(|done| {
        collect(&mut collected, done);
        ready(())
    });
    tokio::select! {
        () = collecting => {}
        never = &mut timer => match never {},
    }
    drop(watch);
    let (summary, spent) = (executor.summary(), executor.spent());
    executor.close().await?;
    Ok((collected, summary, spent))
}

/// Stops the run when its time is over, so that no call waits forever; calls in flight may finish.
pub(super) async fn out_of_time(limit: Option<Duration>, stop: &Stop) -> Infallible {
    if let Some(limit) = limit {
        sleep(limit).await;
        stop.halt(Halt::Time { limit });
    }
    pending().await
}

/// The executor of a study.
pub(super) fn executor(
    study: &Study,
    settings: RunSettings,
    ledger: Ledger,
    listener: Listener,
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

fn collect(collected: &mut Collected, done: UnitDone) {
    let UnitDone {
        session,
        ratings,
        flags,
        assessments,
        grades,
        ended,
        unusable_flag_pass,
        struck_flags,
        failures,
    } = done;
    collected.failures.extend(failures);
    // Sessions of variants are collected separately, so that no code for the others can meet one.
    let of_variant = session.as_ref().is_some_and(|session| session.variant.is_some());
    let collected = if of_variant { collected.varied.get_or_insert_default() } else { collected };
    if let (Some(session), Some(reason)) = (&session, unusable_flag_pass) {
        collected.unusable_flag_passes.push((session.id.clone(), reason));
    }
    collected.struck_flags += struck_flags;
    if let (Some(session), Some(ended)) = (&session, ended) {
        *collected.ended.entry((session.arm.to_string(), ended)).or_default() += 1;
    }
    collected.sessions.extend(session);
    collected.ratings.extend(ratings);
    collected.flags.extend(flags);
    collected.assessments.extend(assessments);
    collected.grades.extend(grades);
}
