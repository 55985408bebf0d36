//! The one reader of delimited text: a header, rows of its length, true line numbers. Rows without a single value are no
//! rows.

use std::collections::HashMap;

use super::{
    alike,
    problem::{Note, Problem, count, lines, name, shown},
    source::{QuoteRule, TableOptions},
};
pub(super) use crate::dataset::rows::contents::Contents;
use crate::domain::table::unmarked;

mod boundaries;

/// A delimited text, open at its first row.
pub(super) struct Rows<'t> {
    path: String,
    /// The text from its header on.
    text: &'t str,
    /// Lines before the header.
    above: usize,
    delimiter: char,
    contents: Contents,
    reader: csv::Reader<&'t [u8]>,
    record: csv::StringRecord,
    /// The columns in order.
    pub(super) header: Vec<String>,
    /// Line of the header.
    pub(super) header_line: usize,
    skip: u32,
    /// Lines on which a field begins that runs over several.
    long: Vec<usize>,
}

/// One row.
pub(super) struct InputRow<'r> {
    /// Line of its first field, from 1.
    pub(super) line: usize,
    record: &'r csv::StringRecord,
}

impl InputRow<'_> {
    /// The field in this column; rows are as long as the header, from which columns come.
    pub(super) fn field(&self, column: usize) -> &str {
        self.record.get(column).unwrap_or_default()
    }

    /// The id in this column, without the mark that our own tables put before what a spreadsheet would run.
    pub(super) fn id(&self, column: usize) -> &str {
        unmarked(self.field(column))
    }
}

impl<'t> Rows<'t> {
    /// Reads the header. A table whose quotation marks do not enclose whole fields is refused here, before any row.
    pub(super) fn open(
        path: &str,
        text: &'t str,
        options: &TableOptions,
        contents: Contents,
    ) -> Result<Self, Problem> {
        let delimiter = options.delimiter;
        let byte =
            u8::try_from(delimiter).ok().filter(|b| b.is_ascii() && !matches!(b, b'"' | b'\n' | b'\r'));
        let byte = byte.ok_or_else(|| {
            Problem::of(path, format!("{delimiter:?} cannot be a delimiter: expected one ASCII character"))
        })?;
        let (text, above) = below(path, without_bom(text), options)?;
        let wrong = boundaries::check(path, text, above + 1, byte, options.quote, contents);
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(byte)
            .quoting(options.quote != QuoteRule::None)
            .escape((options.quote == QuoteRule::Backslash).then_some(b'\\'))
            .double_quote(options.quote == QuoteRule::Double)
            .has_headers(false)
            .flexible(true)
            .from_reader(text.as_bytes());
        let mut record = csv::StringRecord::new();
        let header = loop {
            match reader.read_record(&mut record) {
                Ok(true) if options.header_row.is_none() && is_blank(&record) => {}
                Ok(true) => break record.iter().map(str::to_owned).collect::<Vec<String>>(),
                Ok(false) => return Err(Problem::of(path, "the file is empty: expected a header row")),
                Err(_) => return Err(Problem::of(path, "the header row cannot be read")),
            }
        };
        let header_line = record.position().map_or(1, |position| line_of(position, text)) + above;
        let rows = Self {
            path: path.to_owned(),
            text,
            above,
            delimiter,
            contents,
            reader,
            record,
            header,
            header_line,
            skip: options.skip_rows,
            long: Vec::new(),
        };
        match wrong {
            // A wrong delimiter is the cause, and marks out of place only follow from it.
            Some(problem) => Err(rows.other_delimiter(None).map_or(problem, |found| {
                Problem::at(path, rows.header_line, "the header row has one column")
                    .hint(delimiter_hint(found))
            })),
            None => Ok(rows),
        }
    }

    /// Looks for columns by name.
    pub(super) fn finder(&self) -> ColumnFinder<'_, 't> {
        ColumnFinder { rows: self, wanted: Vec::new(), absent: Vec::new(), problems: Vec::new() }
    }

    /// The position of a column that is there once.
    pub(super) fn position(&self, column: &str) -> Option<usize> {
        let mut found = self.header.iter().enumerate().filter(|(_, name)| *name == column);
        found.next().filter(|_| found.next().is_none()).map(|(index, _)| index)
    }

    /// A value as it may stand in a message.
    pub(super) fn shown(&self, value: &str) -> String {
        match self.contents {
            Contents::Speech => shown(value),
            Contents::Names => name(value),
        }
    }

