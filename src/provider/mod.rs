//! Wire dialects as pure codecs: a request becomes a body, bytes become a reply.

pub mod failure;
mod openai;
pub mod rate;

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::chat::{Capabilities, Failure, Reply, Request};

pub use openai::OPENING_USER_TURN;
pub use rate::{Allowance, RateHint};

/// The wire dialects this program speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Dialect {
    /// `OpenAI` Chat Completions, and servers compatible with it.
    OpenaiChat,
}

/// What came back, whole: the codec never sees a partial body. May hold transcript text: never log it.
#[derive(Clone, PartialEq, Eq)]
pub struct Response {
    /// HTTP status.
    pub status: u16,
    /// What the server asked us to wait (see [`failure::retry_after`]).
    pub retry_after: Option<Duration>,
    /// The body, decompressed.
    pub body: Vec<u8>,
}

impl std::fmt::Debug for Response {
    /// Status and length only.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Response({}, {} bytes)", self.status, self.body.len())
    }
}

impl Dialect {
    /// What follows the base URL.
    pub fn path(self) -> &'static str {
        match self {
            Self::OpenaiChat => "/chat/completions",
        }
    }

    /// The body of a request to `wire_model`, the server's name for the model.
    pub fn encode(self, request: &Request, wire_model: &str, capabilities: &Capabilities) -> Value {
        match self {
            Self::OpenaiChat => openai::encode(request, wire_model, capabilities),
        }
    }

    /// The reply in a response to `request`, or why there is none. The message of a failure never holds text of
    /// the request or of the reply.
    ///
    /// # Errors
    /// The status is not a success, or the body is not what the dialect promises.
    pub fn decode(self, request: &Request, response: &Response) -> Result<Reply, Failure> {
        match self {
            Self::OpenaiChat => openai::decode(request, response),
        }
    }
}
