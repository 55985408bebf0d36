//! One turn of a session: who spoke, what was said, and how the reply it was made from ended.

use serde::{Deserialize, Serialize};

/// Which side of the conversation speaks.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Speaker {
    /// The person who brings the problem (the study's "Thinker").
    Client,
    /// The person or program that responds (the study's "Helper").
    Counselor,
}

impl Speaker {
    /// The neutral, source-blind label used in transcripts.
    pub fn label(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::Counselor => "counselor",
        }
    }
}

/// How a turn ended. Everything but `Spoken` is a finding, not an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TurnOutcome {
    /// An ordinary turn, with words.
    Spoken,
    /// The model declined to answer.
    Refusal,
    /// The provider's filter stopped the reply.
    ContentFilter,
    /// The reply was cut off by the token limit; the part that arrived is kept.
    Truncated,
    /// The reply ended normally without words.
    Empty,
}

/// Whether a turn is part of reconstruction, flags and dynamics.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TurnRole {
    /// An ordinary turn of the conversation.
    Body,
    /// Counselor text before the client's first turn: kept as history in every arm, never generated, and not counted in
    /// flags and dynamics.
    Opening,
}

/// One turn: consecutive messages of one speaker, merged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Turn {
    /// Position in the session, from 1.
    pub number: u32,
    /// Who speaks.
    pub speaker: Speaker,
    /// What was said; line breaks are `\n`. Empty only if the outcome has no words.
    pub text: String,
    /// True when a model or a scripted counselor wrote this turn in this run.
    pub generated: bool,
    /// How the turn ended.
    pub outcome: TurnOutcome,
    /// Part of the conversation proper, or history around it.
    pub place: TurnRole,
    /// Milliseconds from the last message of the turn before to the first of this one, if the source has times.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waited_ms: Option<u64>,
    /// Marked by a person for the mode `selected`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub selected: bool,
    /// Number of the recorded turn with these words, if a mode moved them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub original: Option<u32>,
}

/// What a transcript shows for a turn without words, whoever was to speak.
pub const NO_REPLY: &str = "[no reply]";

impl Turn {
    /// A turn as read from a source.
    pub fn recorded(number: u32, speaker: Speaker, text: impl Into<String>) -> Self {
        Self {
            number,
            speaker,
            text: text.into(),
            generated: false,
            outcome: TurnOutcome::Spoken,
            place: TurnRole::Body,
            waited_ms: None,
            selected: false,
            original: None,
        }
    }

    /// The text shown to readers and in prompts: [`NO_REPLY`] if there are no words.
    pub fn shown(&self) -> &str {
        if self.text.trim().is_empty() { NO_REPLY } else { &self.text }
    }

    /// True for counselor turns that flag rates and dynamics count.
    pub fn is_counted_counselor(&self) -> bool {
        self.speaker == Speaker::Counselor && self.place == TurnRole::Body
    }
}
