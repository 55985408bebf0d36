//! Origin of a question: the session whose words it contains. Not part of the question, its request or its call key.

/// One entry of one set of texts, each given by a digest of its name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Origin {
    /// Digest of the name of the set.
    pub source: String,
    /// Digest of the name of the entry.
    pub session: String,
}
