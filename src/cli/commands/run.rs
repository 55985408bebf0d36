//! `run` and `score`: the verbs that make calls.

use std::{collections::BTreeMap, future::Future, num::NonZeroU32, path::Path, time::Duration};

use super::{
    super::{
        args::{RunArgs, ScoreArgs},
        diagnostic::Diagnostic,
        exit::Exit,
        money, output,
        progress::{Progress, WorkForecast},
        signals::{Signal, Signals},
    },
    destinations::{destinations, share},
    study,
};
use crate::cli::call_args::CallArgs;
use crate::cli::diagnostic::CommandResult;
use crate::pipeline::RunListener;
use crate::{
    config::{Environment, Experiment, Model, Override},
    domain::{Price, Session},
    execute::{BatchSettings, Halt, LedgerPolicy, Overrides, Stop},
    pipeline::{
        self, Operations, PipelineError, RunOutcome, RunSettings, Study, TaskFailure, outputs, run::Shard,
    },
    plan::Forecast,
    report,
};

/// One thread is enough, because a call mostly waits.
pub(super) fn runtime() -> Result<tokio::runtime::Runtime, Diagnostic> {
    pipeline::process::check()?;
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Diagnostic::usage(format!("error: cannot start the runtime: {error}")))
}

pub(super) fn run(args: &RunArgs) -> CommandResult {
    outputs::check(&args.calls.output, &outputs::OF_RUN)?;
    let environment = study::environment(&args.study)?;
    let study = study::prepare_with(&args.study, &environment, limits(&args.calls))?;
    if let Some(shard) = args.shard {
        return run_shard(args, &study, &environment, shard);
    }
    let forecast = runtime()?.block_on(pipeline::forecast::forecast(&study))?;
    pipeline::report::check_copies(&args.calls.output, forecast.sessions + forecast.reconstructions)?;
    let expected = expected(&study, &forecast);
    carry_out(&args.calls, &study, &environment, expected, |settings, listener| {
        pipeline::run::run(&study, settings, listener, forecast)
    })
}

/// Makes one share of the calls, without a report.
fn run_shard(args: &RunArgs, study: &Study, environment: &Environment, shard: Shard) -> CommandResult {
    if args.calls.json || !args.calls.output.is_empty() {
        return Err(Diagnostic::usage(
            "error: a part of a run has no report: -o and --json cannot be used with --shard",
        )
        .hint("import all parts into one ledger, and run without --shard for the report"));
    }
    let expected = WorkForecast { calls: [0; 4], cost: None, prices: prices(study) };
    let made = make_calls(&args.calls, study, environment, expected, |settings, listener| {
        let overrides = Overrides { parts: Some(shard.parts()), ..settings.overrides };
        output::note(&share(study, shard, &overrides));
        pipeline::run::run_shard(study, shard, RunSettings { overrides, ..settings }, listener)
    });
    let (outcome, progress) = (made.outcome?, made.progress);
    spent(&outcome.operations, &progress);
    if outcome.halt.is_some() || outcome.interrupted {
        return Ok(stopped(outcome.halt.as_ref(), made.signal, &progress));
    }
    progress.note(&format!(
        "part {shard} is in {}; export it with `corater ledger export FILE`, import all parts into one ledger, and run \
         without --shard for the report",
        pipeline::ledger::path(&outcome.directory).display()
    ));
    Ok(failures(&outcome, args.calls.offline, &progress))
}

pub(super) fn score(args: &ScoreArgs) -> CommandResult {
    outputs::check(&args.calls.output, &outputs::OF_RUN)?;
    let environment = study::environment(&args.study)?;
    let study = study::prepare_with(&args.study, &environment, limits(&args.calls))?;
    let stored = pipeline::stored::find(&study.experiment.run.directory, &args.run)?;
    let sessions = pipeline::score::stored(&study, &stored)?;
    pipeline::report::check_copies(&args.calls.output, sessions.len())?;
    let calls = calls_of_score(&study, &sessions);
    let expected = WorkForecast { calls, cost: None, prices: prices(&study) };
    carry_out(&args.calls, &study, &environment, expected, |settings, listener| {
        pipeline::score::score(&study, &sessions, settings, listener)
    })
}

/// `--max-cost` and `--max-time` as `--set` overrides, so that they are checked like the experiment's own.
pub(super) fn limits(args: &CallArgs) -> Vec<Override> {
    let change = |path: &str, value: String| Override { path: path.to_owned(), value };
    let cost = args.max_cost.map(|dollars| change("budget.max_cost", dollars.to_string()));
    let time = args
        .max_time
        .as_ref()
        .map(|time| change("budget.max_time", serde_json::Value::String(time.clone()).to_string()));
    cost.into_iter().chain(time).collect()
}

