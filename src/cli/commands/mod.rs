//! The commands, one file per verb.

mod agree;
mod calibrate;
mod check_aligner;
mod compare;
mod destinations;
mod doctor;
mod forget;
mod gate;
mod init;
mod label_budget;
mod ledger;
mod measure_check;
mod plan;
mod probe;
mod report;
mod run;
mod schema;
mod study;

use super::{
    args::{Arguments, Verb},
    exit::Exit,
    output,
};
use crate::cli::diagnostic::CommandResult;

/// Carries out the command.
pub(super) fn dispatch(arguments: Arguments) -> CommandResult {
    match arguments.command {
        Verb::Init(args) => init::init(&args),
        Verb::Validate(args) => study::validate(&args),
        Verb::Plan(args) => plan::plan(&args),
        Verb::Run(args) => run::run(&args),
        Verb::Score(args) => run::score(&args),
        Verb::Agree(args) => agree::agree(&args),
        Verb::Report(args) => report::report(&args),
        Verb::LabelBudget(args) => label_budget::label_budget(&args),
        Verb::Gate(args) => gate::gate(&args),
        Verb::Calibrate(args) => calibrate::calibrate(&args),
        Verb::Compare(args) => compare::compare(&args),
        Verb::Probe(args) => probe::probe(&args),
        Verb::CheckAligner(args) => check_aligner::check_aligner(&args),
        Verb::Doctor(args) => doctor::doctor(&args),
        Verb::MeasureCheck(args) => measure_check::measure_check(&args),
        Verb::Ledger(args) => ledger::ledger(&args),
        Verb::Forget(args) => forget::forget(&args),
        Verb::Schema(args) => Ok(schema::schema(&args)),
        Verb::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(
                shell,
                &mut <Arguments as clap::CommandFactory>::command(),
                "corater",
                &mut script,
            );
            output::bytes(&script);
            Ok(Exit::Ok)
        }
    }
}
