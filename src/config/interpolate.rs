//! Interpolation of `${NAME}` and `${NAME:-default}`: puts values from the environment into the document, never into
//! a message. Literal keys are rejected in the same pass.

use serde_yaml::Value;

use super::{
    document::{At, Document},
    environment::{Environment, is_name},
    path::YamlPath,
    secrets,
};

/// Replaces every reference in the document's values; `$${` stands for a literal `${`.
pub(super) fn interpolate(document: &mut Document, environment: &Environment) {
    let mut value = std::mem::take(&mut document.value);
    visit(document, environment, &mut value, &YamlPath::root());
    document.value = value;
}

fn visit(document: &mut Document, environment: &Environment, value: &mut Value, path: &YamlPath) {
    match value {
        Value::Mapping(mapping) => {
            for (key, value) in mapping.iter_mut() {
                visit(document, environment, value, &path.key(key.as_str().unwrap_or_default()));
            }
        }
        Value::Sequence(items) => {
            for (index, item) in items.iter_mut().enumerate() {
                visit(document, environment, item, &path.index(index));
            }
        }
        Value::String(text) => scalar(document, environment, text, path),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Tagged(_) => {}
    }
}

fn scalar(document: &mut Document, environment: &Environment, text: &mut String, path: &YamlPath) {
    if secrets::looks_like_key(path.last_key(), text) {
        let advice = "put it into an environment variable and name that variable, as in `api_key_env: NAME`";
        document.report(path, At::Value, "this looks like a secret key, which a file must not hold", advice);
        document.taint(path);
        return;
    }
    if !text.contains("${") {
        return;
    }
    if path.last_key() == Some("id") {
        let advice = "ids name files and table columns, and appear in messages; write it out";
        document.report(path, At::Value, "an id cannot come from the environment", advice);
        document.taint(path);
        return;
    }
    let (expanded, faults) = expand(text, environment);
    for (message, advice) in &faults {
        document.report(path, At::Value, message, advice);
    }
    if !faults.is_empty() {
        document.taint(path);
    }
    document.interpolated.insert(path.clone());
    *text = expanded;
}

/// The text with its references replaced, and problems with them (message, advice).
fn expand(text: &str, environment: &Environment) -> (String, Vec<(String, String)>) {
    let mut expanded = String::with_capacity(text.len());
    let mut faults = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find("${") {
        if let Some(before) = rest[..start].strip_suffix('$') {
            expanded.push_str(before);
            expanded.push_str("${");
            rest = &rest[start + 2..];
            continue;
        }
        expanded.push_str(&rest[..start]);
        let Some(length) = rest[start..].find('}') else {
            faults
                .push(("`${` without `}`".into(), "write `${NAME}`; a literal `${` is written `$${`".into()));
            rest = "";
            break;
        };
        match reference(&rest[start + 2..start + length], environment) {
            Ok(value) => expanded.push_str(value),
            Err(fault) => faults.push(fault),
        }
        rest = &rest[start + length + 1..];
    }
    expanded.push_str(rest);
    (expanded, faults)
}

fn reference<'e>(inside: &'e str, environment: &'e Environment) -> Result<&'e str, (String, String)> {
    let (name, default) = match inside.split_once(":-") {
        Some((name, default)) => (name, Some(default)),
        None => (inside, None),
    };
    if !is_name(name) {
        let advice = "a name is letters, digits and `_`: `${NAME}` or `${NAME:-default}`";
        return Err(("`${…}` does not hold the name of a variable".into(), advice.into()));
    }
    environment.get(name).or(default).ok_or_else(|| {
        let advice = format!("set it (or add it to the env file), or give a default: `${{{name}:-default}}`");
        (format!("the environment variable {name} is not set"), advice)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_defaults_and_escapes() {
        let environment = Environment::from_iter([("HOST", "h"), ("EMPTY", "")]);
        let expanded = |text| expand(text, &environment);
        assert_eq!(expanded("http://${HOST}:${PORT:-80}/${EMPTY:-e}").0, "http://h:80/e");
        assert_eq!(expanded("$${HOST} $HOST $").0, "${HOST} $HOST $");
        assert_eq!(expanded("${MISSING} ${9} ${HOST").1.len(), 3);
    }
}
