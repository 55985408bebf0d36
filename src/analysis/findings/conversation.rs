//! Findings about the conversations themselves: flags, outcomes of turns, session dynamics.

use serde::{Deserialize, Serialize};

use super::Author;
use crate::domain::Severity;
use crate::stats::{Estimate, Undefined};

/// Flagged phrases of all arms.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FlagFindings {
    /// Whether flags were requested.
    pub enabled: bool,
    /// Id of the judge of the flag pass; empty if only the lexicon was used.
    pub judge: String,
    /// Wording that every report must use for the main figure.
    pub wording: String,
    /// Per arm and author: the three axes, then each category.
    pub rates: Vec<FlagRate>,
    /// Per arm and author: flags of high severity by reviewers' decision.
    #[serde(default)]
    pub severe: Vec<SevereFlags>,
}

/// Flags of high severity in one arm by reviewers' decision. Suppressed ones and those the judge rejected are left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SevereFlags {
    /// Arm.
    pub arm: String,
    /// Who speaks.
    pub author: Author,
    /// Not reviewed yet.
    pub unreviewed: usize,
    /// Confirmed by a reviewer.
    pub confirmed: usize,
    /// Rejected by a reviewer.
    pub rejected: usize,
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
    /// Name of the figure: the same phrase is called deceptive only if an AI says it.
    pub label: String,
    /// Severity of the category.
    pub severity: Option<Severity>,
    /// Why there is no figure, if so.
    pub undefined: Option<Undefined>,
    /// Number of flags that count.
    pub count: usize,
    /// Number excluded by a suppressor.
    pub suppressed: usize,
    /// Number that count and that the judge pass confirmed.
    pub judge_confirmed: usize,
    /// Number that the judge pass rejected.
    pub judge_rejected: usize,
    /// Number that count and that a reviewer confirmed.
    pub person_confirmed: usize,
    /// Number that a reviewer rejected.
    pub person_rejected: usize,
    /// Number that count and are not reviewed yet.
    pub unreviewed: usize,
    /// Number of sessions searched.
    pub sessions: usize,
    /// Number of sessions whose language has no lexicon.
    pub sessions_undefined: usize,
    /// Number of counselor turns searched.
    pub counselor_turns: usize,
    /// Number of counselor words searched.
    pub counselor_words: usize,
    /// Flags per 100 counselor turns.
    pub per_100_turns: Estimate,
    /// Flags per session.
    pub per_session: Estimate,
    /// Flags per 1,000 counselor words.
    pub per_1000_words: Estimate,
    /// Share of counselor turns with at least one flag.
    pub share_of_turns: Estimate,
    /// Number of sessions with at least one flag.
    pub sessions_with: usize,
    /// Counselor turn of a session's first flag; median over sessions that have one.
    pub first_turn: Estimate,
    /// How flags develop during a session.
    #[serde(default)]
    pub course: FlagCourse,
}

/// How flags develop during a session.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FlagCourse {
    /// Flags per 100 counselor turns in the first, middle and last third of a session's counselor turns.
    pub thirds: [Estimate; 3],
    /// Share of flags whose words were flagged before in the same session.
    pub repeat_rate: Estimate,
    /// Share of flags directly after a client turn that expresses a feeling.
    pub after_disclosure: Estimate,
    /// Share of flags after the counselor has said that it is a program.
    pub after_self_identification: Estimate,
}

impl Default for FlagCourse {
    fn default() -> Self {
        let none = Estimate::undefined(Undefined::NotApplicable);
        Self {
            thirds: [none.clone(), none.clone(), none.clone()],
            repeat_rate: none.clone(),
            after_disclosure: none.clone(),
            after_self_identification: none,
        }
    }
}

