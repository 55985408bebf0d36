//! The key of an endpoint: how it is sent, and how its copies in a server's replies are masked.

use std::fmt;

use aho_corasick::AhoCorasick;
use reqwest::header::{AUTHORIZATION, HeaderName, HeaderValue};
use secrecy::{ExposeSecret, SecretString};

use crate::{
    chat::{Failure, FailureKind},
    provider::KeyHeader,
};

/// Shorter keys are placeholders (`none`, `local`) that may be words of a reply.
const SHORTEST_KEY: usize = 8;
/// Stands where a server repeated the key.
const HIDDEN_KEY: &str = "[key]";

/// A key, with the search for its copies prepared once: every response is searched.
pub(super) struct ApiKey {
    secret: SecretString,
    /// `None` for a placeholder.
    copies: Option<AhoCorasick>,
}

impl fmt::Debug for ApiKey {
    /// Nothing of the key, and nothing of the search, which holds it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKey")
    }
}

impl ApiKey {
    /// A key as it is sent, without white space around it.
    pub(super) fn new(secret: SecretString) -> Self {
        let key = secret.expose_secret();
        let copies = (key.len() >= SHORTEST_KEY).then(|| {
            let search = AhoCorasick::builder().ascii_case_insensitive(true).build(forms(key));
            search.expect("a key is far shorter than a search can hold")
        });
        Self { secret, copies }
    }

    /// The header that carries it.
    ///
    /// # Errors
    /// It has characters that no header can carry.
    pub(super) fn header(&self, header: KeyHeader) -> Result<(HeaderName, HeaderValue), Failure> {
        let key = self.secret.expose_secret();
        let (name, value) = match header {
            KeyHeader::Bearer => (AUTHORIZATION, HeaderValue::from_str(&format!("Bearer {key}"))),
            KeyHeader::Named(name) => (HeaderName::from_static(name), HeaderValue::from_str(key)),
        };
        let mut value = value.map_err(|_| {
            Failure::new(FailureKind::Permanent, "the key has characters that no HTTP header can carry")
        })?;
        value.set_sensitive(true);
        Ok((name, value))
    }

    /// `body` with every copy of the key replaced, as it is and as JSON or an address would write it.
    pub(super) fn masked_in(&self, body: Vec<u8>) -> Vec<u8> {
        match &self.copies {
            Some(copies) if copies.is_match(&body) => {
                copies.replace_all_bytes(&body, &vec![HIDDEN_KEY; copies.patterns_len()])
            }
            _ => body,
        }
    }
}

/// The key as it is and as JSON or an address would write it.
fn forms(key: &str) -> Vec<String> {
    let quoted = serde_json::Value::from(key).to_string();
    let in_json = quoted.trim_matches('"').to_owned();
    let mut forms = vec![key.to_owned(), in_json.replace('/', r"\/"), in_json, percent_encoded(key)];
    forms.sort_unstable();
    forms.dedup();
    forms
}

/// The key as a part of an address or of a form holds it.
fn percent_encoded(key: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    key.bytes()
        .map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_copy_of_a_key_is_masked_however_it_is_written() {
        let masked = |body: &str, key: &str| {
            let masked = ApiKey::new(SecretString::from(key.to_owned())).masked_in(body.into());
            String::from_utf8(masked).expect("UTF-8")
        };
        assert_eq!(masked("a sk-1+2/3 b sk-1+2/3", "sk-1+2/3"), "a [key] b [key]");
        assert_eq!(masked(r#"{"url": "?key=sk-1%2B2%2F3"}"#, "sk-1+2/3"), r#"{"url": "?key=[key]"}"#);
        assert_eq!(masked(r#"{"said": "sk-1+2\/3"}"#, "sk-1+2/3"), r#"{"said": "[key]"}"#);
        assert_eq!(masked("SK-1+2/3", "sk-1+2/3"), "[key]");
        assert_eq!(masked("none here", "sk-1+2/3"), "none here");
        assert_eq!(masked("local is a word", "local"), "local is a word");
    }

    #[test]
    fn nothing_of_a_key_is_shown() {
        assert_eq!(format!("{:?}", ApiKey::new(SecretString::from("sk-1+2/3".to_owned()))), "ApiKey");
    }
}
