//! Modes: the ways in which a session can be reconstructed.

use std::fmt;

use serde::{Deserialize, Serialize};

/// How a session is reconstructed (docs/glossary.md, "mode").
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// The original client turns in order; counselor turns regenerated with their own history.
    Replay,
    /// The human history up to each client turn; only the next counselor turn is generated. Results are per
    /// turn: the turns do not form one conversation.
    TeacherForced,
    /// The client turns that a person marked, in order; counselor turns with their own history. The study's method.
    Selected,
    /// The original client turns, each time the one that best answers the counselor; ends when none does.
    Aligned,
    /// Client turns written by a model. Marked everywhere, and in no comparison with people.
    SimulatedClient,
}

impl Mode {
    /// True when the client's words are recorded ones, which cannot react to the new counselor.
    pub fn client_is_recorded(self) -> bool {
        matches!(self, Self::Replay | Self::Selected | Self::Aligned)
    }

    /// The word used in ids and files.
    pub fn word(self) -> &'static str {
        match self {
            Self::Replay => "replay",
            Self::TeacherForced => "teacher_forced",
            Self::Selected => "selected",
            Self::Aligned => "aligned",
            Self::SimulatedClient => "simulated_client",
        }
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}
