//! Writes a request as a Messages body.

use serde_json::{Map, Value, json};

use crate::{
    chat::{Capabilities, OutputFormat, Request, StructuredOutput},
    provider::{
        conversation::{WireConversation, WireTurn},
        schema::{self, Subset},
    },
};

/// The body that asks `request` of `wire_model`. There is no place in it for a seed or log-probabilities.
pub(crate) fn encode(request: &Request, wire_model: &str, capabilities: &Capabilities) -> Value {
    let conversation = WireConversation::of(&request.messages);
    let mut body = Map::new();
    body.insert("model".into(), json!(wire_model));
    if let Some(system) = conversation.system {
        body.insert("system".into(), json!(system));
    }
    body.insert("messages".into(), conversation.turns.iter().map(message).collect());
    let decoding = &request.decoding;
    let parameters = [
        ("temperature", "temperature", decoding.temperature.map(|t| json!(t))),
        ("top_p", "top_p", decoding.top_p.map(|p| json!(p))),
        ("max_tokens", "max_tokens", decoding.max_tokens.map(|n| json!(n))),
        ("stop", "stop_sequences", (!decoding.stop.is_empty()).then(|| json!(decoding.stop))),
    ];
    for (key, name, value) in parameters {
        if let Some(value) = value.filter(|_| !capabilities.omit.contains(key)) {
            body.insert(name.into(), value);
        }
    }
    let mut output = Map::new();
    if let Some(effort) = decoding.reasoning_effort.as_deref()
        && !capabilities.omit.contains("reasoning_effort")
    {
        match thinking(effort) {
            Some(thinking) => body.insert("thinking".into(), thinking),
            None => output.insert("effort".into(), json!(effort)),
        };
    }
    if let OutputFormat::Json { schema, .. } = &request.output
        && capabilities.structured_output != StructuredOutput::Prompted
    {
        let schema = schema::for_server(schema.value(), Subset::Anthropic);
        output.insert("format".into(), json!({"type": "json_schema", "schema": schema}));
    }
    if !output.is_empty() {
        body.insert("output_config".into(), Value::Object(output));
    }
    Value::Object(body)
}

/// A number is a budget of thinking tokens, `adaptive` and `disabled` are kinds of thinking; any other word is an
/// effort.
pub(crate) fn thinking(effort: &str) -> Option<Value> {
    match effort {
        "adaptive" | "disabled" => Some(json!({"type": effort})),
        _ => effort.parse::<u32>().ok().map(|tokens| json!({"type": "enabled", "budget_tokens": tokens})),
    }
}

fn message(turn: &WireTurn<'_>) -> Value {
    json!({"role": if turn.is_models { "assistant" } else { "user" }, "content": turn.text})
}
