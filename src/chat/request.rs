//! Owns a request: everything that determines a reply, and nothing else.

use serde::{Deserialize, Serialize};

use super::{Decoding, Message, ReplySchema};

/// The shape of reply asked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "format")]
pub enum OutputFormat {
    /// Free text.
    Text,
    /// JSON that fits a schema.
    Json {
        /// Short name some servers ask for: letters, digits, `_`.
        name: String,
        /// JSON Schema.
        schema: ReplySchema,
    },
}

/// One question to a model, named by the experiment's id of the model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Request {
    /// The experiment's id of the model; the executor knows its endpoint.
    pub model: String,
    /// System text first, then the conversation.
    pub messages: Vec<Message>,
    /// Decoding parameters.
    pub decoding: Decoding,
    /// Shape of the reply.
    pub output: OutputFormat,
    /// How many alternatives per token to report; none asks for no log-probabilities.
    pub logprobs: Option<u8>,
    /// Opaque number that tells repeats of one request apart (epoch, draw, re-ask). Part of the call's key,
    /// never sent.
    pub repeat: u64,
}
