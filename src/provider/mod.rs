//! Wire dialects as pure codecs: a request becomes a path and a body, bytes become a reply.

pub mod address;
mod anthropic;
mod azure;
pub mod batch;
mod chat_completions;
mod conversation;
mod ending;
mod extra;
pub mod failure;
mod gemini;
mod lenient;
mod meaning;
mod offers;
mod own_fields;
mod phrases;
pub mod rate;
mod reading;
mod reasoning;
mod remedy;
mod response;
mod responses;
mod schema;
mod server_error;
mod vocabulary;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::value::{RawValue, to_raw_value};

use crate::chat::{Capabilities, Failure, Finish, OutputFormat, Reply, Request};

pub use crate::provider::response::Response;
pub use address::KeyHeader;
pub use conversation::OPENING_USER_TURN;
pub use rate::{Allowance, RateHint};
use reading::Instead;

/// The wire dialects this program speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Dialect {
    /// `OpenAI` Chat Completions, and servers compatible with it.
    OpenaiChat,
    /// `OpenAI` Responses.
    OpenaiResponses,
    /// Chat Completions as Azure `OpenAI` serves them, by deployment.
    AzureOpenai,
    /// Anthropic Messages.
    AnthropicMessages,
    /// Google Gemini `generateContent`.
    GoogleGemini,
}

impl Dialect {
    /// Every dialect.
    pub const ALL: [Self; 5] = [
        Self::OpenaiChat,
        Self::OpenaiResponses,
        Self::AzureOpenai,
        Self::AnthropicMessages,
        Self::GoogleGemini,
    ];

    /// Its name in an experiment, and in the identity of calls.
    pub fn name(self) -> &'static str {
        match self {
            Self::OpenaiChat => "openai_chat",
            Self::OpenaiResponses => "openai_responses",
            Self::AzureOpenai => "azure_openai",
            Self::AnthropicMessages => "anthropic_messages",
            Self::GoogleGemini => "google_gemini",
        }
    }

    /// The body of a request to `wire_model`, the server's name for the model.
    ///
    /// # Panics
    /// Never: bodies have text keys and finite numbers.
    pub fn encode(self, request: &Request, wire_model: &str, capabilities: &Capabilities) -> Box<RawValue> {
        let body = match self {
            Self::OpenaiChat => to_raw_value(&chat_completions::encode(request, wire_model, capabilities)),
            Self::OpenaiResponses => to_raw_value(&responses::encode(request, wire_model, capabilities)),
            Self::AzureOpenai => to_raw_value(&azure::encode(request, wire_model, capabilities)),
            Self::AnthropicMessages => to_raw_value(&anthropic::encode(request, wire_model, capabilities)),
            Self::GoogleGemini => to_raw_value(&gemini::encode(request, capabilities)),
        }
        .expect("bodies have text keys and finite numbers");
        extra::merge(body, &request.decoding.extra_body)
    }

    /// The reply in a response to `request`, or why there is none. The message of a failure never holds text of
    /// the request or of the reply.
    ///
    /// # Errors
    /// The status is not a success, or the body is not what the dialect promises.
    pub fn decode(self, request: &Request, response: &Response) -> Result<Reply, Failure> {
        let read = match self {
            Self::OpenaiChat | Self::AzureOpenai => chat_completions::decode(response),
            Self::OpenaiResponses => responses::decode(response),
            Self::AnthropicMessages => anthropic::decode(response),
            Self::GoogleGemini => gemini::decode(response),
        };
        let reply = spoken(read.or_else(Instead::settled)?, request);
        if matches!(request.output, OutputFormat::Text)
            && reply.finish == Finish::Other(Reply::INVALID_JSON.into())
        {
            let what = "the server took the model's words for a form that nobody asked for";
            return Err(failure::malformed(response.status, what));
        }
        Ok(reply)
    }
}

/// The reply with all that its text marks as reasoning kept apart: gateways hand on texts of any model.
fn spoken(mut reply: Reply, request: &Request) -> Reply {
    if matches!(request.output, OutputFormat::Json { .. })
        && let Some(answer) = misplaced(&reply)
    {
        reply.text = answer;
        reply.reasoning = None;
    }
    // A rating may quote such a mark from a transcript.
    let is_json =
        matches!(request.output, OutputFormat::Json { .. }) && reply.text.trim_start().starts_with('{');
    if is_json {
        return reply;
    }
    let (text, thought) = reasoning::split(&reply.text);
    Reply { text, reasoning: reply.reasoning.or(thought), ..reply }
}

/// The answer that stands where reasoning should: servers with a parser for reasoning leave the text empty when the
/// model gives the form that was asked for without any. What holds more than that form are thoughts.
fn misplaced(reply: &Reply) -> Option<String> {
    let stated =
        reply.reasoning.as_ref().filter(|_| reply.text.trim().is_empty() && reply.refusal.is_none())?;
    let whole = stated.trim();
    let whole = whole.strip_prefix("```json").or_else(|| whole.strip_prefix("```")).unwrap_or(whole);
    let whole = whole.strip_suffix("```").unwrap_or(whole).trim();
    let object: Result<serde_json::Map<String, serde_json::Value>, _> = serde_json::from_str(whole);
    object.is_ok_and(|object| !object.is_empty()).then(|| whole.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dialect_is_named_as_the_experiment_writes_it() {
        for dialect in Dialect::ALL {
            assert_eq!(serde_json::to_value(dialect).expect("JSON"), dialect.name());
        }
    }
}
