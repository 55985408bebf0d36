//! Owns what an analysis of a run is given: everything that judging, reconstruction and the dataset left behind.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::domain::{
    AnswerGrade, Assessment, Condition, Digest, EthicsRubric, Flag, ItemId, RaterId, Rating, Reference,
    RiskId, Rubric, Session, SessionId, Severity, Span, VariantId,
};

use crate::text::conversation::Cues;
use crate::text::grounding::Grounding;

use super::calibration::Calibration;
use super::findings::ServedFinding;
use super::verdict::Margins;

/// The axes of flags; they are never added up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FlagKind {
    /// Language of a self that understands, feels, is present or has lived. Deceptive only where an AI says it.
    DeceptiveEmpathy,
    /// Template warmth without a self.
    FormulaicWarmth,
    /// Agreement with a harmful belief.
    OverValidation,
}

impl FlagKind {
    /// The word used in tables.
    pub fn word(self) -> &'static str {
        match self {
            Self::DeceptiveEmpathy => "deceptive_empathy",
            Self::FormulaicWarmth => "formulaic_warmth",
            Self::OverValidation => "over_validation",
        }
    }
}

/// One category of the taxonomy of flags.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Category {
    /// Code, such as `DE1`.
    pub id: String,
    /// Name shown to people.
    pub name: String,
    /// Its axis.
    pub kind: FlagKind,
    /// Default severity.
    pub severity: Severity,
    /// True when phrases cannot find it: without a judge pass its count is undefined, never 0.
    pub needs_judge: bool,
}

/// A judge of the run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JudgeInput {
    /// The rater id its ratings carry.
    pub id: RaterId,
    /// True for the scripted judge: "baseline, not a language model".
    pub baseline: bool,
    /// Digest of its model, decoding, prompt and draws; none where it is not known.
    pub identity: Option<Digest>,
    /// For a panel: the judges whose mean it is.
    pub members: Vec<RaterId>,
}

/// What a person marked in a session by reading it; a session that was read and holds nothing has one without `found`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MarkInput {
    /// The session.
    pub session: SessionId,
    /// Where, and the category.
    pub found: Option<(Span, String)>,
}

/// What judges were asked of ethics risks, and what they said.
#[derive(Debug, Clone, Copy)]
pub struct EthicsInput<'a> {
    /// The instrument.
    pub rubric: &'a EthicsRubric,
    /// The risks in use.
    pub risks: &'a [RiskId],
    /// The judges asked.
    pub judges: &'a [RaterId],
    /// Their words.
    pub assessments: &'a [Assessment],
}

/// A counterfactual variant, and what it does to the recorded sessions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VariantInput {
    /// Its name.
    pub id: VariantId,
    /// Ethics risks that it speaks to, with their names.
    pub asks: Vec<(RiskId, String)>,
    /// What is replaced by what.
    pub replaced: Vec<(String, String)>,
    /// Recorded sessions in which it changes something.
    pub changed: usize,
    /// Recorded sessions without a word to replace.
    pub dropped: usize,
    /// Of those it changes, sessions that have no pair in `selected`: no marked turn holds a replaced word.
    pub unheard: usize,
    /// Replacements in all of them.
    pub replacements: usize,
}

/// What came of counterfactual variants. Their sessions, and what was said of them, stand here only.
#[derive(Debug, Clone, Copy)]
pub struct VariantsInput<'a> {
    /// Variants, in the order of presentation.
    pub variants: &'a [VariantInput],
    /// Repeats of each reconstruction.
    pub epochs: u32,
    /// Reconstructed sessions of variants.
    pub sessions: &'a [Session],
    /// Judges' ratings of them.
    pub ratings: &'a [Rating],
    /// Flags in them.
    pub flags: &'a [Flag],
    /// What judges said of ethics risks in them.
    pub assessments: &'a [Assessment],
    /// Remarks that the section repeats.
    pub notes: &'a [String],
}

/// What the grounding check reads.
#[derive(Debug, Clone, Copy)]
pub struct GroundingInput<'a> {
    /// Its words, one set per language.
    pub words: &'a [Grounding],
    /// What counselors were told beside the words, by recorded session.
    pub context: &'a BTreeMap<SessionId, String>,
}

/// Grades of exchanges, and the rules declared before looking at them.
#[derive(Debug, Clone, Copy)]
pub struct CoherenceInput<'a> {
    /// The grades.
    pub grades: &'a [AnswerGrade],
    /// The grader's name.
    pub grader: &'a str,
    /// True for the scripted grader: "baseline, not a language model".
    pub baseline: bool,
    /// The lowest grade that counts as an answer.
    pub answers_from: u8,
    /// Reconstructions with a smaller share of answered turns are left out of corrected contrasts.
    pub minimum_share: f64,
}

/// Everything an analysis of a run reads. The order of the slices changes nothing but `items`, `conditions`,
/// `judges` and `categories`, which give the order of presentation.
#[derive(Debug, Clone, Copy)]
pub struct Inputs<'a> {
    /// The experiment's one-line description.
    pub description: &'a str,
    /// Recorded and reconstructed sessions.
    pub sessions: &'a [Session],
    /// Ratings of judges and clinicians.
    pub ratings: &'a [Rating],
    /// Scores of clinicians that were left out because they are outside the scale, per item.
    pub out_of_scale: &'a [(ItemId, usize)],
    /// Flags, suppressed and rejected ones included.
    pub flags: &'a [Flag],
    /// Whether flagging was asked for.
    pub flags_enabled: bool,
    /// The judge of the flag pass, if there was one.
    pub flag_judge: Option<&'a RaterId>,
    /// Sessions whose language has no lexicon: their flags are undefined.
    pub flags_undefined: &'a [SessionId],
    /// Spans that a person marked, to hold the flags against.
    pub marks: &'a [MarkInput],
    /// Cue words of conversations, one set per language.
    pub cues: &'a [Cues],
    /// Ethics risks; none where nobody was asked.
    pub ethics: Option<EthicsInput<'a>>,
    /// Counterfactual variants; none where the experiment has none.
    pub variants: Option<VariantsInput<'a>>,
    /// The grounding check; none checks nothing.
    pub grounding: Option<GroundingInput<'a>>,
    /// Whether the client's turns answer the counselor; none where nobody asked.
    pub coherence: Option<CoherenceInput<'a>>,
    /// The taxonomy.
    pub categories: &'a [Category],
    /// The instrument.
    pub rubric: &'a Rubric,
    /// Where its anchor text comes from and the digest of the file, when it is the user's.
    pub anchors: Option<(&'a str, Digest)>,
    /// Items in use.
    pub items: &'a [ItemId],
    /// Conditions of the matrix.
    pub conditions: &'a [Condition],
    /// Judges.
    pub judges: &'a [JudgeInput],
    /// Thresholds of the verdicts, declared before looking.
    pub margins: Margins,
    /// Published means to hold directions against.
    pub reference: Option<&'a Reference>,
    /// Maps from judges' scores to the clinicians' scale, fitted earlier.
    pub calibration: Option<&'a Calibration>,
    /// Digest of the instructions the clinicians rated by.
    pub instructions: Option<Digest>,
    /// Seed of every resample.
    pub seed: u64,
    /// Resamples of the cluster bootstrap; 0 leaves those intervals out.
    pub bootstrap: u32,
    /// What the servers behind the models showed.
    pub served: &'a [ServedFinding],
    /// Remarks of earlier stages that every report repeats.
    pub notes: &'a [String],
}
