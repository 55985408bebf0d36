//! The findings: everything that any report, gate or verdict states, as typed fields that can be read back.

pub mod agree;
mod alternative;
mod author;
mod calibrated;
mod coherence;
mod contrast;
mod conversation;
mod corrected;
mod coverage;
mod ethics;
mod grounding;
mod published;
mod served;
mod variants;

use serde::{Deserialize, Serialize};

use crate::domain::{Digest, TextSource};
use crate::stats::{Estimate, Undefined};

use super::measure_check::MeasureFinding;
use super::row::EstimateRow;
use super::verdict::{ItemVerdict, Margins};

pub use crate::analysis::findings::author::Author;
pub use crate::analysis::findings::contrast::Contrast;
pub use alternative::{AltTestFinding, AltTestOutcome};
pub use calibrated::{CalibratedMean, CalibrationState};
pub use coherence::{ArmCoherence, CoherenceFindings, SessionCoherence};
pub use conversation::{
    ArmDynamics, Dynamics, FlagCourse, FlagFindings, FlagKind, FlagRate, MeasureKind, MethodCourse,
    OutcomeFinding, RiskTurn, SessionDynamics, SevereFlags,
};
pub use corrected::{CorrectedMean, RankOrder, RankedArm};
pub use coverage::CoverageFinding;
pub use ethics::{EthicsFindings, PresentRisk, RiskContrast, RiskDraws, RiskFinding, RiskRate};
pub use grounding::{GroundingFindings, GroundingRate, UnheardFact};
pub use published::{Direction, PublishedComparison, PublishedContrast};
pub use served::{CutFinding, EndingsFinding, ServedFinding};
pub use variants::{FigureKind, VariantCell, VariantFigure, VariantFinding, VariantFindings};

/// Format name of `findings.json`.
pub const FORMAT: &str = "corater-findings/2";

/// Findings of an analysis of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Findings {
    /// [`FORMAT`].
    pub format: String,
    /// The experiment's one-line description.
    pub description: String,
    /// Counts of what is invented.
    pub synthetic: Synthetic,
    /// The findings in plain words, most important first.
    pub headline: Vec<Sentence>,
    /// Size of the analyzed data.
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
    /// The main table of agreement: figures of the clinicians and of each judge, per item.
    pub agreement: Vec<AgreementFinding>,
    /// Differential bias: judge minus clinicians in a condition, compared with the original arm.
    pub bias_by_arm: Vec<BiasByArm>,
    /// Means and differences corrected with the clinicians' ratings of some sessions.
    #[serde(default)]
    pub corrected: Vec<CorrectedMean>,
    /// The order of the arms by clinicians, judge and corrected means.
    #[serde(default)]
    pub rank_orders: Vec<RankOrder>,
    /// Means of calibrated scores, for judges with a valid calibration.
    #[serde(default)]
    pub calibrated: Vec<CalibratedMean>,
    /// Whether a judge could replace one clinician.
    #[serde(default)]
    pub alternatives: Vec<AltTestFinding>,
    /// Directions compared with those of a publication, if the experiment names one.
    #[serde(default)]
    pub published: Option<PublishedComparison>,
    /// Thresholds, declared in advance.
    pub margins: Margins,
    /// Verdicts per item and judge, totals included.
    pub verdicts: Vec<ItemVerdict>,
    /// Flagged phrases.
    pub flags: FlagFindings,
    /// Client turns with words of risk, and what the counselor did next. A cue is a reason to read the turn.
    #[serde(default)]
    pub risk_turns: Vec<RiskTurn>,
    /// How often the rules of flags, risk, refusals and steps are right, as their files state.
    #[serde(default)]
    pub measured: Vec<MeasureFinding>,
    /// Ethics risks; `None` if no judge was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ethics: Option<EthicsFindings>,
    /// Counterfactual variants; `None` if the experiment has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variants: Option<VariantFindings>,
    /// How counselor turns ended.
    pub outcomes: Vec<OutcomeFinding>,
    /// Session dynamics: all of them are proxies.
    pub dynamics: Dynamics,
    /// How much of what the client said is used, for modes that leave out turns.
    #[serde(default)]
    pub coverage: Vec<CoverageFinding>,
    /// Whether the client's turns answer the counselor; `None` if nothing was graded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub coherence: Option<CoherenceFindings>,
    /// Facts in counselor turns that had not been mentioned before; `None` if nothing was checked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grounding: Option<GroundingFindings>,
    /// What the servers behind the models showed; empty where no model is behind one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub served: Vec<ServedFinding>,
    /// Ratings that were not used.
    pub excluded: ExcludedRatings,
    /// Remarks that every report repeats.
    pub notes: Vec<String>,
    /// Every statistic, one tidy row each.
    #[serde(with = "crate::analysis::row_table")]
    pub estimates: Vec<EstimateRow>,
}

