//! Owns the identity of a call: a digest of a struct that lists everything that determines the reply.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Capabilities, Decoding, Message, OutputFormat, Request, TEMPLATE_ENGINE};

/// Everything that determines a reply; not limits, timeouts, retries or keys. Adding an input is adding a field.
#[derive(Debug, Serialize)]
struct KeyInputs<'r> {
    version: u32,
    endpoint: &'r str,
    model: &'r str,
    capabilities: &'r Capabilities,
    messages: &'r [Message],
    decoding: &'r Decoding,
    output: &'r OutputFormat,
    logprobs: Option<u8>,
    repeat: String,
    template_engine: &'static str,
}

/// BLAKE3 over RFC 8785 canonical JSON of the inputs, as 64 hexadecimal digits.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CallKey(String);

impl CallKey {
    /// The key of a request sent to `model` (the server's name for it) at an endpoint's identity.
    ///
    /// # Panics
    /// Never: the inputs serialize to JSON.
    pub fn of(request: &Request, endpoint: &str, model: &str, capabilities: &Capabilities) -> Self {
        let inputs = KeyInputs {
            version: 1,
            endpoint,
            model,
            capabilities: &capabilities.shaping(),
            messages: &request.messages,
            decoding: &request.decoding,
            output: &request.output,
            logprobs: request.logprobs,
            repeat: request.repeat.to_string(),
            template_engine: TEMPLATE_ENGINE,
        };
        let canonical = serde_json_canonicalizer::to_vec(&inputs).expect("key inputs serialize to JSON");
        Self(blake3::hash(&canonical).to_hex().to_string())
    }

    /// A key read back from storage.
    pub fn from_stored(hex: String) -> Self {
        Self(hex)
    }

    /// The hexadecimal digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for CallKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for CallKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CallKey({})", self.0.get(..8).unwrap_or(&self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(repeat: u64) -> Request {
        Request {
            model: "m".into(),
            messages: vec![Message::user("hi")],
            decoding: Decoding::default(),
            output: OutputFormat::Text,
            logprobs: None,
            repeat,
        }
    }

    #[test]
    fn repeats_have_keys_of_their_own_and_the_experiments_model_id_has_none() {
        let capabilities = Capabilities::default();
        let key = |r: &Request| CallKey::of(r, "openai|http://x/v1", "gpt", &capabilities);
        assert_ne!(key(&request(1)), key(&request(2)));
        let renamed = Request { model: "other".into(), ..request(1) };
        assert_eq!(key(&request(1)), key(&renamed));
    }
}
