//! Reads a session from speaker text: only a label of the role map starts a turn, every other line continues
//! the turn before it.

use super::{
    problem::{Note, Problem},
    roles::Roles,
    rows::{unix_lines, without_bom},
    source::UnknownLabels,
    strange_lines::StrangeLines,
    utterance::{Intake, Utterance},
};
use crate::domain::Speaker;

/// Reads one file, which is one session, into the intake.
/// Tells of lines that may be no speech.
pub(super) fn read(
    intake: &mut Intake<'_>,
    roles: &Roles,
    policy: UnknownLabels,
    file: usize,
    path: &str,
    text: &str,
) -> Vec<Note> {
    let session = stem(path);
    if session.trim().is_empty() {
        intake.problems.push(Problem::of(path, "the file name gives no session id"));
        return Vec::new();
    }
    if !intake.wants(session) {
        return Vec::new();
    }
    let text = unix_lines(without_bom(text));
    let mut turn: Option<(usize, Speaker, Vec<&str>)> = None;
    let (mut stray, mut strange) = (None, StrangeLines::default());
    for (index, line) in text.split('\n').enumerate() {
        match (roles.heading(line), &mut turn) {
            (Some((speaker, words)), _) => {
                keep(intake, file, session, turn.replace((index + 1, speaker, vec![words])));
            }
            (None, Some((_, _, words))) => {
                strange.look(roles, index + 1, line);
                words.push(line);
            }
            (None, None) if line.trim().is_empty() => {}
            (None, None) => stray = stray.or(Some(index + 1)),
        }
    }
    if let Some(line) = stray {
        let message = format!("text before the first speaker label; labels known: {}", roles.known());
        intake.problems.push(Problem::at(path, line, message));
    }
    keep(intake, file, session, turn);
    let (problems, notes) = strange.told(path, policy);
    intake.problems.extend(problems);
    notes
}

fn keep(intake: &mut Intake<'_>, file: usize, session: &str, turn: Option<(usize, Speaker, Vec<&str>)>) {
    let Some((line, speaker, mut words)) = turn else { return };
    while words.last().is_some_and(|last| last.trim().is_empty()) {
        words.pop();
    }
    let text = words.join("\n");
    // A label alone on its line: the words start on the next one.
    let text = text.strip_prefix('\n').unwrap_or(&text).to_owned();
    intake.keep(Utterance {
        file,
        line,
        session: session.to_owned(),
        speaker,
        text,
        order: None,
        time: None,
        selected: false,
    });
}

/// The file name without its folder and last extension.
pub(super) fn stem(path: &str) -> &str {
    let name = path.rsplit(['/', '\\']).next().unwrap_or(path);
    match name.rsplit_once('.') {
        Some((stem, _)) if !stem.is_empty() => stem,
        _ => name,
    }
}
