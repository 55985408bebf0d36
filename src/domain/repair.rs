//! Owns what was mended in the form of a judge's answer before it was read. Form only: nothing here adds, drops or
//! changes what the judge said.

use serde::{Deserialize, Serialize};

/// One kind of fault of form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Repair {
    /// The JSON stood in a code fence.
    Fence,
    /// There was prose before or after the JSON.
    Prose,
    /// Curly or single quotes stood where JSON wants straight double ones.
    QuoteMarks,
    /// A quote mark inside a text was not escaped.
    InnerQuotes,
    /// A backslash before a character that needs none.
    Escapes,
    /// A line break or another control character stood bare inside a text.
    ControlCharacters,
    /// A comma after the last entry.
    TrailingComma,
    /// Brackets were missing at the end, after a whole value.
    MissingClose,
    /// A number stood in quotes.
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
