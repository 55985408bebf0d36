//! A session: its turns, where they come from, and the digest that binds ratings to its text.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{ConditionId, Digest, Mode, SessionId, Speaker, Turn, VariantId};

/// Who writes the counselor's side of a source.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum CounselorAuthor {
    /// A person.
    Human,
    /// A language model or a scripted program.
    Ai,
}

/// Who writes the client's side of a source.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum ClientAuthor {
    /// A person.
    Human,
    /// A language model playing a client.
    Simulated,
}

/// What a source declares about its sessions. Nothing here is inferred.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Provenance {
    /// Id of the source in the experiment.
    pub source_set: String,
    /// Who wrote the counselor's turns of the recorded session.
    pub counselor: CounselorAuthor,
    /// Who wrote the client's turns.
    pub client: ClientAuthor,
    /// BCP 47 language tag, such as `en`.
    pub language: String,
    /// The basis on which the text may be used; `None` only with an explicit override.
    pub consent: Option<String>,
    /// License of the text.
    pub licence: Option<String>,
    /// Whether the text is public.
    pub public: bool,
    /// Invented for demonstration.
    pub synthetic: bool,
}

/// One side of a comparison: the sessions as recorded, or one condition's reconstructions.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Arm {
    /// As recorded.
    Original,
    /// Reconstructed under a condition.
    Condition(ConditionId),
}

impl fmt::Display for Arm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Original => f.write_str("original"),
            Self::Condition(id) => id.fmt(f),
        }
    }
}

impl From<Arm> for String {
    fn from(arm: Arm) -> Self {
        arm.to_string()
    }
}

impl TryFrom<String> for Arm {
    type Error = super::IdError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        if text == "original" { Ok(Self::Original) } else { ConditionId::new(text).map(Self::Condition) }
    }
}

/// A session, recorded or reconstructed. Immutable once built.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// Unique in a run: the recorded id, or `source@condition#epoch`; with a counterfactual variant, `source~variant`
    /// replaces `source`.
    pub id: SessionId,
    /// Id of the recorded session that this is, or was reconstructed from.
    pub source: SessionId,
    /// The counterfactual variant whose substitutions its client turns carry; `None` for the recorded words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variant: Option<VariantId>,
    /// The arm it belongs to.
    pub arm: Arm,
    /// Repeat of the reconstruction, from 1; always 1 for recorded sessions.
    pub epoch: u32,
    /// How it was reconstructed; `None` for recorded sessions.
    pub mode: Option<Mode>,
    /// Who writes the counselor's turns of *this* arm.
    pub counselor: CounselorAuthor,
    /// Declarations of the source.
    pub provenance: Provenance,
    /// The turns in order, numbered from 1.
    pub turns: Vec<Turn>,
}

impl Session {
    /// The id of a reconstruction.
    ///
    /// # Panics
    /// Never: the parts are ids already and the joined text is not empty.
    pub fn reconstructed_id(source: &SessionId, condition: &ConditionId, epoch: u32) -> SessionId {
        SessionId::new(format!("{source}@{condition}#{epoch}")).expect("joined ids form an id")
    }

    /// The id of a recorded session whose client turns carry a variant's substitutions.
    ///
    /// # Panics
    /// Never: the parts are ids already and the joined text is not empty.
    pub fn varied_id(source: &SessionId, variant: &VariantId) -> SessionId {
        SessionId::new(format!("{source}~{variant}")).expect("joined ids form an id")
    }

    /// The id of the session as it was before reconstruction: the recorded one, or the recorded one with substitutions.
    pub fn base_id(&self) -> SessionId {
        match &self.variant {
            None => self.source.clone(),
            Some(variant) => Self::varied_id(&self.source, variant),
        }
    }

    /// Digest of speakers and words, to which ratings are bound; independent of the source.
    pub fn text_digest(&self) -> Digest {
        let lines: Vec<(Speaker, &str)> = self.turns.iter().map(|t| (t.speaker, t.text.as_str())).collect();
        Digest::of_list(&lines)
    }

    /// The counselor turns that flag rates and dynamics count.
    pub fn counselor_turns(&self) -> impl Iterator<Item = &Turn> {
        self.turns.iter().filter(|t| t.is_counted_counselor())
    }

    /// The client's turns.
    pub fn client_turns(&self) -> impl Iterator<Item = &Turn> {
        self.turns.iter().filter(|t| t.speaker == Speaker::Client)
    }

    /// The turn with this number, if there is one.
    pub fn turn(&self, number: u32) -> Option<&Turn> {
        self.turns.iter().find(|t| t.number == number)
    }
}
