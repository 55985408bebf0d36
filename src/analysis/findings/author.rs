//! Who wrote the counselor's turns of an arm.

use serde::{Deserialize, Serialize};

use crate::domain::CounselorAuthor;

/// Who writes the counselor's side of an arm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Author {
    /// People.
    Human,
    /// Models or scripted programs.
    Ai,
    /// Sources of both kinds.
    Mixed,
}
impl From<CounselorAuthor> for Author {
    fn from(author: CounselorAuthor) -> Self {
        match author {
            CounselorAuthor::Human => Self::Human,
            CounselorAuthor::Ai => Self::Ai,
        }
    }
}
