//! Owns reading sessions from JSONL: one JSON object per message.

use std::collections::HashMap;

use serde_json::value::RawValue;

use super::{
    problem::{Problem, shown},
    rows::without_bom,
    source::ColumnMap,
    utterance::{Intake, Raw},
};

type Fields<'l> = HashMap<String, &'l RawValue>;

/// Reads one file into the intake.
pub(super) fn read(intake: &mut Intake<'_>, file: usize, path: &str, text: &str, columns: &ColumnMap) {
    for (index, line) in without_bom(text).split('\n').enumerate() {
        if line.trim().is_empty() {
            continue;
        }
        if let Err(problem) = message(intake, file, path, index + 1, line, columns) {
            intake.problems.push(problem);
        }
    }
}

fn message(
    intake: &mut Intake<'_>,
    file: usize,
    path: &str,
    line: usize,
    text: &str,
    columns: &ColumnMap,
) -> Result<(), Problem> {
    // The column only: the parser's own message could quote a value.
    let fields: Fields<'_> = serde_json::from_str(text)
        .map_err(|error| Problem::at(path, line, format!("not a JSON object (column {})", error.column())))?;
    let get = |name: &str| {
        let found = fields.get(name).ok_or_else(|| {
            let mut names: Vec<String> = fields.keys().map(|name| shown(name)).collect();
            names.sort();
            Problem::at(path, line, format!("no field {}; fields found: {}", shown(name), names.join(", ")))
        })?;
        scalar(found).ok_or_else(|| {
            Problem::at(path, line, format!("field {} is neither text nor a number", shown(name)))
        })
    };
    let session = get(&columns.session)?;
    if session.trim().is_empty() {
        return Err(Problem::at(path, line, "the session id is empty"));
    }
    let (label, words) = (get(&columns.speaker)?, get(&columns.text)?);
    let order = columns.order.as_deref().map(get).transpose()?;
    // A message without a time or a mark has none.
    let there = |name: &&str| fields.get(*name).is_some_and(|value| value.get() != "null");
    let time = columns.time.as_deref().filter(there).map(get).transpose()?;
    let selected = columns.selected.as_deref().filter(there).map(|name| match fields[name].get() {
        word @ ("true" | "false") => Ok(word.to_owned()),
        _ => get(name),
    });
    let selected = selected.transpose()?;
    intake.take(
        file,
        path,
        &Raw {
            line,
            session: &session,
            label: &label,
            text: &words,
            order: order.as_deref(),
            time: time.as_deref(),
            selected: selected.as_deref(),
        },
    );
    Ok(())
}

/// The text of a JSON string, or a number exactly as written: `402e12` is an id, not a quantity.
fn scalar(value: &RawValue) -> Option<String> {
    let raw = value.get();
    match raw.as_bytes().first()? {
        b'"' => serde_json::from_str(raw).ok(),
        b'-' | b'0'..=b'9' => Some(raw.to_owned()),
        _ => None,
    }
}
