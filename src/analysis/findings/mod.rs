//! Owns the findings: everything that any report, gate or verdict says, as typed fields. Readable back.

mod alternative;
mod calibrated;
mod coherence;
mod conversation;
mod corrected;
mod coverage;
mod ethics;
mod grounding;
mod published;
mod served;
mod variants;

use serde::{Deserialize, Serialize};

use crate::domain::{CounselorAuthor, Digest, TextSource};
use crate::stats::{Estimate, Undefined};

use super::row::EstimateRow;
use super::verdict::{ItemVerdict, Margins};

pub use alternative::{AltTestFinding, AltTestOutcome};
pub use calibrated::{CalibratedMean, CalibrationState};
pub use coherence::{ArmCoherence, CoherenceFindings, SessionCoherence};
pub use conversation::{
    ArmDynamics, Dynamics, FlagCourse, FlagFindings, FlagRate, MethodCourse, OutcomeFinding, RiskTurn,
    SessionDynamics, SevereFlags, Summary,
};
pub use corrected::{CorrectedMean, RankOrder, RankedArm};
pub use coverage::CoverageFinding;
pub use ethics::{EthicsFindings, PresentRisk, RiskContrast, RiskDraws, RiskFinding, RiskRate};
pub use grounding::{GroundingFindings, GroundingRate, UnheardFact};
pub use published::{Direction, Published, PublishedContrast};
pub use served::{CutFinding, EndingsFinding, ServedFinding};
pub use variants::{FigureKind, VariantCell, VariantFigure, VariantFinding, VariantFindings};

/// Format name of `findings.json`.
pub const FORMAT: &str = "corater-findings/2";

/// What an analysis of a run found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Findings {
    /// [`FORMAT`].
    pub format: String,
    /// The experiment's one-line description.
    pub description: String,
    /// What is invented.
    pub synthetic: Synthetic,
    /// What was found, in plain words, most important first.
    pub headline: Vec<Sentence>,
    /// How much was analysed.
    pub counts: Counts,
    /// The instrument.
    pub rubric: RubricFinding,
    /// Items in order.
    pub items: Vec<ItemFinding>,
    /// Arms in order: `original`, then the conditions.
    pub arms: Vec<ArmFinding>,
    /// Judges with the quality of their evidence.
    pub judges: Vec<JudgeFinding>,
    /// Clinicians in id order.
    pub clinicians: Vec<String>,
    /// Arms x items x rater groups.
    pub arm_items: Vec<ArmItem>,
    /// Conditions against the original arm, paired by source.
    pub contrasts: Vec<Contrast>,
    /// The main table of agreement: per item, the clinicians and each judge beside them.
    pub agreement: Vec<AgreementFinding>,
    /// Judge minus clinicians, in a condition against the original arm.
    pub bias_by_arm: Vec<BiasByArm>,
    /// Means and differences corrected with the clinicians' ratings of some sessions.
    #[serde(default)]
    pub corrected: Vec<CorrectedMean>,
    /// The order of the arms by clinicians, judge and corrected means.
    #[serde(default)]
    pub rank_orders: Vec<RankOrder>,
    /// Means of calibrated scores, for judges whose calibration holds.
    #[serde(default)]
    pub calibrated: Vec<CalibratedMean>,
    /// Whether a judge could stand in for one clinician.
    #[serde(default)]
    pub alternatives: Vec<AltTestFinding>,
    /// Directions beside those of a publication, where the experiment names one.
    #[serde(default)]
    pub published: Option<Published>,
    /// Thresholds, declared before looking.
    pub margins: Margins,
    /// Verdicts per item and judge, totals included.
    pub verdicts: Vec<ItemVerdict>,
    /// Flagged phrases.
    pub flags: FlagFindings,
    /// Client turns with words of risk, and what the counselor did next. A cue is a reason to read the turn.
    #[serde(default)]
    pub risk_turns: Vec<RiskTurn>,
    /// Ethics risks; none where nobody was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ethics: Option<EthicsFindings>,
    /// Counterfactual variants; none where the experiment has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variants: Option<VariantFindings>,
    /// How counselor turns ended.
    pub outcomes: Vec<OutcomeFinding>,
    /// Session dynamics: all of them are proxies.
    pub dynamics: Dynamics,
    /// How much of what the client said comes up, in modes that leave turns out.
    #[serde(default)]
    pub coverage: Vec<CoverageFinding>,
    /// Whether the client's turns answer the counselor; none where nobody asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub coherence: Option<CoherenceFindings>,
    /// Facts in counselor turns that nobody spoke of before; none where nothing was checked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grounding: Option<GroundingFindings>,
    /// What the servers behind the models showed; empty where no model is behind one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub served: Vec<ServedFinding>,
    /// Ratings that entered nothing.
    pub excluded: Excluded,
    /// Remarks that every report repeats.
    pub notes: Vec<String>,
    /// Every statistic, one tidy row each.
    #[serde(with = "crate::analysis::row_table")]
    pub estimates: Vec<EstimateRow>,
}

