//! Grade of one exchange: how well a client turn answers the counselor's turn before it.

use serde::{Deserialize, Serialize};

use super::SessionId;

/// The best grade; the worst is 0.
pub const BEST_GRADE: u8 = 10;

/// Which client turn was shown to the grader as the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ShownAs {
    /// The one that follows in the session.
    Next,
    /// Another turn of the same recorded session, drawn from the seed. A usable grader can tell it apart.
    Other,
}

/// Result of asking for one grade.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "outcome")]
pub enum GradeResult {
    /// A grade was given.
    Grade {
        /// From 0 to [`BEST_GRADE`].
        grade: u8,
    },
    /// Two answers in a row could not be read.
    Unreadable,
    /// The call failed.
    CallFailed,
}

impl GradeResult {
    /// The grade, if there is one; a missing grade is never 0.
    pub fn grade(self) -> Option<u8> {
        match self {
            Self::Grade { grade } => Some(grade),
            Self::Unreadable | Self::CallFailed => None,
        }
    }
}

/// How well one client turn answers one counselor turn. Holds no transcript text.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct AnswerGrade {
    /// Id of the session.
    pub session: SessionId,
    /// Number of the counselor's turn.
    pub counselor_turn: u32,
    /// Which client turn was shown as its answer.
    pub shown: ShownAs,
    /// Number of the client turn shown.
    pub client_turn: u32,
    /// The grade, or why there is none.
    #[serde(flatten)]
    pub graded: GradeResult,
}
