//! `check-aligner`: tests how often the aligner finds the next client turn.

use serde_json::json;

use super::{
    super::{args::CheckAlignerArgs, diagnostic::Diagnostic, exit::Exit, output, progress::WorkForecast},
    run, study,
};
use crate::cli::diagnostic::CommandResult;
use crate::{
    pipeline::{alignment, outputs},
    report,
};

pub(super) fn check_aligner(args: &CheckAlignerArgs) -> CommandResult {
    if args.calls.batch {
        return Err(Diagnostic::usage(
            "error: an aligner is not asked in batches\nhint: run without --batch; limits and --max-cost hold as in a run",
        ));
    }
    outputs::check(&args.calls.output, &outputs::OF_ALIGNMENT)?;
    let environment = study::environment(&args.study)?;
    let study = study::prepare_with(&args.study, &environment, run::limits(&args.calls))?;
    let (questions, sessions) = alignment::questions(&study)?;
    if args.dry_run {
        let plan = json!({"format": "corater-aligner-plan/1", "questions": questions, "sessions": sessions});
        output::data(&if args.calls.json {
            plan.to_string()
        } else {
            format!(
                "questions  {questions} of {sessions} recorded sessions, one call each; an answer that cannot be read is \
                 asked for once more"
            )
        });
        return Ok(Exit::Ok);
    }
    let expected =
        WorkForecast { calls: [questions as u64, 0, 0, 0], cost: None, prices: run::prices(&study) };
    let made = run::make_calls(&args.calls, &study, &environment, expected, |settings, listener| {
        alignment::check(&study, settings, listener)
    });
    let (outcome, progress) = (made.outcome?, made.progress);
    run::spent(&outcome.operations, &progress);
    let Some(findings) = &outcome.findings else {
        return Ok(run::stopped(outcome.halt.as_ref(), made.signal, &progress));
    };
    for path in &args.calls.output {
        alignment::write(findings, path)?;
    }
    if args.calls.json {
        output::bytes(&report::json::alignment(findings));
    } else {
        output::data(&report::alignment::text(findings));
    }
    Ok(run::tell(&outcome.failures, None, args.calls.offline, &progress))
}
