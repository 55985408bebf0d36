//! Reading one JSON object as its fields, without losing what a plain reader loses in silence: the same key twice, half of a
//! character.

use std::{collections::HashMap, fmt};

use serde::{Deserialize, Deserializer, de};
use serde_json::value::RawValue;

/// The fields of an object, and a key that is there twice.
pub(super) struct Fields<'l> {
    values: HashMap<String, &'l RawValue>,
    pub(super) doubled: Option<String>,
}

impl<'l> Fields<'l> {
    pub(super) fn get(&self, name: &str) -> Option<&'l RawValue> {
        self.values.get(name).copied()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&String, &'l RawValue)> {
        self.values.iter().map(|(key, value)| (key, *value))
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.values.keys().map(String::as_str)
    }
}

impl<'de> Deserialize<'de> for Fields<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> de::Visitor<'de> for Visitor {
            type Value = Fields<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: de::MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut fields = Fields { values: HashMap::new(), doubled: None };
                while let Some((key, value)) = map.next_entry::<String, &'de RawValue>()? {
                    if fields.values.insert(key.clone(), value).is_some() {
                        fields.doubled.get_or_insert(key);
                    }
                }
                Ok(fields)
            }
        }
        deserializer.deserialize_map(Visitor)
    }
}

/// The text of a JSON string or number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Scalar {
    pub(super) text: String,
    /// Halves of characters stood in it; U+FFFD stands for each.
    pub(super) has_halves: bool,
}

/// The text of a JSON string, or a number exactly as written: `402e12` is an id, not a quantity.
pub(super) fn scalar(value: &RawValue) -> Option<Scalar> {
    let raw = value.get();
    match raw.as_bytes().first()? {
        b'"' => match serde_json::from_str(raw) {
            Ok(text) => Some(Scalar { text, has_halves: false }),
            // A platform that counts in halves cut a message in the middle of an emoji.
            Err(_) => {
                serde_json::from_str(&without_halves(raw)).ok().map(|text| Scalar { text, has_halves: true })
            }
        },
        b'-' | b'0'..=b'9' => Some(Scalar { text: raw.to_owned(), has_halves: false }),
        _ => None,
    }
}

/// A JSON string in which every surrogate without its pair is U+FFFD.
fn without_halves(raw: &str) -> String {
    let unit = |at: usize| {
        let digits = raw.get(at..at + 6)?.strip_prefix("\\u")?;
        u16::from_str_radix(digits, 16).ok()
    };
    let (mut whole, mut at) = (String::with_capacity(raw.len()), 0);
    while let Some(c) = raw[at..].chars().next() {
        let (kept, length) = match (c, unit(at)) {
            ('\\', Some(0xd800..=0xdbff)) if matches!(unit(at + 6), Some(0xdc00..=0xdfff)) => {
                (&raw[at..at + 12], 12)
            }
            ('\\', Some(0xd800..=0xdfff)) => ("\\ufffd", 6),
            ('\\', _) => {
                let next = raw[at + 1..].chars().next().map_or(0, char::len_utf8);
                (&raw[at..=at + next], 1 + next)
            }
            _ => (&raw[at..at + c.len_utf8()], c.len_utf8()),
        };
        whole.push_str(kept);
        at += length;
    }
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Option<Scalar> {
        let raw: &RawValue = serde_json::from_str(text).expect("JSON");
        scalar(raw)
    }

    #[test]
    fn half_of_a_character_is_replaced_and_whole_ones_stay() {
        let whole = of(r#""a \ud83d\ude00 \\ud83d \n""#).expect("text");
        assert_eq!((whole.text.as_str(), whole.has_halves), ("a \u{1f600} \\ud83d \n", false));
        for text in [r#""a \ud83d b""#, r#""a \ude00 b""#] {
            let half = of(text).expect("text");
            assert_eq!((half.text.as_str(), half.has_halves), ("a \u{fffd} b", true), "{text}");
        }
        let mixed = of(r#""\ud83d\ud83d\ude00\\\ud83d""#).expect("text");
        assert_eq!(mixed.text, "\u{fffd}\u{1f600}\\\u{fffd}");
        assert_eq!(of("402e12").map(|found| found.text), Some("402e12".to_owned()));
        assert_eq!(of("[1]"), None);
    }

    #[test]
    fn a_key_that_is_there_twice_is_seen() {
        let fields: Fields<'_> = serde_json::from_str(r#"{"a": 1, "b": 2, "a": 3}"#).expect("JSON");
        assert_eq!(fields.doubled.as_deref(), Some("a"));
        assert!(serde_json::from_str::<Fields<'_>>("[1]").is_err());
    }
}
