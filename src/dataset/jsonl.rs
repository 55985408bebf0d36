//! Reads sessions from JSONL: one JSON object per message.

use serde_json::value::RawValue;

use super::{
    json::{Fields, scalar},
    problem::{Problem, shown},
    rows::without_bom,
    source::ColumnMap,
    utterance::{Intake, Raw},
};

/// Reads one file into the intake.
pub(super) fn read(intake: &mut Intake<'_>, file: usize, path: &str, text: &str, columns: &ColumnMap) {
    if let Some(problem) = other_form(path, without_bom(text)) {
        intake.problems.push(problem);
        return;
    }
    for (index, line) in without_bom(text).split('\n').enumerate() {
        if line.trim().is_empty() {
            continue;
        }
        if let Err(problem) = message(intake, file, path, index + 1, line, columns) {
            intake.problems.push(problem);
        }
    }
}

/// A problem where the file holds another form of JSON than one object per message: a list, one object over several
/// lines, or objects with a list of messages.
pub(super) fn other_form(path: &str, text: &str) -> Option<Problem> {
    let (number, first) = (1..).zip(text.split('\n')).find(|(_, line)| !line.trim().is_empty())?;
    let form = match first.trim() {
        "{" => "one object over several lines".to_owned(),
        line if line.starts_with('[') => "a JSON array".to_owned(),
        line => {
            let fields: Fields<'_> = serde_json::from_str(line).ok()?;
            let mut lists: Vec<&String> =
                fields.iter().filter(|(_, value)| is_list_of_objects(value)).map(|(key, _)| key).collect();
            lists.sort();
            format!("one object per session, with a list of messages {}", shown(lists.first()?))
        }
    };
    let message =
        format!("the file holds {form}; `format: jsonl` reads one object per message, one per line");
    let hint = "write `format: chat`, with the key of the list as `columns: {messages: …}`; `jq -c '.[]'` puts the objects \
                of an array on lines of their own";
    Some(Problem::at(path, number, message).hint(hint))
}

fn is_list_of_objects(value: &RawValue) -> bool {
    let items: Option<Vec<&RawValue>> =
        value.get().starts_with('[').then(|| serde_json::from_str(value.get()).ok()).flatten();
    items.is_some_and(|items| items.first().is_some_and(|item| item.get().starts_with('{')))
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
    if let Some(doubled) = &fields.doubled {
        let message = format!("field {} is there twice", shown(doubled));
        return Err(Problem::at(path, line, message).hint("which of the two is meant? keep one"));
    }
    let halves = std::cell::Cell::new(false);
    let get = |name: &str| {
        let found = fields.get(name).ok_or_else(|| {
            let mut names: Vec<String> = fields.names().map(shown).collect();
            names.sort();
            Problem::at(path, line, format!("no field {}; fields found: {}", shown(name), names.join(", ")))
        })?;
        let scalar = scalar(found).ok_or_else(|| {
            Problem::at(path, line, format!("field {} is neither text nor a number", shown(name)))
        })?;
        halves.set(halves.get() || scalar.has_halves);
        Ok(scalar.text)
    };
    let session = get(&columns.session)?;
    if session.trim().is_empty() {
        return Err(Problem::at(path, line, "the session id is empty"));
    }
    let of_session = |problem| {
        intake.broken.insert(session.clone());
        problem
    };
    let both = get(&columns.speaker).and_then(|label| Ok((label, get(&columns.text)?)));
    let (label, words) = both.map_err(of_session)?;
    let order = columns.order.as_deref().map(get).transpose()?;
    // A message without a time or a mark has none.
    let there = |name: &&str| fields.get(name).is_some_and(|value| value.get() != "null");
    let time = columns.time.as_deref().filter(there).map(get).transpose()?;
    let selected = columns.selected.as_deref().filter(there).map(|name| {
        match fields.get(name).map_or("", |value| value.get()) {
            word @ ("true" | "false") => Ok(word.to_owned()),
            _ => get(name),
        }
    });
    let selected = selected.transpose()?;
    if halves.get() {
        intake.halves.entry(file).or_default().push(line);
    }
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