/// Announces where text will be sent, does the work, and reports the result.
fn carry_out<W>(
    args: &CallArgs,
    study: &Study,
    environment: &Environment,
    expected: WorkForecast,
    work: impl FnOnce(RunSettings, RunListener) -> W,
) -> CommandResult
where
    W: Future<Output = Result<RunOutcome, PipelineError>>,
{
    let made = make_calls(args, study, environment, expected, work);
    finish(args, &made.outcome?, made.signal, &made.progress)
}

/// Result of making calls.
pub(super) struct MadeCalls<O> {
    /// The outcome of the work.
    pub(super) outcome: Result<O, Diagnostic>,
    /// The display of its progress.
    pub(super) progress: Progress,
    /// The signal that ended it early, if one did.
    pub(super) signal: Option<Signal>,
}

/// Does the work until a signal ends it, and shows its progress.
pub(super) fn make_calls<O, W>(
    args: &CallArgs,
    study: &Study,
    environment: &Environment,
    expected: WorkForecast,
    work: impl FnOnce(RunSettings, RunListener) -> W,
) -> MadeCalls<O>
where
    W: Future<Output = Result<O, PipelineError>>,
{
    let progress = Progress::new(args.display, expected);
    match pipeline::disk::check(&study.experiment.run.directory, args.allow_network_disk) {
        Ok(warning) => warning.iter().for_each(|warning| progress.note(warning)),
        Err(error) => {
            progress.end();
            return MadeCalls { outcome: Err(error.into()), progress, signal: None };
        }
    }
    destinations(&study.experiment, args, &Environment::of_process(), &progress);
    let stop = Stop::default();
    let settings = settings(args, &study.experiment, environment, stop.clone());
    let (outcome, signal) = interruptible(&stop, &progress, work(settings, progress.listener()));
    progress.end();
    MadeCalls { outcome, progress, signal }
}

fn expected(study: &Study, forecast: &Forecast) -> WorkForecast {
    let calls = [
        forecast.turn_calls + forecast.client_calls,
        forecast.score_calls,
        forecast.flag_calls,
        forecast.coherence_calls,
    ];
    let cost = (!forecast.models.is_empty()).then(|| forecast.total().cost_usd).flatten();
    WorkForecast { calls, cost, prices: prices(study) }
}

/// Prices by model id, if known.
pub(super) fn prices(study: &Study) -> BTreeMap<String, Price> {
    let experiment = &study.experiment;
    let priced = |model: &Model| Some((model.id.clone(), experiment.price(model)?.clone()));
    experiment.models.iter().filter_map(priced).collect()
}

fn calls_of_score(study: &Study, sessions: &[Session]) -> [u64; 4] {
    let experiment = &study.experiment;
    let draws: u64 = experiment.judges.iter().map(|judge| u64::from(judge.draws)).sum();
    let flagged = experiment.flags.as_ref().is_some_and(|flags| flags.judge.is_some());
    let grades = pipeline::score::grades(study, sessions);
    let sessions = sessions.len() as u64;
    [0, sessions * experiment.items.len() as u64 * draws, if flagged { sessions } else { 0 }, grades]
}

fn settings(args: &CallArgs, experiment: &Experiment, environment: &Environment, stop: Stop) -> RunSettings {
    RunSettings {
        flags: LedgerPolicy {
            offline: args.offline,
            no_cache: args.no_cache,
            retry_errors: args.retry_errors,
        },
        overrides: Overrides {
            max_retries: args.max_retries,
            concurrency: args.max_concurrency.map(NonZeroU32::get),
            requests_per_minute: args.rpm,
            tokens_per_minute: args.tpm,
            timeout_seconds: args.timeout.map(NonZeroU32::get),
            parts: None,
        },
        concurrency: args.max_concurrency,
        keys: pipeline::keys::keys(experiment, environment),
        stop,
        batch: args.batch.then(|| BatchSettings {
            poll: Duration::from_secs(u64::from(args.batch_poll.get())),
            resubmit: args.resubmit_batch,
            ..BatchSettings::default()
        }),
        program: std::env::current_exe().ok(),
    }
}

