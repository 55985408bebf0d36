//! placeholder replaced by the text branch
/// Placeholder.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct LexiconSpec {
    /// Language.
    pub language: String,
}
