//! A condition: language model x prompt variant x decoding x mode.

use serde::{Deserialize, Serialize};

use super::{ConditionId, Digest, Mode};

/// One cell of the matrix.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Condition {
    /// `model.prompt.mode`.
    pub id: ConditionId,
    /// The experiment's id of the model; its decoding belongs to it.
    pub model: String,
    /// The experiment's id of the prompt variant.
    pub prompt: String,
    /// How sessions are reconstructed.
    pub mode: Mode,
    /// True when the counselor is scripted: "baseline, not a language model".
    pub baseline: bool,
    /// Digest of everything that shapes the counselor's replies: endpoint identity, model, decoding, rendered
    /// prompt.
    pub content: Digest,
}
