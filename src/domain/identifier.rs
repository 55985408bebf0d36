//! Kinds of identifiers that redaction removes from a text, and the counts of what it removed from a source. Holds no
//! text of a transcript.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A kind of identifier. Its placeholder is the kind in capitals and a number: `[EMAIL_1]`.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum IdentifierKind {
    /// A name from the source's list.
    Name,
    /// An e-mail address.
    Email,
    /// A telephone number.
    Phone,
    /// A web address.
    Url,
    /// An IP address, version 4 or 6.
    Ip,
    /// A date with at least day and month, or month and year.
    Date,
    /// A number or code that identifies a person: account, file, card, passport, handle, or the source's pattern.
    Id,
}

impl IdentifierKind {
    /// Every kind.
    pub const ALL: [Self; 7] =
        [Self::Name, Self::Email, Self::Phone, Self::Url, Self::Ip, Self::Date, Self::Id];

    /// The word used in files.
    pub fn word(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Email => "email",
            Self::Phone => "phone",
            Self::Url => "url",
            Self::Ip => "ip",
            Self::Date => "date",
            Self::Id => "id",
        }
    }

    /// The word in placeholders.
    pub fn tag(self) -> &'static str {
        match self {
            Self::Name => "NAME",
            Self::Email => "EMAIL",
            Self::Phone => "PHONE",
            Self::Url => "URL",
            Self::Ip => "IP",
            Self::Date => "DATE",
            Self::Id => "ID",
        }
    }
}

impl fmt::Display for IdentifierKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// Whether identifiers of a source were removed, and by whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RedactionState {
    /// By this program, when the source was read.
    AtLoad,
    /// Before this program saw it, as the source declares.
    Declared,
    /// Not declared.
    Undeclared,
}

/// How often a kind was found in a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct RedactionCount {
    /// Kind of the identifier.
    pub kind: IdentifierKind,
    /// Number of places in the text.
    pub found: usize,
    /// Number of distinct values, each with its own placeholder.
    pub different: usize,
}

/// Result of the redaction of a source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceRedaction {
    /// Id of the source.
    pub source: String,
    /// Whether it was redacted, and by whom.
    pub state: RedactionState,
    /// Counts of the kinds searched for, also if 0; empty unless redacted at load.
    pub counts: Vec<RedactionCount>,
    /// What redaction at load does not look for; empty where nothing was redacted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub not_looked_for: Vec<String>,
}

impl SourceRedaction {
    /// A source from which nothing was taken when it was read.
    pub fn untouched(source: &str, state: RedactionState) -> Self {
        Self { source: source.to_owned(), state, counts: Vec::new(), not_looked_for: Vec::new() }
    }
}

/// What can name a person and is not looked for when a source is redacted.
pub const NOT_LOOKED_FOR: &[&str] = &[
    "names that are not listed",
    "misspelt and pet names",
    "postal addresses",
    "ages",
    "positions and workplaces",
    "numbers in words",
    "days without a month",
];
