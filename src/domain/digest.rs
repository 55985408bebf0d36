//! Content digests: BLAKE3 of bytes, or of the RFC 8785 canonical JSON of a value.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// A 256-bit BLAKE3 digest, written as 64 lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Digest([u8; 32]);

impl Digest {
    /// Digest of raw bytes.
    pub fn of_bytes(bytes: &[u8]) -> Self {
        Self(*blake3::hash(bytes).as_bytes())
    }

    /// Digest of all bytes of a reader.
    ///
    /// # Errors
    /// Reading failed.
    pub fn of_reader(reader: impl std::io::Read) -> std::io::Result<Self> {
        let mut hasher = blake3::Hasher::new();
        hasher.update_reader(reader)?;
        Ok(Self(*hasher.finalize().as_bytes()))
    }

    /// Digest of a value: BLAKE3 of its RFC 8785 canonical JSON.
    ///
    /// # Panics
    /// Never for the types of this crate: they serialize to JSON without maps that have non-string keys.
    pub fn of_value(value: &impl Serialize) -> Self {
        let canonical = serde_json_canonicalizer::to_vec(value).expect("digested types serialize to JSON");
        Self::of_bytes(&canonical)
    }

    /// Like [`Digest::of_value`], for lists of texts and of whole numbers up to 2^53: plain serialization writes these
    /// in canonical form and takes a fraction of the time.
    ///
    /// # Panics
    /// Never: lists of texts and whole numbers serialize to JSON.
    pub fn of_list(list: &impl Serialize) -> Self {
        Self::of_bytes(&serde_json::to_vec(list).expect("lists of texts and numbers serialize to JSON"))
    }

    /// All 64 hexadecimal digits.
    pub fn hex(&self) -> String {
        blake3::Hash::from_bytes(self.0).to_hex().to_string()
    }

    /// The first 8 hexadecimal digits, for names shown to people.
    pub fn short(&self) -> String {
        self.hex()[..8].to_owned()
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.hex())
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest({})", self.short())
    }
}

/// Error of a text that is not 64 hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a digest: expected 64 hexadecimal digits, found {found} characters")]
pub struct DigestError {
    /// Number of characters found.
    pub found: usize,
}

impl FromStr for Digest {
    type Err = DigestError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        blake3::Hash::from_hex(text)
            .map(|hash| Self(*hash.as_bytes()))
            .map_err(|_| DigestError { found: text.chars().count() })
    }
}

impl TryFrom<String> for Digest {
    type Error = DigestError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Digest> for String {
    fn from(digest: Digest) -> Self {
        digest.hex()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_order_does_not_change_a_digest() {
        let a: serde_json::Value = serde_json::from_str(r#"{"b":1,"a":2}"#).expect("json");
        let b: serde_json::Value = serde_json::from_str(r#"{"a":2,"b":1}"#).expect("json");
        assert_eq!(Digest::of_value(&a), Digest::of_value(&b));
    }

    #[test]
    fn a_list_has_the_same_digest_either_way() {
        let all: String = (0..0x2_0000).filter_map(char::from_u32).collect();
        let list = ("item-order", 1_u64 << 53, 0_usize, all, vec![("client", "a\u{2028}\"\\/")]);
        assert_eq!(Digest::of_list(&list), Digest::of_value(&list));
    }

    #[test]
    fn a_digest_survives_its_text_form() {
        let digest = Digest::of_bytes(b"x");
        assert_eq!(digest.hex().parse(), Ok(digest));
        assert!("zz".parse::<Digest>().is_err());
    }
}
