//! A study: its experiment, its sessions and ratings, its plan, and the word lists and reviews it names.

use crate::{
    analysis::calibration::Calibration,
    config::Experiment,
    dataset::{Dataset, review::SpanMark, source::Opening},
    domain::{FlagReview, ReviewedRisk, Session, of_language},
    judging::Schemas,
    plan::{Plan, VariedSessions},
    text::{conversation::Cues, grounding::Grounding, lexicon::Lexicon},
};

/// Everything that is known before the first call.
#[derive(Debug)]
pub struct Study {
    /// The experiment, narrowed.
    pub experiment: Experiment,
    /// Its sessions (narrowed and clipped) and ratings.
    pub dataset: Dataset,
    /// Its sessions with the substitutions of counterfactual variants.
    pub varied: VariedSessions,
    /// The tasks of the study.
    pub plan: Plan,
    /// The lexicons, compiled.
    pub lexicons: Vec<Lexicon>,
    /// The schemas of judges' answers.
    pub schemas: Schemas,
    /// The cue words, compiled.
    pub cues: Vec<Cues>,
    /// The word lists of the grounding check, compiled.
    pub grounding: Vec<Grounding>,
    /// The calibration the experiment names.
    pub calibration: Option<Calibration>,
    /// Reviewers' decisions on flags.
    pub reviews: Vec<FlagReview>,
    /// Reviewers' decisions on ethics risks.
    pub risk_reviews: Vec<ReviewedRisk>,
    /// Spans that a person marked.
    pub marks: Vec<SpanMark>,
}

impl Study {
    /// True if the session's source lets the model open.
    pub fn model_opens(&self, session: &Session) -> bool {
        let set = &session.provenance.source_set;
        self.experiment.sessions.iter().any(|source| source.id == *set && source.opening == Opening::Model)
    }

    /// Every session to be reconstructed: recorded ones, then those with a variant's substitutions.
    pub fn sources(&self) -> impl Iterator<Item = &Session> {
        self.dataset.sessions.iter().chain(&self.varied.sessions)
    }

    /// Context notes given to counselors about a session besides the dialogue.
    pub(super) fn context(&self, source: &Session) -> Option<&str> {
        let told = if source.variant.is_some() { &self.varied.context } else { &self.dataset.context };
        told.get(&source.id).map(String::as_str)
    }

    /// The lexicon for a language, if there is one.
    pub fn lexicon(&self, language: &str) -> Option<&Lexicon> {
        of_language(&self.lexicons, |lexicon| &lexicon.spec().language, language)
    }
}
