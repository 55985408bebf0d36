//! CSV tables that are safe in spreadsheets: no cell runs as a formula, and every cell reads back unchanged.

use std::io::{self, Write};

/// A CSV table being written. Lines end with `\n`.
#[derive(Debug)]
pub struct TableWriter<W: Write>(csv::Writer<W>);

impl<W: Write> TableWriter<W> {
    /// Writes the header.
    ///
    /// # Errors
    /// Writing to `out` failed.
    pub fn new(out: W, header: &[&str]) -> io::Result<Self> {
        let writer = csv::WriterBuilder::new().terminator(csv::Terminator::Any(b'\n')).from_writer(out);
        let mut table = Self(writer);
        table.row(header)?;
        Ok(table)
    }

    /// Writes one row, which must be as long as the header.
    ///
    /// # Errors
    /// Writing to `out` failed.
    pub fn row(&mut self, cells: &[impl AsRef<str>]) -> io::Result<()> {
        for cell in cells {
            self.cell(cell.as_ref())?;
        }
        Ok(self.0.write_record(None::<&[u8]>)?)
    }

    fn cell(&mut self, text: &str) -> io::Result<()> {
        if is_marked(text) {
            return Ok(self.0.write_field(format!("{MARK}{text}"))?);
        }
        Ok(self.0.write_field(text)?)
    }

    /// Flushes buffered rows.
    ///
    /// # Errors
    /// Writing to `out` failed.
    pub fn finish(mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// Builds a whole table in memory.
///
/// # Panics
/// Never: bytes in memory take every write, and rows have the length of the header.
pub fn table<R: AsRef<[String]>>(header: &[&str], rows: impl IntoIterator<Item = R>) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut table = TableWriter::new(&mut bytes, header).expect("bytes in memory take every write");
    for row in rows {
        table.row(row.as_ref()).expect("bytes in memory take every write");
    }
    table.finish().expect("bytes in memory take every write");
    bytes
}

/// Prefix that marks a cell as text, as spreadsheets do.
const MARK: char = '\'';

/// True for text that needs the mark: a spreadsheet would execute it, or it already starts like marked text.
fn is_marked(text: &str) -> bool {
    let bare = text.trim_start_matches(MARK);
    bare.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']) && !is_number(bare)
}

/// True for a number as this program or a spreadsheet writes it.
fn is_number(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '.' | 'e' | 'E');
    text.chars().all(plain) && text.parse::<f64>().is_ok()
}

/// Text of a cell without the mark, as it was before writing.
pub fn unmarked(cell: &str) -> &str {
    cell.strip_prefix(MARK).filter(|text| is_marked(text)).unwrap_or(cell)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn written(text: &str) -> String {
        let bytes = table(&["a", "b"], [[text.to_owned(), "x".to_owned()]]);
        let mut reader = csv::Reader::from_reader(bytes.as_slice());
        reader.records().next().expect("a row").expect("readable")[0].to_owned()
    }

    #[test]
    fn what_a_spreadsheet_would_run_is_marked_as_text() {
        for (text, cell) in [
            ("=1+1", "'=1+1"),
            ("@SUM(1)", "'@SUM(1)"),
            ("+cmd", "'+cmd"),
            ("- I said so", "'- I said so"),
            ("-inf", "'-inf"),
            ("-1-1", "'-1-1"),
            ("-", "'-"),
            ("\t=1", "'\t=1"),
            ("\r=1", "'\r=1"),
            ("＝1+1", "'＝1+1"),
            ("'=1", "''=1"),
        ] {
            assert_eq!(written(text), cell, "{text:?}");
        }
    }

    #[test]
    fn numbers_and_other_text_stay_as_they_are() {
        for text in ["-1", "-0.25", "+3", "-1e-7", "1e300", "", "s-1", "a=b", "'twas", "''", "x@y#1", " =1"] {
            assert_eq!(written(text), text, "{text:?}");
            assert_eq!(unmarked(text), text, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn every_cell_reads_back_as_what_it_was(text in "['=+@\\-0-9eE.\\t a]{0,8}") {
            let cell = written(&text);
            prop_assert_eq!(unmarked(&cell), text.as_str());
            let is_run = cell.starts_with(['=', '+', '-', '@', '\t']);
            prop_assert!(!is_run || cell.parse::<f64>().is_ok());
        }
    }
}
