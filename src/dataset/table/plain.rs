//! How a table of ratings is read, and what was read from it.

use std::{collections::BTreeMap, sync::Arc};

use crate::{
    dataset::{
        problem::{Note, OutOfScaleScore},
        source::{OutOfScalePolicy, RatingLayout, ScoreWords, TableOptions},
    },
    domain::Scale,
};

/// The item of a table that has no item column.
pub const ONLY_ITEM: &str = "score";
/// How to read a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableSpec {
    /// Layout.
    pub layout: RatingLayout,
    /// Column of the rated unit, or several with commas between: together they are the unit.
    pub unit: String,
    /// Column of the item; none takes a column `item` where there is one, else the table has one item.
    pub item: Option<String>,
    /// Column of the rater (not for `wide_raters`).
    pub rater: String,
    /// Column of the score (`long` only).
    pub score: String,
    /// Raters to read; for `wide_raters` the columns. Empty reads all; in `wide_raters` all columns without another part.
    pub raters: Vec<String>,
    /// For `wide_items`: the columns that hold scores. Empty takes all columns without another part.
    pub items: Vec<String>,
    /// Column of a mark that the rater could not tell (`long` only).
    pub not_assessable: Option<String>,
    /// Raters' names in the table to their ids.
    pub rater_ids: BTreeMap<String, String>,
    /// The table's names of units to their ids.
    pub unit_ids: BTreeMap<String, String>,
    /// Grades in words, and what means not assessable.
    pub words: ScoreWords,
    /// Scores are names: what is no number is a category.
    pub nominal: bool,
    /// Only rows that fulfil all of these.
    pub conditions: Vec<Where>,
    /// Column whose values are the groups of a system-level comparison.
    pub mean_by: Option<String>,
    /// Column of the arm.
    pub arm: Option<String>,
    /// Column of the recorded session or other source behind a unit.
    pub source: Option<String>,
    /// Declared scale; none checks nothing.
    pub scale: Option<Scale>,
    /// Scores outside the scale.
    pub out_of_scale: OutOfScalePolicy,
    /// Delimiter, decimal comma, missing values.
    pub table: TableOptions,
    /// How many rows with problems may be left out.
    pub skip_bad_rows: usize,
}
impl Default for TableSpec {
    fn default() -> Self {
        Self {
            layout: RatingLayout::Long,
            unit: "session".to_owned(),
            item: None,
            rater: "rater".to_owned(),
            score: "score".to_owned(),
            raters: Vec::new(),
            items: Vec::new(),
            not_assessable: None,
            rater_ids: BTreeMap::new(),
            unit_ids: BTreeMap::new(),
            words: ScoreWords::default(),
            nominal: false,
            conditions: Vec::new(),
            mean_by: None,
            arm: None,
            source: None,
            scale: None,
            out_of_scale: OutOfScalePolicy::Exclude,
            table: TableOptions::default(),
            skip_bad_rows: 0,
        }
    }
}
/// One rating. Equal texts are one allocation.
#[derive(Debug, Clone, PartialEq)]
pub struct PlainRating {
    /// The rated unit.
    pub unit: Arc<str>,
    /// The item; [`ONLY_ITEM`] where the table has no item column.
    pub item: Arc<str>,
    /// Who rated.
    pub rater: Arc<str>,
    /// The score; none when missing.
    pub score: Option<f64>,
    /// The arm, where a column holds it and it is not blank.
    pub arm: Option<Arc<str>>,
    /// The source behind the unit, likewise.
    pub source: Option<Arc<str>>,
    /// The group of a system-level comparison, likewise.
    pub group: Option<Arc<str>>,
}
/// What was read and what was left out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TableCounts {
    /// Data rows of the table that could be read.
    pub rows: usize,
    /// Rows that a condition left out.
    pub filtered: usize,
    /// Rows of raters not asked for.
    pub other_raters: usize,
    /// Missing scores.
    pub missing: usize,
    /// Scores that a rater could not give; they are among the missing.
    pub not_assessable: usize,
}
/// A table in memory.
#[derive(Debug, Clone, PartialEq)]
pub struct PlainTable {
    /// Ratings in the order of the table.
    pub rows: Vec<PlainRating>,
    /// Raters, in the order asked for, else of appearance.
    pub raters: Vec<Arc<str>>,
    /// Scores outside the scale.
    pub out_of_scale: Vec<OutOfScaleScore>,
    /// Counts.
    pub counts: TableCounts,
    /// Rows skipped, and what was assumed.
    pub notes: Vec<Note>,
}

/// A condition on rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Where {
    /// The column.
    pub column: String,
    /// True for `=`, false for `!=`.
    pub equal: bool,
    /// The value, compared as text.
    pub value: String,
}
