//! A reply in the program's terms, independent of the wire format.

use serde::{Deserialize, Serialize};

/// Why generation ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Finish {
    /// A natural end.
    Stop,
    /// The token limit was reached.
    Length,
    /// The provider's filter stopped it.
    ContentFilter,
    /// Any other end: a refusal, or no reason given. Ledgers of earlier versions also contain unknown words.
    Other(String),
}

/// Token counts as reported; `None` if the server did not report them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// Prompt tokens, cached ones included.
    pub prompt_tokens: Option<u64>,
    /// Prompt tokens served from a cache.
    pub cached_tokens: Option<u64>,
    /// Prompt tokens written to a cache.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cache_write_tokens: Option<u64>,
    /// Generated tokens, reasoning included.
    pub completion_tokens: Option<u64>,
    /// Generated tokens spent on reasoning.
    pub reasoning_tokens: Option<u64>,
}

/// One generated token with its alternatives.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TokenLogprob {
    /// The token's text.
    pub token: String,
    /// Natural log of its probability.
    pub logprob: f64,
    /// Alternatives, most likely first.
    pub top: Vec<(String, f64)>,
}

/// One reply of a model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reply {
    /// The reply without reasoning. May be empty.
    pub text: String,
    /// Reasoning text, kept separate: never spoken, and never part of the next history.
    pub reasoning: Option<String>,
    /// The provider's explicit refusal, if it sent one.
    pub refusal: Option<String>,
    /// Why generation ended.
    pub finish: Finish,
    /// Name of the model that answered, according to the server.
    pub answered_by: Option<String>,
    /// Token counts.
    pub usage: Usage,
    /// Log-probabilities, if requested and returned.
    pub logprobs: Option<Vec<TokenLogprob>>,
}

impl Reply {
    /// Words for a natural end, of all vendors.
    pub const NATURAL_ENDS: [&str; 11] = [
        "stop",
        "end_turn",
        "stop_sequence",
        "stop_token",
        "eos",
        "eos_token",
        "end",
        "complete",
        "completed",
        "finish",
        "finished",
    ];
    /// Word used if a server gave no reason.
    pub const UNREPORTED: &str = "unreported";

    /// Word used if the server rejected the form of what the model wrote.
    pub const INVALID_JSON: &str = "invalid_json";
    /// Word used if a reply that supposedly ended naturally is completely empty.
    pub const NO_CONTENT: &str = "no_content";

    /// True for results that servers are known to give temporarily, so that a retry may give a better one. If it
    /// persists, it counts as an answer.
    pub fn is_passing(&self) -> bool {
        matches!(&self.finish, Finish::Other(word) if word == Self::INVALID_JSON || word == Self::NO_CONTENT)
    }

    /// False for what earlier versions recorded as a reply although its reason to end shows that it is none.
    pub fn is_whole(&self) -> bool {
        match &self.finish {
            Finish::Stop | Finish::Length | Finish::ContentFilter => true,
            Finish::Other(word) => {
                let mut whole = Self::NATURAL_ENDS.iter().chain([
                    &Self::UNREPORTED,
                    &Self::INVALID_JSON,
                    &Self::NO_CONTENT,
                ]);
                self.refusal.is_some() || whole.any(|known| known.eq_ignore_ascii_case(word))
            }
        }
    }

    /// The word for a natural end.
    pub const ENDED: &str = "stop";
    /// The word where the model thought and then said nothing.
    pub const ONLY_REASONING: &str = "only_reasoning";

    /// How it ended, in a word: `stop`, `length`, `content_filter`, `refusal`, `only_reasoning`, `unreported`,
    /// `no_content`, `invalid_json`, or what an earlier version recorded.
    pub fn ending(&self) -> &str {
        match &self.finish {
            _ if self.refusal.is_some() => "refusal",
            Finish::Length => "length",
            Finish::ContentFilter => "content_filter",
            Finish::Stop if self.text.trim().is_empty() && self.reasoning.is_some() => Self::ONLY_REASONING,
            Finish::Stop => Self::ENDED,
            Finish::Other(word) if Self::NATURAL_ENDS.iter().any(|end| end.eq_ignore_ascii_case(word)) => {
                Self::ENDED
            }
            Finish::Other(word) => word,
        }
    }

    /// A plain reply that ended naturally.
    pub fn text(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            reasoning: None,
            refusal: None,
            finish: Finish::Stop,
            answered_by: None,
            usage: Usage::default(),
            logprobs: None,
        }
    }
}
