//! Reads chat data: JSON or JSON Lines in which an object is a session and has a list of messages. What models are told,
//! such as a system message, is no turn.

use std::collections::{BTreeMap, HashMap};

use serde_json::value::RawValue;

use super::{
    problem::{Note, Problem, count, lines, shown},
    rows::without_bom,
    source::ColumnMap,
    speaker_text::stem,
    utterance::{Intake, Raw},
};

/// Roles of messages that nobody says in a session.
const NO_TURN: [&str; 4] = ["system", "developer", "tool", "function"];

type ChatFields<'l> = HashMap<String, &'l RawValue>;

/// One file while it is read.
struct ChatReader<'r, 's> {
    intake: &'r mut Intake<'s>,
    file: usize,
    path: &'r str,
    columns: &'r ColumnMap,
    text: &'r str,
    /// Bytes at which lines end.
    ends: Vec<usize>,
    /// What is wrong, with every line where it is.
    wrong: BTreeMap<String, Vec<usize>>,
    /// Lines of messages that are no turn, and of parts of messages that are no text.
    no_turn: Vec<usize>,
    no_text: Vec<usize>,
}

/// Reads one file into the intake.
pub(super) fn read(
    intake: &mut Intake<'_>,
    file: usize,
    path: &str,
    text: &str,
    columns: &ColumnMap,
) -> Vec<Note> {
    let text = without_bom(text);
    let ends = text.match_indices('\n').map(|(at, _)| at).collect();
    let (wrong, no_turn, no_text) = (BTreeMap::new(), Vec::new(), Vec::new());
    let mut reading = ChatReader { intake, file, path, columns, text, ends, wrong, no_turn, no_text };
    let named = reading.sessions();
    reading.told(named)
}

/// A session of a file: its list of messages, and the line on which it starts.
struct Talk<'l> {
    id: Option<String>,
    messages: Vec<&'l RawValue>,
    line: usize,
}

impl<'r> ChatReader<'r, '_> {
    fn line(&self, value: &RawValue) -> usize {
        let at = value.get().as_ptr().addr().saturating_sub(self.text.as_ptr().addr());
        self.ends.partition_point(|end| *end < at) + 1
    }

    fn wrong(&mut self, line: usize, message: String) {
        self.wrong.entry(message).or_default().push(line);
    }

    /// Reads every session; true if one was named after the file.
    fn sessions(&mut self) -> bool {
        let mut talks = Vec::new();
        let values = serde_json::Deserializer::from_str(self.text).into_iter::<&'r RawValue>();
        for value in values {
            match value {
                Ok(value) => self.value(value, &mut talks),
                // The place only: the parser's own message could quote a value.
                Err(error) => {
                    self.wrong(error.line(), format!("not JSON (column {})", error.column()));
                    break;
                }
            }
        }
        let several = talks.len() > 1;
        let mut named = false;
        for (number, talk) in (1..).zip(&talks) {
            let name = stem(self.path);
            let of_file = if several { format!("{name}-{number}") } else { name.to_owned() };
            named |= talk.id.is_none();
            let id = talk.id.clone().unwrap_or(of_file);
            if id.trim().is_empty() {
                self.wrong(talk.line, "the session id is empty".to_owned());
            } else if self.intake.wants(&id) {
                talk.messages.iter().for_each(|message| self.message(&id, message));
            }
        }
        named
    }

    /// A session, a list of sessions, or the messages of one session.
    fn value(&mut self, value: &'r RawValue, talks: &mut Vec<Talk<'r>>) {
        let Some(items) = list(value) else { return self.talk(value, talks) };
        let is_talk = |item: &&RawValue| {
            let fields = self.columns.messages.as_deref().and_then(|path| at(item, path));
            fields.is_some_and(|found| list(found).is_some() || object(found).is_some())
        };
        if items.iter().any(is_talk) {
            for item in items {
                self.talk(item, talks);
            }
        } else {
            talks.push(Talk { id: None, messages: items, line: self.line(value) });
        }
    }

    fn talk(&mut self, value: &'r RawValue, talks: &mut Vec<Talk<'r>>) {
        let line = self.line(value);
        let Some(fields) = object(value) else {
            return self.wrong(line, "neither an object nor a list of messages".to_owned());
        };
        let key = self.columns.messages.as_deref().unwrap_or_default();
        let found = at(value, key);
        let messages = found.and_then(list).or_else(|| branch(value, found?));
        match messages {
            Some(messages) => {
                let id = at(value, &self.columns.session).and_then(scalar);
                talks.push(Talk { id, messages, line });
            }
            None => self.wrong(line, format!("no list {} in the session; {}", shown(key), known(&fields))),
        }
    }

    fn message(&mut self, session: &str, value: &RawValue) {
        let line = self.line(value);
        let Some(fields) = object(value) else {
            return self.wrong(line, "a message is not an object".to_owned());
        };
        let columns = self.columns;
        let Some(label) = at(value, &columns.speaker).and_then(scalar) else {
            let message =
                format!("no speaker {} in the message; {}", shown(&columns.speaker), known(&fields));
            return self.wrong(line, message);
        };
        if NO_TURN.contains(&label.to_lowercase().as_str()) && !self.intake.knows(&label) {
            return self.no_turn.push(line);
        }
        let Some(text) = at(value, &columns.text) else {
            let message = format!("no text {} in the message; {}", shown(&columns.text), known(&fields));
            return self.wrong(line, message);
        };
        let Some((words, other)) = content(text) else {
            return self.wrong(line, format!("{} is neither text nor a list of parts", shown(&columns.text)));
        };
        self.no_text.extend(std::iter::repeat_n(line, other));
        let optional = |path: &Option<String>| {
            let found = at(value, path.as_deref()?)?;
            scalar(found).or_else(|| matches!(found.get(), "true" | "false").then(|| found.get().to_owned()))
        };
        let [order, time, selected] = [&columns.order, &columns.time, &columns.selected].map(optional);
        let raw = Raw {
            line,
            session,
            label: &label,
            text: &words,
            order: order.as_deref(),
            time: time.as_deref(),
            selected: selected.as_deref(),
        };
        self.intake.take(self.file, self.path, &raw);
    }

    /// One problem for each cause, and the notes.
    fn told(self, named: bool) -> Vec<Note> {
        for (message, found) in self.wrong {
            let first = found[0];
            let more = if found.len() > 1 {
                format!(" ({} times: {})", found.len(), lines(&found))
            } else {
                String::new()
            };
            let hint = "`columns` names the keys: `session`, `messages`, `speaker`, `text`";
            self.intake.problems.push(Problem::at(self.path, first, format!("{message}{more}")).hint(hint));
        }
        let mut notes = Vec::new();
        let mut note = |message: String| notes.push(Note { path: self.path.to_owned(), message });
        if named {
            let key = shown(&self.columns.session);
            note(format!("sessions without an id in {key} are named after the file"));
        }
        if !self.no_turn.is_empty() {
            let found = count(self.no_turn.len(), "message");
            note(format!("{found} of the roles {} left out ({})", NO_TURN.join(", "), lines(&self.no_turn)));
        }
        if !self.no_text.is_empty() {
            let found = count(self.no_text.len(), "part");
            note(format!("{found} of messages that are no text left out ({})", lines(&self.no_text)));
        }
        notes
    }
}

