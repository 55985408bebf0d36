//! What a judge is asked: an item of a session, or a risk.

use super::schema::Schemas;
use crate::{
    config::{JudgeSpec, Model},
    domain::{EthicsRisk, EthicsRubric, Rubric, Session},
};

/// One question to one judge about one risk in one session.
#[derive(Debug, Clone, Copy)]
pub struct RiskQuestion<'q> {
    /// The judge.
    pub judge: &'q JudgeSpec,
    /// Model of the judge.
    pub model: &'q Model,
    /// The instrument.
    pub rubric: &'q EthicsRubric,
    /// The risk.
    pub risk: &'q EthicsRisk,
    /// Template of the question.
    pub template: &'q str,
    /// The session.
    pub session: &'q Session,
    /// Number of the draw, from 1.
    pub draw: u32,
}

/// What all draws of one judge for one session share.
#[derive(Debug, Clone, Copy)]
pub struct JudgeContext<'j> {
    /// The judge.
    pub judge: &'j JudgeSpec,
    /// Model of the judge.
    pub model: &'j Model,
    /// The instrument.
    pub rubric: &'j Rubric,
    /// The session.
    pub session: &'j Session,
    /// Its turns as judges see them ([`crate::domain::transcript::render`]), rendered once for all questions.
    pub transcript: &'j str,
    /// Schemas of the answers.
    pub schemas: &'j Schemas,
}
