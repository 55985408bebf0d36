//! Writes a request as a Responses body.

use serde_json::{Map, Value, json};

use crate::{
    chat::{Capabilities, OutputFormat, Request, StructuredOutput},
    provider::{
        conversation::{WireConversation, WireTurn},
        schema::{self, Subset},
    },
};

/// The body that asks `request` of `wire_model`.
pub(crate) fn encode(request: &Request, wire_model: &str, capabilities: &Capabilities) -> Value {
    let conversation = WireConversation::of(&request.messages);
    let mut body = Map::new();
    body.insert("model".into(), json!(wire_model));
    // Replies are kept for a month there unless this says no.
    body.insert("store".into(), json!(false));
    if let Some(system) = conversation.system {
        body.insert("instructions".into(), json!(system));
    }
    body.insert("input".into(), conversation.turns.iter().map(item).collect());
    let decoding = &request.decoding;
    let parameters = [
        ("temperature", "temperature", decoding.temperature.map(|t| json!(t))),
        ("top_p", "top_p", decoding.top_p.map(|p| json!(p))),
        ("max_tokens", "max_output_tokens", decoding.max_tokens.map(|n| json!(n))),
        ("reasoning_effort", "reasoning", decoding.reasoning_effort.as_ref().map(|e| json!({"effort": e}))),
    ];
    for (key, name, value) in parameters {
        if let Some(value) = value.filter(|_| !capabilities.omit.contains(key)) {
            body.insert(name.into(), value);
        }
    }
    if let OutputFormat::Json { name, schema } = &request.output
        && capabilities.structured_output != StructuredOutput::Prompted
    {
        let schema = schema::for_server(schema.value(), Subset::OpenAi);
        let format = json!({"type": "json_schema", "name": name, "strict": true, "schema": schema});
        body.insert("text".into(), json!({"format": format}));
    }
    if let Some(alternatives) = request.logprobs.filter(|_| capabilities.logprobs) {
        body.insert("include".into(), json!(["message.output_text.logprobs"]));
        body.insert("top_logprobs".into(), json!(alternatives));
    }
    Value::Object(body)
}

fn item(turn: &WireTurn<'_>) -> Value {
    json!({"role": if turn.is_models { "assistant" } else { "user" }, "content": turn.text})
}
