//! What readers report: problems that stop the program, notes that do not, and how a value may be shown in
//! one. Never transcript text.

use std::{collections::BTreeMap, fmt};

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

/// A name or value of a ratings or review table in quotes: names of columns, raters, items, units, scores and statuses are
/// no transcript. Only what is long enough to be a sentence (a column mapped wrongly) is described instead.
pub(super) fn name(value: &str) -> String {
    const LONGEST: usize = 40;
    let length = value.chars().count();
    if length <= LONGEST || value.split_whitespace().count() <= 1 && length <= 2 * LONGEST {
        format!("{value:?}")
    } else {
        format!("a text of {}", count(length, "character"))
    }
}

/// The same problem in many places is one: the first stands for all, with their number and the next places. Problems of
/// one cause have the same words but for values in quotation marks and numbers.
pub fn by_cause(problems: &[Problem]) -> Vec<Problem> {
    /// So many are still told one by one, each with its values.
    const SINGLY: usize = 3;
    let mut groups: BTreeMap<(&str, String, Option<String>), Vec<usize>> = BTreeMap::new();
    for (index, problem) in problems.iter().enumerate() {
        let cause =
            (problem.path.as_str(), words_alone(&problem.message), problem.hint.as_deref().map(words_alone));
        groups.entry(cause).or_default().push(index);
    }
    let mut kept: Vec<(usize, Problem)> = Vec::new();
    for of_cause in groups.into_values() {
        if of_cause.len() <= SINGLY {
            kept.extend(of_cause.into_iter().map(|index| (index, problems[index].clone())));
            continue;
        }
        let first = &problems[of_cause[0]];
        let next: Vec<String> = of_cause[1..]
            .iter()
            .filter_map(|index| problems[*index].line)
            .take(2)
            .map(|l| l.to_string())
            .collect();
        let places =
            if next.is_empty() { String::new() } else { format!(", next on lines {}", next.join(" and ")) };
        let others = other_values(of_cause.iter().map(|index| problems[*index].message.as_str()));
        let message = format!("{} ({} times{places}{others})", first.message, of_cause.len());
        kept.push((of_cause[0], Problem { message, ..first.clone() }));
    }
    kept.sort_by_key(|(index, _)| *index);
    kept.into_iter().map(|(_, problem)| problem).collect()
}

/// What the messages of one cause name first, beside what the first one names.
fn other_values<'m>(messages: impl Iterator<Item = &'m str>) -> String {
    const SHOWN: usize = 10;
    let mut values: Vec<&str> = Vec::new();
    for value in messages.filter_map(first_value) {
        if values.len() <= SHOWN + 1 && !values.contains(&value) {
            values.push(value);
        }
    }
    let named: Vec<String> = values.iter().skip(1).take(SHOWN).map(|value| format!("\"{value}\"")).collect();
    let more = if values.len() > SHOWN + 1 { " and more" } else { "" };
    if named.is_empty() { String::new() } else { format!("; also {}{more}", named.join(", ")) }
}

/// What stands in the first quotation marks.
fn first_value(message: &str) -> Option<&str> {
    let (_, rest) = message.split_once('"')?;
    let mut escaped = false;
    let end = rest.char_indices().find(|(_, c)| {
        let ends = *c == '"' && !escaped;
        escaped = *c == '\\' && !escaped;
        ends
    });
    end.map(|(at, _)| &rest[..at])
}

/// A message without the values in it.
fn words_alone(message: &str) -> String {
    let mut words = String::new();
    let mut characters = message.chars();
    while let Some(c) = characters.next() {
        match c {
            '"' => {
                words.push('"');
                let mut escaped = false;
                for inside in characters.by_ref() {
                    if inside == '"' && !escaped {
                        break;
                    }
                    escaped = inside == '\\' && !escaped;
                }
            }
            c if c.is_ascii_digit() => {}
            c => words.push(c),
        }
    }
    words
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
    fn names_of_ratings_tables_are_shown_and_sentences_are_described() {
        assert_eq!(name("Dr. Anna Weiß"), "\"Dr. Anna Weiß\"");
        assert_eq!(name("P1 "), "\"P1 \"");
        assert_eq!(name("I keep counting the stairs on my way to work."), "a text of 45 characters");
    }

    #[test]
    fn one_cause_is_one_problem_with_its_number_and_first_places() {
        let of = |line: usize, message: &str| Problem::at("r.csv", line, message);
        let many: Vec<Problem> = (2..=9)
            .map(|line| {
                of(line, &format!("unit \"s{line} \\\"x\\\"\" is already rated on line {}", line - 1))
            })
            .chain([of(10, "score \"x\" is not a number")])
            .collect();
        let said: Vec<String> = by_cause(&many).iter().map(ToString::to_string).collect();
        assert_eq!(
            said,
            [
                "r.csv:2: unit \"s2 \\\"x\\\"\" is already rated on line 1 (8 times, next on lines 3 and 4; \
                 also \"s3 \\\"x\\\"\", \"s4 \\\"x\\\"\", \"s5 \\\"x\\\"\", \"s6 \\\"x\\\"\", \"s7 \\\"x\\\"\", \
                 \"s8 \\\"x\\\"\", \"s9 \\\"x\\\"\")",
                "r.csv:10: score \"x\" is not a number"
            ]
        );
        assert_eq!(by_cause(&many[..3]), many[..3], "a few are told one by one");
    }

    #[test]
    fn long_lists_of_lines_are_cut_and_counted() {
        assert_eq!(lines(&[3]), "line 3");
        assert_eq!(lines(&(1..=12).collect::<Vec<_>>()), "lines 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 and 2 more");
    }
}
