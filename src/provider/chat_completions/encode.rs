//! Writes a request as a Chat Completions body.

use serde::{Serialize, Serializer};
use serde_json::{
    Value, json,
    value::{RawValue, to_raw_value},
};

use crate::{
    chat::{
        Capabilities, Decoding, MaxTokensField, Message, OutputFormat, ReplySchema, Request,
        StructuredOutput, message::Role,
    },
    provider::{
        conversation::OPENING_USER_TURN,
        schema::{self, Subset},
    },
};

/// A Chat Completions body: the texts of the request, not copies of them.
#[derive(Debug, Serialize)]
pub(crate) struct Body<'r> {
    model: &'r str,
    messages: Vec<WireMessage<'r>>,
    #[serde(flatten)]
    decoding: WireParameters,
    #[serde(skip_serializing_if = "Option::is_none")]
    response_format: Option<ResponseFormat<'r>>,
    // Together: vLLM refuses one without the other.
    #[serde(skip_serializing_if = "Option::is_none")]
    logprobs: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    top_logprobs: Option<u8>,
}

#[derive(Debug, Serialize)]
struct WireMessage<'r> {
    role: &'static str,
    content: &'r str,
}

/// Parameters by their name on the wire.
#[derive(Debug)]
struct WireParameters(Vec<(&'static str, Value)>);

impl Serialize for WireParameters {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

#[derive(Debug, Serialize)]
struct ResponseFormat<'r> {
    r#type: &'static str,
    json_schema: JsonSchema<'r>,
}

#[derive(Debug, Serialize)]
struct JsonSchema<'r> {
    name: &'r str,
    strict: bool,
    schema: SchemaText<'r>,
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
enum SchemaText<'r> {
    Whole(&'r RawValue),
    Subset(Box<RawValue>),
}

/// The body that asks `request` of `wire_model`.
pub(crate) fn encode<'r>(request: &'r Request, wire_model: &'r str, capabilities: &Capabilities) -> Body<'r> {
    let alternatives = request.logprobs.filter(|_| capabilities.logprobs);
    Body {
        model: wire_model,
        messages: messages(&request.messages),
        decoding: decoding(&request.decoding, capabilities),
        response_format: response_format(&request.output, capabilities.structured_output),
        logprobs: alternatives.map(|_| true),
        top_logprobs: alternatives,
    }
}

fn response_format(output: &OutputFormat, offered: StructuredOutput) -> Option<ResponseFormat<'_>> {
    let OutputFormat::Json { name, schema } = output else { return None };
    let schema = match offered {
        StructuredOutput::Prompted => return None,
        StructuredOutput::JsonSchemaSubset => SchemaText::Subset(subset(schema)),
        StructuredOutput::JsonSchema => SchemaText::Whole(schema.raw()),
    };
    Some(ResponseFormat { r#type: "json_schema", json_schema: JsonSchema { name, strict: true, schema } })
}

fn subset(schema: &ReplySchema) -> Box<RawValue> {
    to_raw_value(&schema::for_server(schema.value(), Subset::OpenAi)).expect("a JSON value can be written")
}

fn messages(messages: &[Message]) -> Vec<WireMessage<'_>> {
    let first_turn = messages.iter().position(|message| message.role != Role::System);
    let counselor_opens = first_turn.is_none_or(|first| messages[first].role == Role::Assistant);
    let (system, turns) = messages.split_at(first_turn.unwrap_or(messages.len()));
    let opening = counselor_opens.then_some(WireMessage { role: "user", content: OPENING_USER_TURN });
    system.iter().map(WireMessage::from).chain(opening).chain(turns.iter().map(WireMessage::from)).collect()
}

impl<'r> From<&'r Message> for WireMessage<'r> {
    fn from(message: &'r Message) -> Self {
        Self { role: role(message.role), content: &message.content }
    }
}

fn role(role: Role) -> &'static str {
    match role {
        Role::System => "system",
        Role::User => "user",
        Role::Assistant => "assistant",
    }
}

