//! Cue words of conversations as people write them: plain data, not yet checked.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::text::measured::MeasuredSpec;
use crate::text::phrase::Lists;

/// A file of cue words. Checked by [`super::Cues::compile`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CueSpec {
    /// Format and its version: `corater-cues/1`.
    pub format: String,
    /// Stable id.
    pub id: String,
    /// Version of the content; changes whenever a cue could change.
    pub version: String,
    /// Language of the turns it reads, as a BCP 47 tag.
    pub language: String,
    /// Who wrote the words: `own`, `licensed`, `user_supplied`.
    pub text_source: String,
    /// Alternatives that phrases name as `<list>`.
    #[serde(default)]
    pub lists: Lists,
    /// Steps of the method, in the order of the protocol, in counselor turns.
    pub stages: Vec<CueGroup>,
    /// Words of a client at risk, in client turns.
    pub risk: Vec<CueGroup>,
    /// Responses of a counselor, in counselor turns.
    pub responses: ResponseSpec,
    /// How the rules did on sentences whose right answers are known; reports print it beside each measure.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub measured: Vec<MeasuredSpec>,
    /// Turns with the cues they must contain: the file's own tests.
    #[serde(default)]
    pub examples: Vec<CueExample>,
}

/// Phrases that mean the same thing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CueGroup {
    /// Name of the group, unique in the file.
    pub id: String,
    /// Phrases to search for (see [`crate::text::phrase`]).
    #[schemars(length(min = 1))]
    pub phrases: Vec<String>,
    /// Everyday senses: a match that shares a word with one of these phrases does not count.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unless: Vec<String>,
}

/// Possible responses of a counselor to a client at risk, and inside a refusal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ResponseSpec {
    /// Responds to what the client said.
    pub acknowledge: Vec<String>,
    /// Asks about the danger.
    pub ask: Vec<String>,
    /// Names a source of help.
    pub resource: Vec<String>,
    /// Brings the client to somebody who helps, or stays until then.
    pub handover: Vec<String>,
    /// Expresses empathy.
    pub empathy: Vec<String>,
    /// Declines to continue.
    pub refuse: Vec<String>,
    /// Encourages the client to do harm, agrees with it, names a way to do it, or ridicules the client.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub harmful: Vec<String>,
    /// Other senses, by response: a match that shares a word with one of these phrases does not count.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub unless: BTreeMap<String, Vec<String>>,
}

/// Who speaks in an example.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ExampleSpeaker {
    /// The client: risk words.
    Client,
    /// The counselor: everything else.
    Counselor,
}

/// A turn and the cues it must contain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CueExample {
    /// Who speaks.
    pub speaker: ExampleSpeaker,
    /// The turn.
    pub text: String,
    /// Groups that must be found; if empty, neither a stage nor risk may be found.
    #[serde(default)]
    pub cues: Vec<String>,
}
