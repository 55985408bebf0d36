//! Ethics risks: the instrument that lists them, with how each can be detected, and a judge's verdict on one risk in
//! one session. A verdict is not a score and never enters one.

mod draws;
mod verdict;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    Arm, CounselorAuthor, Digest, Observation, RaterId, Repair, ReviewStatus, RiskId, Session, SessionId,
    Severity, TextSource, Unusable,
};

pub use crate::domain::ethics::verdict::RiskVerdict;
pub use draws::{DrawCount, RiskDraw};

/// What has to be examined to detect a risk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Detectability {
    /// A single transcript can show it.
    Transcript,
    /// Only a comparison of sessions that differ in one declared respect can show it.
    Counterfactual,
    /// It depends on who uses a counselor and how, so no session can show it.
    Population,
}

/// Which counselors a risk applies to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Concerns {
    /// Any counselor.
    #[default]
    Any,
    /// Only AI counselors; the same words from a person mean something else.
    Ai,
}

/// A group of risks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Theme {
    /// Stable id.
    pub id: String,
    /// Name shown to people.
    pub name: String,
}

/// One risk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EthicsRisk {
    /// Stable id.
    #[schemars(with = "String")]
    pub id: RiskId,
    /// Its theme.
    pub theme: String,
    /// Name shown to people.
    pub name: String,
    /// What has to be examined to detect it.
    pub detectability: Detectability,
    /// Which counselors it applies to.
    #[serde(default)]
    pub concerns: Concerns,
    /// Definition of the risk.
    pub description: String,
    /// Signs that count as present.
    #[serde(default)]
    pub present_when: Vec<String>,
    /// Signs that look similar but do not count.
    #[serde(default)]
    pub absent_when: Vec<String>,
    /// What a judge cannot see of it; shown to people.
    #[serde(default)]
    pub caution: Option<String>,
}

impl EthicsRisk {
    /// Whether the risk applies to a session whose counselor turns have this author.
    pub fn applies_to(&self, author: CounselorAuthor) -> bool {
        self.detectability == Detectability::Transcript
            && (self.concerns == Concerns::Any || author == CounselorAuthor::Ai)
    }
}

/// An instrument of ethics risks, as data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EthicsRubric {
    /// Format and its version: `corater-ethics/1`.
    pub format: String,
    /// Stable id.
    pub id: String,
    /// Name shown to people.
    pub name: String,
    /// Version of the content.
    pub version: String,
    /// Whether the definitions are our own paraphrase or supplied by the user.
    pub text_source: TextSource,
    /// Publication on which the instrument is based.
    pub citation: String,
    /// Groups of risks, in order.
    pub themes: Vec<Theme>,
    /// Risks, in order.
    pub risks: Vec<EthicsRisk>,
}

impl EthicsRubric {
    /// The risk with this id, if the instrument has it.
    pub fn risk(&self, id: &RiskId) -> Option<&EthicsRisk> {
        self.risks.iter().find(|risk| risk.id == *id)
    }

    /// The name of a risk's theme.
    pub fn theme<'r>(&'r self, risk: &'r EthicsRisk) -> &'r str {
        self.themes.iter().find(|theme| theme.id == risk.theme).map_or(&risk.theme, |theme| &theme.name)
    }
}

/// One judge's assessment of one risk in one session.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Assessment {
    /// Id of the assessed session.
    pub session: SessionId,
    /// Id of the recorded session it was made from.
    pub source: SessionId,
    /// Arm of the assessed session.
    pub arm: Arm,
    /// Repeat of the reconstruction, from 1.
    pub epoch: u32,
    /// Id of the risk.
    pub risk: RiskId,
    /// Id of the judge.
    pub judge: RaterId,
    /// The judge's verdict.
    #[serde(flatten)]
    pub verdict: RiskVerdict,
    /// Supporting observations; quotes that were not found in the transcript are removed.
    pub observations: Vec<Observation>,
    /// The judge's reasoning, as written.
    pub reasoning: String,
    /// Number of quotes cited.
    pub quotes_cited: u32,
    /// Number of quotes found word for word.
    pub quotes_verified: u32,
    /// Number of quotes found with small differences.
    pub quotes_near: u32,
    /// True if the judge was asked a second time because no quote was found.
    pub reasked: bool,
    /// Repairs made to the form of the answer.
    #[serde(default)]
    pub repairs: Vec<Repair>,
    /// Every answer, if the question was asked more than once; the fields above then summarize them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub draws: Vec<RiskDraw>,
    /// Digest of the transcript that the judge read.
    pub text_digest: Digest,
    /// A reviewer's decision on the assessment.
    pub status: ReviewStatus,
}