fn decoding(decoding: &Decoding, capabilities: &Capabilities) -> WireParameters {
    let max_tokens = match capabilities.max_tokens_field {
        MaxTokensField::MaxTokens => "max_tokens",
        MaxTokensField::MaxCompletionTokens => "max_completion_tokens",
    };
    // The parameter's key in the experiment, its name on the wire, its value.
    let parameters = [
        ("temperature", "temperature", decoding.temperature.map(|t| json!(t))),
        ("top_p", "top_p", decoding.top_p.map(|p| json!(p))),
        ("max_tokens", max_tokens, decoding.max_tokens.map(|n| json!(n))),
        ("seed", "seed", decoding.seed.map(|s| json!(s))),
        ("stop", "stop", (!decoding.stop.is_empty()).then(|| json!(decoding.stop))),
        ("reasoning_effort", "reasoning_effort", decoding.reasoning_effort.as_ref().map(|e| json!(e))),
    ];
    let given = parameters.into_iter().filter_map(|(key, name, value)| Some((key, name, value?)));
    WireParameters(
        given
            .filter(|(key, ..)| !capabilities.omit.contains(*key))
            .map(|(_, name, value)| (name, value))
            .collect(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn turn() -> Request {
        Request {
            model: "small".into(),
            messages: vec![
                Message::system("You are a counselor."),
                Message::user("Hello."),
                Message::assistant("Hi, what brings you here?"),
                Message::user("Work."),
            ],
            decoding: Decoding {
                temperature: Some(0.5),
                max_tokens: Some(200),
                seed: Some(7),
                stop: vec!["Client:".into()],
                ..Decoding::default()
            },
            output: OutputFormat::Text,
            logprobs: None,
            repeat: 9,
        }
    }

    /// Fields by name, as a server may read them in any order.
    fn body(request: &Request, model: &str, capabilities: &Capabilities) -> Value {
        serde_json::from_str(&serde_json::to_string(&encode(request, model, capabilities)).expect("json"))
            .expect("json")
    }

    fn pretty(request: &Request, capabilities: &Capabilities) -> String {
        serde_json::to_string_pretty(&body(request, "gpt-small", capabilities)).expect("json")
    }

    #[test]
    fn a_turn_on_the_wire() {
        insta::assert_snapshot!(pretty(&turn(), &Capabilities::default()), @r#"
        {
          "max_tokens": 200,
          "messages": [
            {
              "content": "You are a counselor.",
              "role": "system"
            },
            {
              "content": "Hello.",
              "role": "user"
            },
            {
              "content": "Hi, what brings you here?",
              "role": "assistant"
            },
            {
              "content": "Work.",
              "role": "user"
            }
          ],
          "model": "gpt-small",
          "seed": 7,
          "stop": [
            "Client:"
          ],
          "temperature": 0.5
        }
        "#);
    }

    #[test]
    fn a_rating_on_the_wire_asks_for_json_and_log_probabilities() {
        let rating = Request {
            messages: vec![Message::user("Rate.")],
            decoding: Decoding { max_tokens: Some(300), ..Decoding::default() },
            output: OutputFormat::Json { name: "rating".into(), schema: json!({"type": "object"}).into() },
            logprobs: Some(20),
            ..turn()
        };
        let able = Capabilities { logprobs: true, ..Capabilities::default() };
        insta::assert_snapshot!(pretty(&rating, &able), @r#"
        {
          "logprobs": true,
          "max_tokens": 300,
          "messages": [
            {
              "content": "Rate.",
              "role": "user"
            }
          ],
          "model": "gpt-small",
          "response_format": {
            "json_schema": {
              "name": "rating",
              "schema": {
                "type": "object"
              },
              "strict": true
            },
            "type": "json_schema"
          },
          "top_logprobs": 20
        }
        "#);
        let prompted = Capabilities { structured_output: StructuredOutput::Prompted, ..able };
        assert_eq!(body(&rating, "m", &prompted).get("response_format"), None);
        assert_eq!(body(&rating, "m", &Capabilities::default()).get("top_logprobs"), None);
    }

    #[test]
    fn a_reasoning_model_gets_its_own_token_field_and_nothing_it_would_refuse() {
        let capabilities = Capabilities {
            max_tokens_field: MaxTokensField::MaxCompletionTokens,
            omit: ["temperature".to_owned(), "stop".to_owned()].into(),
            ..Capabilities::default()
        };
        let sent = body(&turn(), "o9", &capabilities);
        let keys: Vec<&String> = sent.as_object().expect("object").keys().collect();
        assert_eq!(keys, ["max_completion_tokens", "messages", "model", "seed"]);
        let silent = Capabilities { omit: ["max_tokens".to_owned()].into(), ..capabilities };
        assert_eq!(body(&turn(), "o9", &silent).get("max_completion_tokens"), None);
    }

    #[test]
    fn a_conversation_the_counselor_opens_starts_with_the_neutral_user_turn() {
        let roles = |messages: Vec<Message>| -> Vec<String> {
            let sent = body(&Request { messages, ..turn() }, "m", &Capabilities::default());
            let list = sent["messages"].as_array().expect("array").clone();
            list.iter().map(|m| m["role"].as_str().expect("text").to_owned()).collect()
        };
        let opened = vec![Message::system("s"), Message::assistant("Welcome."), Message::user("Hi.")];
        assert_eq!(roles(opened), ["system", "user", "assistant", "user"]);
        assert_eq!(roles(vec![Message::system("s")]), ["system", "user"]);
        assert_eq!(roles(vec![Message::system("s"), Message::user("u")]), ["system", "user"]);
    }

    #[test]
    fn the_repeat_is_never_sent() {
        assert!(!pretty(&turn(), &Capabilities::default()).contains("repeat"));
    }
}
