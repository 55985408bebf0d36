//! A request: everything that determines a reply, and nothing else.

use serde::{Deserialize, Serialize};

use super::{Decoding, Message, ReplySchema};

/// Requested form of the reply.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "format")]
pub enum OutputFormat {
    /// Free text.
    Text,
    /// JSON that fits a schema.
    Json {
        /// Short name that some servers require: letters, digits, `_`.
        name: String,
        /// JSON Schema.
        schema: ReplySchema,
    },
}

/// One request to a model, which is named by its id in the experiment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Request {
    /// The experiment's id of the model; the executor knows its endpoint.
    pub model: String,
    /// System text first, then the conversation.
    pub messages: Vec<Message>,
    /// Decoding parameters.
    pub decoding: Decoding,
    /// Form of the reply.
    pub output: OutputFormat,
    /// Number of alternatives per token to report; `None` requests no log-probabilities.
    pub logprobs: Option<u8>,
    /// Number that distinguishes repeats of one request (epoch, draw, re-ask). Part of the call's key, but
    /// never sent.
    pub repeat: u64,
}
