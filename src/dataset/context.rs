//! Context notes: what is known of a session beside its words, such as the event it is about, as a counselor may
//! be told before the first turn. Read from a table with one row per session.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    alike,
    problem::{Problem, count, shown},
    rows::{Contents, Rows},
    source::{NotesSource, SessionSource},
};
use crate::domain::{CounselorAuthor, SessionId};

/// The column that says whose session a row of the study's notes is about.
const COUNSELOR: &str = "Counselor";

/// The notes of a table by session, the chosen fields one a line. Sessions of the source without a row have none; rows of
/// other sessions are counted in the second value.
///
/// # Errors
/// A column is missing, a session has two rows.
pub(super) fn read(
    source: &SessionSource,
    notes: &NotesSource,
    path: &str,
    text: &str,
    sessions: &BTreeSet<SessionId>,
) -> Result<(BTreeMap<SessionId, String>, usize), Vec<Problem>> {
    let mut rows = Rows::open(path, text, &source.table.of_a_table_beside(), Contents::Speech)
        .map_err(|problem| vec![problem])?;
    let mut finder = rows.finder();
    let session = finder.column(&notes.session);
    let fields: Vec<usize> = notes.fields.iter().map(|name| finder.column(name)).collect();
    let mut problems = finder.problems();
    if !problems.is_empty() {
        return Err(problems);
    }
    let author = rows.position(COUNSELOR);
    let (mut found, mut others) = (BTreeMap::new(), 0);
    while let Some(row) = rows.next() {
        let row = match row {
            Ok(row) => row,
            Err((_, problem)) => {
                problems.push(problem);
                continue;
            }
        };
        let own =
            author.is_none_or(|column| author_of(row.field(column)) == Some(source.provenance.counselor));
        let id = SessionId::new(row.id(session)).ok().filter(|id| own && sessions.contains(id));
        let Some(id) = id else {
            let written = row.id(session);
            if let Some(like) =
                alike::nearest(written, sessions.iter().map(SessionId::as_str)).filter(|_| own)
            {
                let message = format!("session {} is not in the source", shown(written));
                let hint = format!("ids are compared as text, exactly as written; there is {}", shown(like));
                problems.push(Problem::at(path, row.line, message).hint(hint));
            }
            others += 1;
            continue;
        };
        let line = |(name, column): (&String, &usize)| {
            let value = row.field(*column).trim();
            (!value.is_empty()).then(|| format!("{name}: {}", value.replace("\r\n", "\n")))
        };
        let told: Vec<String> = notes.fields.iter().zip(&fields).filter_map(line).collect();
        if found.insert(id.clone(), told.join("\n")).is_some() {
            let message = format!("session {} has a second row of notes", shown(id.as_str()));
            problems.push(Problem::at(path, row.line, message));
        }
    }
    found.retain(|_, told| !told.is_empty());
    if problems.is_empty() { Ok((found, others)) } else { Err(problems) }
}

/// Who is meant by `Human` or `LLM`.
pub(super) fn author_of(text: &str) -> Option<CounselorAuthor> {
    match text.trim().to_lowercase().as_str() {
        "human" => Some(CounselorAuthor::Human),
        "llm" | "ai" => Some(CounselorAuthor::Ai),
        _ => None,
    }
}

/// What a reader says of rows that were not used.
pub(super) fn unused(others: usize) -> Option<String> {
    (others > 0)
        .then(|| format!("{} of notes on other sessions or another counselor not used", count(others, "row")))
}
