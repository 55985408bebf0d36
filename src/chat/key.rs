//! Identity of a call: a digest of a struct that lists everything that determines the reply.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::{Capabilities, Message, OutputFormat, Request, Role, TEMPLATE_ENGINE};
pub(super) use crate::chat::canonical::canonical;

/// Everything that determines a reply; not limits, timeouts, retries or API keys. To add an input, add a field.
///
/// Written by plain serialization as canonical JSON (RFC 8785), because a general canonicalizer takes ten times as
/// long: fields are in the order of their names, whole numbers and texts are written the same way, and values with
/// fractions or their own order are canonical already. A test compares it with the general canonicalizer.
#[derive(Serialize)]
struct KeyInputs<'r> {
    capabilities: &'r RawValue,
    decoding: &'r RawValue,
    endpoint: &'r str,
    logprobs: Option<u8>,
    messages: Vec<SortedMessage<'r>>,
    model: &'r str,
    output: SortedOutput<'r>,
    repeat: String,
    template_engine: &'static str,
    version: u32,
}

#[derive(Serialize)]
struct SortedMessage<'r> {
    content: &'r str,
    role: Role,
}

impl<'r> From<&'r Message> for SortedMessage<'r> {
    fn from(message: &'r Message) -> Self {
        Self { content: &message.content, role: message.role }
    }
}

#[derive(Serialize)]
struct SortedOutput<'r> {
    format: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'r str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    schema: Option<&'r RawValue>,
}

impl<'r> From<&'r OutputFormat> for SortedOutput<'r> {
    fn from(output: &'r OutputFormat) -> Self {
        match output {
            OutputFormat::Text => Self { format: "text", name: None, schema: None },
            OutputFormat::Json { name, schema } => {
                Self { format: "json", name: Some(name), schema: Some(schema.raw()) }
            }
        }
    }
}

/// Recipient of a request, as far as it is part of a call's identity.
#[derive(Debug, Clone)]
pub struct Addressee {
    endpoint: String,
    model: String,
    capabilities: Box<RawValue>,
}

impl Addressee {
    /// `model` (the server's name for it) at an endpoint's identity.
    pub fn new(endpoint: &str, model: &str, capabilities: &Capabilities) -> Self {
        Self {
            endpoint: endpoint.to_owned(),
            model: model.to_owned(),
            capabilities: canonical(&capabilities.shaping()),
        }
    }

    /// The endpoint's identity.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }
}

/// BLAKE3 over RFC 8785 canonical JSON of the inputs, as 64 hexadecimal digits.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CallKey(String);

impl CallKey {
    /// The key of a request sent to `addressee`.
    ///
    /// # Panics
    /// Never: the inputs serialize to JSON.
    pub fn of(request: &Request, addressee: &Addressee) -> Self {
        Self(blake3::hash(&inputs(request, addressee)).to_hex().to_string())
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

/// The text whose digest is the key.
fn inputs(request: &Request, addressee: &Addressee) -> Vec<u8> {
    let inputs = KeyInputs {
        capabilities: &addressee.capabilities,
        decoding: &canonical(&request.decoding),
        endpoint: &addressee.endpoint,
        logprobs: request.logprobs,
        messages: request.messages.iter().map(SortedMessage::from).collect(),
        model: &addressee.model,
        output: SortedOutput::from(&request.output),
        repeat: request.repeat.to_string(),
        template_engine: TEMPLATE_ENGINE,
        version: 1,
    };
    serde_json::to_vec(&inputs).expect("key inputs serialize to JSON")
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
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::chat::Decoding;

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

    fn addressee() -> Addressee {
        Addressee::new("openai|http://x/v1", "gpt", &Capabilities::default())
    }

    #[test]
    fn repeats_have_keys_of_their_own_and_the_experiments_model_id_has_none() {
        let key = |r: &Request| CallKey::of(r, &addressee());
        assert_ne!(key(&request(1)), key(&request(2)));
        let renamed = Request { model: "other".into(), ..request(1) };
        assert_eq!(key(&request(1)), key(&renamed));
    }

    /// Keys stand in ledgers: a change here loses every reply that was paid for.
    #[test]
    fn a_key_stays_what_it_is() {
        let schema = json!({"type": "object", "properties": {"score": {"enum": [0, 1.5]}}});
        let output = OutputFormat::Json { name: "rating".into(), schema: schema.into() };
        let decoding = Decoding { temperature: Some(0.0), top_p: Some(0.95), ..Decoding::default() };
        let asked = Request { output, decoding, logprobs: Some(5), ..request(3) };
        insta::assert_snapshot!(CallKey::of(&request(1), &addressee()), @"6f8cfd6e4d74fdf87b1ab04f174402da6c92cc5b7a70caa5141f281d0a0c36c7");
        insta::assert_snapshot!(CallKey::of(&asked, &addressee()), @"d2c23bea64dc94a239bb366e46acae81dd31e53ca424cecc4d2c783c4e729176");
    }

    #[test]
    fn extra_fields_have_keys_of_their_own_and_none_changes_no_key() {
        let with = |extra: serde_json::Value| {
            let extra_body = extra.as_object().expect("an object").clone();
            let decoding = Decoding { extra_body, ..Decoding::default() };
            CallKey::of(&Request { decoding, ..request(1) }, &addressee())
        };
        assert_eq!(with(json!({})), CallKey::of(&request(1), &addressee()));
        assert_ne!(with(json!({"service_tier": "flex"})), with(json!({})));
        assert_ne!(with(json!({"service_tier": "flex"})), with(json!({"service_tier": "auto"})));
    }

    proptest! {
        #[test]
        fn the_inputs_are_canonical_json(
            texts in prop::collection::vec(any::<String>(), 1..4),
            endpoint in any::<String>(),
            temperature in prop::option::of(0.0..2.0_f64),
            seed in any::<Option<u64>>(),
            logprobs in any::<Option<u8>>(),
            repeat in any::<u64>(),
            named in prop::option::of((any::<String>(), -9.0..9.0_f64)),
        ) {
            let output = named.map_or(OutputFormat::Text, |(name, number)| OutputFormat::Json {
                schema: json!({"b": number, "a": [name.clone(), 1.0], "é": null}).into(),
                name,
            });
            let messages = texts.iter().map(Message::assistant).collect();
            let decoding = Decoding { temperature, seed, stop: texts, ..Decoding::default() };
            let request = Request { messages, decoding, output, logprobs, ..request(repeat) };
            let addressee = Addressee::new(&endpoint, "gpt", &Capabilities::default());
            let written = inputs(&request, &addressee);
            let value: serde_json::Value = serde_json::from_slice(&written).expect("JSON");
            prop_assert_eq!(
                String::from_utf8(written).expect("UTF-8"),
                serde_json_canonicalizer::to_string(&value).expect("canonical")
            );
        }
    }
}
