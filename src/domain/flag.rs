//! Flags: a phrase of one category found in one span, whoever said it.

use serde::{Deserialize, Serialize};

use super::{SessionId, Span, Speaker};

/// Default severity of a category.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Reported only as a rate.
    Info,
    /// Low severity.
    Low,
    /// Medium severity.
    Medium,
    /// High severity: a person has to review it.
    High,
}

/// What found the phrase.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Detector {
    /// The lexicon.
    Lexicon,
    /// The judge, in a quote that was found word for word.
    Judge,
}

/// The judge's decision on a phrase.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FlagVerdict {
    /// No judge pass, or its answer could not be used.
    NotAsked,
    /// The judge agrees.
    Confirmed,
    /// The judge disagrees.
    Rejected,
}

/// A reviewer's decision on a flag.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReviewStatus {
    /// Not reviewed yet.
    Unreviewed,
    /// The reviewer agrees.
    Confirmed,
    /// The reviewer disagrees.
    Rejected,
}

/// Context before a flag, by the word lists of its lexicon; a field is `None` if the lexicon has no such list.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FlagContext {
    /// The client's turn before it expresses a feeling.
    pub follows_emotional_disclosure: Option<bool>,
    /// The counselor said earlier in the session that it is a program.
    pub ai_self_identified_before: Option<bool>,
}

/// The lexicon's category and severity of a phrase that the judge classified differently.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FoundAs {
    /// Id of the lexicon's category.
    pub category: String,
    /// Severity by the lexicon.
    pub severity: Severity,
}

/// One flagged phrase. It is found without knowing who wrote the turn; only reports attribute it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flag {
    /// Id of the session.
    pub session: SessionId,
    /// Where the phrase is.
    pub span: Span,
    /// Who speaks.
    pub speaker: Speaker,
    /// Category id of the taxonomy, such as `DE1`.
    pub category: String,
    /// Severity.
    pub severity: Severity,
    /// Lexicon or judge.
    pub detector: Detector,
    /// Id of the lexicon's entry; `None` for flags added by the judge.
    pub entry: Option<String>,
    /// Id of the suppressor that excludes the phrase from the counts; `None` if nothing does.
    pub suppressed_by: Option<String>,
    /// The judge's decision.
    pub judge: FlagVerdict,
    /// A reviewer's decision.
    pub status: ReviewStatus,
    /// What came before it.
    #[serde(default)]
    pub context: FlagContext,
    /// The lexicon's category and severity, where the judge's pass replaced them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub found_as: Option<FoundAs>,
}

impl Flag {
    /// True if the flag is counted: not suppressed, and rejected neither by the judge nor by a reviewer.
    pub fn counts(&self) -> bool {
        self.suppressed_by.is_none()
            && self.judge != FlagVerdict::Rejected
            && self.status != ReviewStatus::Rejected
    }
}
