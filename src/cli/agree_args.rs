//! Owns the arguments of `agree` and their translation into a table's description.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::diagnostic::Diagnostic;
use crate::{
    analysis::agree::Level,
    dataset::{
        source::{OutOfScalePolicy, RatingLayout, TableOptions},
        table::{TableSpec, Where},
    },
    domain::Scale,
    pipeline::agree::AgreeRequest,
};

/// What happens to scores outside the scale.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum OutOfScaleArg {
    /// Left out, counted and listed
    Exclude,
    /// Used, counted and listed
    Keep,
    /// An error
    Refuse,
}

/// The coefficient that headlines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum LevelArg {
    /// Grades in order
    Ordinal,
    /// Names
    Nominal,
    /// Numbers
    Interval,
}

/// Arguments of `agree`.
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
#[derive(Debug, Args)]
pub(super) struct AgreeArgs {
    /// The ratings table (CSV with a header row)
    pub(super) file: PathBuf,
    /// One column per rater, in place of one row per rating
    #[arg(long, requires = "raters")]
    pub(super) wide: bool,
    /// Column of the rated unit
    #[arg(long, default_value = "session", value_name = "COLUMN")]
    pub(super) unit_column: String,
    /// Column of the item (default `item` for long tables, none for wide ones)
    #[arg(long, value_name = "COLUMN")]
    pub(super) item_column: Option<String>,
    /// Column of the rater (long)
    #[arg(long, default_value = "rater", value_name = "COLUMN")]
    pub(super) rater_column: String,
    /// Column of the score (long)
    #[arg(long, default_value = "score", value_name = "COLUMN")]
    pub(super) score_column: String,
    /// Raters to use, in order; for wide tables their columns
    #[arg(long, value_delimiter = ',', value_name = "IDS")]
    pub(super) raters: Vec<String>,
    /// Items to use, in order
    #[arg(long, value_delimiter = ',', value_name = "IDS")]
    pub(super) items: Vec<String>,
    /// The declared scale, such as 0..6
    #[arg(long, value_name = "MIN..MAX")]
    pub(super) scale: Option<String>,
    /// Scores outside the scale
    #[arg(long, value_enum, default_value_t = OutOfScaleArg::Exclude)]
    pub(super) out_of_scale: OutOfScaleArg,
    /// Which coefficient headlines; all that are defined are always given
    #[arg(long, value_enum, default_value_t = LevelArg::Ordinal)]
    pub(super) level: LevelArg,
    /// Values that mean missing, besides the empty field (repeatable)
    #[arg(long, value_name = "TEXT")]
    pub(super) na: Vec<String>,
    /// Which rater is the judge
    #[arg(long, value_name = "ID")]
    pub(super) judge: Option<String>,
    /// Column of the arm
    #[arg(long, value_name = "COLUMN")]
    pub(super) arm_column: Option<String>,
    /// Column of the source behind a unit: units of one source are never taken as independent
    #[arg(long, value_name = "COLUMN")]
    pub(super) source_column: Option<String>,
    /// Keep rows where column=value, or column!=value (repeatable)
    #[arg(long = "where", value_name = "COLUMN=VALUE")]
    pub(super) conditions: Vec<String>,
    /// Average each rater over complete pairs within this column, then compare: system level
    #[arg(long, value_name = "COLUMN")]
    pub(super) mean_by: Option<String>,
    /// The rubric whose total applies: builtin:ctrs or a file
    #[arg(long, value_name = "RUBRIC")]
    pub(super) rubric: Option<String>,
    /// Resamples of the cluster bootstrap; 0 leaves its intervals out
    #[arg(long, default_value_t = 2000, value_name = "N")]
    pub(super) bootstrap: u32,
    /// Seed of every resample
    #[arg(long, default_value_t = 1, value_name = "N")]
    pub(super) seed: u64,
    /// Field delimiter
    #[arg(long, default_value_t = ',', value_name = "CHAR")]
    pub(super) delimiter: char,
    /// Numbers use a decimal comma
    #[arg(long)]
    pub(super) decimal_comma: bool,
    /// Leave out at most N rows that cannot be read
    #[arg(long, default_value_t = 0, value_name = "N")]
    pub(super) skip_bad_rows: usize,
    /// The ratings are invented
    #[arg(long)]
    pub(super) synthetic: bool,
    /// Print the findings as JSON in place of the summary
    #[arg(long)]
    pub(super) json: bool,
    /// Also write there: .json (findings), .csv (tidy estimates) or .md (every table) (repeatable)
    #[arg(short, long, value_name = "FILE")]
    pub(super) output: Vec<PathBuf>,
}

impl AgreeArgs {
    /// The table's description and what to do with it.
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
