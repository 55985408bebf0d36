//! The check that quotation marks enclose whole fields. A mark inside words would move the ends of rows, and whatever
//! it swallowed would be gone in silence; such a table is refused with the lines concerned.

use super::{
    super::{problem::Problem, source::QuoteRule},
    Contents,
};

const REMEDY: &str = "write a mark that belongs to the words twice (\"\"); if the file is written without quoting, set \
                      `table: {quote: none}` (--quote none)";

/// The first quotation mark that does not enclose a whole field.
pub(super) fn check(
    path: &str,
    text: &str,
    first_line: usize,
    delimiter: u8,
    quote: QuoteRule,
    contents: Contents,
) -> Option<Problem> {
    if quote == QuoteRule::None || !text.contains('"') {
        return None;
    }
    let mut scan =
        Scan { path, text, delimiter, quote, contents, at: 0, line: first_line, row: 0, columns: None };
    scan.rows().err()
}

struct Scan<'t> {
    path: &'t str,
    text: &'t str,
    delimiter: u8,
    quote: QuoteRule,
    contents: Contents,
    at: usize,
    line: usize,
    /// Where the row under way begins.
    row: usize,
    /// Fields of the first row, the header.
    columns: Option<usize>,
}

impl Scan<'_> {
    fn rows(&mut self) -> Result<(), Problem> {
        let mut fields = 0;
        while self.at < self.text.len() {
            match self.peek() {
                Some(b'"') => self.quoted()?,
                _ => self.bare()?,
            }
            fields += 1;
            match self.peek() {
                Some(byte) if byte == self.delimiter => self.at += 1,
                Some(byte) => {
                    self.line += usize::from(byte == b'\n');
                    self.at += 1;
                    self.row = self.at;
                    self.columns.get_or_insert(fields);
                    fields = 0;
                }
                None => {}
            }
        }
        Ok(())
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn ends_field(&self, byte: u8) -> bool {
        byte == self.delimiter || matches!(byte, b'\n' | b'\r')
    }

    /// A field without marks around it. A mark behind leading blanks was meant to enclose and does not.
    fn bare(&mut self) -> Result<(), Problem> {
        let start = self.at;
        let rest = &self.text.as_bytes()[start..];
        let length = rest.iter().position(|byte| self.ends_field(*byte)).unwrap_or(rest.len());
        self.at = start + length;
        let field = &self.text[start..self.at];
        if field.trim_start_matches([' ', '\u{a0}', '\t']).starts_with('"') {
            let message = "a quotation mark after a blank encloses nothing, so that a delimiter inside would end the field";
            return Err(self
                .problem(self.line, message)
                .hint(format!("take the blank before the mark out; {REMEDY}")));
        }
        Ok(())
    }

    fn quoted(&mut self) -> Result<(), Problem> {
        let (open, first) = (self.at, self.line);
        let bytes = self.text.as_bytes();
        let mut at = open + 1;
        loop {
            match bytes.get(at) {
                None => {
                    let message =
                        format!("the quotation mark that opens a field on line {first} is never closed");
                    return Err(self.problem(first, message).hint(REMEDY));
                }
                Some(b'\\') if self.quote == QuoteRule::Backslash => {
                    self.line += usize::from(bytes.get(at + 1) == Some(&b'\n'));
                    at += 2;
                }
                Some(b'"') if self.quote == QuoteRule::Double && bytes.get(at + 1) == Some(&b'"') => at += 2,
                Some(b'"') => break,
                Some(byte) => {
                    self.line += usize::from(*byte == b'\n');
                    at += 1;
                }
            }
        }
        self.at = at + 1;
        if self.peek().is_some_and(|byte| !self.ends_field(byte)) {
            return Err(self.goes_on(first, bytes[at - 1] == b'\\'));
        }
        if self.line > first { self.swallowed(open, at, first) } else { Ok(()) }
    }

    /// The field goes on after its closing mark.
    fn goes_on(&self, first: usize, escaped: bool) -> Problem {
        let (last, column) = (self.line, self.column());
        let message = if last == first {
            format!(
                "a quoted field ends in the middle of a field (column {column}): the mark that opens it stands on this line"
            )
        } else {
            format!(
                "the quotation mark that opens a field on line {first} is closed on line {last}, in the middle of a field \
                 (column {column})"
            )
        };
        let problem = self.problem(first, message);
        if escaped && self.quote == QuoteRule::Double {
            return problem.hint(
                "if the file writes marks inside a field as \\\", set `table: {quote: backslash}` (--quote backslash)",
            );
        }
        problem.hint(REMEDY)
    }

    /// How many characters of its line stand before the place reached.
    fn column(&self) -> usize {
        let before = &self.text[..self.at];
        before.rsplit('\n').next().unwrap_or_default().chars().count()
    }

    /// Refuses a field over several lines that look like rows of this table.
    fn swallowed(&self, open: usize, close: usize, first: usize) -> Result<(), Problem> {
        let Some(columns) = self.columns else { return Ok(()) };
        let delimiter = char::from(self.delimiter);
        let before: Vec<&str> =
            self.text[self.row..open].split(delimiter).map(|field| field.trim_matches(['"', ' '])).collect();
        let before = &before[..before.len() - 1];
        let (mut same, mut rows, mut all) = (0, 0, 0);
        for line in self.text[open + 1..close].lines().skip(1).filter(|line| !line.trim().is_empty()) {
            let fields: Vec<&str> =
                line.split(delimiter).map(|field| field.trim_matches(['"', ' '])).collect();
            let alike = fields.iter().zip(before).any(|(field, own)| !own.is_empty() && field == own);
            all += 1;
            rows += usize::from(fields.len() == columns);
            same += usize::from(fields.len() == columns && alike);
        }
        let only_rows = self.contents == Contents::Names && columns > 2 && all > 1 && rows == all;
        if same == 0 && !only_rows {
            return Ok(());
        }
        let message = format!(
            "the quoted field that opens on line {first} takes in the lines up to {}, which look like rows of the table",
            self.line
        );
        Err(self.problem(first, message).hint(REMEDY))
    }

    fn problem(&self, line: usize, message: impl Into<String>) -> Problem {
        Problem::at(self.path, line, message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first(text: &str, quote: QuoteRule) -> Option<(usize, String)> {
        let problem = check("t.csv", text, 1, b',', quote, Contents::Names)?;
        Some((problem.line.unwrap_or(0), problem.message))
    }

    #[test]
    fn marks_that_enclose_whole_fields_are_let_through() {
        for text in [
            "a,b\n1,\"x, \"\"y\"\"\nz\"\n2,\"\"\n",
            "a,b\r\n\"1\",\"2\"\r\n",
            "a,b\n1,say \"hi\" now\n2,5\"\n",
            "a,b\n1,\"last\"",
            "a,b,c\nx,1,\"one, two\nand three, four\"\n",
        ] {
            assert_eq!(first(text, QuoteRule::Double), None, "{text:?}");
        }
        assert_eq!(first("a,b\n1,\"x \\\"y\\\" z\"\n", QuoteRule::Backslash), None);
        assert_eq!(first("a,b\n1,\"x\n2,y\"z\n", QuoteRule::None), None);
    }

    #[test]
    fn a_mark_inside_words_is_refused_with_its_lines() {
        for (text, line, part) in [
            ("a,b\n1,\"never closed\n2,x\n", 2, "never closed"),
            ("a,b\n1,\"good\n2,x\n3,\"bad\n", 2, "closed on line 4"),
            ("a,b\n1,\"good\" she said\n", 2, "in the middle"),
            ("a,b\n1,\"\"good\"\" she said\n", 2, "in the middle"),
            ("a,b\n1,\"she \\\"said\\\" so\"\n", 2, "in the middle"),
            ("a,b\n1, \"x\"\n", 2, "after a blank"),
            ("u,r,b\nu1,P1,\"good\nu1,P2,x\nu2,P1,bad\"\n", 2, "look like rows"),
            ("u,r,b\nu1,P1,\"good\nu2,P2,x\nu3,P3,bad\"\n", 2, "look like rows"),
        ] {
            let (at, message) = first(text, QuoteRule::Double).expect(text);
            assert!(at == line && message.contains(part), "{text:?}: {at} {message}");
        }
    }
}
