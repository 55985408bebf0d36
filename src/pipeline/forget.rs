//! Owns `forget`: a session whose consent was withdrawn leaves the ledger and every run of a folder; a digest stays, so
//! that it is not used again.

use std::path::Path;

use super::{PipelineError, Study, variants};
use crate::{
    dataset::Problem,
    domain::{Session, SessionId},
    store::{self, Purged, RunWriter, SessionWords, StoreError, Tombstone, artifact, tombstone},
};

/// What was forgotten.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Forgotten {
    /// What left the ledger.
    pub purged: Purged,
    /// Names of the runs that are stale now.
    pub runs: Vec<String>,
}

/// Forgets a session in a folder of runs. The text is known from the runs there, and from the experiment where one is
/// given: an interrupted run left it in the ledger only.
///
/// # Errors
/// Nothing is known of such a session, a run is being written, or a file cannot be read or written.
pub async fn forget(root: &Path, session: &str, study: Option<&Study>) -> Result<Forgotten, PipelineError> {
    let id = SessionId::new(session)
        .map_err(|error| PipelineError::usage(format!("not a session id: {error}")))?;
    // Held to the end: a run that goes on could write the session again.
    let writers = store::run::folders(root)?
        .into_iter()
        .map(store::RunDirectory::lock)
        .collect::<Result<Vec<RunWriter>, StoreError>>()?;
    let mut versions: Vec<Session> = Vec::new();
    let mut holding: Vec<&RunWriter> = Vec::new();
    for writer in &writers {
        let found = of_run(writer, &id)?;
        if !found.is_empty() {
            holding.push(writer);
            versions.extend(found);
        }
    }
    let own = study.iter().flat_map(|study| study.sources()).filter(|found| found.source == id);
    versions.extend(own.cloned());
    let recorded: Vec<&Session> = versions.iter().filter(|version| version.id == id).collect();
    if recorded.is_empty() {
        return Err(unknown(root, &id, study.is_some()));
    }
    let stone = Tombstone::of(&id, recorded.iter().copied());
    // First: whatever happens next, the session is not used again.
    tombstone::add(root, &stone)?;
    let purged = store::purge(&root.join("ledger.db"), &SessionWords::of(&versions)).await?;
    let mut runs = Vec::new();
    for writer in holding {
        writer.make_stale(stone.session)?;
        runs.push(writer.directory().name());
    }
    Ok(Forgotten { purged, runs })
}

/// The session in a run, recorded and reconstructed; nothing in a run that wrote no sessions or is stale already.
fn of_run(writer: &RunWriter, id: &SessionId) -> Result<Vec<Session>, PipelineError> {
    let bytes = match writer.directory().read("sessions.jsonl") {
        Ok(bytes) => bytes,
        Err(StoreError::StaleRun { .. }) => return Ok(Vec::new()),
        Err(StoreError::Io { .. }) if !writer.directory().file("sessions.jsonl").is_file() => {
            return Ok(Vec::new());
        }
        Err(error) => return Err(error.into()),
    };
    let mut sessions = artifact::decode_sessions(&bytes)?;
    sessions.extend(variants::stored(writer.directory())?);
    Ok(sessions.into_iter().filter(|session| session.source == *id).collect())
}

fn unknown(root: &Path, id: &SessionId, with_experiment: bool) -> PipelineError {
    let next = if with_experiment {
        "nor has the experiment"
    } else {
        "name the experiment too, `corater forget SESSION EXPERIMENT`: its source holds the text"
    };
    PipelineError::usage(format!("no run in {} has a session {:?}; {next}", root.display(), id.as_str()))
}

/// Sessions that were forgotten and are there again.
///
/// # Errors
/// The tombstones of the folder cannot be read.
pub(super) fn check(root: &Path, sessions: &[Session]) -> Result<Vec<Problem>, PipelineError> {
    let stones = tombstone::read(root)?;
    let back = sessions.iter().filter(|session| stones.iter().any(|stone| stone.covers(session)));
    let problem = |session: &Session| {
        Problem {
        path: session.provenance.source_set.clone(),
        line: None,
        message: format!("consent was withdrawn for session {:?} (`corater forget`): it cannot be used", session.id.as_str()),
        hint: Some(
            "take it out of the source, or leave it out by listing the others under `only`; another session needs \
             another id"
                .into(),
        ),
    }
    };
    Ok(back.map(problem).collect())
}
