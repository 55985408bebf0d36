//! A request: everything that determines a reply, and nothing else.

use serde::{Deserialize, Serialize};

use super::{Decoding, Failure, FailureKind, Message, ReplySchema};

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

/// Bytes of text per token, on the safe side: English has about four.
const BYTES_PER_TOKEN: usize = 3;

impl Request {
    /// Whether it fits a context of so many tokens, room for the answer included. Without a number nothing is known, and
    /// the server decides. `what` begins the message.
    ///
    /// # Errors
    /// It does not fit. Nothing was sent and nothing is cut.
    pub fn fits(&self, context_tokens: Option<u32>, what: &str) -> Result<(), Failure> {
        let Some(context) = context_tokens else { return Ok(()) };
        let bytes: usize = self.messages.iter().map(|message| message.content.len()).sum();
        let (prompt, answer) = (bytes.div_ceil(BYTES_PER_TOKEN), self.decoding.max_tokens.unwrap_or(0));
        if prompt + answer as usize <= context as usize {
            return Ok(());
        }
        Err(Failure::new(
            FailureKind::Unsupported,
            format!(
                "{what} does not fit model {}: about {prompt} tokens of prompt ({BYTES_PER_TOKEN} bytes a token) and \
                 {answer} for the answer, capabilities.context_tokens is {context}. Nothing was sent or cut; use a model \
                 with a longer context, or reconstruct.max_exchanges",
                self.model
            ),
        ))
    }
}
