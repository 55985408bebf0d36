//! `probe`: measures how far judges' scores move under irrelevant changes.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{
    super::{
        diagnostic::Diagnostic,
        exit::Exit,
        money, output,
        probe_args::ProbeArgs,
        progress::{Progress, WorkForecast},
        signals::Signal,
    },
    run, study,
};
use crate::cli::diagnostic::CommandResult;
use crate::{
    config::Override,
    pipeline::{
        Study, outputs,
        probe::{self, ProbeOutcome},
    },
    plan::{Forecast, ProbePlan},
    report,
};

pub(super) fn probe(args: &ProbeArgs) -> CommandResult {
    if args.calls.batch {
        return Err(Diagnostic::usage(
            "error: probes are not asked in batches\nhint: run without --batch; limits and --max-cost hold as in a run",
        ));
    }
    outputs::check(&args.calls.output, &outputs::OF_RUN)?;
    let environment = study::environment(&args.study)?;
    let more = changes(args)?.into_iter().chain(run::limits(&args.calls)).collect();
    let study = study::prepare_with(&args.study, &environment, more)?;
    let plan = probe::plan(&study, args.run.as_deref())?;
    let forecast = run::runtime()?.block_on(probe::expected(&study, &plan))?;
    if args.dry_run {
        output::data(&summary(args, &study, &plan, &forecast)?);
        return Ok(Exit::Ok);
    }
    let cost = (!forecast.models.is_empty()).then(|| forecast.total().cost_usd).flatten();
    let expected = WorkForecast { calls: [0, forecast.score_calls, 0, 0], cost, prices: run::prices(&study) };
    let made = run::make_calls(&args.calls, &study, &environment, expected, |settings, listener| {
        probe::probe(&study, &plan, settings, listener, forecast)
    });
    finish(args, &made.outcome?, made.signal, &made.progress)
}

/// Changes to the experiment from probe options, so that they are checked like the experiment's own `probes`.
fn changes(args: &ProbeArgs) -> Result<Vec<Override>, Diagnostic> {
    let mut found = Vec::new();
    let mut change = |key: &str, value: Value| {
        found.push(Override { path: format!("probes.{key}"), value: value.to_string() });
    };
    if let Some(sessions) = args.sessions {
        change("sessions", json!(sessions));
    }
    if !args.probes.is_empty() {
        change("kinds", json!(args.probes));
    }
    if !args.items.is_empty() {
        change("items", json!(args.items));
    }
    if let Some(draws) = args.draws {
        change("draws", json!(draws));
    }
    if let Some(path) = &args.texts {
        // Paths in an experiment are relative to its file; this one is relative to the current folder.
        let whole = std::path::absolute(path)
            .map_err(|error| Diagnostic::usage(format!("error: --texts {}: {error}", path.display())))?;
        change("texts", json!(whole.display().to_string()));
    }
    Ok(found)
}

fn finish(
    args: &ProbeArgs,
    outcome: &ProbeOutcome,
    signal: Option<Signal>,
    progress: &Progress,
) -> CommandResult {
    run::spent(&outcome.operations, progress);
    let Some(findings) = &outcome.findings else {
        return Ok(run::stopped(outcome.halt.as_ref(), signal, progress));
    };
    for path in &args.calls.output {
        probe::copy(&outcome.directory, path)?;
    }
    if args.calls.json {
        output::bytes(&report::json::probe(findings));
    } else {
        output::data(&report::probe::text(findings));
    }
    progress.note(&format!("report: {}", outcome.directory.join("report.html").display()));
    let listed = outcome.directory.join("usage.json");
    Ok(run::tell(&outcome.failures, Some(&listed), args.calls.offline, progress))
}

/// Number of calls by judge and probe.
fn counts(study: &Study, plan: &ProbePlan) -> BTreeMap<(String, String), u64> {
    let mut counts = BTreeMap::new();
    for question in &plan.questions {
        let probe = question.probe.map_or("sessions as they are", |probe| probe.word());
        let key = (question.judge.to_string(), probe.to_owned());
        *counts.entry(key).or_default() += plan.calls(&study.experiment, question);
    }
    counts
}

fn summary(
    args: &ProbeArgs,
    study: &Study,
    plan: &ProbePlan,
    forecast: &Forecast,
) -> Result<String, Diagnostic> {
    let counts = counts(study, plan);
    if args.calls.json {
        let by_probe: Vec<Value> = counts
            .iter()
            .map(|((judge, probe), calls)| json!({"judge": judge, "probe": probe, "calls": calls}))
            .collect();
        let value = json!({"format": "corater-probe-plan/1", "sessions": plan.sessions, "items": plan.items,
            "calls": by_probe, "plan": plan.digest, "forecast": forecast});
        return serde_json::to_string_pretty(&value)
            .map_err(|error| Diagnostic::usage(format!("error: {error}")));
    }
    let listed = |ids: &mut dyn Iterator<Item = String>| ids.collect::<Vec<_>>().join(", ");
    let mut lines = vec![
        format!("probe      {}-probe-{}", study.experiment.run.name, plan.digest.short()),
        format!("sessions   {}", listed(&mut plan.sessions.iter().map(ToString::to_string))),
        format!("items      {}", listed(&mut plan.items.iter().map(ToString::to_string))),
        format!("calls      {}", forecast.calls()),
        format!(
            "worst case {} (every rating asked twice because its quotes do not hold; retries come on top)",
            forecast.worst_case_calls
        ),
    ];
    lines.extend(counts.iter().map(|((judge, probe), calls)| format!("  {judge}, {probe}: {calls}")));
    if forecast.baseline_calls > 0 {
        let calls = forecast.baseline_calls;
        lines.push(format!("baselines  {calls} of the calls: no network, not language models"));
    }
    lines.extend(forecast.endpoints.iter().map(|(id, load)| {
        format!(
            "endpoint   {id}: {} calls, about {} prompt and {} completion tokens (estimated from text length)",
            load.calls, load.prompt_tokens, load.completion_tokens
        )
    }));
    lines.extend(money::forecast(forecast, &study.experiment));
    Ok(lines.join("\n"))
}
