//! `report`: rebuilds the reports of a stored run.

use super::super::{args::ReportArgs, exit::Exit, output};
use crate::cli::diagnostic::CommandResult;
use crate::{
    pipeline::{self, report::ReviewFiles},
    report as formats,
};

pub(super) fn report(args: &ReportArgs) -> CommandResult {
    let run = pipeline::stored::find(&args.runs, &args.run)?;
    let directory = run.path().to_owned();
    let reviews = ReviewFiles { flags: args.flag_review.as_deref(), ethics: args.ethics_review.as_deref() };
    let findings = pipeline::report::rebuild(run, reviews)?;
    if args.json {
        output::bytes(&formats::json::run(&findings));
    } else {
        output::data(&formats::text::run(&findings));
    }
    output::note(&format!("report: {}", directory.join("report.html").display()));
    Ok(Exit::Ok)
}
