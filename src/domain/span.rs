//! A span: half-open byte range in one turn.

use serde::{Deserialize, Serialize};

/// Half-open UTF-8 byte range `[start, end)` in the text of one turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Span {
    /// Turn number, from 1.
    pub turn: u32,
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

impl Span {
    /// The spanned text; `None` if the range is not on character boundaries of `text`.
    pub fn of<'t>(&self, text: &'t str) -> Option<&'t str> {
        text.get(self.start..self.end)
    }

    /// True if the two share at least one byte of the same turn.
    pub fn overlaps(&self, other: &Self) -> bool {
        self.turn == other.turn && self.start < other.end && other.start < self.end
    }
}