    /// The next row, or the problem of a row whose length differs from the header's.
    pub(super) fn next(&mut self) -> Option<Result<InputRow<'_>, (usize, Problem)>> {
        loop {
            match self.reader.read_record(&mut self.record) {
                Ok(false) => return None,
                Ok(true) if self.skip > 0 => self.skip -= 1,
                Ok(true) if is_blank(&self.record) => {}
                Ok(true) => break,
                Err(_) => {
                    let line = self.header_line;
                    return Some(Err((line, Problem::at(&self.path, line, "the row cannot be read"))));
                }
            }
        }
        let line = self.record.position().map_or(1, |position| line_of(position, self.text)) + self.above;
        let (found, expected) = (self.record.len(), self.header.len());
        let beside = self.record.iter().skip(expected).any(|field| !field.trim().is_empty());
        if found < expected || beside {
            return Some(Err((line, self.ragged(line, found))));
        }
        if self.contents == Contents::Names && self.record.iter().any(|field| field.contains('\n')) {
            self.long.push(line);
        }
        Some(Ok(InputRow { line, record: &self.record }))
    }

    /// What was noticed while reading: in a table of names, a field over several lines may hold rows.
    pub(super) fn notes(&self) -> Vec<Note> {
        let (n, at) = (count(self.long.len(), "row"), lines(&self.long));
        let verb = if self.long.len() == 1 { "has" } else { "have" };
        let message = format!("{n} {verb} a field that runs over several lines ({at})");
        let note = (!self.long.is_empty()).then(|| Note { path: self.path.clone(), message });
        note.into_iter().collect()
    }

    fn ragged(&self, line: usize, found: usize) -> Problem {
        let expected = self.header.len();
        let fields = if found == 1 { "field" } else { "fields" };
        let message = format!("{found} {fields}, expected {expected} as in the header");
        let problem = Problem::at(&self.path, line, message);
        if let Some(found) = self.other_delimiter(None) {
            return problem.hint(delimiter_hint(found));
        }
        if expected == 1 && found > 1 {
            return problem.hint(header_hint(line));
        }
        problem.hint("a stray quote or delimiter?")
    }

    /// The delimiter that makes several columns of a header of one, and among them this one.
    fn other_delimiter(&self, column: Option<&str>) -> Option<char> {
        let [only] = self.header.as_slice() else { return None };
        let holds = |delimiter: &char| {
            let fields: Vec<&str> =
                only.split(*delimiter).map(|field| field.trim().trim_matches('"')).collect();
            fields.len() > 1 && column.is_none_or(|wanted| fields.contains(&wanted))
        };
        [';', '\t', ',', '|'].into_iter().filter(|other| *other != self.delimiter).find(holds)
    }

    /// The line below the header that holds all of these names in fields of their own, within the first of the file. One
    /// name alone may be a value.
    fn names_below(&self, columns: &[String]) -> Option<usize> {
        const LOOKED_AT: usize = 30;
        let mut lines = self.text.lines().enumerate().skip(1).take(LOOKED_AT);
        let holds = |line: &str| {
            let fields: Vec<&str> =
                line.split(self.delimiter).map(|field| field.trim().trim_matches('"')).collect();
            columns.len() > 1 && columns.iter().all(|column| fields.contains(&column.as_str()))
        };
        lines.find(|(_, line)| holds(line)).map(|(index, _)| index + 1 + self.above)
    }
}

/// Looks for columns and collects what is not there: one problem, however many columns are missing.
pub(super) struct ColumnFinder<'r, 't> {
    rows: &'r Rows<'t>,
    wanted: Vec<String>,
    absent: Vec<String>,
    problems: Vec<Problem>,
}

impl ColumnFinder<'_, '_> {
    /// The position of a column that must be there, once; 0 when it is a problem.
    pub(super) fn column(&mut self, column: &str) -> usize {
        self.wanted.push(column.to_owned());
        match self.rows.header.iter().filter(|name| *name == column).count() {
            1 => return self.rows.position(column).unwrap_or_default(),
            0 if !self.absent.iter().any(|name| name == column) => self.absent.push(column.to_owned()),
            0 => {}
            _ => {
                let message = format!("column {} is there twice", self.rows.shown(column));
                self.problems.push(Problem::at(&self.rows.path, self.rows.header_line, message));
            }
        }
        0
    }

