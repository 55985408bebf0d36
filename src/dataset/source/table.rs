//! How a table is read: delimiter, quoting, header, missing values.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How a table is read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TableOptions {
    /// What stands between fields: one character, or `comma`, `semicolon`, `tab`, `pipe`.
    #[serde(default = "comma", deserialize_with = "delimiter")]
    #[schemars(with = "String", length(min = 1))]
    pub delimiter: char,
    /// Numbers use a decimal comma.
    #[serde(default)]
    pub decimal_comma: bool,
    /// Values that mean "missing", besides the empty field.
    #[serde(default)]
    pub na: Vec<String>,
    /// What a quotation mark does.
    #[serde(default, skip_serializing_if = "QuoteRule::is_double")]
    pub quote: QuoteRule,
    /// The line that holds the column names; none: the first line that is not blank.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub header_row: Option<u32>,
    /// Rows below the header that hold no data, such as the two of a Qualtrics export.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub skip_rows: u32,
    /// The sheet of a workbook; none: its only sheet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sheet: Option<String>,
}

/// What a quotation mark does in a table.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum QuoteRule {
    /// It encloses a field; inside one it is written twice.
    #[default]
    Double,
    /// It encloses a field; inside one it stands behind a backslash.
    Backslash,
    /// Nothing: it is a character like any other.
    None,
}

impl QuoteRule {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "the form that serde asks for")]
    fn is_double(&self) -> bool {
        *self == Self::Double
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the form that serde asks for")]
fn is_zero(number: &u32) -> bool {
    *number == 0
}

fn comma() -> char {
    ','
}

/// A delimiter as people write it: the character, its name, or `\t`.
pub fn delimiter_named(text: &str) -> Option<char> {
    let mut characters = text.chars();
    match (text.to_lowercase().as_str(), characters.next(), characters.next()) {
        ("tab" | "\\t", ..) => Some('\t'),
        ("comma", ..) => Some(','),
        ("semicolon", ..) => Some(';'),
        ("pipe", ..) => Some('|'),
        (_, Some(one), None) => Some(one),
        _ => None,
    }
}

fn delimiter<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<char, D::Error> {
    let text = String::deserialize(deserializer)?;
    delimiter_named(&text).ok_or_else(|| {
        serde::de::Error::custom(
            "not a delimiter: write one character, `comma`, `semicolon`, `tab` or `pipe`",
        )
    })
}

impl TableOptions {
    /// For a table that stands beside a source's own and is written the same way.
    #[must_use]
    pub fn of_a_table_beside(&self) -> Self {
        Self { header_row: None, skip_rows: 0, sheet: None, ..self.clone() }
    }
}

impl Default for TableOptions {
    fn default() -> Self {
        Self {
            delimiter: ',',
            decimal_comma: false,
            na: Vec::new(),
            quote: QuoteRule::Double,
            header_row: None,
            skip_rows: 0,
            sheet: None,
        }
    }
}
