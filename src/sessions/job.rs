//! What reconstructs a session: the models that take part, the conditions, and how it ended.

use crate::{
    config::{Model, PromptVariant},
    domain::{Condition, Session},
};

/// One reconstruction: which session, under which condition, which repeat.
#[derive(Debug, Clone, Copy)]
pub struct Job<'j> {
    /// The recorded session, or one with a variant's substitutions.
    pub source: &'j Session,
    /// The condition.
    pub condition: &'j Condition,
    /// Model of the condition.
    pub model: &'j Model,
    /// Prompt variant of the condition.
    pub prompt: &'j PromptVariant,
    /// Repeat, from 1.
    pub epoch: u32,
    /// True if the source lets the model open the session.
    pub model_opens: bool,
    /// Context notes given to the counselor besides the dialogue.
    pub context: Option<&'j str>,
    /// The model that chooses or writes the client's turns, for modes that need one.
    pub helper: Option<Helper<'j>>,
    /// Maximum number of exchanges with a simulated client; if `None`, as many as the recorded session.
    pub exchanges: Option<u32>,
}
/// A model other than the counselor's: it chooses the client's next turn, or writes it.
#[derive(Debug, Clone, Copy)]
pub struct Helper<'j> {
    /// The model.
    pub model: &'j Model,
    /// Template of its prompt.
    pub prompt: &'j str,
}
/// How a conversation ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ConversationEnd {
    /// All client turns were used.
    AllUsed,
    /// None of the remaining client turns answered the counselor.
    NoneFits,
    /// The aligner's answer was unreadable twice.
    Unusable,
    /// The model that writes the client's turns refused, was cut off or said nothing.
    ClientSilent,
}
