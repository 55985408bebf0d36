//! Owns the ways in which a session can be reconstructed.

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
}

impl Mode {
    /// The word used in ids and files.
    pub fn word(self) -> &'static str {
        match self {
            Self::Replay => "replay",
            Self::TeacherForced => "teacher_forced",
        }
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}
