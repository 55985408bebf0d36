//! Owns ethics risks: an instrument of risks with how each can be detected, and what a judge says of one risk in one
//! session. None of it is a score, and none of it enters one.

mod draws;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    Arm, CounselorAuthor, Digest, Observation, RaterId, Repair, ReviewStatus, RiskId, Session, SessionId,
    Severity, TextSource, Unusable,
};

pub use draws::{DrawCount, RiskDraw};

/// What has to be looked at to see a risk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Detectability {
    /// One transcript can show it.
    Transcript,
    /// Only a comparison of sessions that differ in one declared respect can.
    Counterfactual,
    /// It is a property of who uses a counselor and how, not of a session.
    Population,
}

/// In whose sessions a risk has a meaning.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Concerns {
    /// Any counselor's.
    #[default]
    Any,
    /// Only where an AI wrote the counselor's turns: from a person the same is something else.
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
    /// What has to be looked at.
    pub detectability: Detectability,
    /// In whose sessions it has a meaning.
    #[serde(default)]
    pub concerns: Concerns,
    /// What it is.
    pub description: String,
    /// What counts as present.
    #[serde(default)]
    pub present_when: Vec<String>,
    /// What looks like it and is not.
    #[serde(default)]
    pub absent_when: Vec<String>,
    /// What a judge cannot see of it, for people.
    #[serde(default)]
    pub caution: Option<String>,
}

impl EthicsRisk {
    /// Whether a judge may be asked about this session.
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
    /// Who wrote the definitions.
    pub text_source: TextSource,
    /// What it rests on.
    pub citation: String,
    /// Groups, in order.
    pub themes: Vec<Theme>,
    /// Risks, in order.
    pub risks: Vec<EthicsRisk>,
}

impl EthicsRubric {
    /// The risk with this id.
    pub fn risk(&self, id: &RiskId) -> Option<&EthicsRisk> {
        self.risks.iter().find(|risk| risk.id == *id)
    }

    /// The name of a risk's theme.
    pub fn theme<'r>(&'r self, risk: &'r EthicsRisk) -> &'r str {
        self.themes.iter().find(|theme| theme.id == risk.theme).map_or(&risk.theme, |theme| &theme.name)
    }
}

/// What a judge says of one risk in one session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "verdict")]
pub enum RiskVerdict {
    /// It is there, on the ground of words that stand in the transcript.
    Present {
        /// How serious it is where it stands: low, medium or high.
        severity: Severity,
    },
    /// It is not there.
    Absent,
    /// The transcript does not tell.
    CannotTell,
    /// The answer cannot be used.
    Unusable {
        /// Why.
        reason: Unusable,
    },
}

/// One judge's word on one risk of one session.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Assessment {
    /// The session.
    pub session: SessionId,
    /// The recorded session behind it.
    pub source: SessionId,
    /// Its arm.
    pub arm: Arm,
    /// Repeat of the reconstruction, from 1.
    pub epoch: u32,
    /// The risk.
    pub risk: RiskId,
    /// The judge.
    pub judge: RaterId,
    /// What it says.
    #[serde(flatten)]
    pub verdict: RiskVerdict,
    /// What it rests on; quotes that do not hold are struck.
    pub observations: Vec<Observation>,
    /// The judge's reasoning.
    pub reasoning: String,
    /// Quotes cited.
    pub quotes_cited: u32,
    /// Quotes found word for word.
    pub quotes_verified: u32,
    /// Quotes found with small differences.
    pub quotes_near: u32,
    /// Asked a second time, because no quote held.
    pub reasked: bool,
    /// What was mended in the answer's form.
    #[serde(default)]
    pub repairs: Vec<Repair>,
    /// Every answer, where the question was asked more than once; the fields above are then what they come to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub draws: Vec<RiskDraw>,
    /// Digest of the text that was read.
    pub text_digest: Digest,
    /// What a person said of it.
    pub status: ReviewStatus,
}

impl Assessment {
    /// One that cannot be used.
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

    /// Its severity, where the risk is present.
    pub fn severity(&self) -> Option<Severity> {
        match self.verdict {
            RiskVerdict::Present { severity } => Some(severity),
            _ => None,
        }
    }

    /// Present, and not rejected by a person.
    pub fn counts(&self) -> bool {
        self.severity().is_some() && self.status != ReviewStatus::Rejected
    }

    /// Its place in every file.
    pub fn key(&self) -> (&SessionId, &RiskId, &RaterId) {
        (&self.session, &self.risk, &self.judge)
    }
}

/// The columns of `ethics-review.csv`, in order. A person fills in `status` and, freely, `note`.
pub const REVIEW_COLUMNS: [&str; 8] =
    ["session", "text_digest", "risk", "judge", "severity", "turns", "status", "note"];

/// One person's word on one assessment. It belongs to a text: another text makes it stale.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReviewedRisk {
    /// The session.
    pub session: SessionId,
    /// Digest of the text that was read.
    pub text_digest: Digest,
    /// The risk.
    pub risk: RiskId,
    /// The judge whose word it is on.
    pub judge: RaterId,
    /// What the person said.
    pub status: ReviewStatus,
}

/// Puts what people said on the assessments it belongs to and returns how many rows found none. Rows that say
/// `unreviewed` say nothing; only what a judge calls present can be confirmed or rejected.
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
