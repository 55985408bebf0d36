//! Owns flags: a category of phrase found in one span, without judging who said it.

use serde::{Deserialize, Serialize};

use super::{SessionId, Span, Speaker};

/// How serious a category is by default.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Reported as a rate.
    Info,
    /// Low.
    Low,
    /// Medium.
    Medium,
    /// High: needs a human status.
    High,
}

/// Who found the phrase.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Detector {
    /// The lexicon.
    Lexicon,
    /// The judge added it; its quote was found verbatim.
    Judge,
}

/// What the judge pass said of a phrase.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JudgeVerdict {
    /// No judge pass, or its answer could not be used.
    NotAsked,
    /// The judge agrees.
    Confirmed,
    /// The judge disagrees.
    Rejected,
}

/// What a person said of a flag.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReviewStatus {
    /// Nobody has looked.
    Unreviewed,
    /// A person agrees.
    Confirmed,
    /// A person disagrees.
    Rejected,
}

/// What stood before a flag, by the word lists of its lexicon; none where the lexicon has no such list.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FlagContext {
    /// The client's turn before tells of a feeling.
    pub follows_emotional_disclosure: Option<bool>,
    /// The counselor has said earlier in the session that it is a program.
    pub ai_self_identified_before: Option<bool>,
}

/// What the lexicon called a phrase, where the judge's pass called it otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FoundAs {
    /// Category.
    pub category: String,
    /// Severity.
    pub severity: Severity,
}

/// One flagged phrase. Found blind to source: attribution happens only in the report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flag {
    /// The session.
    pub session: SessionId,
    /// Where.
    pub span: Span,
    /// Who speaks.
    pub speaker: Speaker,
    /// Category id of the taxonomy, such as `DE1`.
    pub category: String,
    /// Severity.
    pub severity: Severity,
    /// Lexicon or judge.
    pub detector: Detector,
    /// Id of the lexicon's entry; none for judge-added flags.
    pub entry: Option<String>,
    /// The suppressor that took the phrase out of the counts; none when it counts.
    pub suppressed_by: Option<String>,
    /// What the judge pass said.
    pub judge: JudgeVerdict,
    /// What a person said.
    pub status: ReviewStatus,
    /// What stood before it.
    #[serde(default)]
    pub context: FlagContext,
    /// The lexicon's category and severity, where the judge's pass replaced them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub found_as: Option<FoundAs>,
}

impl Flag {
    /// True when the flag enters the counts: not suppressed and not rejected by the judge or a person.
    pub fn counts(&self) -> bool {
        self.suppressed_by.is_none()
            && self.judge != JudgeVerdict::Rejected
            && self.status != ReviewStatus::Rejected
    }
}
