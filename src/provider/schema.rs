//! Reduces a JSON Schema to the part that each server's grammar takes. What is left out here is still checked when the reply
//! is read, and the prompt says it in words.

use serde_json::{Map, Value, json};

/// A server's idea of JSON Schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Subset {
    /// `OpenAI` strict mode: no limits on the length of texts.
    OpenAi,
    /// Anthropic: no limits on lengths, counts (but `minItems` of 0 and 1) or numbers.
    Anthropic,
    /// Gemini: no limits on the length of texts, and a constant is an enumeration of one.
    Gemini,
}

/// Keywords whose values hold schemas by name.
const BY_NAME: [&str; 3] = ["properties", "$defs", "definitions"];

/// The schema without what this server would refuse.
pub(super) fn for_server(schema: &Value, subset: Subset) -> Value {
    match schema {
        Value::Object(fields) => Value::Object(object(fields, subset)),
        Value::Array(list) => list.iter().map(|part| for_server(part, subset)).collect(),
        other => other.clone(),
    }
}

fn object(fields: &Map<String, Value>, subset: Subset) -> Map<String, Value> {
    let mut kept = Map::new();
    for (keyword, value) in fields {
        match (keyword.as_str(), value) {
            ("const", value) if subset == Subset::Gemini => {
                kept.insert("enum".into(), json!([value]));
            }
            // Values, not schemas.
            ("const" | "enum" | "required" | "default" | "examples", value) => {
                kept.insert(keyword.clone(), value.clone());
            }
            (name, Value::Object(schemas)) if BY_NAME.contains(&name) => {
                let schemas =
                    schemas.iter().map(|(name, schema)| (name.clone(), for_server(schema, subset))).collect();
                kept.insert(keyword.clone(), Value::Object(schemas));
            }
            (name, value) if is_taken(name, value, subset) => {
                kept.insert(keyword.clone(), for_server(value, subset));
            }
            _ => {}
        }
    }
    kept
}

fn is_taken(keyword: &str, value: &Value, subset: Subset) -> bool {
    match keyword {
        "minLength" | "maxLength" => false,
        "minItems" => subset != Subset::Anthropic || matches!(value.as_u64(), Some(0 | 1)),
        "maxItems" | "uniqueItems" | "minimum" | "maximum" | "exclusiveMinimum" | "exclusiveMaximum"
        | "multipleOf" => subset != Subset::Anthropic,
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_server_is_shown_what_it_takes() {
        let schema = json!({
            "type": "object", "required": ["maxLength"], "additionalProperties": false,
            "properties": {
                "maxLength": {"type": "string", "maxLength": 5},
                "item": {"type": "string", "const": "agenda"},
                "list": {"type": "array", "minItems": 2, "maxItems": 3, "items": {"type": "string", "minLength": 1}},
                "score": {"anyOf": [{"type": "integer", "minimum": 0}, {"enum": ["none"]}]}
            }
        });
        let at = |subset, pointer: &str| for_server(&schema, subset).pointer(pointer).cloned();
        for subset in [Subset::OpenAi, Subset::Anthropic, Subset::Gemini] {
            assert_eq!(
                at(subset, "/properties/maxLength"),
                Some(json!({"type": "string"})),
                "a name is kept"
            );
            assert_eq!(at(subset, "/required"), Some(json!(["maxLength"])));
            assert_eq!(at(subset, "/properties/list/items"), Some(json!({"type": "string"})));
        }
        assert_eq!(at(Subset::OpenAi, "/properties/list/maxItems"), Some(json!(3)));
        assert_eq!(
            at(Subset::Anthropic, "/properties/list"),
            Some(json!({"type": "array", "items": {"type": "string"}}))
        );
        assert_eq!(at(Subset::Anthropic, "/properties/score/anyOf/0"), Some(json!({"type": "integer"})));
        assert_eq!(at(Subset::Anthropic, "/properties/item/const"), Some(json!("agenda")));
        assert_eq!(
            at(Subset::Gemini, "/properties/item"),
            Some(json!({"type": "string", "enum": ["agenda"]}))
        );
        assert_eq!(at(Subset::Gemini, "/properties/score/anyOf/0/minimum"), Some(json!(0)));
    }
}
