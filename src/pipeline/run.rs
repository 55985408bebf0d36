//! The `run` verb: processes every unit of the plan, analyzes, and writes the run directory. Running again resumes,
//! because calls that the ledger contains are not repeated.

use std::{fmt::Display, num::NonZeroU32, str::FromStr};

use super::{
    Operations, PipelineError, Study,
    asking::{Asking, RunListener, RunSettings},
    batch,
    collected::RunMaterial,
    folder,
    outcome::RunOutcome,
    standing,
    unit::{Unit, units, work},
    usable::UsableWatch,
    write,
};
use crate::{
    domain::{Digest, Usd},
    execute::{StopLevel, UsageSummary},
    plan::Forecast,
    store::{self, MadeFrom, RunDirectory},
};

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

/// Carries out a study.
///
/// # Errors
/// The ledger or the run directory cannot be used, or the executor cannot be set up. Calls that fail are part of
/// the outcome, not errors.
pub async fn run(
    study: &Study,
    settings: RunSettings,
    listener: RunListener,
    forecast: Forecast,
) -> Result<RunOutcome, PipelineError> {
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
    listener: RunListener,
) -> Result<RunOutcome, PipelineError> {
    let stop = settings.stop.clone();
    let options = &study.experiment.run;
    folder::private(&options.directory)?;
    let (mut collected, summary, spent) =
        make_calls(study, shard.of(units(study)), settings, listener).await?;
    collected.sort();
    let operations = Operations::of(study, summary, spent, None, &collected);
    let (directory, failures) = (options.directory.clone(), collected.failures);
    Ok(RunOutcome {
        directory,
        findings: None,
        stands: None,
        failures,
        operations,
        interrupted: stop.level() != StopLevel::Run,
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
    listener: RunListener,
) -> Result<RunOutcome, PipelineError> {
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
        StopLevel::Run => Some(write::derived(study, digest, &writer, &mut collected, &operations)?),
        _ => None,
    };
    let interrupted = findings.is_none();
    if let Some(made_from) = made_from.filter(|_| !interrupted && collected.failures.is_empty()) {
        let total = operations.summary.total();
        writer.finish(&made_from, total.replies + total.from_ledger)?;
    }
    Ok(RunOutcome {
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
    listener: RunListener,
) -> Result<(RunMaterial, UsageSummary, Usd), PipelineError> {
    let batch = settings.batch;
    let stop = settings.stop.clone();
    let asking = Asking::open(study, settings, listener).await?;
    let mut collected = RunMaterial::default();
    let sessions;
    let units = match batch {
        None => units,
        Some(settings) => {
            batch::check(study, asking.executor())?;
            let _alone = store::lock_batches(&study.experiment.run.directory)?;
            let prepare = batch::prepare(study, asking.executor(), units, asking.sessions(), settings);
            let prepared = asking.within_time(prepare).await?;
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
    let limit = study.experiment.run.stop_when_unusable;
    let watch = UsableWatch::new(stop, limit, |event| asking.executor().tell(&event));
    let work = units.into_iter().map(|unit| work(study, asking.executor(), unit, &watch));
    asking.each(work, asking.sessions(), |done| collected.add(done)).await;
    drop(watch);
    let (summary, spent) = asking.close().await?;
    Ok((collected, summary, spent))
}
