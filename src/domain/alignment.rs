//! Owns what an aligner says when it is asked about a recorded session, where it is known which client turn came next.

use serde::{Deserialize, Serialize};

use super::SessionId;

/// What an aligner says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "outcome")]
pub enum Aligned {
    /// It names a client turn.
    Turn {
        /// The turn's number in the session.
        number: u32,
    },
    /// None of them answers the counselor.
    NoneFits,
    /// Two answers in a row could not be read.
    Unreadable,
    /// The call failed.
    CallFailed,
}

/// One question after the client turn that follows a recorded counselor turn. Holds no words.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct AlignedAnswer {
    /// The session.
    pub session: SessionId,
    /// Number of the counselor's turn.
    pub counselor_turn: u32,
    /// Number of the client turn that came next.
    pub next: u32,
    /// The client turns that were offered, by number, in the order shown; the next one among them.
    pub offered: Vec<u32>,
    /// What the aligner said.
    #[serde(flatten)]
    pub said: Aligned,
}

impl AlignedAnswer {
    /// It named the turn that came next; none where the call failed. Saying that none fits, or nothing readable, is a
    /// miss: in a run the session would end there.
    pub fn hit(&self) -> Option<bool> {
        match self.said {
            Aligned::CallFailed => None,
            Aligned::Turn { number } => Some(number == self.next),
            Aligned::NoneFits | Aligned::Unreadable => Some(false),
        }
    }
}
