//! Reads a source of recorded sessions: files as text in, sessions or every problem out.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::{
    alike,
    assemble::assemble,
    chat, context, doubled, jsonl,
    problem::{Note, Problem, count, lines, shown},
    redact::Redactor,
    roles::Roles,
    rows::{Contents, Rows},
    selected,
    source::{SessionFormat, SessionSource},
    speaker_text, study, subtitles,
    utterance::{Intake, Raw, Utterance},
};
use crate::domain::{NOT_LOOKED_FOR, RedactionState, Session, SessionId, SourceRedaction};

/// What a source holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionsRead {
    /// Sessions in the order of the files.
    pub sessions: Vec<Session>,
    /// What was dropped, merged or marked.
    pub notes: Vec<Note>,
    /// What counselors are told beside the words, by session.
    pub context: BTreeMap<SessionId, String>,
    /// What became of the identifiers in the text.
    pub redaction: SourceRedaction,
}

/// Files that stand beside a source's own: path as shown to people, and text.
#[derive(Debug, Clone, Default)]
pub struct Beside {
    /// The table of context notes, where the source names one.
    pub notes: Option<(String, String)>,
    /// The table of marked turns, where the source names one.
    pub selected: Option<(String, String)>,
}

/// Reads a source. `files` are path as shown to people, and text, in the order of the source's paths.
///
/// # Errors
/// Everything that is wrong, sorted by file and line.
pub fn read(
    source: &SessionSource,
    files: &[(String, String)],
    beside: &Beside,
) -> Result<SessionsRead, Vec<Problem>> {
    if source.format == SessionFormat::Study {
        return read_as(&study::as_table(source), files, beside);
    }
    read_as(source, files, beside)
}

fn read_as(
    source: &SessionSource,
    files: &[(String, String)],
    beside: &Beside,
) -> Result<SessionsRead, Vec<Problem>> {
    let roles = Roles::new(&source.id, &source.roles)?;
    let mut intake = Intake::new(&roles, &source.only);
    let mut noticed = Vec::new();
    for (file, (path, text)) in files.iter().enumerate() {
        if source.format == SessionFormat::Study {
            match study::check(path, text, &source.table) {
                Ok((problems, notes)) => {
                    intake.problems.extend(problems);
                    noticed.extend(notes);
                }
                Err(problems) => {
                    intake.problems.extend(problems);
                    continue;
                }
            }
        }
        match source.format {
            SessionFormat::Jsonl => jsonl::read(&mut intake, file, path, text, &source.columns),
            SessionFormat::Csv | SessionFormat::Study => {
                if let Err(problems) = read_csv(&mut intake, file, path, text, source) {
                    intake.problems.extend(problems);
                }
            }
            SessionFormat::Text => {
                let policy = source.unknown_labels;
                let lines = speaker_text::lines(text);
                noticed.extend(speaker_text::read(&mut intake, &roles, policy, file, path, &lines));
            }
            SessionFormat::Webvtt | SessionFormat::Srt => match subtitles::lines(path, text) {
                Ok(lines) => {
                    let policy = source.unknown_labels;
                    noticed.extend(speaker_text::read(&mut intake, &roles, policy, file, path, &lines));
                }
                Err(problems) => intake.problems.extend(problems),
            },
            SessionFormat::Chat => {
                noticed.extend(chat::read(&mut intake, file, path, text, &source.columns));
            }
        }
    }
    finish(source, files, beside, intake, noticed)
}

fn finish(
    source: &SessionSource,
    files: &[(String, String)],
    beside: &Beside,
    mut intake: Intake<'_>,
    mut notes: Vec<Note>,
) -> Result<SessionsRead, Vec<Problem>> {
    let paths: Vec<&str> = files.iter().map(|(path, _)| path.as_str()).collect();
    let mut problems = intake.problems();
    for wanted in source.only.iter().filter(|wanted| !intake.seen.contains(*wanted)) {
        problems.push(Problem::of(
            &source.id,
            format!("`only` names session {}, which is not there", shown(wanted)),
        ));
    }
    let blank = intake.blank.iter().map(|(file, at)| Note {
        path: paths.get(*file).copied().unwrap_or_default().to_owned(),
        message: format!("{} without words dropped ({})", count(at.len(), "utterance"), lines(at)),
    });
    notes.extend(blank);
    let halves = intake.halves.iter().map(|(file, at)| Note {
        path: paths.get(*file).copied().unwrap_or_default().to_owned(),
        message: format!(
            "{} with half of a character (an unpaired surrogate, as of an emoji that was cut): U+FFFD stands for it ({})",
            count(at.len(), "message"),
            lines(at)
        ),
    });
    notes.extend(halves);
    problems.extend(look_alike(source, &paths, &intake.utterances));
    notes.extend(doubled::notes(&paths, &intake.utterances));
    let mut of_sessions = Vec::new();
    let (mut sessions, changed) = assemble(source, &paths, intake.utterances, &mut of_sessions);
    let follows = |problem: &Problem| {
        let lacks =
            |session: &String| problem.message.starts_with(&format!("session {} has no ", shown(session)));
        intake.broken.iter().any(lacks)
    };
    problems.extend(of_sessions.into_iter().filter(|problem| !follows(problem)));
    notes.extend(changed);
    if let Some((path, text)) = &beside.selected {
        problems.extend(selected::apply(&mut sessions, path, text, &source.table, &source.only));
    }
    let mut context = told(source, beside, &sessions, &mut notes, &mut problems);
    let redaction = redact(source, &mut sessions, &mut context, &mut problems);
    notes.extend(redaction_note(&redaction));
    notes.sort();
    if sessions.is_empty() && problems.is_empty() {
        problems.push(Problem::of(&source.id, "no session in this source"));
    }
    if problems.is_empty() {
        return Ok(SessionsRead { sessions, notes, context, redaction });
    }
    problems.sort();
    Err(problems)
}