/// What was invented for demonstration.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Synthetic {
    /// Sessions that their source declares invented.
    pub sessions: usize,
    /// Ratings that their source declares invented.
    pub ratings: usize,
}

impl Synthetic {
    /// True when anything is.
    pub fn any(&self) -> bool {
        self.sessions + self.ratings > 0
    }
}

/// How a sentence is to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tone {
    /// A result.
    Finding,
    /// Limits what may be concluded.
    Caution,
    /// Must be read before anything else.
    Banner,
}

/// One sentence of the summary.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sentence {
    /// Which statement it is, for programs.
    pub key: String,
    /// How it is to be read.
    pub tone: Tone,
    /// The words.
    pub text: String,
}

/// How much was analysed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Recorded sessions that appear in any arm.
    pub sources: usize,
    /// Sessions of all arms.
    pub sessions: usize,
    /// Sessions rated by every clinician on at least one item.
    pub fully_rated_sessions: usize,
    /// Ratings that entered the analysis.
    pub ratings: usize,
    /// Scores left out because they are outside the scale.
    pub out_of_scale: usize,
}

/// The instrument as the reports must show it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RubricFinding {
    /// Stable id.
    pub id: String,
    /// Name.
    pub name: String,
    /// Version.
    pub version: String,
    /// Paraphrase or the user's own text.
    pub text_source: TextSource,
    /// Where the user's text comes from, in the user's words, and the digest of its file.
    #[serde(default)]
    pub anchors: Option<(String, Digest)>,
    /// Whether a person compared it with the manual.
    pub checked_against_manual: bool,
    /// The instrument's source.
    pub citation: String,
    /// Lowest score.
    pub scale_min: i32,
    /// Highest score.
    pub scale_max: i32,
    /// The total's rule in words.
    pub total_rule: String,
    /// The label threshold of a complete total, if the instrument has one.
    pub competence_minimum: Option<f64>,
    /// How the scores of this run may be called.
    pub score_wording: String,
}

/// One item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ItemFinding {
    /// Item id, `total` or `total_complete`.
    pub id: String,
    /// Name.
    pub name: String,
    /// Confounded by replay in this run: client turns cannot react to the new counselor.
    pub replay_confounded: bool,
    /// Why scores deserve less confidence.
    pub confidence_note: Option<String>,
}

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

/// One arm.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArmFinding {
    /// `original` or the condition's id.
    pub id: String,
    /// Name shown to people.
    pub label: String,
    /// Scripted counselor: "baseline, not a language model".
    pub baseline: bool,
    /// Mode of reconstruction.
    pub mode: Option<String>,
    /// Results are per turn: session items do not apply.
    pub turn_level: bool,
    /// Who writes the counselor's side.
    pub author: Author,
    /// Sessions.
    pub sessions: usize,
    /// Recorded sessions behind them.
    pub sources: usize,
}

/// One judge.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct JudgeFinding {
    /// Rater id.
    pub id: String,
    /// Scripted: "baseline, not a language model".
    pub baseline: bool,
    /// For a panel: the judges whose mean it is. Its spread of draws is then the spread between them.
    #[serde(default)]
    pub members: Vec<String>,
    /// Ratings asked for and answered in any way.
    pub ratings: usize,
    /// Quotes cited.
    pub quotes_cited: usize,
    /// Quotes found word for word.
    pub quotes_verified: usize,
    /// Quotes found with small differences.
    pub quotes_near: usize,
    /// Share of cited quotes found word for word or nearly.
    pub verified_rate: Estimate,
    /// Share of ratings that could not be used.
    pub unusable_rate: Estimate,
    /// Share of ratings that said "not assessable".
    pub not_assessable_rate: Estimate,
    /// Draws asked a second time because no quote verified.
    pub reasked: usize,
    /// Mean standard deviation of repeated draws.
    pub draw_sd: Estimate,
    /// Ratings that could not be used, by reason.
    pub unusable: Vec<(String, usize)>,
    /// Share of draws whose form had to be mended before they could be read.
    #[serde(default = "not_recorded")]
    pub repaired_rate: Estimate,
    /// Draws with a fault of form, by its kind.
    #[serde(default)]
    pub repaired: Vec<(String, usize)>,
    /// How its scores may be read.
    #[serde(default)]
    pub calibration: CalibrationState,
    /// Why its calibration does not hold, or what limits it.
    #[serde(default)]
    pub calibration_because: Vec<String>,
}

fn not_recorded() -> Estimate {
    Estimate::undefined(Undefined::NotApplicable)
}

