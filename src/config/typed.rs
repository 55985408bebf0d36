//! A checked document as the type of its file.

use serde::de::DeserializeOwned;

use super::{
    document::{At, Document},
    path::YamlPath,
};

/// The checked value as a type. What the schema cannot express (the characters of an id) is reported at its position.
pub(super) fn typed<T: DeserializeOwned>(document: &mut Document) -> Option<T> {
    // Converted through JSON, whose keys may represent numbers (`anchors: {0: …}`).
    let value = serde_json::to_value(&document.value).unwrap_or_default();
    match serde_path_to_error::deserialize(value) {
        Ok(typed) => Some(typed),
        Err(error) => {
            let path = YamlPath::from(error.path());
            let quotable = document.written(&path).is_some() && !document.interpolated.contains(&path);
            let message = if quotable {
                error.inner().to_string()
            } else {
                "this value cannot be used here".to_owned()
            };
            document.report(&path, At::Value, message, "`corater schema` prints what may stand here");
            None
        }
    }
}
