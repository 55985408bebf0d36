//! What a table of ratings seems to hold: its layout, columns, raters, items and scores.

use std::collections::BTreeSet;

use super::{
    super::{
        alike,
        cell::{ScoreField, cell},
        problem::{Problem, count, name},
        source::{RatingLayout, ScoreWords, TableOptions},
    },
    Sample, listed, normal, sample,
};
use crate::domain::Rubric;

/// What a table of ratings seems to hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RatingsSurvey {
    /// Layout.
    pub layout: RatingLayout,
    /// How the table is read.
    pub table: TableOptions,
    /// Columns.
    pub fields: Vec<String>,
    /// Column of the session; none where no column has a known name.
    pub session: Option<String>,
    /// Column of the item, where the layout has one.
    pub item: Option<String>,
    /// Column of the rater, where the layout has one.
    pub rater: Option<String>,
    /// Column of the score, where the layout has one.
    pub score: Option<String>,
    /// Raters with their numbers of rows; for a column per rater, the columns.
    pub raters: Vec<(String, usize)>,
    /// The table's items, each with that of the rubric where one has this name.
    pub items: Vec<(String, Option<String>)>,
    /// Different scores with their numbers.
    pub scores: Vec<(String, usize)>,
    /// Scores off the rubric's scale, and values that are no number.
    pub off_scale: Vec<(String, usize)>,
    /// Sessions that are rated and not among the sessions read, with one that looks like each.
    pub unknown: Vec<(String, Option<String>)>,
}

const SESSION: &[&str] = &[
    "session",
    "sessionid",
    "transcriptid",
    "transcript",
    "conversationid",
    "convid",
    "dialogueid",
    "dialogid",
    "chatid",
    "caseid",
    "case",
    "textid",
    "unit",
    "document",
    "id",
];
const RATER: &[&str] = &[
    "rater",
    "raterid",
    "annotator",
    "annotatorid",
    "judge",
    "coder",
    "coderid",
    "clinician",
    "evaluator",
    "psychologistid",
    "expert",
    "reviewer",
];
const ITEM: &[&str] =
    &["item", "itemid", "criterion", "attribute", "question", "measure", "dimension", "metric"];
const SCORE: &[&str] = &["score", "rating", "value", "grade", "points", "answer"];

/// Looks at a table, beside the sessions that were read and the rubric.
///
/// # Errors
/// The file is not a table.
pub fn survey(
    path: &str,
    text: &str,
    sheet: Option<&str>,
    sessions: &BTreeSet<String>,
    rubric: &Rubric,
) -> Result<RatingsSurvey, Problem> {
    let (mut table, read) = sample(path, text, sheet)?;
    let is_study =
        ["psychologistid", "sessionid", "counselor"].iter().all(|name| read.column(&[*name]).is_some());
    let [session, rater, item, score] = [SESSION, RATER, ITEM, SCORE].map(|names| read.column(names));
    let layout = match (is_study, rater, score) {
        (true, ..) => RatingLayout::Study,
        (false, Some(_), Some(_)) => RatingLayout::Long,
        (false, Some(_), None) => RatingLayout::WideItems,
        (false, None, _) => RatingLayout::WideRaters,
    };
    table.decimal_comma = table.delimiter != ',' && has_decimal_commas(&read);
    let item = item.filter(|_| matches!(layout, RatingLayout::Long | RatingLayout::WideRaters));
    let parts: Vec<usize> = [session, rater, item].into_iter().flatten().collect();
    let scored: Vec<usize> = match (layout, score) {
        (RatingLayout::Long, Some(score)) => vec![score],
        _ => (0..read.header.len())
            .filter(|column| !parts.contains(column) && is_scored(&read, *column, &table, rubric))
            .collect(),
    };
    let of = |column: Option<usize>| column.map(|column| read.header[column].clone());
    let columns = |columns: &[usize]| -> Vec<String> {
        columns.iter().map(|column| read.header[*column].clone()).collect()
    };
    let named: Vec<String> = match layout {
        RatingLayout::WideItems | RatingLayout::Study => columns(&scored),
        RatingLayout::Long | RatingLayout::WideRaters => item
            .map(|item| read.counted(item).into_iter().map(|(name, _)| name).collect())
            .unwrap_or_default(),
    };
    let raters = match (layout, rater) {
        (RatingLayout::WideRaters, _) => {
            scored.iter().map(|column| (read.header[*column].clone(), read.values(*column).count())).collect()
        }
        (_, Some(rater)) => read.counted(rater),
        _ => Vec::new(),
    };
    let scores = super::counted(scored.iter().flat_map(|column| read.values(*column)));
    let off = |(text, _): &&(String, usize)| !is_on_scale(text, &table, rubric);
    Ok(RatingsSurvey {
        layout,
        session: of(session),
        item: of(item),
        rater: of(rater.filter(|_| layout != RatingLayout::WideRaters)),
        score: of(score.filter(|_| layout == RatingLayout::Long)),
        raters,
        items: named.into_iter().map(|name| (name.clone(), of_rubric(&name, rubric))).collect(),
        off_scale: scores.iter().filter(off).cloned().collect(),
        scores,
        unknown: unknown(&read, session, sessions),
        fields: read.header,
        table,
    })
}

