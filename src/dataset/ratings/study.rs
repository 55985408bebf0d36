//! What only the published ratings table has: whose session a row is about, and sums beside the items. The row
//! printed with the schema does not add up, so sums are checked and never used.

use super::{
    RatingContext,
    item::{item_of, words},
};
use crate::{
    dataset::{
        cell::{ScoreField, cell},
        context::author_of,
        layout::RatedCell,
        problem::{Note, Problem, name},
        rows::{ColumnFinder, InputRow, Rows},
        source::{RatingColumns, RatingSource, ScoreWords},
    },
    domain::{CounselorAuthor, ItemId, SessionId},
};

const COUNSELOR: &str = "Counselor";
const TOTAL: &str = "Total_CTRS";

/// The columns of the schema.
pub(super) fn columns() -> RatingColumns {
    RatingColumns { session: "SessionID".into(), rater: "PsychologistID".into(), ..RatingColumns::default() }
}

/// A column that holds the sum of some items.
pub(super) struct Sum {
    column: usize,
    name: String,
    items: Vec<ItemId>,
}

/// What only this layout has.
pub(super) struct StudyColumns {
    counselor: usize,
    sums: Vec<Sum>,
}

impl StudyColumns {
    /// Finds the counselor's column, the total and one column per subscale: the one that starts like the subscale's name.
    pub(super) fn find(rows: &Rows<'_>, finder: &mut ColumnFinder<'_, '_>, context: &RatingContext) -> Self {
        let counselor = finder.column(COUNSELOR);
        let all = context.items.iter().cloned().collect();
        let mut sums = vec![Sum { column: finder.column(TOTAL), name: TOTAL.to_owned(), items: all }];
        for subscale in &context.subscales {
            let wanted = words(&subscale.name).into_iter().next().unwrap_or_default();
            let fits = |name: &&String| words(name).first().is_some_and(|first| *first == wanted);
            match rows.header.iter().position(|name| fits(&name)) {
                Some(column) => {
                    let (name, items) = (rows.header[column].clone(), subscale.items.clone());
                    sums.push(Sum { column, name, items });
                }
                None => drop(finder.column(&subscale.name)),
            }
        }
        Self { counselor, sums }
    }

    /// True when the row is about the counselor of the recorded session. A row about the other one rates a text that is
    /// not here.
    pub(super) fn is_of_this_text(
        &self,
        path: &str,
        context: &RatingContext,
        row: &InputRow<'_>,
        session: &str,
    ) -> Result<bool, Vec<Problem>> {
        let written = row.field(self.counselor);
        let Some(author) = author_of(written) else {
            let message = format!("{COUNSELOR} {} is neither Human nor LLM", name(written));
            return Err(vec![Problem::at(path, row.line, message)]);
        };
        let by_ai = SessionId::new(session).is_ok_and(|id| context.by_ai.contains(&id));
        Ok(by_ai == (author == CounselorAuthor::Ai))
    }

    /// One remark for each sum that is not that of its items. A sum over an item that is missing is not checked.
    pub(super) fn wrong_sums(
        &self,
        path: &str,
        row: &InputRow<'_>,
        cells: &[RatedCell<'_>],
        source: &RatingSource,
        context: &RatingContext,
    ) -> Vec<Note> {
        let number = |text: &str| match cell(text, &source.table, &ScoreWords::default()) {
            ScoreField::Number(value) => Some(value),
            _ => None,
        };
        let of = |cell: &RatedCell<'_>| cell.item.and_then(|name| item_of(source, context, name));
        let scores: Vec<(Option<ItemId>, Option<f64>)> =
            cells.iter().map(|cell| (of(cell), number(cell.score))).collect();
        let score =
            |item: &ItemId| scores.iter().find(|(of, _)| of.as_ref() == Some(item)).and_then(|(_, s)| *s);
        let wrong = self.sums.iter().filter_map(|sum| {
            let written = number(row.field(sum.column))?;
            let added: f64 = sum.items.iter().map(score).sum::<Option<f64>>()?;
            let message = format!(
                "line {}: {} is {written}, its items add up to {added}; the items count",
                row.line, sum.name
            );
            ((written - added).abs() > 1e-9).then(|| Note { path: path.to_owned(), message })
        });
        let mut found: Vec<Note> = wrong.collect();
        found.extend(self.wrong_total(path, row, number));
        found
    }

    /// The total against the two subscales, as written.
    fn wrong_total(
        &self,
        path: &str,
        row: &InputRow<'_>,
        number: impl Fn(&str) -> Option<f64>,
    ) -> Option<Note> {
        let written = |sum: &Sum| number(row.field(sum.column));
        let (total, parts) = self.sums.split_first()?;
        if parts.is_empty() {
            return None;
        }
        let (total, added) = (written(total)?, parts.iter().map(written).sum::<Option<f64>>()?);
        let message = format!("line {}: {TOTAL} is {total}, the subscales add up to {added}", row.line);
        ((total - added).abs() > 1e-9).then(|| Note { path: path.to_owned(), message })
    }
}
