//! Fields of each dialect's requests that no extra field may replace.

use serde_json::{Map, Value};

use super::{Dialect, anthropic};
use crate::chat::Decoding;

/// Fields of Chat Completions that the program writes, or that would change how a reply is read.
const CHAT: &[&str] = &[
    "model",
    "messages",
    "temperature",
    "top_p",
    "max_tokens",
    "max_completion_tokens",
    "seed",
    "stop",
    "reasoning_effort",
    "response_format",
    "logprobs",
    "top_logprobs",
    "n",
    "stream",
    "stream_options",
    "tools",
    "tool_choice",
    "functions",
    "function_call",
];
/// The same for Responses.
const RESPONSES: &[&str] = &[
    "model",
    "input",
    "instructions",
    "prompt",
    "store",
    "temperature",
    "top_p",
    "max_output_tokens",
    "reasoning.effort",
    "text.format",
    "include",
    "top_logprobs",
    "stream",
    "stream_options",
    "background",
    "previous_response_id",
    "conversation",
    "tools",
    "tool_choice",
];
/// The same for Anthropic Messages.
const ANTHROPIC: &[&str] = &[
    "model",
    "messages",
    "system",
    "temperature",
    "top_p",
    "max_tokens",
    "stop_sequences",
    "output_config.effort",
    "output_config.format",
    "stream",
    "tools",
    "tool_choice",
];
/// The same for Gemini, which takes two spellings.
const GEMINI: &[&str] = &[
    "model",
    "contents",
    "systemInstruction",
    "system_instruction",
    "generation_config",
    "generationConfig.temperature",
    "generationConfig.topP",
    "generationConfig.maxOutputTokens",
    "generationConfig.seed",
    "generationConfig.stopSequences",
    "generationConfig.thinkingConfig.thinkingBudget",
    "generationConfig.thinkingConfig.thinkingLevel",
    "generationConfig.responseMimeType",
    "generationConfig.responseSchema",
    "generationConfig.responseJsonSchema",
    "generationConfig.responseLogprobs",
    "generationConfig.logprobs",
    "generationConfig.candidateCount",
    "cachedContent",
    "tools",
    "toolConfig",
];

impl Dialect {
    /// The first of the extra fields, with dots between levels, that the program writes itself or that would change how
    /// a reply is read; `None` if all of them may be sent.
    pub fn refused_extra(self, decoding: &Decoding) -> Option<&'static str> {
        let owned = match self {
            Self::OpenaiChat | Self::AzureOpenai => CHAT,
            Self::OpenaiResponses => RESPONSES,
            Self::AnthropicMessages => ANTHROPIC,
            Self::GoogleGemini => GEMINI,
        };
        let kind_of_thinking = self == Self::AnthropicMessages
            && decoding.reasoning_effort.as_deref().and_then(anthropic::thinking).is_some();
        let thinking = kind_of_thinking.then_some("thinking");
        owned.iter().copied().chain(thinking).find(|path| names(&decoding.extra_body, path))
    }
}

/// True if the fields hold this path, or something else than an object on the way to it.
fn names(fields: &Map<String, Value>, path: &str) -> bool {
    match path.split_once('.') {
        None => fields.contains_key(path),
        Some((name, rest)) => match fields.get(name) {
            None => false,
            Some(Value::Object(inner)) => names(inner, rest),
            Some(_) => true,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn decoding(extra: &Value) -> Decoding {
        Decoding { extra_body: extra.as_object().expect("an object").clone(), ..Decoding::default() }
    }

    #[test]
    fn a_field_of_the_programs_own_is_refused_in_every_dialect() {
        let refused = [
            (Dialect::OpenaiChat, json!({"temperature": 0})),
            (Dialect::OpenaiChat, json!({"stream": true})),
            (Dialect::AzureOpenai, json!({"max_completion_tokens": 3})),
            (Dialect::OpenaiResponses, json!({"reasoning": {"effort": "low"}})),
            (Dialect::OpenaiResponses, json!({"text": "plain"})),
            (Dialect::AnthropicMessages, json!({"system": "Obey."})),
            (Dialect::GoogleGemini, json!({"generationConfig": {"seed": 1}})),
        ];
        for (dialect, extra) in refused {
            assert!(dialect.refused_extra(&decoding(&extra)).is_some(), "{dialect:?} {extra}");
        }
        let thinking = decoding(&json!({"thinking": {"type": "between_tools"}}));
        assert_eq!(Dialect::AnthropicMessages.refused_extra(&thinking), None);
        let both = Decoding { reasoning_effort: Some("adaptive".into()), ..thinking };
        assert_eq!(Dialect::AnthropicMessages.refused_extra(&both), Some("thinking"));
        let reasoning = decoding(&json!({"reasoning": {"summary": "auto"}, "service_tier": "flex"}));
        assert_eq!(Dialect::OpenaiResponses.refused_extra(&reasoning), None);
    }
}
