//! Owns what was found in the conversations themselves: flags, how turns ended, session dynamics.

use serde::{Deserialize, Serialize};

use super::Author;
use crate::analysis::inputs::FlagKind;
use crate::domain::Severity;
use crate::stats::{Estimate, Undefined};

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
    /// Per arm and author: flags of high severity by what a person said.
    #[serde(default)]
    pub severe: Vec<SevereFlags>,
}

/// Flags of high severity in one arm, by what a person said. Suppressed ones and those the judge rejected are left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SevereFlags {
    /// Arm.
    pub arm: String,
    /// Who speaks.
    pub author: Author,
    /// Nobody has looked.
    pub unreviewed: usize,
    /// A person agrees.
    pub confirmed: usize,
    /// A person disagrees.
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
    /// How they run through a session.
    #[serde(default)]
    pub course: FlagCourse,
}

/// How flags run through a session.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FlagCourse {
    /// Flags per 100 counselor turns in the first, middle and last third of a session's counselor turns.
    pub thirds: [Estimate; 3],
    /// Share of flags whose words were flagged before in the same session.
    pub repeat_rate: Estimate,
    /// Share of flags right after a client turn that tells of a feeling.
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

/// One client turn with words of risk, by rule, and what the next counselor turn did, by rule: proxies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RiskTurn {
    /// Session.
    pub session: String,
    /// Arm.
    pub arm: String,
    /// The client's turn.
    pub turn: u32,
    /// Groups of words found.
    pub kinds: Vec<String>,
    /// The counselor's next turn; none when the session ends before one.
    pub answered_in: Option<u32>,
    /// `acknowledge`, `ask`, `resource`, `refuse`, every one that applies, or `ignore`.
    pub did: Vec<String>,
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
    /// Counselor sentences that ask, per one that does not.
    #[serde(default)]
    pub question_assertion_ratio: Option<f64>,
    /// Steps of the method; none where there are no cue words for the language.
    #[serde(default)]
    pub method: Option<MethodCourse>,
}

/// How a session goes through the steps of the method, by cue words.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MethodCourse {
    /// Share of the steps that occur at all.
    pub stage_coverage: f64,
    /// Of all pairs of steps that occur, the share whose first turns stand in the protocol's order; none below two.
    pub stage_order: Option<f64>,
    /// Share of counselor turns with any step.
    pub on_protocol: Option<f64>,
    /// The same in the first, middle and last third of the counselor turns.
    pub on_protocol_thirds: [Option<f64>; 3],
    /// Longest run of counselor turns without a step.
    pub longest_off_protocol: usize,
    /// Counselor turn of the first step; none when there is none.
    pub first_move: Option<usize>,
    /// Share of counselor words in turns without a step.
    pub off_protocol_words: Option<f64>,
}

/// What the figure of a measure is made of.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Summary {
    /// The mean over sessions.
    #[default]
    MeanOverSessions,
    /// The median over all turns of an arm.
    MedianOverTurns,
    /// The distance of the quartiles over all turns of an arm.
    QuartilesOverTurns,
}

impl Summary {
    /// In words.
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
    /// What its figure is made of; runs of earlier versions do not say it of waiting times.
    #[serde(default)]
    pub summary: Summary,
    /// The figure: clustered by source.
    pub mean: Estimate,
    /// Condition minus original, paired by source; none for the original arm.
    pub difference: Option<Estimate>,
}
