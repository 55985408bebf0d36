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