impl Assessment {
    /// An assessment whose answer cannot be used.
    pub fn unusable(
        session: &Session,
        risk: &RiskId,
        judge: &RaterId,
        reason: Unusable,
        reasked: bool,
    ) -> Self {
        Self {
            session: session.id.clone(),
            source: session.source.clone(),
            arm: session.arm.clone(),
            epoch: session.epoch,
            risk: risk.clone(),
            judge: judge.clone(),
            verdict: RiskVerdict::Unusable { reason },
            observations: Vec::new(),
            reasoning: String::new(),
            quotes_cited: 0,
            quotes_verified: 0,
            quotes_near: 0,
            reasked,
            repairs: Vec::new(),
            draws: Vec::new(),
            text_digest: session.text_digest(),
            status: ReviewStatus::Unreviewed,
        }
    }

    /// Counts of its draws; `None` if the question was asked only once.
    pub fn drawn(&self) -> Option<DrawCount> {
        (!self.draws.is_empty()).then(|| DrawCount::of(self.draws.iter().map(|draw| draw.verdict)))
    }

    /// The severity; `None` unless the risk is present.
    pub fn severity(&self) -> Option<Severity> {
        match self.verdict {
            RiskVerdict::Present { severity } => Some(severity),
            _ => None,
        }
    }

    /// True if the risk is present and no reviewer rejected it.
    pub fn counts(&self) -> bool {
        self.severity().is_some() && self.status != ReviewStatus::Rejected
    }

    /// Key by which assessments are sorted in every file.
    pub fn key(&self) -> (&SessionId, &RiskId, &RaterId) {
        (&self.session, &self.risk, &self.judge)
    }
}

/// The columns of `ethics-review.csv`, in order. A person fills in `status` and, freely, `note`.
pub const REVIEW_COLUMNS: [&str; 8] =
    ["session", "text_digest", "risk", "judge", "severity", "turns", "status", "note"];

/// A reviewer's decision on one assessment. It is bound to a text: if the text changes, it is stale.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReviewedRisk {
    /// Id of the session.
    pub session: SessionId,
    /// Digest of the text that the reviewer read.
    pub text_digest: Digest,
    /// Id of the risk.
    pub risk: RiskId,
    /// Id of the judge whose assessment was reviewed.
    pub judge: RaterId,
    /// The decision.
    pub status: ReviewStatus,
}

/// Applies decisions to the assessments they belong to and returns how many rows matched none. Rows with `unreviewed`
/// are ignored, and only a verdict of present can be confirmed or rejected.
pub fn apply_reviews(assessments: &mut [Assessment], reviews: &[ReviewedRisk]) -> usize {
    let said = reviews.iter().filter(|review| review.status != ReviewStatus::Unreviewed);
    said.filter(|review| {
        let own = assessments.iter_mut().find(|one| {
            one.session == review.session
                && one.risk == review.risk
                && one.judge == review.judge
                && one.text_digest == review.text_digest
                && one.severity().is_some()
        });
        own.map(|one| one.status = review.status).is_none()
    })
    .count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_transcript_risk_of_ais_does_not_apply_to_people() {
        let risk = |detectability, concerns| EthicsRisk {
            id: RiskId::new("r").expect("id"),
            theme: "t".into(),
            name: "R".into(),
            detectability,
            concerns,
            description: String::new(),
            present_when: Vec::new(),
            absent_when: Vec::new(),
            caution: None,
        };
        let own = risk(Detectability::Transcript, Concerns::Ai);
        assert!(own.applies_to(CounselorAuthor::Ai) && !own.applies_to(CounselorAuthor::Human));
        assert!(risk(Detectability::Transcript, Concerns::Any).applies_to(CounselorAuthor::Human));
        for never in [Detectability::Counterfactual, Detectability::Population] {
            assert!(!risk(never, Concerns::Any).applies_to(CounselorAuthor::Ai), "{never:?}");
        }
    }
}
