//! Reads a session from speaker text: only a label of the role map starts a turn, every other line continues
//! the turn before it.

use std::borrow::Cow;

use super::{
    problem::{Note, Problem},
    roles::Roles,
    rows::{unix_lines, without_bom},
    source::UnknownLabels,
    strange_lines::StrangeLines,
    utterance::{Intake, Utterance},
};
use crate::domain::Speaker;

/// A line of a file that somebody may have said.
#[derive(Debug)]
pub(super) struct Line<'l> {
    /// From 1.
    pub(super) number: usize,
    pub(super) text: Cow<'l, str>,
    /// The speaker, where the format names one beside the words.
    pub(super) voice: Option<String>,
    /// When it was said, in milliseconds.
    pub(super) time: Option<i64>,
}

/// The lines of a text file.
pub(super) fn lines(text: &str) -> Vec<Line<'static>> {
    let text = unix_lines(without_bom(text));
    let line = |(number, line): (usize, &str)| {
        let text = Cow::Owned(line.to_owned());
        Line { number, text, voice: None, time: None }
    };
    (1..).zip(text.split('\n')).map(line).collect()
}

/// A turn while its lines are read.
struct Open<'l> {
    line: usize,
    speaker: Speaker,
    words: Vec<&'l str>,
    time: Option<i64>,
}

/// Reads one file, which is one session, into the intake. Tells of lines that may be no speech.
pub(super) fn read(
    intake: &mut Intake<'_>,
    roles: &Roles,
    policy: UnknownLabels,
    file: usize,
    path: &str,
    lines: &[Line<'_>],
) -> Vec<Note> {
    let session = stem(path);
    if session.trim().is_empty() {
        intake.problems.push(Problem::of(path, "the file name gives no session id"));
        return Vec::new();
    }
    if !intake.wants(session) {
        return Vec::new();
    }
    let mut turn: Option<Open<'_>> = None;
    let (mut stray, mut strange) = (None, StrangeLines::default());
    for Line { number, text, voice, time } in lines {
        let start = match voice {
            None => roles.heading(text),
            Some(voice) => {
                let Some(speaker) = roles.speaker(voice) else {
                    intake.unknown(path, voice, *number);
                    continue;
                };
                Some((speaker, text.as_ref()))
            }
        };
        match (start, &mut turn) {
            (Some((speaker, words)), _) => {
                let next = Open { line: *number, speaker, words: vec![words], time: *time };
                keep(intake, file, session, turn.replace(next));
            }
            (None, Some(open)) => {
                strange.look(roles, *number, text);
                open.words.push(text);
            }
            (None, None) if text.trim().is_empty() => {}
            (None, None) => stray = stray.or(Some(*number)),
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

fn keep(intake: &mut Intake<'_>, file: usize, session: &str, turn: Option<Open<'_>>) {
    let Some(Open { line, speaker, mut words, time }) = turn else { return };
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
        time,
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
