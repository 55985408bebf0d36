//! The JSON Schema of a reply, serialized once for all requests that use it.

use std::{fmt, sync::Arc};

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Value, value::RawValue};

/// A JSON Schema with its canonical text (RFC 8785). Copies are free: the requests of a run share a few schemas.
#[derive(Clone)]
pub struct ReplySchema(Arc<CanonicalText>);

struct CanonicalText {
    value: Value,
    canonical: Box<RawValue>,
}

impl ReplySchema {
    /// The schema as a tree.
    pub fn value(&self) -> &Value {
        &self.0.value
    }

    /// Its canonical text.
    pub fn text(&self) -> &str {
        self.0.canonical.get()
    }

    /// Its canonical text, for insertion into a larger JSON text.
    pub fn raw(&self) -> &RawValue {
        &self.0.canonical
    }
}

impl From<Value> for ReplySchema {
    fn from(value: Value) -> Self {
        let canonical = super::key::canonical(&value);
        Self(Arc::new(CanonicalText { value, canonical }))
    }
}

impl PartialEq for ReplySchema {
    fn eq(&self, other: &Self) -> bool {
        self.text() == other.text()
    }
}

impl fmt::Debug for ReplySchema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

impl Serialize for ReplySchema {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.value().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for ReplySchema {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Value::deserialize(deserializer).map(Self::from)
    }
}