/// Drives a run. The first signal lets calls in flight finish; the second cancels them.
fn interruptible<O>(
    stop: &Stop,
    progress: &Progress,
    work: impl Future<Output = Result<O, PipelineError>>,
) -> (Result<O, Diagnostic>, Option<Signal>) {
    let runtime = match runtime() {
        Ok(runtime) => runtime,
        Err(error) => return (Err(error), None),
    };
    let mut first = None;
    let outcome = runtime.block_on(async {
        let signals = async {
            let Ok(mut signals) = Signals::new() else { return std::future::pending::<()>().await };
            loop {
                let signal = signals.next().await;
                first.get_or_insert(signal);
                match stop.escalate() {
                    crate::execute::StopLevel::Abort => progress.note("giving up calls in flight"),
                    _ => progress.note("finishing calls in flight; once more to give them up"),
                }
            }
        };
        tokio::select! {
            outcome = work => outcome,
            () = signals => unreachable!("signals are awaited for ever"),
        }
    });
    (outcome.map_err(Diagnostic::from), first)
}

fn finish(
    args: &CallArgs,
    outcome: &RunOutcome,
    signal: Option<Signal>,
    progress: &Progress,
) -> CommandResult {
    match outcome.stands {
        Some(replies) => progress.note(&format!(
            "0 calls made, {replies} answered before: the run is finished, and nothing it was made from has changed \
             (--no-cache asks again)"
        )),
        None => spent(&outcome.operations, progress),
    }
    let Some(findings) = &outcome.findings else {
        return Ok(stopped(outcome.halt.as_ref(), signal, progress));
    };
    if outcome.stands.is_none() && outcome.failures.is_empty() {
        for line in money::forecast_error(&outcome.operations) {
            progress.note(&line);
        }
    }
    for path in &args.output {
        pipeline::report::copy(&outcome.directory, path)?;
    }
    if args.json {
        output::bytes(&report::json::run(findings));
    } else {
        output::data(&report::text::run(findings));
    }
    progress.note(&format!("report: {}", outcome.directory.join("report.html").display()));
    let cut = pipeline::served::cut_prompts(findings);
    for fault in &cut {
        progress.error(fault);
    }
    Ok(match failures(outcome, args.offline, progress) {
        // What models said rests on less than they were asked: a fault, not a finding.
        Exit::Ok if !cut.is_empty() => Exit::Incomplete,
        exit => exit,
    })
}

/// Reports what was called, and what it cost.
pub(super) fn spent(operations: &Operations, progress: &Progress) {
    let total = operations.summary.total();
    // With a failure or a retry, more was sent than was answered, and some of it may be billed.
    let sent = match total.attempts {
        sent if sent > total.replies => format!(", {} sent", output::count(sent, "request")),
        _ => String::new(),
    };
    progress.note(&format!(
        "{} calls made, {} answered by the ledger, {} failed{sent}",
        total.replies,
        total.from_ledger,
        total.failed()
    ));
    for line in money::spent(operations) {
        progress.note(&line);
    }
}

/// Reports why a run stopped early, and how to resume.
pub(super) fn stopped(halt: Option<&Halt>, signal: Option<Signal>, progress: &Progress) -> Exit {
    let Some(halt) = halt else {
        progress.note("interrupted: nothing is lost; run the same command again to go on");
        return Exit::Interrupted(signal.unwrap_or(Signal::Interrupt));
    };
    progress.error(&format!(
        "error: stopped: {halt}\nhint: nothing is lost, and no report is written; {}",
        halt.advice()
    ));
    match halt {
        Halt::Unusable { .. } => Exit::Inconclusive,
        halt if halt.is_budget() => Exit::Stopped,
        _ => Exit::Incomplete,
    }
}

/// Number of failed tasks shown on the terminal; usage.json lists all.
const TOLD: usize = 5;

fn failures(outcome: &RunOutcome, offline: bool, progress: &Progress) -> Exit {
    // A share of a run has no files of its own.
    let listed = outcome.findings.as_ref().map(|_| outcome.directory.join("usage.json"));
    tell(&outcome.failures, listed.as_deref(), offline, progress)
}

/// Reports tasks without a result, and how to resume.
pub(super) fn tell(
    failures: &[TaskFailure],
    listed: Option<&Path>,
    offline: bool,
    progress: &Progress,
) -> Exit {
    if failures.is_empty() {
        return Exit::Ok;
    }
    for failure in failures.iter().take(TOLD) {
        progress.error(&format!(
            "error: {} {} of {} epoch {}: {}",
            failure.task, failure.arm, failure.source, failure.epoch, failure.message
        ));
    }
    let hint = if offline {
        "run without --offline to make the calls that the ledger does not hold"
    } else {
        "run the same command again: known replies are kept, failed calls are tried again; --retry-errors tries \
         those that failed for good\nhint: `corater ledger list --failures` names the calls, `corater ledger show CALL` \
         prints what the server said"
    };
    let listed = listed.map(|file| format!(" ({} lists them)", file.display())).unwrap_or_default();
    progress.error(&format!(
        "error: {} without a result{listed}\nhint: {hint}",
        output::count(failures.len(), "task"),
    ));
    Exit::Incomplete
}
