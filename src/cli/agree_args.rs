//! Arguments of `agree`, and their conversion into a description of the table.

use std::{collections::BTreeMap, path::PathBuf};

use clap::{Args, ValueEnum};

use super::diagnostic::Diagnostic;
use crate::analysis::findings::agree::MeasurementLevel;
use crate::{
    dataset::{
        source::{
            OutOfScalePolicy, Points, QuoteRule, RatingLayout, ScoreWords, TableOptions, delimiter_named,
        },
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

/// What a quotation mark does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum QuoteArg {
    /// Encloses a field; inside one it is written twice
    Double,
    /// Encloses a field; inside one it stands behind a backslash
    Backslash,
    /// Nothing: a character like any other
    None,
}

/// Arguments of `agree`.
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
#[derive(Debug, Args)]
pub(super) struct AgreeArgs {
    /// Ratings table with a header row (CSV, or a workbook); `-` reads standard input
    pub(super) file: PathBuf,
    /// Read a table with one column per rater instead of one row per rating
    #[arg(long, conflicts_with = "wide_items")]
    pub(super) wide: bool,
    /// One row per unit and rater, one column per item
    #[arg(long)]
    pub(super) wide_items: bool,
    /// Column of the rated unit; several with commas between are the unit together
    #[arg(long, default_value = "session", value_name = "COLUMN")]
    pub(super) unit_column: String,
    /// Column of the item (default `item` where there is one; else one thing was rated)
    #[arg(long, value_name = "COLUMN")]
    pub(super) item_column: Option<String>,
    /// Column of the rater (long tables)
    #[arg(long, default_value = "rater", value_name = "COLUMN")]
    pub(super) rater_column: String,
    /// Column of the score (long tables)
    #[arg(long, default_value = "score", value_name = "COLUMN")]
    pub(super) score_column: String,
    /// Raters to use, in order; for wide tables their columns (default all others)
    #[arg(long, value_delimiter = ',', value_name = "IDS")]
    pub(super) raters: Vec<String>,
    /// Items to use, in order; with --wide-items their columns (default all others)
    #[arg(long, value_delimiter = ',', value_name = "IDS")]
    pub(super) items: Vec<String>,
    /// A rater's name in the table and the id to use (repeatable)
    #[arg(long, value_name = "FROM=TO")]
    pub(super) rename_rater: Vec<String>,
    /// A unit's name in the table and the id to use (repeatable)
    #[arg(long, value_name = "FROM=TO")]
    pub(super) rename_unit: Vec<String>,
    /// Declared scale, such as 0..6 or -3..3
    #[arg(long, value_name = "MIN..MAX", allow_hyphen_values = true)]
    pub(super) scale: Option<String>,
    /// How to treat scores outside the scale
    #[arg(long, value_enum, default_value_t = OutOfScaleArg::Exclude)]
    pub(super) out_of_scale: OutOfScaleArg,
    /// Measurement level: selects the coefficient shown first; all defined coefficients are always computed
    #[arg(long, value_enum, default_value_t = LevelArg::Ordinal)]
    pub(super) level: LevelArg,
    /// Value that means missing, in addition to the empty field (repeatable)
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    pub(super) na: Vec<String>,
    /// A grade in words and its number (repeatable)
    #[arg(long, value_name = "WORD=NUMBER", conflicts_with = "order")]
    pub(super) value: Vec<String>,
    /// Grades in words from the lowest to the highest; they count 0, 1, 2 and on
    #[arg(long, value_delimiter = ',', value_name = "WORDS")]
    pub(super) order: Vec<String>,
    /// Values that mean that the rater could not tell (repeatable)
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    pub(super) not_assessable: Vec<String>,
    /// Column that says true where the rater could not tell (long)
    #[arg(long, value_name = "COLUMN")]
    pub(super) not_assessable_column: Option<String>,
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
    #[arg(long = "where", value_name = "COLUMN=VALUE", allow_hyphen_values = true)]
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
    /// Field delimiter: a character, or comma, semicolon, tab, pipe
    #[arg(long, default_value = ",", value_name = "CHAR", allow_hyphen_values = true)]
    pub(super) delimiter: String,
    /// What a quotation mark does
    #[arg(long, value_enum, default_value_t = QuoteArg::Double)]
    pub(super) quote: QuoteArg,
    /// The line that holds the column names (default the first that is not blank)
    #[arg(long, value_name = "LINE", value_parser = clap::value_parser!(u32).range(1..))]
    pub(super) header_row: Option<u32>,
    /// Rows below the header that hold no data
    #[arg(long, default_value_t = 0, value_name = "N")]
    pub(super) skip_rows: u32,
    /// Sheet of a workbook (default its only one)
    #[arg(long, value_name = "NAME")]
    pub(super) sheet: Option<String>,
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
        let conditions: Result<Vec<Where>, Diagnostic> =
            self.conditions.iter().map(|text| condition(text)).collect();
        let layout = match (self.wide, self.wide_items) {
            (true, _) => RatingLayout::WideRaters,
            (false, true) => RatingLayout::WideItems,
            (false, false) => RatingLayout::Long,
        };
        let level = match self.level {
            LevelArg::Ordinal => MeasurementLevel::Ordinal,
            LevelArg::Nominal => MeasurementLevel::Nominal,
            LevelArg::Interval => MeasurementLevel::Interval,
        };
        let spec = TableSpec {
            layout,
            unit: self.unit_column.clone(),
            item: self.item_column.clone(),
            rater: self.rater_column.clone(),
            score: self.score_column.clone(),
            raters: self.raters.clone(),
            items: self.items.clone(),
            not_assessable: self.not_assessable_column.clone(),
            rater_ids: names("--rename-rater", &self.rename_rater)?,
            unit_ids: names("--rename-unit", &self.rename_unit)?,
            words: ScoreWords { values: self.values()?, not_assessable: self.not_assessable.clone() },
            nominal: level == MeasurementLevel::Nominal && self.value.is_empty() && self.order.is_empty(),
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
            table: self.table()?,
            skip_bad_rows: self.skip_bad_rows,
        };
        Ok(AgreeRequest {
            spec,
            judge: self.judge.clone(),
            level,
            bootstrap: self.bootstrap,
            seed: self.seed,
            rubric: self.rubric.clone(),
            synthetic: self.synthetic,
        })
    }

    fn table(&self) -> Result<TableOptions, Diagnostic> {
        let delimiter = delimiter_named(&self.delimiter).ok_or_else(|| {
            let message = format!("error: --delimiter `{}` is not a delimiter", self.delimiter);
            Diagnostic::usage(message).hint("one character, or comma, semicolon, tab, pipe")
        })?;
        Ok(TableOptions {
            delimiter,
            decimal_comma: self.decimal_comma,
            na: self.na.clone(),
            quote: match self.quote {
                QuoteArg::Double => QuoteRule::Double,
                QuoteArg::Backslash => QuoteRule::Backslash,
                QuoteArg::None => QuoteRule::None,
            },
            header_row: self.header_row,
            skip_rows: self.skip_rows,
            sheet: self.sheet.clone(),
        })
    }

    /// The numbers of grades in words.
    fn values(&self) -> Result<BTreeMap<String, Points>, Diagnostic> {
        if !self.order.is_empty() {
            let words = self.order.iter().map(|word| word.trim().to_owned());
            return Ok(words.zip(0_u32..).map(|(word, n)| (word, Points::new(f64::from(n)))).collect());
        }
        let value = |text: &String| {
            let parts =
                text.rsplit_once('=').map(|(word, number)| (word.trim(), number.trim().parse::<f64>()));
            match parts {
                Some((word, Ok(number))) if number.is_finite() && !word.is_empty() => {
                    Ok((word.to_owned(), Points::new(number)))
                }
                _ => Err(Diagnostic::usage(format!("error: --value `{text}` is not word=number"))),
            }
        };
        self.value.iter().map(value).collect()
    }
}

/// Names in the table and the ids to use.
fn names(flag: &str, given: &[String]) -> Result<BTreeMap<String, String>, Diagnostic> {
    let pair = |text: &String| {
        let parts = text.rsplit_once('=').filter(|(from, to)| !from.is_empty() && !to.trim().is_empty());
        let (from, to) =
            parts.ok_or_else(|| Diagnostic::usage(format!("error: {flag} `{text}` is not from=to")))?;
        Ok((from.to_owned(), to.to_owned()))
    };
    given.iter().map(pair).collect()
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
