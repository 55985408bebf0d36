//! Owns `score`: sessions stored by an earlier run are judged again, nothing is reconstructed.

use std::path::Path;

use super::{
    Outcome, PipelineError, RunSettings, Study,
    run::{Listener, Work, carry_out},
    unit::Unit,
};
use crate::{
    domain::{Arm, Condition, Digest, Session},
    plan::exchanges,
    store::{RunDirectory, StoreError, artifact},
};

/// The sessions of a stored run that belong to the study: its recorded sessions as they are now, and the stored
/// reconstructions of them under the study's conditions.
///
/// # Errors
/// The run cannot be read, or holds no reconstruction of the study's sessions under its conditions.
pub fn stored(study: &Study, run: &RunDirectory) -> Result<Vec<Session>, PipelineError> {
    let stored = artifact::decode_sessions(&run.read("sessions.jsonl")?)?;
    let known =
        |condition: &Condition, session: &Session| session.arm == Arm::Condition(condition.id.clone());
    let belongs = |session: &Session| {
        study.dataset.sessions.iter().any(|source| source.id == session.source)
            && study.plan.conditions.iter().any(|condition| known(condition, session))
    };
    let reconstructed: Vec<Session> = stored.into_iter().filter(belongs).collect();
    if reconstructed.is_empty() {
        return Err(PipelineError::usage(format!(
            "{} holds no reconstruction of this experiment's sessions under its conditions",
            run.path().display()
        )));
    }
    let mut sessions = study.dataset.sessions.clone();
    sessions.extend(reconstructed);
    Ok(sessions)
}

/// How many questions on coherence stored sessions come with.
pub fn grades(study: &Study, sessions: &[Session]) -> u64 {
    if study.experiment.coherence.is_none() {
        return 0;
    }
    sessions.iter().map(|session| exchanges(session, study.experiment.seed).len() as u64).sum()
}

/// Judges stored sessions.
///
/// # Errors
/// As [`super::run::run`].
pub async fn score(
    study: &Study,
    sessions: &[Session],
    settings: RunSettings,
    listener: Listener,
) -> Result<Outcome, PipelineError> {
    let texts: Vec<(String, Digest)> = sessions.iter().map(|s| (s.id.to_string(), s.text_digest())).collect();
    let digest = Digest::of_value(&("score", study.plan.digest, texts));
    let units = sessions.iter().map(Unit::Stored).collect();
    carry_out(study, Work { digest, units, forecast: None, made_from: None }, settings, listener).await
}

/// The run that an argument names, among the runs of `root`: a path, a name, `latest` or a unique prefix.
///
/// # Errors
/// No run, or several, fit.
pub fn find(root: &Path, wanted: &str) -> Result<RunDirectory, PipelineError> {
    let path = Path::new(wanted);
    let found = if path.components().count() > 1 {
        RunDirectory::open(path)
    } else {
        crate::store::run::resolve(root, wanted)
    };
    found.map_err(|error| match error {
        // What was typed is at fault, not the store.
        StoreError::NoSuchRun { .. } | StoreError::AmbiguousRun { .. } | StoreError::Io { .. } => {
            PipelineError::usage(error.to_string())
        }
        other => other.into(),
    })
}
