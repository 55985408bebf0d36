//! `label-budget`: chooses the sessions that clinicians should rate next.

use super::super::{args::LabelBudgetArgs, exit::Exit, output};
use crate::cli::diagnostic::CommandResult;
use crate::{
    pipeline::{
        label_budget::{self, BudgetRequest},
        outputs,
    },
    report,
};

pub(super) fn label_budget(args: &LabelBudgetArgs) -> CommandResult {
    outputs::check(&args.output, &outputs::OF_BUDGET)?;
    let budget = label_budget::choose(BudgetRequest {
        runs: &args.runs,
        run: &args.run,
        next: args.next,
        seed: args.seed,
        half_width: args.half_width,
    })?;
    for path in &args.output {
        label_budget::write(&budget, path)?;
    }
    if args.json {
        output::bytes(&report::json::label_budget(&budget));
    } else {
        output::data(&report::label_budget::text(&budget));
    }
    Ok(Exit::Ok)
}
