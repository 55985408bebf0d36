//! Whose words a question is made of. It is no part of the question: call keys and requests do not know it.

/// One entry of one set of texts, each by a digest of its name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Origin {
    /// The set.
    pub source: String,
    /// The entry.
    pub session: String,
}
