//! The `score` verb: judges the sessions of a stored run again, without reconstructing any.

use super::{
    PipelineError, RunOutcome, RunSettings, Study,
    asking::RunListener,
    run::{Work, carry_out},
    unit::Unit,
    variants,
};
use crate::{
    domain::{Arm, Condition, Digest, Session},
    plan::exchanges,
    store::{RunDirectory, artifact},
};

/// The sessions of a stored run that belong to the study: its recorded sessions in their current form, and the stored
/// reconstructions of them under the study's conditions.
///
/// # Errors
/// The run cannot be read, or has no reconstruction of the study's sessions under its conditions.
pub fn stored(study: &Study, run: &RunDirectory) -> Result<Vec<Session>, PipelineError> {
    let stored = artifact::decode_sessions(&run.read("sessions.jsonl")?)?;
    let known =
        |condition: &Condition, session: &Session| session.arm == Arm::Condition(condition.id.clone());
    let belongs = |session: &Session| {
        study.dataset.sessions.iter().any(|source| source.id == session.source)
            && study.plan.conditions.iter().any(|condition| known(condition, session))
    };
    let reconstructed: Vec<Session> = stored.into_iter().filter(belongs).collect();
    // Without conditions nothing is reconstructed, and the recorded sessions are judged alone.
    if reconstructed.is_empty() && !study.plan.conditions.is_empty() {
        return Err(PipelineError::usage(format!(
            "{} holds no reconstruction of this experiment's sessions under its conditions",
            run.path().display()
        )));
    }
    let mut sessions = study.dataset.sessions.clone();
    sessions.extend(reconstructed);
    sessions.extend(variants::belonging(study, run)?);
    Ok(sessions)
}

/// Number of questions on coherence for stored sessions.
pub fn grades(study: &Study, sessions: &[Session]) -> u64 {
    if study.experiment.coherence.is_none() {
        return 0;
    }
    let graded = sessions.iter().filter(|session| session.variant.is_none());
    graded.map(|session| exchanges(session, study.experiment.seed).len() as u64).sum()
}

/// Judges stored sessions.
///
/// # Errors
/// The same as [`super::run::run`].
pub async fn score(
    study: &Study,
    sessions: &[Session],
    settings: RunSettings,
    listener: RunListener,
) -> Result<RunOutcome, PipelineError> {
    let texts: Vec<(String, Digest)> = sessions.iter().map(|s| (s.id.to_string(), s.text_digest())).collect();
    let digest = Digest::of_value(&("score", study.plan.digest, texts));
    let units = sessions.iter().map(Unit::Stored).collect();
    carry_out(study, Work { digest, units, forecast: None, made_from: None }, settings, listener).await
}
