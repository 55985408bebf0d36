//! The message table that the study's authors published the schema of: its columns, its two speakers, and what
//! must hold between its rows.

use std::collections::{BTreeMap, HashMap};

use super::{
    problem::{Note, Problem, lines, shown},
    rows::{Contents, Rows},
    source::{ColumnMap, RoleMap, SessionSource, TableOptions},
};

const MESSAGE_ID: &str = "MessageID";
const OFFSET: &str = "Offset";

/// A source of this schema as an ordinary table.
pub(super) fn as_table(source: &SessionSource) -> SessionSource {
    let labels = |list: [&str; 2]| list.iter().map(|label| (*label).to_owned()).collect();
    SessionSource {
        columns: ColumnMap {
            session: "SessionID".into(),
            speaker: "FromThinker".into(),
            text: "Message".into(),
            order: None,
            time: Some("Timestamp".into()),
            selected: source.columns.selected.clone(),
            messages: None,
        },
        roles: RoleMap { client: labels(["true", "1"]), counselor: labels(["false", "0"]) },
        ..source.clone()
    }
}

/// What only this schema promises: message ids that are not used twice in a session, and offsets that are numbers and
/// grow. What `Offset` counts is not published; it decides nothing here.
pub(super) fn check(
    path: &str,
    text: &str,
    table: &TableOptions,
) -> Result<(Vec<Problem>, Vec<Note>), Vec<Problem>> {
    let mut rows = Rows::open(path, text, table, Contents::Speech).map_err(|problem| vec![problem])?;
    let mut finder = rows.finder();
    let [session, message, offset] = ["SessionID", MESSAGE_ID, OFFSET].map(|name| finder.column(name));
    let absent = finder.problems();
    if !absent.is_empty() {
        return Err(absent);
    }
    let mut problems = Vec::new();
    let mut ids: HashMap<(String, String), usize> = HashMap::new();
    let mut last: BTreeMap<String, f64> = BTreeMap::new();
    let mut back = Vec::new();
    while let Some(row) = rows.next() {
        // A row that cannot be read is told where the messages are read.
        let Ok(row) = row else { continue };
        let (id, of) = (row.field(message).trim().to_owned(), row.field(session).to_owned());
        if id.is_empty() {
            problems.push(Problem::at(path, row.line, format!("{MESSAGE_ID} is empty")));
        } else if let Some(before) = ids.insert((of.clone(), id.clone()), row.line) {
            let message = format!("{MESSAGE_ID} {} is also on line {before}", shown(&id));
            problems.push(Problem::at(path, row.line, message));
        }
        let written = row.field(offset).trim();
        match written.parse::<f64>() {
            _ if written.is_empty() => {}
            Ok(value) if value.is_finite() => {
                if last.insert(of, value).is_some_and(|before| before > value) {
                    back.push(row.line);
                }
            }
            _ => problems.push(Problem::at(
                path,
                row.line,
                format!("{OFFSET} {} is not a number", shown(written)),
            )),
        }
    }
    let message =
        || format!("{OFFSET} is smaller than in the row before ({}); rows are ordered by time", lines(&back));
    let notes =
        if back.is_empty() { Vec::new() } else { vec![Note { path: path.to_owned(), message: message() }] };
    Ok((problems, notes))
}

#[cfg(test)]
mod tests;