/// Scores of one item in one arm by one group of raters.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ArmItem {
    /// Arm.
    pub arm: String,
    /// Item id, `total` or `total_complete`.
    pub item: String,
    /// The judge; empty for the clinicians together.
    pub judge: String,
    /// Raters that scored anything in this arm, joined by `+`.
    pub raters: String,
    /// Mean over sessions (the clinicians' mean first), clustered by source.
    pub mean: Estimate,
    /// Standard deviation over sessions.
    pub sd: Option<f64>,
    /// Ratings by outcome.
    pub tally: OutcomeTally,
    /// Share of complete totals at or above the competence threshold; only for `total_complete`.
    pub competent: Option<Estimate>,
}

/// Ratings by outcome.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutcomeTally {
    /// With a score.
    pub scored: usize,
    /// The text cannot show it.
    pub not_assessable: usize,
    /// The judge's answers could not be used.
    pub unusable: usize,
    /// The item does not apply.
    pub not_applicable: usize,
    /// Blank, or no row at all.
    pub missing: usize,
}

/// A condition against the original arm on one item, paired by source.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Contrast {
    /// Condition.
    pub condition: String,
    /// `condition - original`.
    pub contrast: String,
    /// Item id or `total`.
    pub item: String,
    /// The judge; empty for the clinicians.
    pub judge: String,
    /// Mean difference with paired t interval and p.
    pub difference: Estimate,
    /// The t test's p, Holm over items.
    pub p_adjusted: Option<f64>,
    /// The sign-flip test's p.
    pub p_sign_flip: Option<f64>,
    /// The sign-flip test's p, Holm over items.
    pub p_sign_flip_adjusted: Option<f64>,
}

/// Agreement on one item: what the main table shows. All figures are rows of `estimates` too.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AgreementFinding {
    /// Item id, `total`, `total_complete` or `pooled`.
    pub item: String,
    /// The judge; empty where there is none.
    pub judge: String,
    /// The clinicians' ICC(A,1): the ceiling.
    pub human_icc: Estimate,
    /// The clinicians' ordinal alpha.
    pub human_alpha: Estimate,
    /// The clinicians' absolute agreement by REML, which uses sessions that some of them skipped.
    pub human_icc_reml: Estimate,
    /// Some clinicians skipped sessions: alpha and the REML ICC are to be read instead of the ceiling's ICC(A,1).
    pub incomplete_design: bool,
    /// A clinician against the mean of the others.
    pub human_mae: Estimate,
    /// The judge against the same means.
    pub judge_mae: Estimate,
    /// Judge minus clinician.
    pub gap_mae: Estimate,
    /// A constant against the same means.
    pub constant_mae: Estimate,
    /// Whether the judge beats the constant; none where either is undefined.
    pub beats_constant: Option<bool>,
    /// Judge minus the mean of all clinicians.
    pub bias: Estimate,
    /// Judge with the mean of all clinicians: it has less error in its reference, so it never stands beside the
    /// ceiling.
    pub icc_with_mean: Estimate,
    /// Rank correlation of judge and mean of all clinicians.
    pub spearman_with_mean: Estimate,
    /// Share within one point of the mean of all clinicians.
    pub within1_with_mean: Estimate,
    /// How much may be concluded from this many sessions, in words.
    pub strength: String,
}

/// How much more generous a judge is in one arm than in another, compared with clinicians.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BiasByArm {
    /// Item id or `total`.
    pub item: String,
    /// The judge.
    pub judge: String,
    /// The condition or arm compared with the original arm.
    pub condition: String,
    /// `condition - original`.
    pub contrast: String,
    /// Bias in the condition minus bias in the original arm, paired by source.
    pub difference: Estimate,
    /// p, Holm over items.
    pub p_adjusted: Option<f64>,
    /// Judge minus clinicians in the original arm.
    pub original: Estimate,
    /// Judge minus clinicians in the condition.
    pub in_condition: Estimate,
}

/// Ratings that entered nothing, and why.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Excluded {
    /// Ratings of another text than the session's.
    pub stale: Vec<StaleRatings>,
    /// Ratings of sessions that are not part of the run.
    pub unknown_session: usize,
    /// Ratings of items that are not in use.
    pub unused_item: usize,
    /// Keys that came more than once.
    pub duplicates: usize,
}

impl Excluded {
    /// Stale ratings in total.
    pub fn stale_count(&self) -> usize {
        self.stale.iter().map(|s| s.count).sum()
    }
}

/// Stale ratings of one session by one rater.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct StaleRatings {
    /// Session.
    pub session: String,
    /// Rater.
    pub rater: String,
    /// How many.
    pub count: usize,
    /// True when the rating of a reconstruction carries no digest at all.
    pub without_digest: bool,
}
