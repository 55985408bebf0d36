//! JSON with line breaks only at the outer levels: one line per section, finding or row, readable and small.

use std::io::{Result, Write};

use serde_json::ser::Formatter;

/// Values nested deeper than this share the line of their parent.
const DEEPEST: usize = 3;

/// Breaks lines only between the values of the outer levels.
#[derive(Debug, Default)]
pub(super) struct OuterLines {
    depth: usize,
    is_empty: bool,
}

impl OuterLines {
    fn begin(&mut self, out: &mut (impl Write + ?Sized), bracket: &[u8]) -> Result<()> {
        self.depth += 1;
        self.is_empty = true;
        out.write_all(bracket)
    }

    fn value(&mut self, out: &mut (impl Write + ?Sized), is_first: bool) -> Result<()> {
        self.is_empty = false;
        if !is_first {
            out.write_all(b",")?;
        }
        self.new_line(out)
    }

    fn end(&mut self, out: &mut (impl Write + ?Sized), bracket: &[u8]) -> Result<()> {
        let broken = !self.is_empty && self.depth <= DEEPEST;
        self.depth -= 1;
        self.is_empty = false;
        if broken {
            out.write_all(b"\n")?;
            self.indent(out)?;
        }
        out.write_all(bracket)
    }

    fn new_line(&self, out: &mut (impl Write + ?Sized)) -> Result<()> {
        if self.depth > DEEPEST {
            return Ok(());
        }
        out.write_all(b"\n")?;
        self.indent(out)
    }

    fn indent(&self, out: &mut (impl Write + ?Sized)) -> Result<()> {
        (0..self.depth).try_for_each(|_| out.write_all(b" "))
    }
}

impl Formatter for OuterLines {
    fn begin_array<W: ?Sized + Write>(&mut self, out: &mut W) -> Result<()> {
        self.begin(out, b"[")
    }

    fn end_array<W: ?Sized + Write>(&mut self, out: &mut W) -> Result<()> {
        self.end(out, b"]")
    }

    fn begin_array_value<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> Result<()> {
        self.value(out, first)
    }

    fn begin_object<W: ?Sized + Write>(&mut self, out: &mut W) -> Result<()> {
        self.begin(out, b"{")
    }

    fn end_object<W: ?Sized + Write>(&mut self, out: &mut W) -> Result<()> {
        self.end(out, b"}")
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> Result<()> {
        self.value(out, first)
    }
}
