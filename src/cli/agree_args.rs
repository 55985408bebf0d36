//! Arguments of `agree`, and their conversion into a description of the table.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::diagnostic::Diagnostic;
use crate::analysis::findings::agree::Level;
use crate::{
    dataset::{
        source::{OutOfScalePolicy, RatingLayout, TableOptions},
        table::{TableSpec, Where},
    },
    domain::Scale,
    pipeline::agree::AgreeRequest,
};

/// How scores outside the scale are treated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum OutOfScaleArg {
    /// Leave out, but count and list
    Exclude,
    /// Use, and count and list
    Keep,
    /// Report an error
    Refuse,
}

/// Measurement level, which selects the coefficient shown first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum LevelArg {
    /// Ordered grades
    Ordinal,
    /// Unordered categories
    Nominal,
    /// Numbers with equal steps
    Interval,
}

/// Arguments of `agree`.
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
#[derive(Debug, Args)]
pub(super) struct AgreeArgs {
    /// The ratings table (CSV with a header row)
    pub(super) file: PathBuf,
    /// Read a table with one column per rater instead of one row per rating
    #[arg(long, requires = "raters")]
    pub(super) wide: bool,
    /// Column of the rated unit
    #[arg(long, default_value = "session", value_name = "COLUMN")]
    pub(super) unit_column: String,
    /// Column of the item (default `item` for long tables, none for wide ones)
    #[arg(long, value_name = "COLUMN")]
    pub(super) item_column: Option<String>,
    /// Column of the rater (long tables)
    #[arg(long, default_value = "rater", value_name = "COLUMN")]
    pub(super) rater_column: String,
    /// Column of the score (long tables)
    #[arg(long, default_value = "score", value_name = "COLUMN")]
    pub(super) score_column: String,
    /// Raters to use, in order; for wide tables their columns
    #[arg(long, value_delimiter = ',', value_name = "IDS")]
    pub(super) raters: Vec<String>,
    /// Items to use, in order
    #[arg(long, value_delimiter = ',', value_name = "IDS")]
    pub(super) items: Vec<String>,
    /// Declared scale, such as 0..6
    #[arg(long, value_name = "MIN..MAX")]
    pub(super) scale: Option<String>,
    /// How to treat scores outside the scale
    #[arg(long, value_enum, default_value_t = OutOfScaleArg::Exclude)]
    pub(super) out_of_scale: OutOfScaleArg,
    /// Measurement level: selects the coefficient shown first; all defined coefficients are always computed
    #[arg(long, value_enum, default_value_t = LevelArg::Ordinal)]
    pub(super) level: LevelArg,
    /// Value that means missing, in addition to the empty field (repeatable)
    #[arg(long, value_name = "TEXT")]
    pub(super) na: Vec<String>,
    /// Rater that is the judge
    #[arg(long, value_name = "ID")]
    pub(super) judge: Option<String>,
    /// Column of the arm
    #[arg(long, value_name = "COLUMN")]
    pub(super) arm_column: Option<String>,
    /// Column of the source of a unit; units of one source are not treated as independent
    #[arg(long, value_name = "COLUMN")]
    pub(super) source_column: Option<String>,
    /// Keep only rows where column=value, or column!=value (repeatable)
    #[arg(long = "where", value_name = "COLUMN=VALUE")]
    pub(super) conditions: Vec<String>,
    /// Average each rater over complete pairs within this column, then compare the averages (system level)
    #[arg(long, value_name = "COLUMN")]
    pub(super) mean_by: Option<String>,
    /// Rubric whose rule for totals applies: builtin:ctrs or a file
    #[arg(long, value_name = "RUBRIC")]
    pub(super) rubric: Option<String>,
    /// Resamples of the cluster bootstrap; 0 omits its intervals
    #[arg(long, default_value_t = 2000, value_name = "N")]
    pub(super) bootstrap: u32,
    /// Seed of every resample
    #[arg(long, default_value_t = 1, value_name = "N")]
    pub(super) seed: u64,
    /// Field delimiter
    #[arg(long, default_value_t = ',', value_name = "CHAR")]
    pub(super) delimiter: char,
    /// Read numbers with a decimal comma
    #[arg(long)]
    pub(super) decimal_comma: bool,
    /// Skip at most N rows that cannot be read
    #[arg(long, default_value_t = 0, value_name = "N")]
    pub(super) skip_bad_rows: usize,
    /// Mark the ratings as invented
    #[arg(long)]
    pub(super) synthetic: bool,
    /// Print the findings as JSON instead of the summary
    #[arg(long)]
    pub(super) json: bool,
    /// Also write a report to this file: .json (findings), .csv (tidy estimates) or .md (all tables); repeatable
    #[arg(short, long, value_name = "FILE")]
    pub(super) output: Vec<PathBuf>,
}

impl AgreeArgs {
    /// Converts the arguments into a request.
    pub(super) fn request(&self) -> Result<AgreeRequest, Diagnostic> {
        let item = match (&self.item_column, self.wide) {
            (Some(column), _) => Some(column.clone()),
            (None, true) => None,
            (None, false) => Some("item".to_owned()),
        };
        let conditions: Result<Vec<Where>, Diagnostic> =
            self.conditions.iter().map(|text| condition(text)).collect();
        let spec = TableSpec {
            layout: if self.wide { RatingLayout::WideRaters } else { RatingLayout::Long },
            unit: self.unit_column.clone(),
            item,
            rater: self.rater_column.clone(),
            score: self.score_column.clone(),
            raters: self.raters.clone(),
            items: self.items.clone(),
            conditions: conditions?,
            mean_by: self.mean_by.clone(),
            arm: self.arm_column.clone(),
            source: self.source_column.clone(),
            scale: self.scale.as_deref().map(scale).transpose()?,
            out_of_scale: match self.out_of_scale {
                OutOfScaleArg::Exclude => OutOfScalePolicy::Exclude,
                OutOfScaleArg::Keep => OutOfScalePolicy::Keep,
                OutOfScaleArg::Refuse => OutOfScalePolicy::Refuse,
            },
            table: TableOptions {
                delimiter: self.delimiter,
                decimal_comma: self.decimal_comma,
                na: self.na.clone(),
            },
            skip_bad_rows: self.skip_bad_rows,
        };
        Ok(AgreeRequest {
            spec,
            judge: self.judge.clone(),
            level: match self.level {
                LevelArg::Ordinal => Level::Ordinal,
                LevelArg::Nominal => Level::Nominal,
                LevelArg::Interval => Level::Interval,
            },
            bootstrap: self.bootstrap,
            seed: self.seed,
            rubric: self.rubric.clone(),
            synthetic: self.synthetic,
        })
    }
}

fn scale(text: &str) -> Result<Scale, Diagnostic> {
    let parts = text.split_once("..").map(|(min, max)| (min.trim().parse(), max.trim().parse()));
    match parts {
        Some((Ok(min), Ok(max))) if min < max => Ok(Scale { min, max }),
        _ => {
            Err(Diagnostic::usage(format!("error: --scale `{text}` is not a scale")).hint("write it as 0..6"))
        }
    }
}

fn condition(text: &str) -> Result<Where, Diagnostic> {
    let split = |mark: &str, equal| {
        text.split_once(mark).filter(|(column, _)| !column.is_empty()).map(|(column, value)| Where {
            column: column.to_owned(),
            equal,
            value: value.to_owned(),
        })
    };
    split("!=", false).or_else(|| split("=", true)).ok_or_else(|| {
        Diagnostic::usage(format!("error: --where `{text}` is not column=value or column!=value"))
    })
}
