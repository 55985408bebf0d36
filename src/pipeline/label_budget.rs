//! The `label-budget` verb: which sessions clinicians should rate next. Makes no call and changes only requested files.

use std::path::Path;

use super::{
    PipelineError, outputs,
    stored::{self, StoredRun},
};
use crate::{
    analysis::label_budget::{BudgetOptions, LabelBudget, label_budget},
    report as formats,
};

/// Options of the command line.
#[derive(Debug, Clone, Copy)]
pub struct BudgetRequest<'a> {
    /// Folder of runs.
    pub runs: &'a Path,
    /// The run: a path, a name, `latest` or a unique prefix.
    pub run: &'a str,
    /// Number of recorded sessions to choose.
    pub next: usize,
    /// Seed of the choice, which replaces the experiment's.
    pub seed: Option<u64>,
    /// Wanted half width, in points.
    pub half_width: Option<f64>,
}

/// Chooses sessions of a stored run and estimates the gain from rating them.
///
/// # Errors
/// The run cannot be found or read, or the wanted half width is not positive.
pub fn choose(request: BudgetRequest<'_>) -> Result<LabelBudget, PipelineError> {
    if request.half_width.is_some_and(|width| !(width.is_finite() && width > 0.0)) {
        return Err(PipelineError::usage("the half width must be a number of points above 0"));
    }
    let run = StoredRun::read(&stored::find(request.runs, request.run)?)?;
    let judges = run.judge_inputs();
    let options = BudgetOptions {
        next: request.next,
        seed: request.seed.unwrap_or(run.seed),
        half_width: request.half_width,
    };
    Ok(label_budget(&run.inputs(&judges), &run.name, options))
}

/// Writes a budget to a file: `.csv` holds the chosen sessions, `.json` everything.
///
/// # Errors
/// The ending has no format, or the file cannot be written.
pub fn write(budget: &LabelBudget, target: &Path) -> Result<(), PipelineError> {
    let bytes = match outputs::ending(target) {
        "json" => formats::json::label_budget(budget),
        "csv" => formats::csv::chosen(&budget.chosen),
        _ => return Err(outputs::unknown_ending(target, &outputs::OF_BUDGET)),
    };
    outputs::write(target, &bytes)
}
