//! `plan`: shows what a run would do and cost.

use serde_json::json;

use super::{
    super::{args::PlanArgs, diagnostic::Diagnostic, exit::Exit, money, output},
    run::runtime,
    study,
};
use crate::cli::diagnostic::CommandResult;
use crate::{
    pipeline::{Study, forecast, preview},
    plan::{Forecast, Task, TaskKind},
};

pub(super) fn plan(args: &PlanArgs) -> CommandResult {
    let study = study::prepare(&args.study, &study::environment(&args.study)?)?;
    if let Some(wanted) = &args.show {
        return show(&study, wanted);
    }
    let forecast = runtime()?.block_on(forecast::forecast(&study))?;
    if args.json {
        let value = json!({"format": "corater-plan/1", "plan": study.plan, "forecast": forecast});
        output::data(&pretty(&value)?);
    } else if args.tasks {
        output::data(&study.plan.tasks.iter().map(line).collect::<Vec<_>>().join("\n"));
    } else {
        output::data(&summary(&study, &forecast));
        study::warnings(&study);
    }
    Ok(Exit::Ok)
}

fn pretty(value: &serde_json::Value) -> Result<String, Diagnostic> {
    serde_json::to_string_pretty(value).map_err(|error| Diagnostic::usage(format!("error: {error}")))
}

fn show(study: &Study, wanted: &str) -> CommandResult {
    let task = preview::find(study, wanted)?;
    let preview = runtime()?.block_on(preview::preview(study, task))?;
    let requests =
        serde_json::to_value(&preview.requests).map_err(|e| Diagnostic::usage(format!("error: {e}")))?;
    output::data(&pretty(&json!({"task": task, "requests": requests, "more": preview.more}))?);
    Ok(Exit::Ok)
}

fn line(task: &Task) -> String {
    let what = match &task.kind {
        TaskKind::Reconstruct { condition, epoch } => format!("reconstruct {condition} epoch {epoch}"),
        TaskKind::Score { arm, epoch, judge, item, draw } => {
            format!("score {arm} epoch {epoch} {judge} {item} draw {draw}")
        }
        TaskKind::ScoreAll { arm, epoch, judge, draw } => {
            format!("score {arm} epoch {epoch} {judge} all items draw {draw}")
        }
        TaskKind::Coherence { arm, epoch } => format!("coherence {arm} epoch {epoch}"),
        TaskKind::Flag { arm, epoch, judge } => format!("flag {arm} epoch {epoch} {judge}"),
        TaskKind::Ethics { arm, epoch, judge, risk, draw } => {
            let draw = if *draw > 1 { format!(" draw {draw}") } else { String::new() };
            format!("ethics {arm} epoch {epoch} {judge} {risk}{draw}")
        }
    };
    format!("{}  {}  {what}", task.id, task.source)
}

fn summary(study: &Study, forecast: &Forecast) -> String {
    let options = &study.experiment.run;
    let mut lines = vec![
        format!("run        {}-{}", options.name, study.plan.digest.short()),
        format!(
            "matrix     {} conditions x {} sessions x {} epochs = {} reconstructions",
            forecast.conditions, forecast.sessions, study.plan.epochs, forecast.reconstructions
        ),
        format!(
            "calls      {}: {} counselor turns, {} ratings, {} flag passes",
            forecast.calls(),
            forecast.turn_calls,
            forecast.score_calls,
            forecast.flag_calls
        ),
        format!(
            "worst case {} (every rating{} asked twice because its quotes do not hold; retries come on top)",
            forecast.worst_case_calls,
            if forecast.ethics_calls > 0 { " and ethics question" } else { "" }
        ),
    ];
    if forecast.second_asks > 0 {
        let calls = forecast.second_asks;
        lines.push(format!(
            "again      {calls} of the calls ask a second time, as often as earlier answers needed it"
        ));
    }
    lines.extend(variants(study, forecast));
    if forecast.ethics_calls > 0 {
        let calls = forecast.ethics_calls;
        lines.push(format!("ethics     {calls} of the calls ask about one ethics risk each"));
    }
    if forecast.client_calls > 0 {
        let calls = forecast.client_calls;
        lines.push(format!("client     at most {calls} of the calls choose or write client turns"));
    }
    if forecast.coherence_calls > 0 {
        let calls = forecast.coherence_calls;
        lines.push(format!("coherence  at most {calls} of the calls ask whether the client answers"));
    }
    if forecast.baseline_calls > 0 {
        let calls = forecast.baseline_calls;
        lines.push(format!("baselines  {calls} of the calls: no network, not language models"));
    }
    for (id, load) in &forecast.endpoints {
        let time = match load.least_seconds {
            Some(seconds) => format!("at least {} min {} s under its limits", seconds / 60, seconds % 60),
            None => "no request or token limit declared, so no time forecast".to_owned(),
        };
        lines.push(format!(
            "endpoint   {id}: {} calls, about {} prompt and {} completion tokens (estimated from text length), {time}",
            load.calls, load.prompt_tokens, load.completion_tokens
        ));
    }
    lines.extend(money::forecast(forecast, &study.experiment));
    lines.push("cells".to_owned());
    lines.extend(study.plan.conditions.iter().map(|condition| {
        let mark = if condition.baseline { "  (baseline, not a language model)" } else { "" };
        format!("  {}{mark}", condition.id)
    }));
    lines.join("\n")
}

/// Lines on what counterfactual variants change, and what they add.
fn variants(study: &Study, forecast: &Forecast) -> Vec<String> {
    let tallies = &study.plan.variants;
    let more = forecast.variant_reconstructions;
    let mut lines: Vec<String> = tallies
        .iter()
        .map(|tally| {
            format!(
                "variant    {}: {} changed ({}), {} without a word to replace",
                tally.variant,
                output::count(tally.sessions, "session"),
                output::count(tally.replacements, "replacement"),
                tally.dropped
            )
        })
        .collect();
    if !tallies.is_empty() {
        lines.push(format!(
            "variants   {more} more reconstructions, and what is asked about them, are in the calls"
        ));
    }
    lines
}
