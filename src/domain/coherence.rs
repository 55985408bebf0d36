//! Owns the grade of one exchange: how well a client turn answers the counselor's turn before it.

use serde::{Deserialize, Serialize};

use super::SessionId;

/// The best grade; the worst is 0.
pub const BEST_GRADE: u8 = 10;

/// Which client turn was shown as the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ShownAs {
    /// The one that follows in the session.
    Next,
    /// Another one of the same recorded session, drawn from the seed: what a measure must tell from the next one.
    Other,
}

/// What came of asking for a grade.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "outcome")]
pub enum Graded {
    /// A grade from 0 to [`BEST_GRADE`].
    Grade {
        /// The grade.
        grade: u8,
    },
    /// Two answers in a row could not be read.
    Unreadable,
    /// The call failed.
    CallFailed,
}

impl Graded {
    /// The grade; none where there is none, never 0.
    pub fn grade(self) -> Option<u8> {
        match self {
            Self::Grade { grade } => Some(grade),
            Self::Unreadable | Self::CallFailed => None,
        }
    }
}

/// How well one client turn answers one counselor turn. Holds no words.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct AnswerGrade {
    /// The session.
    pub session: SessionId,
    /// Number of the counselor's turn.
    pub counselor_turn: u32,
    /// Which client turn was shown as its answer.
    pub shown: ShownAs,
    /// The number of that turn.
    pub client_turn: u32,
    /// The grade.
    #[serde(flatten)]
    pub graded: Graded,
}
