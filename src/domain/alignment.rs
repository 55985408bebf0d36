//! Answers of an aligner about a recorded session, where the client turn that really came next is known.

use serde::{Deserialize, Serialize};

use super::SessionId;

/// An aligner's answer to one question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "outcome")]
pub enum AlignerReply {
    /// It chose a client turn.
    Turn {
        /// The turn's number in the session.
        number: u32,
    },
    /// It said that none of the offered turns answers the counselor.
    NoneFits,
    /// Two answers in a row could not be read.
    Unreadable,
    /// The call failed.
    CallFailed,
}

/// One question about which client turn follows a recorded counselor turn, with its answer. Holds no words.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct AlignedAnswer {
    /// Id of the recorded session.
    pub session: SessionId,
    /// Number of the counselor's turn.
    pub counselor_turn: u32,
    /// Number of the client turn that came next.
    pub next: u32,
    /// The client turns that were offered, by number, in the order shown; the next one among them.
    pub offered: Vec<u32>,
    /// What the aligner answered.
    #[serde(flatten)]
    pub said: AlignerReply,
}

impl AlignedAnswer {
    /// Whether it chose the turn that came next; `None` if the call failed. "None fits" and an unreadable answer count
    /// as misses, because the session would end there in a run.
    pub fn hit(&self) -> Option<bool> {
        match self.said {
            AlignerReply::CallFailed => None,
            AlignerReply::Turn { number } => Some(number == self.next),
            AlignerReply::NoneFits | AlignerReply::Unreadable => Some(false),
        }
    }
}
