//! `calibrate`: maps a judge's scores to the clinicians' scale, or checks an earlier map.

use super::super::{args::CalibrateArgs, exit::Exit, output};
use crate::cli::diagnostic::CommandResult;
use crate::{
    analysis::gate::GateOutcome,
    pipeline::{calibrate, outputs},
    report,
};

pub(super) fn calibrate(args: &CalibrateArgs) -> CommandResult {
    outputs::check(&args.output, &outputs::OF_CALIBRATION)?;
    if let Some(file) = &args.check {
        return check(args, file);
    }
    let calibration = calibrate::fit(&args.runs, &args.run)?;
    for path in &args.output {
        calibrate::write(&calibration, path)?;
    }
    if args.json {
        output::bytes(&report::json::calibration(&calibration));
    } else {
        output::data(&report::calibration::text(&calibration));
    }
    let any = calibration.judges.iter().flat_map(|judge| &judge.items).any(|item| item.map.is_some());
    Ok(if any { Exit::Ok } else { Exit::Inconclusive })
}

fn check(args: &CalibrateArgs, file: &std::path::Path) -> CommandResult {
    let check = calibrate::check(&args.runs, &args.run, file, &args.earlier)?;
    for path in &args.output {
        calibrate::write_check(&check, path)?;
    }
    if args.json {
        output::bytes(&report::json::calibration_check(&check));
    } else {
        output::data(&report::calibration::check(&check));
    }
    Ok(match check.outcome {
        GateOutcome::Pass => Exit::Ok,
        GateOutcome::Inconclusive => Exit::Inconclusive,
        GateOutcome::Fail => Exit::GateFailed,
    })
}
