//! The canonical form of JSON: equal values have equal bytes.

use serde::Serialize;
use serde_json::value::RawValue;

/// Canonical JSON of small values.
///
/// # Panics
/// Never, for values with text keys and finite numbers.
pub(super) fn canonical(value: &impl Serialize) -> Box<RawValue> {
    let text = serde_json_canonicalizer::to_string(value).expect("text keys and finite numbers");
    RawValue::from_string(text).expect("canonical JSON is JSON")
}
