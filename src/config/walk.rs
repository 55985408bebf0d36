//! Checks a document against its JSON Schema, the only description of what may be written. Every fault is reported at
//! its position, and the value is repaired along the way so that later checks can still run.

use schemars::Schema;
use serde_json::Value as Json;
use serde_yaml::{Mapping, Value};

use super::{
    document::{At, Document},
    hints,
    path::YamlPath,
    value::of_plain,
};

/// What stands in an experiment where only a person can say what is right.
pub(super) const BLANK: &str = "???";

/// Checks and repairs the document's value.
pub(super) fn check(document: &mut Document, schema: &Schema) {
    let mut value = std::mem::take(&mut document.value);
    let walker = Walker { root: schema.as_value() };
    walker.value(document, schema.as_value(), &mut value, &YamlPath::root());
    document.value = value;
}

struct Walker<'s> {
    root: &'s Json,
}

impl<'s> Walker<'s> {
    /// The schema behind `$ref` and behind `anyOf [x, null]`; the flag tells whether null is allowed.
    fn resolve(&self, mut schema: &'s Json) -> (&'s Json, bool) {
        let mut nullable = false;
        loop {
            if let Some(name) = schema["$ref"].as_str().and_then(|to| to.strip_prefix("#/$defs/")) {
                schema = &self.root["$defs"][name];
            } else if let Some(choices) = schema["anyOf"].as_array() {
                nullable = choices.iter().any(|choice| choice["type"] == "null");
                match choices.iter().find(|choice| choice["type"] != "null") {
                    Some(choice) => schema = choice,
                    None => return (schema, nullable),
                }
            } else {
                return (schema, nullable || types(schema).contains(&"null"));
            }
        }
    }

    fn value(&self, document: &mut Document, declared: &'s Json, value: &mut Value, path: &YamlPath) {
        let (schema, nullable) = self.resolve(declared);
        if schema.as_bool() == Some(true) {
            // Anything may stand here, such as a field of a server's own.
            return;
        }
        if document.is_tainted(path) {
            *value = self.repaired(schema);
            return;
        }
        if nullable && value.is_null() {
            return;
        }
        if value.as_str() == Some(BLANK) {
            let advice = about(declared, path).or_else(|| about(schema, path));
            let advice = advice.unwrap_or_else(|| "only you can say what stands here".to_owned());
            document.report(path, At::Value, "this blank is left to you to fill in", advice);
            document.taint(path);
            *value = self.repaired(schema);
            return;
        }
        if document.interpolated.contains(path) {
            coerce(schema, value);
        }
        match Self::fault(schema, value) {
            Some((message, advice)) => {
                let advice = advice.or_else(|| about(declared, path)).or_else(|| about(schema, path));
                let advice =
                    advice.unwrap_or_else(|| "`corater schema` prints what may stand here".to_owned());
                document.report(path, At::Value, message, advice);
                document.taint(path);
                *value = self.repaired(schema);
            }
            None => self.children(document, schema, value, path),
        }
    }

    fn children(&self, document: &mut Document, schema: &'s Json, value: &mut Value, path: &YamlPath) {
        match value {
            Value::Sequence(items) => {
                for (index, item) in items.iter_mut().enumerate() {
                    self.value(document, &schema["items"], item, &path.index(index));
                }
            }
            Value::Mapping(mapping) => self.mapping(document, schema, mapping, path),
            _ => {}
        }
    }

    fn mapping(&self, document: &mut Document, schema: &'s Json, mapping: &mut Mapping, path: &YamlPath) {
        let keys: Vec<String> = mapping.keys().filter_map(|key| key.as_str().map(str::to_owned)).collect();
        let missing: Vec<&str> = required(schema).filter(|key| !mapping.contains_key(*key)).collect();
        let mut misspelt = Vec::new();
        for key in keys {
            let at = path.key(&key);
            if let Some(schema) = entry_schema(schema, &key) {
                if let Some(value) = mapping.get_mut(key.as_str()) {
                    self.value(document, schema, value, &at);
                }
                continue;
            }
            mapping.remove(key.as_str());
            let known = known_keys(schema);
            let meant = hints::nearest(&key, known.iter().copied());
            let advice = match (hints::for_key(path, &key), meant) {
                (Some(advice), _) => advice.to_owned(),
                (None, Some(meant)) => format!("did you mean `{meant}`?"),
                (None, None) if known.is_empty() => "a whole number is expected as key".to_owned(),
                (None, None) => format!("the keys here are {}", hints::list(known.iter().copied())),
            };
            misspelt.extend(meant);
            document.report(&at, At::Key, format!("unknown key `{}`", hints::clip(&key)), advice);
            document.taint(&at);
        }
        for key in missing {
            self.missing(document, schema, mapping, &path.key(key), !misspelt.contains(&key));
        }
    }

