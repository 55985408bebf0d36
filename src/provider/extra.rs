//! How extra fields of a request are merged into the body that a codec has written.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};
use serde_json::{Map, Value, value::RawValue};

/// The body with these fields after its own. Objects that both hold are merged; a field of the body always stays.
pub(super) fn merge(body: Box<RawValue>, extra: &Map<String, Value>) -> Box<RawValue> {
    if extra.is_empty() {
        return body;
    }
    RawValue::from_string(merged(body.get(), extra)).unwrap_or(body)
}

fn merged(body: &str, extra: &Map<String, Value>) -> String {
    let Ok(OrderedFields(own)) = serde_json::from_str(body) else { return body.to_owned() };
    let field = |name: &str, value: &str| format!("{}:{value}", Value::from(name));
    let mut written: Vec<String> = own
        .iter()
        .map(|(name, value)| match extra.get(name) {
            Some(Value::Object(more)) if value.get().starts_with('{') => {
                field(name, &merged(value.get(), more))
            }
            _ => field(name, value.get()),
        })
        .collect();
    let more = extra.iter().filter(|(name, _)| own.iter().all(|(known, _)| known != *name));
    written.extend(more.map(|(name, value)| field(name, &value.to_string())));
    format!("{{{}}}", written.join(","))
}

/// The fields of a JSON object in their order.
struct OrderedFields<'b>(Vec<(String, &'b RawValue)>);

impl<'de: 'b, 'b> Deserialize<'de> for OrderedFields<'b> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader<'b>(std::marker::PhantomData<&'b ()>);
        impl<'de: 'b, 'b> Visitor<'de> for Reader<'b> {
            type Value = OrderedFields<'b>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<OrderedFields<'b>, A::Error> {
                let mut fields = Vec::new();
                while let Some(field) = map.next_entry()? {
                    fields.push(field);
                }
                Ok(OrderedFields(fields))
            }
        }
        deserializer.deserialize_map(Reader(std::marker::PhantomData))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        chat::{Capabilities, Decoding, Message, OutputFormat, Request},
        provider::Dialect,
    };
    use serde_json::json;

    fn decoding(extra: &Value) -> Decoding {
        Decoding {
            max_tokens: Some(100),
            extra_body: extra.as_object().expect("an object").clone(),
            ..Decoding::default()
        }
    }

    fn request(extra: &Value, schema: &str) -> Request {
        let schema: Value = serde_json::from_str(schema).expect("JSON");
        Request {
            model: "m".into(),
            messages: vec![Message::user("Rate.")],
            decoding: decoding(extra),
            output: OutputFormat::Json { name: "rating".into(), schema: schema.into() },
            logprobs: None,
            repeat: 1,
        }
    }

    #[test]
    fn extra_fields_are_added_in_every_dialect_and_what_was_there_stays_byte_for_byte() {
        for dialect in Dialect::ALL {
            let encode = |extra: Value| {
                let request = request(&extra, r#"{"type": "object", "properties": {"b": {}, "a": {}}}"#);
                dialect.encode(&request, "w", &Capabilities::default()).get().to_owned()
            };
            let (plain, more) = (encode(json!({})), encode(json!({"x_field": {"a": [1, null]}})));
            let opening = plain.strip_suffix('}').expect("an object");
            assert_eq!(more, format!("{opening},\"x_field\":{{\"a\":[1,null]}}}}"), "{dialect:?}");
        }
    }

    #[test]
    fn objects_of_both_are_merged() {
        let nested = [
            (
                Dialect::OpenaiResponses,
                json!({"text": {"verbosity": "low"}}),
                "/text/verbosity",
                "/text/format/name",
            ),
            (
                Dialect::GoogleGemini,
                json!({"generationConfig": {"thinkingConfig": {"includeThoughts": true}}}),
                "/generationConfig/thinkingConfig/includeThoughts",
                "/generationConfig/maxOutputTokens",
            ),
            (
                Dialect::AnthropicMessages,
                json!({"output_config": {"x": 1}}),
                "/output_config/x",
                "/output_config/format",
            ),
        ];
        for (dialect, extra, added, own) in nested {
            assert_eq!(dialect.refused_extra(&decoding(&extra)), None);
            let body =
                dialect.encode(&request(&extra, r#"{"type": "object"}"#), "w", &Capabilities::default());
            let body: Value = serde_json::from_str(body.get()).expect("JSON");
            assert!(body.pointer(added).is_some() && body.pointer(own).is_some(), "{dialect:?}: {body}");
        }
    }
}
