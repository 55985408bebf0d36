//! `gate`: checks whether the judge of a run may be trusted.

use super::super::{args::GateArgs, exit::Exit, output};
use crate::cli::diagnostic::CommandResult;
use crate::{
    analysis::gate::GateOutcome,
    pipeline::{
        gate::{self, GateRequest},
        outputs,
    },
    report,
};

pub(super) fn gate(args: &GateArgs) -> CommandResult {
    outputs::check(&args.output, &outputs::OF_GATE)?;
    let finding = gate::decide(GateRequest {
        runs: &args.runs,
        run: &args.run,
        criteria: args.criteria.as_deref(),
        baseline: args.baseline.as_deref(),
        probes: &args.probe_report,
    })?;
    for path in &args.output {
        gate::write(&finding, &args.run, path)?;
    }
    if args.json {
        output::bytes(&report::json::gate(&finding));
    } else {
        output::data(&report::gate::text(&finding));
    }
    Ok(match finding.outcome {
        GateOutcome::Pass => Exit::Ok,
        GateOutcome::Inconclusive => Exit::Inconclusive,
        GateOutcome::Fail => Exit::GateFailed,
    })
}
