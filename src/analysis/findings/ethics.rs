//! Findings on ethics risks. They are automated and kept apart from every score.

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
    /// Whether its definitions are our own paraphrase or supplied by the user.
    pub text_source: TextSource,
    /// Publication on which it is based.
    pub citation: String,
    /// Label that every figure must carry.
    pub wording: String,
    /// Ids of the judges asked.
    pub judges: Vec<String>,
    /// Risks in the instrument's order, including those that no judge can be asked about.
    pub risks: Vec<RiskFinding>,
    /// Differences between arms, judge by judge; conditions against the recorded sessions come first.
    #[serde(default)]
    pub contrasts: Vec<RiskContrast>,
    /// Every session in which a judge calls a risk present, for a person to read.
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
    /// What has to be examined to detect it.
    pub detectability: Detectability,
    /// Why there is no figure, if no judge can be asked; otherwise empty.
    pub not_assessable: String,
    /// Ids of counterfactual variants whose figures address it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub variants: Vec<String>,
    /// What a judge cannot see of it.
    pub caution: Option<String>,
    /// Figures per arm and judge; empty if no judge can be asked.
    pub rates: Vec<RiskRate>,
}

impl RiskFinding {
    /// Why there is no figure here, and where related figures are.
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
    /// Share of sessions with the risk present among those decided present or absent, clustered by source.
    pub share: Estimate,
    /// Number of sessions with the risk present and not rejected by a reviewer.
    pub present: usize,
    /// Number of those with high severity.
    pub high: usize,
    /// Number absent, or rejected by a reviewer.
    pub absent: usize,
    /// Number that the judge could not decide.
    pub cannot_tell: usize,
    /// Number of unusable answers.
    pub unusable: usize,
    /// Number confirmed by a reviewer.
    pub confirmed: usize,
    /// Number rejected by a reviewer.
    pub rejected: usize,
    /// Agreement among several answers to the same question; `None` if each was asked once.
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
    /// Severity according to the judge.
    pub severity: Severity,
    /// Numbers of the turns with quotes that were found.
    pub turns: Vec<u32>,
    /// Counts of the judge's answers, if it was asked more than once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub draws: Option<DrawCount>,
    /// A reviewer's decision.
    pub status: ReviewStatus,
}

/// Agreement among several answers to each question of one judge, risk and arm.
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
    /// Share of sessions in which the risk counts: condition minus base, paired by recorded session.
    pub difference: Estimate,
    /// p value of the sign-flip test; `None` without a pair.
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
