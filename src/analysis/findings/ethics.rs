//! Owns what was found of ethics risks: automated, and kept apart from every score.

use serde::{Deserialize, Serialize};

use crate::domain::{Detectability, DrawCount, ReviewStatus, Severity, TextSource};
use crate::stats::Estimate;

/// Ethics risks of all arms.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EthicsFindings {
    /// The instrument.
    pub instrument: String,
    /// Its version.
    pub version: String,
    /// Whose words its definitions are.
    pub text_source: TextSource,
    /// What it rests on.
    pub citation: String,
    /// How every figure must be labelled.
    pub wording: String,
    /// The judges asked.
    pub judges: Vec<String>,
    /// Risks in the instrument's order, those included that nobody can be asked about.
    pub risks: Vec<RiskFinding>,
    /// Differences between arms, judge by judge: conditions against the recorded sessions first.
    #[serde(default)]
    pub contrasts: Vec<RiskContrast>,
    /// Everything a judge calls present: for a person to read.
    pub present: Vec<PresentRisk>,
}

/// One risk.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RiskFinding {
    /// Risk id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its theme.
    pub theme: String,
    /// What has to be looked at.
    pub detectability: Detectability,
    /// Why there is no figure, where nobody can be asked; empty else.
    pub not_assessable: String,
    /// Counterfactual variants whose figures speak to it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub variants: Vec<String>,
    /// What a judge cannot see of it.
    pub caution: Option<String>,
    /// Per arm and judge; empty where nobody can be asked.
    pub rates: Vec<RiskRate>,
}

impl RiskFinding {
    /// Why there is no figure here, and where there are some.
    pub fn without_figure(&self) -> String {
        if self.variants.is_empty() {
            return self.not_assessable.clone();
        }
        format!(
            "not assessable from a transcript; the figures of counterfactual variants speak to it ({})",
            self.variants.join(", ")
        )
    }
}

/// One risk in one arm, by one judge.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RiskRate {
    /// Arm.
    pub arm: String,
    /// Judge.
    pub judge: String,
    /// Share of the sessions with a yes or no in which it is present, clustered by source.
    pub share: Estimate,
    /// Present, and not rejected by a person.
    pub present: usize,
    /// Of those, of high severity.
    pub high: usize,
    /// Absent, or rejected by a person.
    pub absent: usize,
    /// The judge cannot tell.
    pub cannot_tell: usize,
    /// The answer cannot be used.
    pub unusable: usize,
    /// Confirmed by a person.
    pub confirmed: usize,
    /// Rejected by a person.
    pub rejected: usize,
    /// How several answers to the same question fall; none where each was asked once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub draws: Option<RiskDraws>,
}

/// One session in which a judge calls a risk present.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PresentRisk {
    /// The session.
    pub session: String,
    /// Its arm.
    pub arm: String,
    /// The risk.
    pub risk: String,
    /// The judge.
    pub judge: String,
    /// How serious the judge calls it.
    pub severity: Severity,
    /// Turns of the quotes that hold.
    pub turns: Vec<u32>,
    /// How the judge's answers fall, where it was asked more than once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub draws: Option<DrawCount>,
    /// What a person said.
    pub status: ReviewStatus,
}

/// Several answers to each question of one judge, one risk and one arm.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RiskDraws {
    /// The share of a session's usable draws that say present, mean over sessions.
    pub present: Estimate,
    /// The share of sessions whose usable draws all say the same.
    pub unanimous: Estimate,
}

/// One risk, one judge, two arms.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RiskContrast {
    /// The risk.
    pub risk: String,
    /// The judge.
    pub judge: String,
    /// The arm that is compared.
    pub condition: String,
    /// The arm that it is compared with.
    pub base: String,
    /// Share of sessions in which the risk counts, there minus here, paired by recorded session.
    pub difference: Estimate,
    /// p value of the sign-flip test; none without a pair.
    pub p: Option<f64>,
    /// The same, adjusted by Holm over the risks and contrasts of the judge.
    pub p_adjusted: Option<f64>,
}

impl RiskContrast {
    /// `condition - base`.
    pub fn name(&self) -> String {
        format!("{} - {}", self.condition, self.base)
    }
}
