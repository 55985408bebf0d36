//! How a rule-based measure did on sentences whose right answers are known, as the file of its rules states it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A measure that is decided by rules over words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// Words of risk in a client turn.
    Risk,
    /// Refusals in words in a counselor turn.
    Refusals,
    /// Flagged phrases in a counselor turn.
    Flags,
    /// Steps of the method in a counselor turn.
    Steps,
}

/// Counts of right results on sentences whose right answers are known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MeasuredSpec {
    /// The measure.
    pub measure: Measure,
    /// What was read, as a plural noun with its kind: `invented sentences`.
    pub on: String,
    /// Sentences to be found that were found.
    pub found: usize,
    /// Sentences to be found.
    pub to_find: usize,
    /// Sentences to be left out that were left out.
    pub left_out: usize,
    /// Sentences to be left out.
    pub to_leave_out: usize,
}

impl Measure {
    /// Every measure.
    pub const ALL: [Self; 4] = [Self::Risk, Self::Refusals, Self::Flags, Self::Steps];

    /// The right answers of its sentences: to be found, to be left out.
    pub fn answers(self) -> [&'static str; 2] {
        match self {
            Self::Risk => ["risk", "everyday"],
            Self::Refusals => ["refusal", "no_refusal"],
            Self::Flags => ["flagged", "plain"],
            Self::Steps => ["step", "no_step"],
        }
    }

    /// The measure in words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Risk => "words of risk",
            Self::Refusals => "refusals in words",
            Self::Flags => "flagged phrases",
            Self::Steps => "steps of the method",
        }
    }
}
