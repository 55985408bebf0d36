//! Owns what readers report: problems that stop the program, notes that do not, and how a value may be shown in
//! one. Never transcript text.

use std::fmt;

use serde::Serialize;

/// Why an input cannot be used. Sorted by file, then line.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Problem {
    /// The file as the user wrote it, or the source's id.
    pub path: String,
    /// Line, from 1; none for a problem of the whole file.
    pub line: Option<usize>,
    /// What was found and what was expected.
    pub message: String,
    /// The next step, when there is an obvious one.
    pub hint: Option<String>,
}

/// Something a reader did that a person should know of.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Note {
    /// The file as the user wrote it.
    pub path: String,
    /// What was done, counted, with lines.
    pub message: String,
}

/// A score outside the declared scale: always counted and listed, whatever the policy.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct OutOfScaleScore {
    /// The file as the user wrote it.
    pub path: String,
    /// Line, from 1.
    pub line: usize,
    /// The rated unit: a session id in ratings of sessions.
    pub unit: String,
    /// The item.
    pub item: String,
    /// Who rated.
    pub rater: String,
    /// The value found.
    pub value: f64,
    /// True when the policy keeps it in the statistics.
    pub kept: bool,
}

impl Problem {
    /// A problem of one line.
    pub(super) fn at(path: &str, line: usize, message: impl Into<String>) -> Self {
        Self { path: path.to_owned(), line: Some(line), message: message.into(), hint: None }
    }

    /// A problem of a whole file or source.
    pub(super) fn of(path: &str, message: impl Into<String>) -> Self {
        Self { path: path.to_owned(), line: None, message: message.into(), hint: None }
    }

    /// With the next step.
    pub(super) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}:{line}: {}", self.path, self.message),
            None => write!(f, "{}: {}", self.path, self.message),
        }
    }
}

/// Up to ten line numbers for people.
pub fn lines(numbers: &[usize]) -> String {
    const SHOWN: usize = 10;
    let shown: Vec<String> = numbers.iter().take(SHOWN).map(ToString::to_string).collect();
    let word = if numbers.len() == 1 { "line" } else { "lines" };
    match numbers.len().saturating_sub(SHOWN) {
        0 => format!("{word} {}", shown.join(", ")),
        more => format!("{word} {} and {more} more", shown.join(", ")),
    }
}

/// A count with its noun.
pub(super) fn count(number: usize, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

/// A short value in quotes. What could be prose (a column mapped wrongly) is described instead, because transcript
/// text must not reach a message.
pub(super) fn shown(value: &str) -> String {
    let (length, words) = (value.chars().count(), value.split_whitespace().count());
    let short = length <= 24 && words <= 2 || length <= 64 && words <= 1;
    let prose = value.ends_with(['.', '!', '?', ',', ';']) && value.chars().any(char::is_alphabetic);
    if short && !prose { format!("{value:?}") } else { format!("a text of {}", count(length, "character")) }
}

/// Problems that belong to rows, of which the user may have allowed a few to be skipped.
#[derive(Debug)]
pub(super) struct RowProblems {
    path: String,
    allowed: usize,
    rows: Vec<(usize, Vec<Problem>)>,
}

impl RowProblems {
    pub(super) fn new(path: &str, allowed: usize) -> Self {
        Self { path: path.to_owned(), allowed, rows: Vec::new() }
    }

    /// Notes that the row at this line is left out.
    pub(super) fn push(&mut self, line: usize, problems: Vec<Problem>) {
        self.rows.push((line, problems));
    }

    /// One note for each skipped row when there are no more than allowed, else every problem.
    pub(super) fn finish(self) -> Result<Vec<Note>, Vec<Problem>> {
        if self.rows.len() > self.allowed {
            let bad = self.rows.len();
            let mut problems: Vec<Problem> = self.rows.into_iter().flat_map(|(_, found)| found).collect();
            if self.allowed > 0 {
                let message =
                    format!("{} cannot be read, at most {} allowed", count(bad, "row"), self.allowed);
                problems.push(Problem::of(&self.path, message));
            }
            problems.sort();
            return Err(problems);
        }
        let note = |(line, found): (usize, Vec<Problem>)| {
            let why: Vec<String> = found.into_iter().map(|problem| problem.message).collect();
            Note { path: self.path.clone(), message: format!("line {line} skipped: {}", why.join("; ")) }
        };
        Ok(self.rows.into_iter().map(note).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prose_is_described_and_ids_are_shown() {
        assert_eq!(shown("402e12"), "\"402e12\"");
        assert_eq!(shown("Peer Counselor"), "\"Peer Counselor\"");
        assert_eq!(shown("18aaa3_Sky_gemini-3-pro-preview_run1"), "\"18aaa3_Sky_gemini-3-pro-preview_run1\"");
        assert_eq!(shown("Sure."), "a text of 5 characters");
        assert_eq!(shown("I lost my job"), "a text of 13 characters");
    }

    #[test]
    fn long_lists_of_lines_are_cut_and_counted() {
        assert_eq!(lines(&[3]), "line 3");
        assert_eq!(lines(&(1..=12).collect::<Vec<_>>()), "lines 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 and 2 more");
    }
}