    /// Inserts a placeholder for a missing required entry; silent if a misspelled key was reported instead.
    fn missing(
        &self,
        document: &mut Document,
        schema: &'s Json,
        mapping: &mut Mapping,
        path: &YamlPath,
        tell: bool,
    ) {
        let Some(key) = path.last_key() else { return };
        let declared = &schema["properties"][key];
        if tell {
            let advice = about(declared, path).unwrap_or_else(|| format!("add `{key}: …`"));
            document.report(path, At::Key, format!("the key `{key}` is missing"), advice);
        }
        document.taint(path);
        mapping.insert(Value::String(key.to_owned()), self.repaired(declared));
    }

    /// What is wrong with a value itself, apart from its contents: message and advice. Never quotes the value.
    fn fault(schema: &Json, value: &Value) -> Option<(String, Option<String>)> {
        if let Some(words) = words(schema) {
            return match value.as_str() {
                Some(word) if words.contains(&word) => None,
                Some(word) => {
                    let meant = hints::nearest(word, words.iter().copied());
                    let advice = meant.map(|meant| format!("did you mean `{meant}`?"));
                    Some((expected_one(&words), advice))
                }
                None => Some((format!("{}, found {}", expected_one(&words), kind(value)), None)),
            };
        }
        let expected = types(schema);
        if !expected.is_empty() && !expected.iter().any(|name| is_type(name, value)) {
            let wanted = expected.iter().copied().find(|name| *name != "null").unwrap_or("null");
            let message = format!("expected {}, found {}", type_words(wanted), kind(value));
            return Some((message, advice_for(wanted, value)));
        }
        range_fault(schema, value).or_else(|| length_fault(schema, value)).map(|message| (message, None))
    }

    /// Placeholder for a value that violates the schema; its path is marked as tainted and never read.
    fn repaired(&self, schema: &'s Json) -> Value {
        let (schema, nullable) = self.resolve(schema);
        if let Some(word) = words(schema).and_then(|words| words.first().copied()) {
            return Value::from(word);
        }
        match types(schema).first().copied() {
            _ if nullable => Value::Null,
            Some("string") if schema["minLength"] == 1 => Value::from("?"),
            Some("string") => Value::from(""),
            Some("integer") => Value::from(schema["minimum"].as_i64().unwrap_or(0)),
            Some("number") => Value::from(schema["minimum"].as_f64().unwrap_or(0.0)),
            Some("boolean") => Value::from(false),
            Some("array") => Value::Sequence(Vec::new()),
            Some("object") => {
                let stand_in = |key: &'s str| (Value::from(key), self.repaired(&schema["properties"][key]));
                Value::Mapping(required(schema).map(stand_in).collect())
            }
            _ => Value::Null,
        }
    }
}

fn expected_one(words: &[&str]) -> String {
    let among = if words.len() == 1 { "" } else { "one of " };
    format!("expected {among}{}", hints::list(words.iter().copied()))
}

/// The type names of a schema.
fn types(schema: &Json) -> Vec<&str> {
    match &schema["type"] {
        Json::String(name) => vec![name.as_str()],
        Json::Array(names) => names.iter().filter_map(Json::as_str).collect(),
        _ => Vec::new(),
    }
}

fn required(schema: &Json) -> impl Iterator<Item = &str> {
    schema["required"].as_array().into_iter().flatten().filter_map(Json::as_str)
}

/// The words of an enumeration.
fn words(schema: &Json) -> Option<Vec<&str>> {
    if let Some(listed) = schema["enum"].as_array() {
        return Some(listed.iter().filter_map(Json::as_str).collect());
    }
    let choices = schema["oneOf"].as_array()?;
    Some(choices.iter().flat_map(words_of_choice).collect())
}

fn words_of_choice(choice: &Json) -> Vec<&str> {
    match (&choice["const"], &choice["enum"]) {
        (Json::String(word), _) => vec![word.as_str()],
        (_, Json::Array(listed)) => listed.iter().filter_map(Json::as_str).collect(),
        _ => Vec::new(),
    }
}

/// The schema of an entry; `None` for an unknown key.
fn entry_schema<'s>(schema: &'s Json, key: &str) -> Option<&'s Json> {
    if let Some(known) = schema["properties"].get(key) {
        return Some(known);
    }
    let patterns = schema["patternProperties"].as_object().into_iter().flatten();
    let matches = |pattern: &str| regex_lite::Regex::new(pattern).is_ok_and(|regex| regex.is_match(key));
    patterns
        .filter(|(pattern, _)| matches(pattern))
        .map(|(_, schema)| schema)
        .next()
        .or_else(|| schema.get("additionalProperties").filter(|rest| rest.as_bool() != Some(false)))
}

