//! Writes a request as a `generateContent` body. The model stands in the path.

use serde_json::{Map, Value, json};

use crate::{
    chat::{Capabilities, OutputFormat, Request, StructuredOutput},
    provider::{
        conversation::{WireConversation, WireTurn},
        schema::{self, Subset},
    },
};

/// The body that asks `request`.
pub(crate) fn encode(request: &Request, capabilities: &Capabilities) -> Value {
    let conversation = WireConversation::of(&request.messages);
    let mut body = Map::new();
    if let Some(system) = conversation.system {
        body.insert("systemInstruction".into(), json!({"parts": [{"text": system}]}));
    }
    body.insert("contents".into(), conversation.turns.iter().map(content).collect());
    let config = config(request, capabilities);
    if !config.is_empty() {
        body.insert("generationConfig".into(), Value::Object(config));
    }
    Value::Object(body)
}

fn content(turn: &WireTurn<'_>) -> Value {
    json!({"role": if turn.is_models { "model" } else { "user" }, "parts": [{"text": turn.text}]})
}

fn config(request: &Request, capabilities: &Capabilities) -> Map<String, Value> {
    let mut config = Map::new();
    let decoding = &request.decoding;
    let parameters = [
        ("temperature", "temperature", decoding.temperature.map(|t| json!(t))),
        ("top_p", "topP", decoding.top_p.map(|p| json!(p))),
        ("max_tokens", "maxOutputTokens", decoding.max_tokens.map(|n| json!(n))),
        ("seed", "seed", decoding.seed.map(|s| json!(s))),
        ("stop", "stopSequences", (!decoding.stop.is_empty()).then(|| json!(decoding.stop))),
        ("reasoning_effort", "thinkingConfig", decoding.reasoning_effort.as_deref().map(thinking)),
    ];
    for (key, name, value) in parameters {
        if let Some(value) = value.filter(|_| !capabilities.omit.contains(key)) {
            config.insert(name.into(), value);
        }
    }
    if let OutputFormat::Json { schema, .. } = &request.output
        && capabilities.structured_output != StructuredOutput::Prompted
    {
        config.insert("responseMimeType".into(), json!("application/json"));
        config.insert("responseJsonSchema".into(), schema::for_server(schema.value(), Subset::Gemini));
    }
    if let Some(alternatives) = request.logprobs.filter(|_| capabilities.logprobs) {
        config.insert("responseLogprobs".into(), json!(true));
        config.insert("logprobs".into(), json!(alternatives));
    }
    config
}

/// A number is a budget of thinking tokens (-1 lets the model choose); a word is a level.
fn thinking(effort: &str) -> Value {
    match effort.parse::<i32>() {
        Ok(tokens) => json!({"thinkingBudget": tokens}),
        Err(_) => json!({"thinkingLevel": effort}),
    }
}
