//! `measure-check`: how often the rule-based measures are right on a user's own sentences.

use super::super::{args::MeasureCheckArgs, exit::Exit, output};
use crate::cli::diagnostic::CommandResult;
use crate::{pipeline, report};

pub(super) fn measure_check(args: &MeasureCheckArgs) -> CommandResult {
    let found = pipeline::measure_check::check(&args.file, &args.cues, &args.lexicon)?;
    if args.json {
        output::bytes(&report::json::measure_check(&found));
    } else {
        output::data(&report::text::measure_check(&found));
    }
    Ok(Exit::Ok)
}
