//! `report`: the reports of a stored run, made again.

use super::super::{Ended, args::ReportArgs, exit::Exit, output};
use crate::{pipeline, report as formats};

pub(super) fn report(args: &ReportArgs) -> Ended {
    let run = pipeline::score::find(&args.runs, &args.run)?;
    let directory = run.path().to_owned();
    let findings = pipeline::report::rebuild(run, args.flag_review.as_deref())?;
    if args.json {
        output::bytes(&formats::json::run(&findings));
    } else {
        output::data(&formats::text::run(&findings));
    }
    output::note(&format!("report: {}", directory.join("report.html").display()));
    Ok(Exit::Ok)
}