/// True when a cell has the form `3,5`.
fn has_decimal_commas(read: &Sample) -> bool {
    let is_one = |field: &String| {
        field.trim().split_once(',').is_some_and(|(whole, part)| {
            let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
            digits(whole.trim_start_matches('-')) && digits(part)
        })
    };
    read.rows.iter().flatten().any(is_one)
}

/// True for a column of numbers of which most are on the scale.
fn is_scored(read: &Sample, column: usize, table: &TableOptions, rubric: &Rubric) -> bool {
    let (mut on, mut all) = (0, 0);
    for value in read.values(column) {
        all += 1;
        on += usize::from(is_on_scale(value, table, rubric));
    }
    on * 2 > all
}

fn is_on_scale(text: &str, table: &TableOptions, rubric: &Rubric) -> bool {
    match cell(text, table, &ScoreWords::default()) {
        ScoreField::Number(number) => rubric.scale.score(number).is_ok(),
        _ => false,
    }
}

/// The rubric's item of this id or name.
fn of_rubric(name: &str, rubric: &Rubric) -> Option<String> {
    let wanted = normal(name);
    let same = |text: &str| normal(text) == wanted;
    let found = rubric.items.iter().find(|item| same(item.id.as_str()) || same(&item.name));
    found.map(|item| item.id.to_string())
}

fn unknown(
    read: &Sample,
    session: Option<usize>,
    sessions: &BTreeSet<String>,
) -> Vec<(String, Option<String>)> {
    let Some(column) = session else { return Vec::new() };
    let rated: BTreeSet<&str> = read.rows.iter().map(|row| row[column].as_str()).collect();
    rated
        .into_iter()
        .filter(|id| !sessions.contains(*id))
        .map(|id| (id.to_owned(), alike::nearest(id, sessions.iter().map(String::as_str)).map(str::to_owned)))
        .collect()
}

impl RatingsSurvey {
    /// What was found, for people.
    pub fn told(&self, rubric: &Rubric) -> Vec<String> {
        let layout = match self.layout {
            RatingLayout::Long => "a row per rating",
            RatingLayout::WideRaters => "a column per rater",
            RatingLayout::WideItems => "a column per item",
            RatingLayout::Study => "the study's layout",
        };
        let fields: Vec<String> = self.fields.iter().map(|field| name(field)).collect();
        let mut told = vec![format!("ratings: {layout}"), format!("columns: {}", fields.join(", "))];
        told.push(format!("raters: {}", listed(&self.raters)));
        let (known, other): (Vec<_>, Vec<_>) = self.items.iter().partition(|(_, item)| item.is_some());
        told.push(format!(
            "items: {} of the rubric, {} not{}{}",
            known.len(),
            other.len(),
            if other.is_empty() { "" } else { ": " },
            other.iter().map(|(item, _)| name(item)).collect::<Vec<String>>().join(", ")
        ));
        told.push(format!("scores: {}", listed(&self.scores)));
        if !self.off_scale.is_empty() {
            let (min, max) = (rubric.scale.min, rubric.scale.max);
            told.push(format!("off the rubric's scale {min}..{max}: {}", listed(&self.off_scale)));
        }
        if !self.unknown.is_empty() {
            const SHOWN: usize = 3;
            let shown: Vec<String> = self.unknown.iter().take(SHOWN).map(|(id, _)| name(id)).collect();
            let n = count(self.unknown.len(), "rated session");
            told.push(format!("{n} not in the file of sessions, such as {}", shown.join(", ")));
        }
        told
    }
}