/// How the counselor turns of one arm ended. Refusals and filtered replies are findings: they signal abandonment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OutcomeFinding {
    /// Arm.
    pub arm: String,
    /// Number of counselor turns.
    pub turns: usize,
    /// Number that the model declined.
    pub refusal: usize,
    /// Number of replies that the provider's filter stopped.
    pub content_filter: usize,
    /// Number cut off by the token limit.
    pub truncated: usize,
    /// Number without words.
    pub empty: usize,
    /// Share of turns refused or filtered.
    pub abandonment_rate: Estimate,
    /// Number of sessions with at least one refused or filtered turn.
    pub sessions_with_abandonment: usize,
    /// Number of sessions.
    pub sessions: usize,
}

/// One client turn with words of risk, and what the next counselor turn did; both found by rule, so proxies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RiskTurn {
    /// Session.
    pub session: String,
    /// Arm.
    pub arm: String,
    /// Number of the client's turn.
    pub turn: u32,
    /// Groups of risk words found.
    pub kinds: Vec<String>,
    /// Number of the counselor's next turn; `None` if the session ends before one.
    pub answered_in: Option<u32>,
    /// `encouraged or agreed`, `acknowledge`, `ask`, `resource`, `refuse`, every one that applies, or `nothing recognised`.
    pub did: Vec<String>,
}

impl RiskTurn {
    /// What is said of an answer that encourages harm or agrees with it.
    pub const HARMFUL: &'static str = "encouraged or agreed";
    /// What is said of an answer in which no rule finds a response.
    pub const NOTHING: &'static str = "nothing recognised";

    /// Whether this is what the next counselor turn did.
    pub fn met_with(&self, response: &str) -> bool {
        self.did.iter().any(|did| did == response)
    }
}

/// Session dynamics. Every figure is a proxy, counted by rule.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Dynamics {
    /// One entry per session, in id order.
    pub sessions: Vec<SessionDynamics>,
    /// Mean per arm and measure.
    pub arms: Vec<ArmDynamics>,
    /// Wording that every report must use for the figures.
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
    /// Counselor sentences that ask, per one that does not.
    #[serde(default)]
    pub question_assertion_ratio: Option<f64>,
    /// Progress through the steps of the method; `None` if there are no cue words for the language.
    #[serde(default)]
    pub method: Option<MethodCourse>,
}

/// Progress of a session through the steps of the method, by cue words.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MethodCourse {
    /// Share of the steps that occur at least once.
    pub stage_coverage: f64,
    /// Among all pairs of steps that occur, the share whose first turns are in the protocol's order; `None` below two.
    pub stage_order: Option<f64>,
    /// Share of counselor turns with any step.
    pub on_protocol: Option<f64>,
    /// The same for the first, middle and last third of the counselor turns.
    pub on_protocol_thirds: [Option<f64>; 3],
    /// Longest run of counselor turns without a step.
    pub longest_off_protocol: usize,
    /// Number of the first counselor turn with a step; `None` if no turn has one.
    pub first_move: Option<usize>,
    /// Share of counselor words in turns without a step.
    pub off_protocol_words: Option<f64>,
}

/// How a measure is summarized over an arm.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MeasureKind {
    /// The mean over sessions.
    #[default]
    MeanOverSessions,
    /// The median over all turns of an arm.
    MedianOverTurns,
    /// The interquartile range over all turns of an arm.
    QuartilesOverTurns,
}

impl MeasureKind {
    /// The summary in words.
    pub fn words(self) -> &'static str {
        match self {
            Self::MeanOverSessions => "mean over sessions",
            Self::MedianOverTurns => "median over turns",
            Self::QuartilesOverTurns => "distance of the quartiles over turns",
        }
    }
}

/// One measure in one arm.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ArmDynamics {
    /// Arm.
    pub arm: String,
    /// Measure.
    pub measure: String,
    /// How it is summarized; runs of earlier versions do not state it for waiting times.
    #[serde(default)]
    pub summary: MeasureKind,
    /// The summary, clustered by source.
    pub mean: Estimate,
    /// Condition minus original, paired by source; `None` for the original arm.
    pub difference: Option<Estimate>,
}

/// The axes of flags; they are never summed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FlagKind {
    /// Language of a self that understands, feels, is present or has lived. Deceptive only if an AI says it.
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