fn known_keys(schema: &Json) -> Vec<&str> {
    schema["properties"].as_object().into_iter().flat_map(|known| known.keys().map(String::as_str)).collect()
}

fn is_type(name: &str, value: &Value) -> bool {
    match name {
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number() && value.as_f64().is_some_and(f64::is_finite),
        "boolean" => value.is_bool(),
        "array" => value.is_sequence(),
        "object" => value.is_mapping(),
        "null" => value.is_null(),
        _ => true,
    }
}

fn type_words(name: &str) -> &'static str {
    match name {
        "string" => "text",
        "integer" => "a whole number",
        "number" => "a number",
        "boolean" => "true or false",
        "array" => "a list",
        "object" => "a mapping",
        _ => "nothing",
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "nothing",
        Value::Bool(_) => "true or false",
        Value::Number(number) if number.is_f64() => "a number with a fraction",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Sequence(_) => "a list",
        Value::Mapping(_) => "a mapping",
        Value::Tagged(_) => "a tagged value",
    }
}

fn advice_for(wanted: &str, value: &Value) -> Option<String> {
    match (wanted, value) {
        ("string", Value::Bool(_) | Value::Number(_)) => Some("put it in quotes".into()),
        ("boolean", Value::String(_)) => Some("YAML 1.2 knows `true` and `false` only, unquoted".into()),
        ("array", Value::String(_) | Value::Number(_)) => Some("put it in brackets: `[…]`".into()),
        ("integer" | "number", Value::String(_)) => Some("write the number without quotes and units".into()),
        _ => None,
    }
}

fn range_fault(schema: &Json, value: &Value) -> Option<String> {
    let number = value.as_f64()?;
    let bound = |name: &str| schema[name].as_f64();
    let (min, max) = (bound("minimum"), bound("maximum"));
    let above = bound("exclusiveMinimum");
    let low = min.is_some_and(|min| number < min) || above.is_some_and(|above| number <= above);
    if !low && max.is_none_or(|max| number <= max) {
        return None;
    }
    let text = |name: &str| schema[name].to_string().trim_end_matches(".0").to_owned();
    Some(match (min, above, max) {
        (_, Some(_), Some(_)) => {
            format!("out of range: expected above {} to {}", text("exclusiveMinimum"), text("maximum"))
        }
        (Some(_), _, Some(_)) => format!("out of range: expected {} to {}", text("minimum"), text("maximum")),
        (_, Some(_), None) => format!("out of range: expected above {}", text("exclusiveMinimum")),
        (Some(_), _, None) => format!("out of range: expected at least {}", text("minimum")),
        (None, None, _) => format!("out of range: expected at most {}", text("maximum")),
    })
}

fn length_fault(schema: &Json, value: &Value) -> Option<String> {
    match value {
        Value::String(text) => {
            let length = text.chars().count() as u64;
            let short = schema["minLength"].as_u64().is_some_and(|min| length < min);
            let long = schema["maxLength"].as_u64().is_some_and(|max| length > max);
            match (schema["maxLength"].as_u64(), short || long) {
                (Some(1), true) => Some("expected a single character".into()),
                (_, true) if short => Some("expected text, found an empty one".into()),
                (Some(max), true) => Some(format!("expected at most {max} characters, found {length}")),
                _ => None,
            }
        }
        Value::Sequence(items) => {
            let short = schema["minItems"].as_u64().is_some_and(|min| (items.len() as u64) < min);
            short.then(|| "expected at least one entry, found an empty list".into())
        }
        _ => None,
    }
}

/// A reference to the environment gives text; it is converted if the schema requires a number or a boolean.
fn coerce(schema: &Json, value: &mut Value) {
    let Value::String(text) = value else { return };
    let typed = of_plain(text.trim());
    let wanted = types(schema);
    if !wanted.contains(&"string") && wanted.iter().any(|name| is_type(name, &typed)) {
        *value = typed;
    }
}

/// Description of a key, from its schema.
fn about(schema: &Json, path: &YamlPath) -> Option<String> {
    let text = schema["description"].as_str()?;
    Some(format!("`{}`: {}", path.last_key()?, first_sentence(text)))
}

fn first_sentence(text: &str) -> &str {
    text.split_once(". ").map_or(text, |(first, _)| first).trim_end_matches('.')
}
