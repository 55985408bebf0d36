//! Owns how a request is written as a Chat Completions body.

use serde_json::{Map, Value, json};

use crate::{
    chat::{
        Capabilities, Decoding, MaxTokensField, Message, OutputFormat, Request, StructuredOutput,
        message::Role,
    },
    provider::{
        conversation::OPENING_USER_TURN,
        schema::{self, Subset},
    },
};

/// The body that asks `request` of `wire_model`.
pub(crate) fn encode(request: &Request, wire_model: &str, capabilities: &Capabilities) -> Value {
    let mut body = Map::new();
    body.insert("model".into(), json!(wire_model));
    body.insert("messages".into(), messages(&request.messages));
    decoding(&mut body, &request.decoding, capabilities);
    if let OutputFormat::Json { name, schema } = &request.output
        && capabilities.structured_output != StructuredOutput::Prompted
    {
        let schema = match capabilities.structured_output {
            StructuredOutput::JsonSchemaSubset => schema::for_server(schema, Subset::OpenAi),
            _ => schema.clone(),
        };
        let json_schema = json!({"name": name, "strict": true, "schema": schema});
        body.insert("response_format".into(), json!({"type": "json_schema", "json_schema": json_schema}));
    }
    if let Some(alternatives) = request.logprobs.filter(|_| capabilities.logprobs) {
        // Together: vLLM refuses one without the other.
        body.insert("logprobs".into(), json!(true));
        body.insert("top_logprobs".into(), json!(alternatives));
    }
    Value::Object(body)
}

fn messages(messages: &[Message]) -> Value {
    let first_turn = messages.iter().position(|message| message.role != Role::System);
    let counselor_opens = first_turn.is_none_or(|first| messages[first].role == Role::Assistant);
    let (system, turns) = messages.split_at(first_turn.unwrap_or(messages.len()));
    let opening = counselor_opens.then(|| wire_message("user", OPENING_USER_TURN));
    let wire = |message: &Message| wire_message(role(message.role), &message.content);
    system.iter().map(wire).chain(opening).chain(turns.iter().map(wire)).collect()
}

fn wire_message(role: &str, content: &str) -> Value {
    json!({"role": role, "content": content})
}

fn role(role: Role) -> &'static str {
    match role {
        Role::System => "system",
        Role::User => "user",
        Role::Assistant => "assistant",
    }
}

fn decoding(body: &mut Map<String, Value>, decoding: &Decoding, capabilities: &Capabilities) {
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
    for (key, name, value) in parameters {
        if let Some(value) = value.filter(|_| !capabilities.omit.contains(key)) {
            body.insert(name.into(), value);
        }
    }
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

    fn pretty(request: &Request, capabilities: &Capabilities) -> String {
        serde_json::to_string_pretty(&encode(request, "gpt-small", capabilities)).expect("json")
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
            output: OutputFormat::Json { name: "rating".into(), schema: json!({"type": "object"}) },
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
        assert_eq!(encode(&rating, "m", &prompted).get("response_format"), None);
        assert_eq!(encode(&rating, "m", &Capabilities::default()).get("top_logprobs"), None);
    }

    #[test]
    fn a_reasoning_model_gets_its_own_token_field_and_nothing_it_would_refuse() {
        let capabilities = Capabilities {
            max_tokens_field: MaxTokensField::MaxCompletionTokens,
            omit: ["temperature".to_owned(), "stop".to_owned()].into(),
            ..Capabilities::default()
        };
        let body = encode(&turn(), "o9", &capabilities);
        let keys: Vec<&String> = body.as_object().expect("object").keys().collect();
        assert_eq!(keys, ["max_completion_tokens", "messages", "model", "seed"]);
        let silent = Capabilities { omit: ["max_tokens".to_owned()].into(), ..capabilities };
        assert_eq!(encode(&turn(), "o9", &silent).get("max_completion_tokens"), None);
    }

    #[test]
    fn a_conversation_the_counselor_opens_starts_with_the_neutral_user_turn() {
        let roles = |messages: Vec<Message>| -> Vec<String> {
            let body = encode(&Request { messages, ..turn() }, "m", &Capabilities::default());
            let list = body["messages"].as_array().expect("array").clone();
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
