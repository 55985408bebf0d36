//! Owns the findings: everything that any report, gate or verdict says, as typed fields. Readable back.

use serde::{Deserialize, Serialize};

use crate::domain::{CounselorAuthor, Severity, TextSource};
use crate::stats::{Estimate, Undefined};

use super::inputs::FlagKind;
use super::row::EstimateRow;
use super::verdict::{ItemVerdict, Margins};

/// Format name of `findings.json`.
pub const FORMAT: &str = "corater-findings/1";

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
    /// Thresholds, declared before looking.
    pub margins: Margins,
    /// Verdicts per item and judge, totals included.
    pub verdicts: Vec<ItemVerdict>,
    /// Flagged phrases.
    pub flags: FlagFindings,
    /// How counselor turns ended.
    pub outcomes: Vec<OutcomeFinding>,
    /// Session dynamics: all of them are proxies.
    pub dynamics: Dynamics,
    /// Ratings that entered nothing.
    pub excluded: Excluded,
    /// Remarks that every report repeats.
    pub notes: Vec<String>,
    /// Every statistic, one tidy row each.
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

/// Flagged phrases of all arms.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FlagFindings {
    /// Whether flagging was asked for.
    pub enabled: bool,
    /// The judge of the flag pass; empty when the lexicon worked alone.
    pub judge: String,
    /// How the headline figure must be worded.
    pub wording: String,
    /// Per arm and author: the three axes, then each category.
    pub rates: Vec<FlagRate>,
}

/// Flags of one axis or category in one arm.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FlagRate {
    /// Arm.
    pub arm: String,
    /// Who speaks.
    pub author: Author,
    /// The axis.
    pub kind: FlagKind,
    /// The category; empty for the axis as a whole.
    pub category: String,
    /// What the figure may be called: the same phrase is deceptive only where an AI says it.
    pub label: String,
    /// Severity of the category.
    pub severity: Option<Severity>,
    /// Why there is no figure.
    pub undefined: Option<Undefined>,
    /// Flags that count.
    pub count: usize,
    /// Taken out by a suppressor.
    pub suppressed: usize,
    /// Counted and confirmed by the judge pass.
    pub judge_confirmed: usize,
    /// Rejected by the judge pass.
    pub judge_rejected: usize,
    /// Counted and confirmed by a person.
    pub person_confirmed: usize,
    /// Rejected by a person.
    pub person_rejected: usize,
    /// Counted, nobody has looked.
    pub unreviewed: usize,
    /// Sessions looked at.
    pub sessions: usize,
    /// Sessions whose language has no lexicon.
    pub sessions_undefined: usize,
    /// Counselor turns looked at.
    pub counselor_turns: usize,
    /// Counselor words looked at.
    pub counselor_words: usize,
    /// Flags per 100 counselor turns.
    pub per_100_turns: Estimate,
    /// Flags per session.
    pub per_session: Estimate,
    /// Flags per 1,000 counselor words.
    pub per_1000_words: Estimate,
    /// Share of counselor turns with at least one.
    pub share_of_turns: Estimate,
    /// Sessions with at least one.
    pub sessions_with: usize,
    /// Counselor turn of the first one, median over sessions that have one.
    pub first_turn: Estimate,
}

/// How counselor turns of one arm ended. Refusals and filtered replies are findings: the signal of abandonment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OutcomeFinding {
    /// Arm.
    pub arm: String,
    /// Counselor turns.
    pub turns: usize,
    /// The model declined.
    pub refusal: usize,
    /// The provider's filter stopped the reply.
    pub content_filter: usize,
    /// Cut by the token limit.
    pub truncated: usize,
    /// No words.
    pub empty: usize,
    /// Share of turns refused or filtered.
    pub abandonment_rate: Estimate,
    /// Sessions with at least one refused or filtered turn.
    pub sessions_with_abandonment: usize,
    /// Sessions.
    pub sessions: usize,
}

/// Session dynamics. Every figure is a proxy: counted, not understood.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Dynamics {
    /// One entry per session, in id order.
    pub sessions: Vec<SessionDynamics>,
    /// Mean per arm and measure.
    pub arms: Vec<ArmDynamics>,
    /// How the figures must be worded.
    pub wording: String,
}

/// The measures of one session. Opening turns are left out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SessionDynamics {
    /// Session.
    pub session: String,
    /// Arm.
    pub arm: String,
    /// Recorded session behind it.
    pub source: String,
    /// Counselor turns.
    pub counselor_turns: usize,
    /// Client turns.
    pub client_turns: usize,
    /// Counselor words (characters where words are not separated by spaces).
    pub counselor_words: usize,
    /// Client words (likewise).
    pub client_words: usize,
    /// Counselor words per counselor turn.
    pub words_per_turn: Option<f64>,
    /// Counselor share of all words.
    pub talk_ratio: Option<f64>,
    /// Questions per counselor turn.
    pub questions_per_turn: Option<f64>,
    /// True when characters were counted instead of words.
    pub in_characters: bool,
}

/// One measure in one arm.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ArmDynamics {
    /// Arm.
    pub arm: String,
    /// Measure.
    pub measure: String,
    /// Mean over sessions, clustered by source.
    pub mean: Estimate,
    /// Condition minus original, paired by source; none for the original arm.
    pub difference: Option<Estimate>,
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