    /// Everything wrong with the columns looked for.
    pub(super) fn problems(self) -> Vec<Problem> {
        let mut problems = self.problems;
        problems.dedup();
        let Some(first) = self.absent.first() else { return problems };
        let (rows, list) = (self.rows, |names: &[String]| {
            names.iter().map(|name| self.rows.shown(name)).collect::<Vec<String>>().join(", ")
        });
        let found: Vec<String> = rows.header.iter().filter(|name| !name.is_empty()).cloned().collect();
        let message = format!("no column {}; columns found: {}", list(&self.absent), list(&found));
        let problem = Problem::at(&rows.path, rows.header_line, message);
        let hint = rows.other_delimiter(Some(first)).map(delimiter_hint);
        let hint = hint.or_else(|| rows.names_below(&self.wanted).map(header_hint));
        let near = || alike::nearest(first, found.iter().map(String::as_str)).map(str::to_owned);
        let hint = hint.or_else(|| {
            near().map(|near| format!("column names are compared exactly; there is {}", name(&near)))
        });
        let hint = hint.or_else(|| (rows.header.len() == 1).then(|| "is the delimiter right?".to_owned()));
        problems.push(match hint {
            Some(hint) => problem.hint(hint),
            None => problem,
        });
        problems
    }
}

fn delimiter_hint(found: char) -> String {
    let named = match found {
        '\t' => "tab",
        ';' => "semicolon",
        '|' => "pipe",
        _ => "comma",
    };
    format!(
        "fields are separated by a {named} here: set `table: {{delimiter: {named}}}` (--delimiter {named})"
    )
}

fn header_hint(line: usize) -> String {
    format!(
        "do the column names stand on line {line}? set `table: {{header_row: {line}}}` (--header-row {line})"
    )
}

/// The text from the header on, and how many lines stand above it.
fn below<'t>(path: &str, text: &'t str, options: &TableOptions) -> Result<(&'t str, usize), Problem> {
    let Some(line) = options.header_row else {
        // A spreadsheet's own line that names the delimiter.
        let first = text.lines().next().unwrap_or_default();
        let Some(named) = first.strip_prefix("sep=") else { return Ok((text, 0)) };
        if named.chars().next().is_some_and(|named| named != options.delimiter) {
            let problem =
                Problem::at(path, 1, format!("the file says that its fields are separated by {named:?}"));
            return Err(problem.hint(delimiter_hint(named.chars().next().unwrap_or(','))));
        }
        return Ok((text.split_once('\n').map_or("", |(_, rest)| rest), 1));
    };
    let above = usize::try_from(line).unwrap_or(usize::MAX).saturating_sub(1);
    let start = text.match_indices('\n').nth(above.saturating_sub(1)).map(|(at, _)| at + 1);
    match start.filter(|_| above > 0).or((above == 0).then_some(0)) {
        Some(start) => Ok((&text[start..], above)),
        None => Err(Problem::of(
            path,
            format!("the file has no line {line}, where `header_row` puts the column names"),
        )),
    }
}

fn is_blank(record: &csv::StringRecord) -> bool {
    record.iter().all(|field| field.trim().is_empty())
}

/// The line of a record: the reader's position is before the blank lines it skips.
fn line_of(position: &csv::Position, text: &str) -> usize {
    let start = usize::try_from(position.byte()).unwrap_or(text.len()).min(text.len());
    let blank = text.as_bytes()[start..].iter().take_while(|byte| matches!(byte, b'\n' | b'\r'));
    usize::try_from(position.line()).unwrap_or(1) + blank.filter(|byte| **byte == b'\n').count()
}

/// A text without the byte order mark that some spreadsheets write.
pub(super) fn without_bom(text: &str) -> &str {
    text.strip_prefix('\u{feff}').unwrap_or(text)
}

/// Line ends as `\n`.
pub(super) fn unix_lines(text: &str) -> String {
    if text.contains('\r') { text.replace("\r\n", "\n").replace('\r', "\n") } else { text.to_owned() }
}

/// Texts seen, numbered in order of appearance and stored once.
#[derive(Debug, Default)]
pub(super) struct Interner {
    numbers: HashMap<std::sync::Arc<str>, u32>,
    texts: Vec<std::sync::Arc<str>>,
}

impl Interner {
    /// The number of a text, and the shared text.
    pub(super) fn put(&mut self, text: &str) -> (u32, std::sync::Arc<str>) {
        if let Some(number) = self.numbers.get(text) {
            return (*number, self.texts[*number as usize].clone());
        }
        let shared: std::sync::Arc<str> = text.into();
        let number = u32::try_from(self.texts.len()).expect("a table in memory has fewer than 2^32 texts");
        self.numbers.insert(shared.clone(), number);
        self.texts.push(shared.clone());
        (number, shared)
    }
}

mod contents;
#[cfg(test)]
mod tests;
