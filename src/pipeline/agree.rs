//! The `agree` verb: agreement in any ratings table, without an experiment.

use std::{io::Read, path::Path};

use super::{PipelineError, input_file};
use crate::{
    analysis::{
        agree::{AgreeOptions, AgreeRow, AgreeTable, OutOfScaleRule, analyse},
        findings::agree::{AgreeFindings, MeasurementLevel},
    },
    config::{self, ConfigSource},
    dataset::{
        Note, decode,
        source::{OutOfScalePolicy, TableOptions},
        table::{self, PlainTable, TableSpec},
    },
    domain::{Rubric, Scale},
};

/// Options of the command line.
#[derive(Debug, Clone)]
pub struct AgreeRequest {
    /// How to read the table.
    pub spec: TableSpec,
    /// Id of the judge, if one of the raters is one.
    pub judge: Option<String>,
    /// Measurement level, which selects the coefficient shown first.
    pub level: MeasurementLevel,
    /// Resamples of the cluster bootstrap.
    pub bootstrap: u32,
    /// Seed of every resample.
    pub seed: u64,
    /// The rubric whose rule for totals applies: `builtin:ctrs` or a path.
    pub rubric: Option<String>,
    /// True if the ratings are invented for demonstration.
    pub synthetic: bool,
}

/// Reads and analyzes a table. Also returns notes about what reading changed or skipped.
///
/// # Errors
/// The file cannot be read, or has problems, all of which are returned.
pub fn agree(path: &Path, request: &AgreeRequest) -> Result<(AgreeFindings, PlainTable), PipelineError> {
    let rubric = request.rubric.as_deref().map(rubric).transpose()?;
    let (text, shown) = text(path, &request.spec.table)?;
    let (spec, assumed) = scaled(&request.spec, rubric.as_ref());
    let mut read = table::read(&shown, &text, &reading(&spec)).map_err(PipelineError::Data)?;
    let note = assumed.map(|message| Note { path: shown.clone(), message });
    read.notes.extend(note);
    drop(text);
    check(&shown, &read, request.judge.as_deref())?;
    let raters: Vec<&str> = read.raters.iter().map(AsRef::as_ref).collect();
    let findings = {
        let table = AgreeTable {
            rows: rows(&read),
            raters: if spec.raters.is_empty() { Vec::new() } else { raters },
            judge: request.judge.as_deref(),
            items: request.spec.items.iter().map(String::as_str).collect(),
            scale: spec.scale,
            out_of_scale: match spec.out_of_scale {
                OutOfScalePolicy::Keep => OutOfScaleRule::Keep,
                OutOfScalePolicy::Exclude | OutOfScalePolicy::Refuse => OutOfScaleRule::Exclude,
            },
        };
        analyse(
            &table,
            &AgreeOptions {
                level: request.level,
                bootstrap: request.bootstrap,
                seed: request.seed,
                rubric: rubric.as_ref(),
                synthetic: request.synthetic,
                ..AgreeOptions::default()
            },
        )
    };
    Ok((findings, read))
}

/// The text of a table, from a file or from standard input, and its name as shown to people.
fn text(path: &Path, options: &TableOptions) -> Result<(String, String), PipelineError> {
    if path != Path::new("-") {
        let (text, _) = input_file::table(path, "ratings", options)?;
        return Ok((text, path.display().to_string()));
    }
    let shown = "standard input".to_owned();
    let mut bytes = Vec::new();
    std::io::stdin().lock().read_to_end(&mut bytes).map_err(|error| PipelineError::File {
        action: "read",
        path: shown.clone(),
        message: error.to_string(),
    })?;
    let text =
        decode::text(&shown, bytes, Some(options)).map_err(|problem| PipelineError::Data(vec![problem]))?;
    Ok((text, shown))
}

/// A rubric has a scale; where none is declared beside it, that one is.
fn scaled(spec: &TableSpec, rubric: Option<&Rubric>) -> (TableSpec, Option<String>) {
    match (spec.scale, rubric) {
        (None, Some(rubric)) => {
            let Scale { min, max } = rubric.scale;
            let message = format!("no scale was declared: taken is {min}..{max}, that of the rubric");
            (TableSpec { scale: Some(rubric.scale), ..spec.clone() }, Some(message))
        }
        _ => (spec.clone(), None),
    }
}

/// How to read scores outside the scale: always read them, because the analysis leaves them out and counts them.
fn reading(spec: &TableSpec) -> TableSpec {
    let out_of_scale = match spec.out_of_scale {
        OutOfScalePolicy::Exclude => OutOfScalePolicy::Keep,
        asked => asked,
    };
    TableSpec { out_of_scale, ..spec.clone() }
}

/// Rejects a table without rows to analyze, or a judge without ratings, because both are mistakes.
fn check(path: &str, table: &PlainTable, judge: Option<&str>) -> Result<(), PipelineError> {
    if table.rows.is_empty() {
        return Err(PipelineError::usage(format!("{path}: no row is left to analyse")));
    }
    let raters: Vec<&str> = table.raters.iter().map(AsRef::as_ref).collect();
    match judge.filter(|judge| !raters.contains(judge)) {
        Some(judge) => Err(PipelineError::usage(format!(
            "{path}: the judge `{judge}` is not among the raters: {}",
            raters.join(", ")
        ))),
        None => Ok(()),
    }
}

fn rows(table: &PlainTable) -> Vec<AgreeRow<'_>> {
    table
        .rows
        .iter()
        .map(|row| AgreeRow {
            unit: &row.unit,
            item: &row.item,
            rater: &row.rater,
            score: row.score,
            arm: row.arm.as_deref(),
            source: row.source.as_deref(),
            group: row.group.as_deref(),
        })
        .collect()
}

fn rubric(name: &str) -> Result<Rubric, PipelineError> {
    Ok(config::load_rubric(&ConfigSource::of_argument(name))?)
}
