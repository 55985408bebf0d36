//! Owns reading delimited text row by row: a header, rows of one length, true line numbers, numbers as people
//! write them.

use std::collections::HashMap;

use super::{
    problem::{Problem, shown},
    source::TableOptions,
};
use crate::domain::table::unmarked;

/// A delimited text, open at its first row.
pub(super) struct Rows<'t> {
    path: String,
    text: &'t str,
    reader: csv::Reader<&'t [u8]>,
    record: csv::StringRecord,
    /// The columns in order.
    pub(super) header: Vec<String>,
}

/// One row.
pub(super) struct Row<'r> {
    /// Line of its first field, from 1.
    pub(super) line: usize,
    record: &'r csv::StringRecord,
}

impl Row<'_> {
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
    /// Reads the header.
    pub(super) fn open(path: &str, text: &'t str, delimiter: char) -> Result<Self, Problem> {
        let text = without_bom(text);
        let byte =
            u8::try_from(delimiter).ok().filter(|b| b.is_ascii() && !matches!(b, b'"' | b'\n' | b'\r'));
        let byte = byte.ok_or_else(|| {
            Problem::of(path, format!("{delimiter:?} cannot be a delimiter: expected one ASCII character"))
        })?;
        let mut reader = csv::ReaderBuilder::new().delimiter(byte).from_reader(text.as_bytes());
        let header: Vec<String> = match reader.headers() {
            Ok(header) => header.iter().map(str::to_owned).collect(),
            Err(_) => return Err(Problem::of(path, "the header row cannot be read")),
        };
        if header.is_empty() {
            return Err(Problem::of(path, "the file is empty: expected a header row"));
        }
        Ok(Self { path: path.to_owned(), text, reader, record: csv::StringRecord::new(), header })
    }

    /// The position of a column that must be there, once.
    pub(super) fn column(&self, name: &str) -> Result<usize, Problem> {
        let mut found = self.header.iter().enumerate().filter(|(_, column)| *column == name);
        match (found.next(), found.next()) {
            (Some((index, _)), None) => Ok(index),
            (Some(_), Some(_)) => {
                Err(Problem::at(&self.path, 1, format!("column {} is there twice", shown(name))))
            }
            (None, _) => {
                let columns: Vec<String> = self.header.iter().map(|column| shown(column)).collect();
                let message = format!("no column {}; columns found: {}", shown(name), columns.join(", "));
                let problem = Problem::at(&self.path, 1, message);
                Err(if self.header.len() == 1 { problem.hint("is the delimiter right?") } else { problem })
            }
        }
    }

    /// The next row, or the problem of a row whose length differs from the header's.
    pub(super) fn next(&mut self) -> Option<Result<Row<'_>, (usize, Problem)>> {
        match self.reader.read_record(&mut self.record) {
            Ok(false) => None,
            Ok(true) => {
                let line = self.record.position().map_or(1, |position| line_of(position, self.text));
                Some(Ok(Row { line, record: &self.record }))
            }
            Err(error) => Some(Err(self.ragged(&error))),
        }
    }

    fn ragged(&self, error: &csv::Error) -> (usize, Problem) {
        let line = error.position().map_or(1, |position| line_of(position, self.text));
        let message = match error.kind() {
            csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
                format!("{len} fields, expected {expected_len} as in the header")
            }
            _ => "the row cannot be read".to_owned(),
        };
        (line, Problem::at(&self.path, line, message).hint("a stray quote or delimiter?"))
    }
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

/// What a cell of a score column holds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Cell {
    /// Blank, or declared missing.
    Missing,
    /// A finite number.
    Number(f64),
    /// Anything else.
    Unreadable,
}

/// Reads a number as the table writes it. Never guesses: `3,5` is a number only where decimal commas are declared.
pub(super) fn cell(text: &str, options: &TableOptions) -> Cell {
    let text = text.trim();
    if text.is_empty() || options.na.iter().any(|na| na.trim() == text) {
        return Cell::Missing;
    }
    let number = match (options.decimal_comma, text.contains('.'), text.contains(',')) {
        (true, true, _) | (false, _, true) => None,
        (true, false, _) => text.replace(',', ".").parse::<f64>().ok(),
        (false, ..) => text.parse::<f64>().ok(),
    };
    match number {
        Some(number)
            if number.is_finite() && text.starts_with(|c: char| c.is_ascii_digit() || "+-.,".contains(c)) =>
        {
            Cell::Number(number)
        }
        _ => Cell::Unreadable,
    }
}

/// The problem of a cell that is no number.
pub(super) fn unreadable(path: &str, line: usize, text: &str, options: &TableOptions) -> Problem {
    let problem = Problem::at(path, line, format!("score {} is not a number", shown(text)));
    if text.contains(',') && !options.decimal_comma {
        problem.hint("set `decimal_comma: true` (--decimal-comma) if this is a decimal comma")
    } else {
        problem.hint("declare it under `na` (--na) if it means missing")
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str) -> Vec<Result<(usize, String), (usize, String)>> {
        let mut rows = Rows::open("t.csv", text, ',').expect("a header");
        let mut found = Vec::new();
        while let Some(row) = rows.next() {
            found.push(match row {
                Ok(row) => Ok((row.line, row.field(0).to_owned())),
                Err((line, problem)) => Err((line, problem.message)),
            });
        }
        found
    }

    #[test]
    fn lines_are_true_after_blank_lines_quoted_breaks_and_carriage_returns() {
        let text = "\u{feff}a,b\r\n\r\n1,x\r\n\"2\n2\",x\r\n3\r\n\n\n4,x\n";
        assert_eq!(
            rows(text),
            [
                Ok((3, "1".into())),
                Ok((4, "2\n2".into())),
                Err((6, "1 fields, expected 2 as in the header".into())),
                Ok((9, "4".into())),
            ]
        );
    }

    #[test]
    fn a_missing_column_lists_the_columns_found() {
        let rows = Rows::open("t.csv", "id,I lost my job last week\n", ',').expect("a header");
        let problem = rows.column("score").expect_err("not there");
        assert_eq!(
            problem.to_string(),
            "t.csv:1: no column \"score\"; columns found: \"id\", a text of 23 characters"
        );
        let doubled = Rows::open("t.csv", "id,id\n", ',').expect("a header");
        assert_eq!(doubled.column("id").expect_err("twice").message, "column \"id\" is there twice");
        assert!(Rows::open("t.csv", "", ',').is_err());
        assert!(Rows::open("t.csv", "a", 'é').is_err());
    }

    #[test]
    fn numbers_are_read_as_declared() {
        let dot = TableOptions { na: vec!["NA".into()], ..TableOptions::default() };
        let comma = TableOptions { decimal_comma: true, ..TableOptions::default() };
        for (text, options, expected) in [
            ("3", &dot, Cell::Number(3.0)),
            (" 3.5 ", &dot, Cell::Number(3.5)),
            ("3,5", &dot, Cell::Unreadable),
            ("3,5", &comma, Cell::Number(3.5)),
            ("1.000,5", &comma, Cell::Unreadable),
            ("-1", &dot, Cell::Number(-1.0)),
            ("", &dot, Cell::Missing),
            (" NA", &dot, Cell::Missing),
            ("NA", &comma, Cell::Unreadable),
            ("nan", &dot, Cell::Unreadable),
            ("-inf", &dot, Cell::Unreadable),
            ("1e999", &dot, Cell::Unreadable),
        ] {
            assert_eq!(cell(text, options), expected, "{text:?}");
        }
    }
}
