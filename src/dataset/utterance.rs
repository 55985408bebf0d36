//! An utterance: one row, message or labelled block of a source, before bubbles are merged, and what was
//! noticed while reading them.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::{
    cell::whole,
    problem::{Problem, count, lines, shown},
    roles::Roles,
    rows::unix_lines,
    selected, timestamp,
};
use crate::domain::Speaker;

/// One thing said, as the source has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Utterance {
    /// Which file of the source.
    pub(super) file: usize,
    /// Line, from 1.
    pub(super) line: usize,
    /// Session id as written.
    pub(super) session: String,
    /// Who speaks.
    pub(super) speaker: Speaker,
    /// The words; line ends are `\n`.
    pub(super) text: String,
    /// Declared position in the session.
    pub(super) order: Option<i64>,
    /// When it was said, in milliseconds.
    pub(super) time: Option<i64>,
    /// Marked by a person.
    pub(super) selected: bool,
}

/// The fields of an utterance as text, before they are checked.
pub(super) struct Raw<'r> {
    pub(super) line: usize,
    pub(super) session: &'r str,
    pub(super) label: &'r str,
    pub(super) text: &'r str,
    pub(super) order: Option<&'r str>,
    pub(super) time: Option<&'r str>,
    pub(super) selected: Option<&'r str>,
}

/// Collects the utterances of a source and what is wrong with its rows.
pub(super) struct Intake<'s> {
    roles: &'s Roles,
    only: HashSet<&'s str>,
    /// What was read, in order of the files.
    pub(super) utterances: Vec<Utterance>,
    /// Ids met, selected or not.
    pub(super) seen: BTreeSet<String>,
    /// Lines of utterances without words, by file.
    pub(super) blank: BTreeMap<usize, Vec<usize>>,
    /// Lines with half of a character, by file.
    pub(super) halves: BTreeMap<usize, Vec<usize>>,
    /// Sessions of which a row could not be read: that they lack a turn may only follow from it.
    pub(super) broken: BTreeSet<String>,
    /// Everything wrong so far.
    pub(super) problems: Vec<Problem>,
    /// Lines of labels that the role map does not have, by file and label.
    labels: BTreeMap<(String, String), Vec<usize>>,
}

impl<'s> Intake<'s> {
    pub(super) fn new(roles: &'s Roles, only: &'s [String]) -> Self {
        Self {
            roles,
            only: only.iter().map(String::as_str).collect(),
            utterances: Vec::new(),
            seen: BTreeSet::new(),
            blank: BTreeMap::new(),
            halves: BTreeMap::new(),
            broken: BTreeSet::new(),
            problems: Vec::new(),
            labels: BTreeMap::new(),
        }
    }

    /// True when the session is among those asked for.
    pub(super) fn wants(&mut self, session: &str) -> bool {
        if !self.seen.contains(session) {
            self.seen.insert(session.to_owned());
        }
        self.only.is_empty() || self.only.contains(session)
    }

    /// Checks the fields of one row or message and keeps it when they are sound.
    pub(super) fn take(&mut self, file: usize, path: &str, raw: &Raw<'_>) {
        if !self.wants(raw.session) {
            return;
        }
        let order = match raw.order.map(whole) {
            None => None,
            Some(Some(order)) => Some(order),
            Some(None) => {
                let found = shown(raw.order.unwrap_or_default());
                let message = format!("order {found} is not a whole number");
                self.refuse(raw, Problem::at(path, raw.line, message));
                return;
            }
        };
        let time = match raw.time.filter(|text| !text.trim().is_empty()).map(timestamp::parse).transpose() {
            Ok(time) => time,
            Err(error) => {
                self.refuse(raw, Problem::at(path, raw.line, format!("time: {error}")));
                return;
            }
        };
        let Some(selected) = selected::mark(raw.selected.unwrap_or_default()) else {
            let message = format!("mark {} is not one", shown(raw.selected.unwrap_or_default()));
            self.refuse(raw, Problem::at(path, raw.line, message).hint("write true or false"));
            return;
        };
        let Some(speaker) = self.roles.speaker(raw.label) else {
            self.broken.insert(raw.session.to_owned());
            return self.unknown(path, raw.label, raw.line);
        };
        self.keep(Utterance {
            file,
            line: raw.line,
            session: raw.session.to_owned(),
            speaker,
            text: unix_lines(raw.text),
            order,
            time,
            selected,
        });
    }

    fn refuse(&mut self, raw: &Raw<'_>, problem: Problem) {
        self.broken.insert(raw.session.to_owned());
        self.problems.push(problem);
    }

    /// Keeps the line of a label that the role map does not have.
    pub(super) fn unknown(&mut self, path: &str, label: &str, line: usize) {
        self.labels.entry((path.to_owned(), shown(label))).or_default().push(line);
    }

    /// True for a label of the role map.
    pub(super) fn knows(&self, label: &str) -> bool {
        self.roles.speaker(label).is_some()
    }

    /// Keeps an utterance, or its line when it has no words.
    pub(super) fn keep(&mut self, utterance: Utterance) {
        if utterance.text.trim().is_empty() {
            self.blank.entry(utterance.file).or_default().push(utterance.line);
        } else {
            self.utterances.push(utterance);
        }
    }

    /// All problems; an unknown label is one problem, however often it is used.
    pub(super) fn problems(&mut self) -> Vec<Problem> {
        let mut problems = std::mem::take(&mut self.problems);
        for ((path, label), found) in std::mem::take(&mut self.labels) {
            let first = found.first().copied().unwrap_or(1);
            let more = match found.len() {
                0 | 1 => String::new(),
                n => format!(", used by {} ({})", count(n, "utterance"), lines(&found)),
            };
            let known = self.roles.known();
            let message = format!("speaker {label} is not in the role map{more}; labels known: {known}");
            problems.push(Problem::at(&path, first, message).hint("add it under `roles`"));
        }
        problems
    }
}