/// Session ids that look alike: rows of one session that would be two.
fn look_alike(source: &SessionSource, paths: &[&str], utterances: &[Utterance]) -> Option<Problem> {
    let mut first: HashMap<&str, usize> = HashMap::new();
    for utterance in utterances {
        first.entry(&utterance.session).or_insert(utterance.line);
    }
    let mut ids: Vec<(&str, usize)> = first.into_iter().collect();
    ids.sort_by_key(|(id, line)| (*line, *id));
    let path = paths.first().filter(|_| paths.len() == 1).copied().unwrap_or(source.id.as_str());
    alike::problem(
        path,
        "session",
        ids,
        "if two are one, write them alike in the file; if not, give one another name",
    )
}

/// Context notes by session.
fn told(
    source: &SessionSource,
    beside: &Beside,
    sessions: &[Session],
    notes: &mut Vec<Note>,
    problems: &mut Vec<Problem>,
) -> BTreeMap<SessionId, String> {
    let (Some(spec), Some((path, text))) = (&source.notes, &beside.notes) else { return BTreeMap::new() };
    let ids: BTreeSet<SessionId> = sessions.iter().map(|session| session.id.clone()).collect();
    match context::read(source, spec, path, text, &ids) {
        Ok((found, others)) => {
            let message = context::unused(others);
            notes.extend(message.map(|message| Note { path: path.clone(), message }));
            found
        }
        Err(found) => {
            problems.extend(found);
            BTreeMap::new()
        }
    }
}

/// Takes identifiers out of every turn and note; from here on nothing sees the text as it was.
fn redact(
    source: &SessionSource,
    sessions: &mut [Session],
    context: &mut BTreeMap<SessionId, String>,
    problems: &mut Vec<Problem>,
) -> SourceRedaction {
    let state = if source.redacted { RedactionState::Declared } else { RedactionState::Undeclared };
    let untouched = SourceRedaction::untouched(&source.id, state);
    let Some(spec) = &source.redact else { return untouched };
    let mut redactor = match Redactor::new(spec, &source.provenance.language) {
        Ok(redactor) => redactor,
        Err(number) => {
            let message = format!("id pattern {number} of `redact` is not a regular expression");
            problems.push(Problem::of(&source.id, message));
            return untouched;
        }
    };
    for turn in sessions.iter().flat_map(|session| &session.turns) {
        redactor.reserve(&turn.text);
    }
    for told in context.values() {
        redactor.reserve(told);
    }
    for (number, session) in (1..).zip(sessions.iter_mut()) {
        if redactor.names_someone(session.id.as_str()) {
            let message =
                format!("the id of session {number} holds a name or an address, and ids are not redacted");
            problems.push(Problem::of(&source.id, message).hint("give the session an id that says nothing"));
        }
        for turn in &mut session.turns {
            turn.text = redactor.apply(&turn.text);
        }
    }
    for told in context.values_mut() {
        *told = redactor.apply(told);
    }
    redactor.report(&source.id)
}

/// Counts by kind, never the text.
fn redaction_note(redaction: &SourceRedaction) -> Option<Note> {
    let of_kind =
        |n: &crate::domain::RedactionCount| format!("{} {} ({} different)", n.found, n.kind, n.different);
    let found: Vec<String> = redaction.counts.iter().filter(|n| n.found > 0).map(of_kind).collect();
    let what = match (redaction.state, found.is_empty()) {
        (RedactionState::AtLoad, true) => "redacted at load: nothing found".to_owned(),
        (RedactionState::AtLoad, false) => format!("redacted at load: {}", found.join(", ")),
        (RedactionState::Declared | RedactionState::Undeclared, _) => return None,
    };
    let message = format!("{what}; not looked for: {}", NOT_LOOKED_FOR.join(", "));
    Some(Note { path: redaction.source.clone(), message })
}

fn read_csv(
    intake: &mut Intake<'_>,
    file: usize,
    path: &str,
    text: &str,
    source: &SessionSource,
) -> Result<(), Vec<Problem>> {
    let mut rows =
        Rows::open(path, text, &source.table, Contents::Speech).map_err(|problem| vec![problem])?;
    let names = &source.columns;
    let mut finder = rows.finder();
    let mut column = |name: &str| finder.column(name);
    let (session, speaker, words) = (column(&names.session), column(&names.speaker), column(&names.text));
    let [order, time, selected] =
        [&names.order, &names.time, &names.selected].map(|name| name.as_deref().map(&mut column));
    let problems = finder.problems();
    if !problems.is_empty() {
        return Err(problems);
    }
    while let Some(row) = rows.next() {
        let row = match row {
            Ok(row) => row,
            Err((_, problem)) => {
                intake.problems.push(problem);
                continue;
            }
        };
        if row.field(session).trim().is_empty() {
            intake.problems.push(Problem::at(path, row.line, "the session id is empty"));
            continue;
        }
        let raw = Raw {
            line: row.line,
            session: row.field(session),
            label: row.field(speaker),
            text: row.field(words),
            order: order.map(|column| row.field(column)),
            time: time.map(|column| row.field(column)),
            selected: selected.map(|column| row.field(column)),
        };
        intake.take(file, path, &raw);
    }
    Ok(())
}

#[cfg(test)]
mod tests;
