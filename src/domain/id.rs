//! Identifiers of the study: text kept exactly as the user wrote it, checked once on construction.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Why a text cannot be an identifier.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// The text is empty or only white space.
    #[error("an id must not be empty")]
    Empty,
    /// A character that would make tables or file names ambiguous.
    #[error("an id must not contain {found:?}")]
    Forbidden {
        /// The first forbidden character.
        found: char,
    },
}

fn check(text: &str, forbidden: &[char]) -> Result<(), IdError> {
    if text.trim().is_empty() {
        return Err(IdError::Empty);
    }
    match text.chars().find(|c| c.is_control() || forbidden.contains(c)) {
        Some(found) => Err(IdError::Forbidden { found }),
        None => Ok(()),
    }
}

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident, forbidden: $forbidden:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Checks the text and keeps it unchanged.
            ///
            /// # Errors
            /// The text is empty or contains a control character or one that this kind of id forbids.
            pub fn new(text: impl Into<String>) -> Result<Self, IdError> {
                let text = text.into();
                check(&text, $forbidden).map(|()| Self(text))
            }

            /// The id as written.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl TryFrom<String> for $name {
            type Error = IdError;

            fn try_from(text: String) -> Result<Self, IdError> {
                Self::new(text)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0
            }
        }
    };
}

text_id! {
    /// A session: a recorded one by the id its source gave it, a reconstructed one by
    /// `source@condition#epoch`, one with substituted client turns by `source~variant`.
    SessionId, forbidden: &[]
}
text_id! {
    /// An item of a rubric, such as one of the eleven of the CTRS.
    ItemId, forbidden: &['+', '|', '(', ')', ',']
}
text_id! {
    /// An ethics risk.
    RiskId, forbidden: &['+', '|', '(', ')', ',']
}
text_id! {
    /// A counterfactual variant: declared substitutions in client turns.
    VariantId, forbidden: &['+', '|', '(', ')', ',', '@', '#', '/', '~', ' ']
}
text_id! {
    /// A clinician or a judge.
    RaterId, forbidden: &['+', '|', '(', ')', ',']
}
text_id! {
    /// One cell of the matrix: `model.prompt.mode`.
    ConditionId, forbidden: &['+', '|', '(', ')', ',', '@', '#', '/']
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_keep_their_text_and_refuse_what_breaks_tables() {
        assert_eq!(SessionId::new("402e12").map(|id| id.to_string()), Ok("402e12".into()));
        assert_eq!(RaterId::new("C1+C2"), Err(IdError::Forbidden { found: '+' }));
        assert_eq!(SessionId::new("  "), Err(IdError::Empty));
    }
}
