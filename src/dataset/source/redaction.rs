//! What a source declares about the identifiers in its text. The names themselves are never written anywhere.

use serde::{Serialize, Serializer, ser::SerializeStruct};

use crate::domain::IdentifierKind;

/// What is taken out of a source's text when it is read.
#[derive(Clone, PartialEq, Eq)]
pub struct Redaction {
    /// The kinds that are looked for.
    pub kinds: Vec<IdentifierKind>,
    /// Names of persons and places, as written by the user.
    pub names: Vec<String>,
    /// Patterns of the source's own ids (regular expressions).
    pub ids: Vec<String>,
}

impl std::fmt::Debug for Redaction {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Redaction")
            .field("kinds", &self.kinds)
            .field("names", &self.names.len())
            .finish_non_exhaustive()
    }
}

/// A manifest says how many names there are, and no name.
impl Serialize for Redaction {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("Redaction", 3)?;
        fields.serialize_field("kinds", &self.kinds)?;
        fields.serialize_field("names", &self.names.len())?;
        fields.serialize_field("ids", &self.ids)?;
        fields.end()
    }
}
