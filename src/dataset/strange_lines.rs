//! Lines of speaker text that may be no speech: labels that the role map does not have, labels without their
//! colon, times and numbers of subtitles. They are read as words of the turn before, and a person is told where.

use std::collections::BTreeMap;

use super::{
    problem::{Note, Problem, lines},
    roles::{Roles, after_colon, is_colon},
    source::UnknownLabels,
};

/// A label is no longer than this.
const LONGEST_LABEL: usize = 30;
const MOST_WORDS: usize = 3;

/// The lines of one file that look like something else than speech.
#[derive(Debug, Default)]
pub(super) struct StrangeLines {
    /// By the label in lower case: where a line starts with one that the role map does not have.
    undeclared: BTreeMap<String, Vec<usize>>,
    /// Labels that are sure to be some: with a capital, or nearly one of the map.
    sure: Vec<usize>,
    /// One or two letters from a label of the map.
    misspelt: BTreeMap<String, Vec<usize>>,
    /// A label of the map without a colon after it.
    bare: Vec<usize>,
    /// Only digits, or only a time.
    numbers: Vec<usize>,
    /// Times of a subtitle file.
    cues: Vec<usize>,
}

impl StrangeLines {
    /// Looks at a line that starts no turn.
    pub(super) fn look(&mut self, roles: &Roles, number: usize, line: &str) {
        let line = line.trim();
        if line.contains("-->") && line.starts_with(|c: char| c.is_ascii_digit()) {
            self.cues.push(number);
        } else if is_number_or_time(line) {
            self.numbers.push(number);
        } else if roles.starts_without_colon(line) {
            self.bare.push(number);
        } else if let Some(label) = label(line) {
            if let Some(known) = roles.nearest(label) {
                self.misspelt.entry(known.to_owned()).or_default().push(number);
            } else {
                if label.split_whitespace().all(starts_like_a_name) {
                    self.sure.push(number);
                }
                self.undeclared.entry(label.to_lowercase()).or_default().push(number);
            }
        }
    }

    /// What is told of a file: remarks, or problems where these lines are refused. Times of subtitles are always.
    pub(super) fn told(self, path: &str, policy: UnknownLabels) -> (Vec<Problem>, Vec<Note>) {
        let mut said = Vec::new();
        let recurring = self.undeclared.into_values().filter(|found| found.len() > 1).flatten();
        let mut undeclared: Vec<usize> = recurring.chain(self.sure).collect();
        undeclared.sort_unstable();
        undeclared.dedup();
        if !undeclared.is_empty() {
            said.push((undeclared, "start like a speaker label that the role map does not have".to_owned()));
        }
        for (known, found) in self.misspelt {
            said.push((found, format!("start with nearly the label {known:?}")));
        }
        if !self.bare.is_empty() {
            said.push((self.bare, "start with a label of the role map and no colon".to_owned()));
        }
        if !self.numbers.is_empty() {
            said.push((self.numbers, "hold nothing but a number or a time".to_owned()));
        }
        let mut problems = Vec::new();
        let mut notes = Vec::new();
        for (found, what) in said {
            let what = format!("{} {}", lines(&found), singular(&found, &what));
            if policy == UnknownLabels::Refuse {
                let hint =
                    "name the label under `roles`, mend the line, or allow it with `unknown_labels: remark`";
                problems.push(Problem::at(path, found[0], what).hint(hint));
            } else {
                let message = format!("{what}; read as words of the turn before");
                notes.push(Note { path: path.to_owned(), message });
            }
        }
        if let Some(first) = self.cues.first() {
            let message = format!("{} the times of a subtitle file", singular_verb(&self.cues, "hold"));
            let message = format!("{} {message}, which nobody said", lines(&self.cues));
            let hint = "write `format: webvtt` or `format: srt`, which read such files with their speakers";
            problems.push(Problem::at(path, *first, message).hint(hint));
        }
        (problems, notes)
    }
}

fn singular_verb(found: &[usize], verb: &str) -> String {
    if found.len() == 1 { format!("{verb}s") } else { verb.to_owned() }
}

/// A sentence that begins with a verb, for one line or several.
fn singular(found: &[usize], what: &str) -> String {
    match what.split_once(' ') {
        Some((verb, rest)) => format!("{} {rest}", singular_verb(found, verb)),
        None => what.to_owned(),
    }
}

/// `12`, `00:01:02`, `[10:30]`.
fn is_number_or_time(line: &str) -> bool {
    let bare = line.trim_matches(['[', ']', '(', ')', ' ']);
    let digits = bare.chars().any(|c| c.is_ascii_digit());
    // A number that is said is rarely longer than two figures and alone on its line; a cue's number may be.
    digits && bare.chars().all(|c| c.is_ascii_digit() || matches!(c, ':' | '.' | ','))
}

/// What stands before the first colon where that may be a label.
fn label(line: &str) -> Option<&str> {
    let at = line.find(is_colon)?;
    let label = line[..at].trim_matches(['*', '_', '#', ' ', '\t', '>', '-']);
    let fits = label.starts_with(char::is_alphabetic)
        && label.chars().count() <= LONGEST_LABEL
        && label.split_whitespace().count() <= MOST_WORDS
        && label.chars().all(|c| {
            c.is_alphanumeric() || matches!(c, ' ' | '.' | '-' | '\'' | '\u{2019}' | '(' | ')' | '/' | '_')
        });
    // An address goes on with slashes.
    (fits && !after_colon(line, at).starts_with("//")).then_some(label)
}

fn starts_like_a_name(word: &str) -> bool {
    word.chars().find(|c| c.is_alphanumeric()).is_some_and(|c| !c.is_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::source::RoleMap;

    fn told(text: &str, policy: UnknownLabels) -> (Vec<Problem>, Vec<String>) {
        let map = RoleMap { client: vec!["Client".into()], counselor: vec!["Therapist".into()] };
        let roles = Roles::new("s", &map).expect("two labels");
        let mut strange = StrangeLines::default();
        for (number, line) in (1..).zip(text.lines()) {
            strange.look(&roles, number, line);
        }
        let (problems, notes) = strange.told("s.txt", policy);
        (problems, notes.into_iter().map(|note| note.message).collect())
    }

    #[test]
    fn lines_that_look_like_labels_are_told_with_their_numbers_and_without_their_words() {
        let text = "Mother: no\nTheripist: why\nClient - yes\n12\nand then: this\nhttp://x.example\nso it goes\n[00:12]\nthe one: a\nthe one: b";
        let (problems, notes) = told(text, UnknownLabels::Remark);
        assert!(problems.is_empty());
        insta::assert_snapshot!(notes.join("\n"), @r#"
        lines 1, 9, 10 start like a speaker label that the role map does not have; read as words of the turn before
        line 2 starts with nearly the label "Therapist"; read as words of the turn before
        line 3 starts with a label of the role map and no colon; read as words of the turn before
        lines 4, 8 hold nothing but a number or a time; read as words of the turn before
        "#);
        let (problems, notes) = told(text, UnknownLabels::Refuse);
        assert_eq!((problems.len(), notes.len()), (4, 0));
    }

    #[test]
    fn times_of_subtitles_are_refused_under_either_policy() {
        let (problems, _) = told("00:00:01.000 --> 00:00:02.000", UnknownLabels::Remark);
        assert_eq!(problems[0].line, Some(1));
        assert!(problems[0].hint.as_deref().is_some_and(|hint| hint.contains("format: webvtt")));
    }
}