/// Counts of what was invented for demonstration.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Synthetic {
    /// Number of sessions that their source declares invented.
    pub sessions: usize,
    /// Number of ratings that their source declares invented.
    pub ratings: usize,
}

impl Synthetic {
    /// True if anything is invented.
    pub fn any(&self) -> bool {
        self.sessions + self.ratings > 0
    }
}

/// How a sentence should be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tone {
    /// It states a result.
    Finding,
    /// It limits what may be concluded.
    Caution,
    /// It must be read before anything else.
    Banner,
}

/// One sentence of the summary.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sentence {
    /// Key of the statement, for programs.
    pub key: String,
    /// How it should be read.
    pub tone: Tone,
    /// The text of the sentence.
    pub text: String,
}

/// Size of the analyzed data.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Number of recorded sessions that appear in any arm.
    pub sources: usize,
    /// Number of sessions of all arms.
    pub sessions: usize,
    /// Number of sessions rated by every clinician on at least one item.
    pub fully_rated_sessions: usize,
    /// Number of ratings that were used.
    pub ratings: usize,
    /// Number of scores left out because they are outside the scale.
    pub out_of_scale: usize,
}

/// The instrument with everything that reports must show of it.
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
    /// What the scores of this run may be called.
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
    /// True if results are per turn, so that session items do not apply.
    pub turn_level: bool,
    /// Who writes the counselor's side.
    pub author: Author,
    /// Sessions.
    pub sessions: usize,
    /// Number of recorded sessions behind them.
    pub sources: usize,
}

/// One judge.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct JudgeFinding {
    /// Rater id.
    pub id: String,
    /// Scripted: "baseline, not a language model".
    pub baseline: bool,
    /// For a panel: the judges that it averages; `draw_sd` is then the spread between them. Otherwise empty.
    #[serde(default)]
    pub members: Vec<String>,
    /// Number of ratings requested and answered in any way.
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
    /// Number of draws asked a second time because no quote was found.
    pub reasked: usize,
    /// Mean standard deviation of repeated draws.
    pub draw_sd: Estimate,
    /// Ratings that could not be used, by reason.
    pub unusable: Vec<(String, usize)>,
    /// Share of draws whose form had to be repaired before they could be read.
    #[serde(default = "not_recorded")]
    pub repaired_rate: Estimate,
    /// Number of draws with each kind of formal error.
    #[serde(default)]
    pub repaired: Vec<(String, usize)>,
    /// Whether its scores are calibrated.
    #[serde(default)]
    pub calibration: CalibrationState,
    /// Why its calibration is not valid, or what limits it.
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
    /// True if some clinicians skipped sessions: use alpha and the REML ICC instead of the ceiling's ICC(A,1).
    pub incomplete_design: bool,
    /// Error of a clinician against the mean of the other clinicians.
    pub human_mae: Estimate,
    /// Error of the judge against the same means.
    pub judge_mae: Estimate,
    /// Judge's error minus clinician's error.
    pub gap_mae: Estimate,
    /// Error of a constant against the same means.
    pub constant_mae: Estimate,
    /// Whether the judge beats the constant; `None` if either error is undefined.
    pub beats_constant: Option<bool>,
    /// Judge minus the mean of all clinicians.
    pub bias: Estimate,
    /// ICC of the judge with the mean of all clinicians. Its reference is less noisy, so it is never shown beside the
    /// ceiling.
    pub icc_with_mean: Estimate,
    /// Rank correlation of judge and mean of all clinicians.
    pub spearman_with_mean: Estimate,
    /// Share of the judge's scores within one point of the mean of all clinicians.
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

/// Ratings that were not used, and why.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExcludedRatings {
    /// Ratings of a text that differs from the session's.
    pub stale: Vec<StaleRatings>,
    /// Number of ratings of sessions that are not part of the run.
    pub unknown_session: usize,
    /// Number of ratings of items that are not in use.
    pub unused_item: usize,
    /// Number of keys that occur more than once.
    pub duplicates: usize,
}

impl ExcludedRatings {
    /// Number of all stale ratings.
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
    /// Number of ratings.
    pub count: usize,
    /// True if the ratings are of a reconstruction and carry no digest.
    pub without_digest: bool,
}