fn object(value: &RawValue) -> Option<ChatFields<'_>> {
    value.get().starts_with('{').then(|| serde_json::from_str(value.get()).ok()).flatten()
}

fn list(value: &RawValue) -> Option<Vec<&RawValue>> {
    value.get().starts_with('[').then(|| serde_json::from_str(value.get()).ok()).flatten()
}

/// The value under a key, or under several joined by full stops; none where it is `null`.
fn at<'v>(value: &'v RawValue, path: &str) -> Option<&'v RawValue> {
    let fields = object(value)?;
    let found = match fields.get(path) {
        Some(found) => Some(*found),
        None => path.split_once('.').and_then(|(key, rest)| at(fields.get(key)?, rest)),
    };
    found.filter(|found| found.get() != "null")
}

/// The text of a JSON string, or a number exactly as written.
fn scalar(value: &RawValue) -> Option<String> {
    match value.get().as_bytes().first()? {
        b'"' => serde_json::from_str(value.get()).ok(),
        b'-' | b'0'..=b'9' => Some(value.get().to_owned()),
        _ => None,
    }
}

/// The words of a message, which may be a list of parts, and how many parts are no text.
fn content(value: &RawValue) -> Option<(String, usize)> {
    let Some(parts) = list(value) else { return scalar(value).map(|words| (words, 0)) };
    let words: Vec<String> =
        parts.iter().filter_map(|part| scalar(part).or_else(|| at(part, "text").and_then(scalar))).collect();
    let other = parts.len() - words.len();
    Some((words.join("\n"), other))
}

/// The messages of a tree of nodes with `message` and `parent`, from its root to the node that `current_node` names:
/// the branch that was shown last.
fn branch<'v>(session: &'v RawValue, tree: &'v RawValue) -> Option<Vec<&'v RawValue>> {
    let nodes = object(tree)?;
    let mut next = at(session, "current_node").and_then(scalar);
    let mut messages = Vec::new();
    let mut left = nodes.len();
    while let Some(node) = next.as_ref().and_then(|id| nodes.get(id)).filter(|_| left > 0) {
        left -= 1;
        messages.extend(at(node, "message"));
        next = at(node, "parent").and_then(scalar);
    }
    messages.reverse();
    (!messages.is_empty()).then_some(messages)
}

fn known(fields: &ChatFields<'_>) -> String {
    let mut names: Vec<String> = fields.keys().map(|name| shown(name)).collect();
    names.sort();
    format!("fields found: {}", names.join(", "))
}

#[cfg(test)]
mod tests;
