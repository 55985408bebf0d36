//! `compare`: compares two stored runs.

use super::super::{args::CompareArgs, exit::Exit, output};
use crate::cli::diagnostic::CommandResult;
use crate::{
    pipeline::{compare, outputs},
    report,
};

/// Number of random swaps in the self-test.
const EXCHANGES: usize = 2_000;

pub(super) fn compare(args: &CompareArgs) -> CommandResult {
    outputs::check(&args.output, &outputs::OF_COMPARISON)?;
    let exchanges = if args.aa { EXCHANGES } else { 0 };
    let comparison = compare::of_runs(&args.runs, [&args.first, &args.second], exchanges)?;
    for path in &args.output {
        compare::write(&comparison, path)?;
    }
    if args.json {
        output::bytes(&report::json::comparison(&comparison));
    } else {
        output::data(&report::compare::text(&comparison));
    }
    Ok(if comparison.differences.is_empty() { Exit::Inconclusive } else { Exit::Ok })
}
