//! Owns `label-budget`: what clinicians should rate next. Makes no call and changes no file but the one asked for.

use std::path::Path;

use super::{PipelineError, outputs, score, stored::Stored};
use crate::{
    analysis::label_budget::{BudgetOptions, LabelBudget, label_budget},
    report as formats,
};

/// What is asked.
#[derive(Debug, Clone, Copy)]
pub struct BudgetRequest<'a> {
    /// Folder of runs.
    pub runs: &'a Path,
    /// The run: a path, a name, `latest` or a unique prefix.
    pub run: &'a str,
    /// Recorded sessions to choose.
    pub next: usize,
    /// Seed of the choice, in place of the experiment's.
    pub seed: Option<u64>,
    /// Half width that is wanted, in points.
    pub half_width: Option<f64>,
}

/// Chooses sessions of a stored run and says what ratings would buy.
///
/// # Errors
/// The run cannot be found or read, or the wanted half width is not positive.
pub fn choose(request: BudgetRequest<'_>) -> Result<LabelBudget, PipelineError> {
    if request.half_width.is_some_and(|width| !(width.is_finite() && width > 0.0)) {
        return Err(PipelineError::usage("the half width must be a number of points above 0"));
    }
    let run = Stored::read(&score::find(request.runs, request.run)?)?;
    let judges = run.judge_inputs();
    let options = BudgetOptions {
        next: request.next,
        seed: request.seed.unwrap_or(run.seed),
        half_width: request.half_width,
    };
    Ok(label_budget(&run.inputs(&judges), &run.name, options))
}

/// Writes a budget where the user pointed: `.csv` holds the chosen sessions, `.json` everything.
///
/// # Errors
/// An ending without a format, or a file that cannot be written.
pub fn write(budget: &LabelBudget, target: &Path) -> Result<(), PipelineError> {
    let bytes = match outputs::ending(target) {
        "json" => formats::json::label_budget(budget),
        "csv" => formats::csv::chosen(&budget.chosen),
        _ => return Err(outputs::unknown_ending(target, &outputs::OF_BUDGET)),
    };
    outputs::write(target, &bytes)
}
