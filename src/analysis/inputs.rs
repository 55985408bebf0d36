//! Inputs of an analysis of a run: everything that judging, reconstruction and the dataset produced.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::domain::{
    AnswerGrade, Assessment, Condition, Digest, EthicsRubric, Flag, ItemId, RaterId, Rating, Reference,
    RiskId, Rubric, Session, SessionId, Severity, Span, VariantId,
};

use crate::text::conversation::Cues;
use crate::text::grounding::Grounding;
use crate::text::measured::MeasuredSpec;

use super::calibration::Calibration;
use super::findings::ServedFinding;
use super::verdict::Margins;
pub use crate::analysis::findings::FlagKind;

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
    /// True if phrases cannot detect it: without a judge pass its count is undefined, never 0.
    pub needs_judge: bool,
}

/// A judge of the run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JudgeInput {
    /// The rater id its ratings carry.
    pub id: RaterId,
    /// True for the scripted judge: "baseline, not a language model".
    pub baseline: bool,
    /// Digest of its model, decoding, prompt and draws; `None` if unknown.
    pub identity: Option<Digest>,
    /// For a panel: the judges that it averages. Otherwise empty.
    pub members: Vec<RaterId>,
}

/// A person's mark in a session; a session that was read and has no marks is represented by one without `found`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MarkInput {
    /// The session.
    pub session: SessionId,
    /// Span and category; `None` for "read, nothing found".
    pub found: Option<(Span, String)>,
}

/// Judges' assessments of ethics risks, with the questions they were asked.
#[derive(Debug, Clone, Copy)]
pub struct EthicsInput<'a> {
    /// The instrument.
    pub rubric: &'a EthicsRubric,
    /// The risks in use.
    pub risks: &'a [RiskId],
    /// Ids of the judges asked.
    pub judges: &'a [RaterId],
    /// Their assessments.
    pub assessments: &'a [Assessment],
}

/// A counterfactual variant, with its effect on the recorded sessions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VariantInput {
    /// Its name.
    pub id: VariantId,
    /// Ids and names of the ethics risks that it addresses.
    pub asks: Vec<(RiskId, String)>,
    /// What is replaced by what.
    pub replaced: Vec<(String, String)>,
    /// Number of recorded sessions that it changes.
    pub changed: usize,
    /// Number of recorded sessions without a word to replace.
    pub dropped: usize,
    /// Number of changed sessions without a pair in `selected`, because no marked turn has a replaced word.
    pub unheard: usize,
    /// Number of replacements over all sessions.
    pub replacements: usize,
}

/// Sessions, ratings and flags of counterfactual variants, kept apart from all others.
#[derive(Debug, Clone, Copy)]
pub struct VariantsInput<'a> {
    /// Variants, in the order of presentation.
    pub variants: &'a [VariantInput],
    /// Number of repeats of each reconstruction.
    pub epochs: u32,
    /// Reconstructed sessions of variants.
    pub sessions: &'a [Session],
    /// Judges' ratings of them.
    pub ratings: &'a [Rating],
    /// Flags in them.
    pub flags: &'a [Flag],
    /// Judges' assessments of ethics risks in them.
    pub assessments: &'a [Assessment],
    /// Remarks that the section repeats.
    pub notes: &'a [String],
}

/// Inputs of the grounding check.
#[derive(Debug, Clone, Copy)]
pub struct GroundingInput<'a> {
    /// Word lists, one set per language.
    pub words: &'a [Grounding],
    /// Context notes given to counselors, by recorded session.
    pub context: &'a BTreeMap<SessionId, String>,
}

/// Grades of exchanges, with the thresholds declared in advance.
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
    /// Reconstructions with a smaller share of answered turns are excluded from corrected contrasts.
    pub minimum_share: f64,
}

/// All inputs of an analysis of a run. Only the order of `items`, `conditions`, `judges` and `categories` matters: it
/// is the order of presentation.
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
    /// Whether flags were requested.
    pub flags_enabled: bool,
    /// The judge of the flag pass, if there was one.
    pub flag_judge: Option<&'a RaterId>,
    /// True if that judge is scripted: it answers by rule and finds nothing that phrases do not.
    pub flag_judge_scripted: bool,
    /// Sessions whose language has no lexicon: their flags are undefined.
    pub flags_undefined: &'a [SessionId],
    /// Spans that a person marked, for comparison with the flags.
    pub marks: &'a [MarkInput],
    /// Cue words of conversations, one set per language.
    pub cues: &'a [Cues],
    /// What the files of rules in use state about how often they are right.
    pub measured: &'a [MeasuredSpec],
    /// Ethics risks; `None` if no judge was asked.
    pub ethics: Option<EthicsInput<'a>>,
    /// Counterfactual variants; `None` if the experiment has none.
    pub variants: Option<VariantsInput<'a>>,
    /// Inputs of the grounding check; `None` if it is off.
    pub grounding: Option<GroundingInput<'a>>,
    /// Grades of exchanges; `None` if nothing was graded.
    pub coherence: Option<CoherenceInput<'a>>,
    /// The taxonomy.
    pub categories: &'a [Category],
    /// The instrument.
    pub rubric: &'a Rubric,
    /// Origin and file digest of the anchor text, if the user supplied it.
    pub anchors: Option<(&'a str, Digest)>,
    /// Items in use.
    pub items: &'a [ItemId],
    /// Conditions of the matrix.
    pub conditions: &'a [Condition],
    /// Judges.
    pub judges: &'a [JudgeInput],
    /// Thresholds of the verdicts, declared in advance.
    pub margins: Margins,
    /// Published means for comparing directions.
    pub reference: Option<&'a Reference>,
    /// Maps from judges' scores to the clinicians' scale, fitted earlier.
    pub calibration: Option<&'a Calibration>,
    /// Digest of the instructions that the clinicians rated by.
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

impl Inputs<'_> {
    /// True if a judge that can read meaning was asked for flags.
    pub(super) fn meaning_was_read(&self) -> bool {
        self.flag_judge.is_some() && !self.flag_judge_scripted
    }
}
