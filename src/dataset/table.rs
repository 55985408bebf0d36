//! Reading any ratings table for `agree`: no sessions, no rubric, only units, raters and scores. Reads a
//! million rows: each text is stored once.

use columns::Columns;
use reader::Reader;

use super::{
    problem::{Problem, RowProblems, name},
    rows::{Contents, Rows},
};

pub use crate::dataset::table::plain::Where;
pub use crate::dataset::table::plain::{ONLY_ITEM, PlainRating, PlainTable, TableCounts, TableSpec};

mod codes;
mod columns;
mod found;
mod plain;
mod reader;

/// Reads a table. `path` is as shown to people.
///
/// # Errors
/// Everything that is wrong, sorted by line.
pub fn read(path: &str, text: &str, spec: &TableSpec) -> Result<PlainTable, Vec<Problem>> {
    let (spec, mut assumed) = found::complete(path, text, spec)?;
    let mut rows = Rows::open(path, text, &spec.table, Contents::Names).map_err(|problem| vec![problem])?;
    let columns = Columns::find(&spec, path, &rows)?;
    let mut bad = RowProblems::new(path, spec.skip_bad_rows);
    let mut reader = Reader::new(&spec, path, columns);
    while let Some(row) = rows.next() {
        match row {
            Ok(row) => reader.row(&row).unwrap_or_else(|problems| bad.push(row.line, problems)),
            Err((line, problem)) => bad.push(line, vec![problem]),
        }
    }
    let notes = bad.finish().map_err(|mut problems| {
        reader.repeated.explain(&mut problems, path, text, &spec.table, &mapped(&spec), told_apart);
        problems
    })?;
    assumed.extend(notes);
    assumed.extend(rows.notes());
    reader.finish(assumed)
}

/// The columns that have a part in a rating.
fn mapped(spec: &TableSpec) -> Vec<&str> {
    let named = [spec.rater.as_str(), spec.score.as_str(), spec.unit.as_str(), "item"];
    let optional =
        [&spec.item, &spec.arm, &spec.source, &spec.mean_by].into_iter().filter_map(Option::as_deref);
    let lists = spec.raters.iter().chain(&spec.items).map(String::as_str);
    named.into_iter().chain(spec.unit.split(',')).chain(optional).chain(lists).collect()
}

fn told_apart(column: &str) -> String {
    format!(
        "rows of one rating differ in the column {}, which is not mapped: give --arm-column {column:?} if it holds the arm, \
         add it to --unit-column if it is a part of the unit, or keep some rows with --where",
        name(column)
    )
}

#[cfg(test)]
mod tests;
