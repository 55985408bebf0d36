//! Owns reading a source of recorded sessions: files as text in, sessions or every problem out.

use super::{
    assemble::assemble,
    jsonl,
    problem::{Note, Problem, count, lines, shown},
    roles::Roles,
    rows::Rows,
    source::{SessionFormat, SessionSource},
    speaker_text,
    utterance::{Intake, Raw},
};
use crate::domain::Session;

/// What a source holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionsRead {
    /// Sessions in the order of the files.
    pub sessions: Vec<Session>,
    /// What was dropped, merged or marked.
    pub notes: Vec<Note>,
}

/// Reads a source. `files` are path as shown to people, and text, in the order of the source's paths.
///
/// # Errors
/// Everything that is wrong, sorted by file and line.
pub fn read(source: &SessionSource, files: &[(String, String)]) -> Result<SessionsRead, Vec<Problem>> {
    let roles = Roles::new(&source.id, &source.roles)?;
    let mut intake = Intake::new(&roles, &source.only);
    for (file, (path, text)) in files.iter().enumerate() {
        match source.format {
            SessionFormat::Jsonl => jsonl::read(&mut intake, file, path, text, &source.columns),
            SessionFormat::Csv => {
                if let Err(problems) = read_csv(&mut intake, file, path, text, source) {
                    intake.problems.extend(problems);
                }
            }
            SessionFormat::Text => speaker_text::read(&mut intake, &roles, file, path, text),
        }
    }
    finish(source, files, intake)
}

fn finish(
    source: &SessionSource,
    files: &[(String, String)],
    mut intake: Intake<'_>,
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
    let mut notes: Vec<Note> = blank.collect();
    let (sessions, changed) = assemble(source, &paths, intake.utterances, &mut problems);
    notes.extend(changed);
    notes.sort();
    if sessions.is_empty() && problems.is_empty() {
        problems.push(Problem::of(&source.id, "no session in this source"));
    }
    if problems.is_empty() {
        return Ok(SessionsRead { sessions, notes });
    }
    problems.sort();
    Err(problems)
}

fn read_csv(
    intake: &mut Intake<'_>,
    file: usize,
    path: &str,
    text: &str,
    source: &SessionSource,
) -> Result<(), Vec<Problem>> {
    let mut rows = Rows::open(path, text, source.table.delimiter).map_err(|problem| vec![problem])?;
    let names = &source.columns;
    let found: Vec<Result<usize, Problem>> =
        [Some(&names.session), Some(&names.speaker), Some(&names.text), names.order.as_ref()]
            .into_iter()
            .flatten()
            .map(|name| rows.column(name))
            .collect();
    let problems: Vec<Problem> = found.iter().filter_map(|column| column.clone().err()).collect();
    let columns: Vec<usize> = found.into_iter().flatten().collect();
    let [session, speaker, words, ref order @ ..] = columns[..] else { return Err(problems) };
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
            order: order.first().map(|column| row.field(*column)),
        };
        intake.take(file, path, &raw);
    }
    Ok(())
}

#[cfg(test)]
mod tests;
