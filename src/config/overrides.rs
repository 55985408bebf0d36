//! Overrides by `--set a.b=value`: changes to the document before it is checked, so that they are checked too.

use serde_yaml::{Mapping, Value};

use super::{document::Document, path::YamlPath, problem::ConfigProblem, value};

/// One `--set` argument.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Override {
    /// Keys, indices (from 0) or ids of list items, joined by dots: `models.smol.decoding.temperature`.
    pub path: String,
    /// The value as YAML: `0.7`, `true`, `[replay]`, or text.
    pub value: String,
}

/// Error of a `--set` argument that is not `path=value`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("--set takes path=value, such as run.concurrency=8")]
pub struct OverrideSyntax;

impl std::str::FromStr for Override {
    type Err = OverrideSyntax;

    fn from_str(text: &str) -> Result<Self, OverrideSyntax> {
        let (path, value) = text.split_once('=').ok_or(OverrideSyntax)?;
        let path = path.trim();
        if path.is_empty() || path.split('.').any(str::is_empty) {
            return Err(OverrideSyntax);
        }
        Ok(Self { path: path.to_owned(), value: value.trim().to_owned() })
    }
}

/// Applies the overrides in order; for equal paths the last one is used.
pub(super) fn apply(document: &mut Document, overrides: &[Override]) {
    for change in overrides {
        match apply_one(&mut document.value, change) {
            Ok(path) => document.mark_overridden(path),
            Err((message, advice)) => {
                let problem =
                    ConfigProblem::without_line(format!("--set {}", change.path), message).suggest(advice);
                document.problems.push(problem);
            }
        }
    }
}

fn apply_one(root: &mut Value, change: &Override) -> Result<YamlPath, (String, String)> {
    let new = parse(&change.value)?;
    let mut place = root;
    let mut path = YamlPath::root();
    for word in change.path.split('.') {
        (place, path) = step(place, &path, word)?;
    }
    *place = new;
    Ok(path)
}

fn parse(text: &str) -> Result<Value, (String, String)> {
    if text.starts_with(['[', '{', '"', '\'']) {
        serde_yaml::from_str(text).map_err(|_| {
            ("the value is not valid YAML".into(), "quote it for the shell, as in 'a.b=[x, y]'".into())
        })
    } else {
        Ok(value::of_plain(text))
    }
}

/// Goes one step down. Missing keys are created, missing list items are not.
fn step<'v>(
    place: &'v mut Value,
    path: &YamlPath,
    word: &str,
) -> Result<(&'v mut Value, YamlPath), (String, String)> {
    if place.is_null() {
        *place = Value::Mapping(Mapping::new());
    }
    match place {
        Value::Mapping(mapping) => {
            let entry = mapping.entry(Value::String(word.to_owned())).or_insert(Value::Null);
            Ok((entry, path.key(word)))
        }
        Value::Sequence(items) => {
            let has_id = |item: &Value| item.get("id").and_then(Value::as_str) == Some(word);
            let count = items.len();
            let index = items.iter().position(has_id).or_else(|| word.parse().ok());
            match index.and_then(|index| items.get_mut(index).map(|item| (index, item))) {
                Some((index, item)) => Ok((item, path.index(index))),
                None => Err((
                    format!("`{path}` has no item `{word}`"),
                    format!("it has {count}; name one by its id or its position from 0"),
                )),
            }
        }
        _ => Err((format!("`{path}` is a single value and holds no `{word}`"), "shorten the path".into())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(yaml: &str, change: &str) -> Result<(Value, String), String> {
        let mut value = serde_yaml::from_str(yaml).expect("yaml");
        let change: Override = change.parse().map_err(|error: OverrideSyntax| error.to_string())?;
        let path = apply_one(&mut value, &change).map_err(|(message, _)| message)?;
        Ok((value, path.to_string()))
    }

    #[test]
    fn a_path_goes_by_key_position_or_id() {
        let yaml = "models: [{id: a}, {id: b}]";
        let (value, path) = set(yaml, "models.b.decoding.temperature=0.5").expect("applies");
        assert_eq!(path, "models[1].decoding.temperature");
        assert_eq!(value["models"][1]["decoding"]["temperature"], Value::from(0.5));
        assert_eq!(set(yaml, "models.c.id=x").expect_err("no c"), "`models` has no item `c`");
        assert_eq!(
            set(yaml, "models.0.id.x=1").expect_err("text"),
            "`models[0].id` is a single value and holds no `x`"
        );
        assert!(set(yaml, "models..x=1").is_err() && set(yaml, "models").is_err());
    }
}
