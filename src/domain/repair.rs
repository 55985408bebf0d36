//! Repairs made to the form of a judge's answer before it was parsed. They concern form only and never add, remove or
//! change content.

use serde::{Deserialize, Serialize};

/// A kind of formal error that can be repaired.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Repair {
    /// The JSON was inside a code fence.
    Fence,
    /// There was prose before or after the JSON.
    Prose,
    /// Curly or single quotes were used where JSON requires straight double ones.
    QuoteMarks,
    /// A quote mark inside a string was not escaped.
    InnerQuotes,
    /// A backslash before a character that cannot be escaped.
    Escapes,
    /// A line break or another control character was not escaped inside a string.
    ControlCharacters,
    /// A comma followed the last entry.
    TrailingComma,
    /// Closing brackets were missing at the end, after a complete value.
    MissingClose,
    /// A number was written as a string.
    QuotedNumber,
}

impl Repair {
    /// The word used in tables.
    pub fn word(self) -> &'static str {
        match self {
            Self::Fence => "fence",
            Self::Prose => "prose",
            Self::QuoteMarks => "quote_marks",
            Self::InnerQuotes => "inner_quotes",
            Self::Escapes => "escapes",
            Self::ControlCharacters => "control_characters",
            Self::TrailingComma => "trailing_comma",
            Self::MissingClose => "missing_close",
            Self::QuotedNumber => "quoted_number",
        }
    }
}
