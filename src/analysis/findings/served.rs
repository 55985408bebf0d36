//! Findings about the servers behind a run: which models answered, how replies ended, whether prompts arrived whole.

use serde::{Deserialize, Serialize};

/// What one model of the experiment showed, in every call of the run and in those that the ledger answered.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServedFinding {
    /// The model's id in the experiment.
    pub model: String,
    /// The judges that are this model.
    pub judges: Vec<String>,
    /// The conditions in which it writes counselor turns.
    pub conditions: Vec<String>,
    /// Replies by the model that said it answered.
    pub answered_by: Vec<(String, u64)>,
    /// Replies that name no model.
    pub unnamed: u64,
    /// How its replies ended, by what they were asked for.
    pub endings: Vec<EndingsFinding>,
    /// Its prompts did not arrive whole; none where nothing speaks for that.
    pub cut: Option<CutFinding>,
}

/// How replies ended.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndingsFinding {
    /// `turn`, `rating` and so on.
    pub purpose: String,
    /// Replies by how they ended: `stop`, `length`, `content_filter`, `refusal`, `unreported` and so on.
    pub replies: Vec<(String, u64)>,
    /// Questions without a reply.
    pub failed: u64,
}

/// Prompts that a server cut without saying so, by the tokens it reported of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CutFinding {
    /// Replies concerned.
    pub replies: u64,
    /// Replies that reported a count.
    pub of: u64,
    /// What gave it away, in words.
    pub sign: String,
}
