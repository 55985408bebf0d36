//! Wire dialects as pure codecs: a request becomes a body, bytes become a reply.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The wire dialects this program speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Dialect {
    /// OpenAI Chat Completions, and servers compatible with it.
    OpenaiChat,
}
