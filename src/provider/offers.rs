//! Says what each dialect can carry at all, so that an experiment that asks for more is refused before a call is made.

use super::Dialect;

impl Dialect {
    /// True when the decoding parameter of this key has a place on the wire.
    pub fn takes(self, parameter: &str) -> bool {
        !matches!(
            (self, parameter),
            (Self::OpenaiResponses, "seed" | "stop") | (Self::AnthropicMessages, "seed")
        )
    }

    /// True when every request must limit the tokens to generate.
    pub fn needs_max_tokens(self) -> bool {
        self == Self::AnthropicMessages
    }

    /// True when the interface has a place for log-probabilities; elsewhere they are unavailable, whatever the model.
    pub fn offers_logprobs(self) -> bool {
        self != Self::AnthropicMessages
    }

    /// The highest temperature that the interface takes.
    pub fn hottest(self) -> f64 {
        if self == Self::AnthropicMessages { 1.0 } else { 2.0 }
    }

    /// True when the server names its limit on generated tokens as `capabilities.max_tokens_field` says.
    pub fn has_max_tokens_field(self) -> bool {
        matches!(self, Self::OpenaiChat | Self::AzureOpenai)
    }
}
