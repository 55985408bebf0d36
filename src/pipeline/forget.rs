//! The `forget` verb: removes a session whose consent was withdrawn from the ledger and every run of a folder. A digest
//! remains, so that the session is not used again.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use super::{PipelineError, Study, variants};
use crate::{
    dataset::Problem,
    domain::{Session, SessionId},
    store::{
        self, FolderWatch, RunWriter, SessionWords, StoreError, Tombstone, artifact, run::MANIFEST_FILE,
        tombstone,
    },
};

/// File with the sessions of a run.
const SESSIONS: &str = "sessions.jsonl";

/// Result of forgetting a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForgetReport {
    /// Number of calls deleted from the ledger.
    pub calls: usize,
    /// Number of texts deleted from the ledger.
    pub texts: usize,
    /// Names of the runs that became stale.
    pub runs: Vec<String>,
    /// Files below the folder of runs that still contain words of the session.
    pub left: Vec<PathBuf>,
    /// False if nothing of such a session was ever found.
    pub is_known: bool,
}

/// Forgets a session in a folder of runs: deletes the calls that belong to it by their origin, calls without origin
/// that contain its words, and the words in runs that contain it. Its words are taken from the runs, the ledger and, if
/// given, the experiment.
///
/// # Errors
/// A run is being written, the ledger is in use, or a file cannot be read or written.
pub async fn forget(
    root: &Path,
    session: &str,
    study: Option<&Study>,
) -> Result<ForgetReport, PipelineError> {
    let id = SessionId::new(session)
        .map_err(|error| PipelineError::usage(format!("not a session id: {error}")))?;
    // Locks are held to the end, because a running run could write the session again.
    let writers = store::run::folders(root)?
        .into_iter()
        .map(store::RunDirectory::lock)
        .collect::<Result<Vec<RunWriter>, StoreError>>()?;
    let held = HeldMaterial::of(&writers, study, &id)?;
    let before = tombstone::read(root)?;
    let ledger = root.join("ledger.db");
    let mut stone = Tombstone::of(&id, held.versions.iter().filter(|version| version.id == version.source));
    stone.found = held.runs.contains(&true) || store::notes(&ledger, &held.ids).await?;
    // Done first: whatever happens next, the session is not used again.
    tombstone::add(root, &stone)?;
    let purged = store::purge(&ledger, &held.ids, &SessionWords::of(&held.versions)).await?;
    let mut needles = purged.needles;
    for writer in &writers {
        writer.sweep()?;
        writer.finish_removal()?;
    }
    needles.spare(&held.others(&writers, study, needles.watch())?);
    let wordy = needles.search(root)?;
    let mut runs = Vec::new();
    for (writer, holds) in writers.iter().zip(&held.runs) {
        // A killed writer wrote only some of its files, so no list of sessions tells what they contain.
        let path = writer.directory().path();
        let is_unlisted = || !writer.directory().file(SESSIONS).is_file();
        if *holds || (is_unlisted() && wordy.iter().any(|file| file.starts_with(path))) {
            writer.make_stale(stone.session)?;
            runs.push(writer.directory().name());
        }
    }
    let left = needles.search(root)?;
    stone.found |= purged.calls > 0 || !runs.is_empty();
    tombstone::add(root, &stone)?;
    let is_known = stone.found || before.iter().any(|known| known.session == stone.session && known.found);
    Ok(ForgetReport { calls: purged.calls, texts: purged.texts, runs, left, is_known })
}

/// Where a session occurs, under its own id or another.
struct HeldMaterial {
    /// Its id, and other ids with the same text.
    ids: BTreeSet<SessionId>,
    /// Every version of it, recorded and reconstructed.
    versions: Vec<Session>,
    /// Whether each run contains it.
    runs: Vec<bool>,
}

impl HeldMaterial {
    fn of(writers: &[RunWriter], study: Option<&Study>, id: &SessionId) -> Result<Self, PipelineError> {
        let own = || study.iter().flat_map(|study| study.sources());
        let mut recorded: Vec<Session> = own().filter(|session| session.id == *id).cloned().collect();
        for writer in writers {
            each(writer, |session| recorded.extend((session.id == *id).then_some(session)))?;
        }
        let stone = Tombstone::of(id, &recorded);
        let mut ids: BTreeSet<SessionId> = [id.clone()].into();
        ids.extend(own().filter(|session| stone.covers(session)).map(|session| session.source.clone()));
        for writer in writers {
            each(writer, |session| ids.extend(stone.covers(&session).then_some(session.source)))?;
        }
        let mut held = Self { runs: Vec::new(), versions: Vec::new(), ids };
        let ids = &held.ids;
        held.versions.extend(own().filter(|session| ids.contains(&session.source)).cloned());
        for writer in writers {
            let before = held.versions.len();
            let is_read = each(writer, |session| {
                held.versions.extend(ids.contains(&session.source).then_some(session));
            })?;
            // Sessions that cannot be read may be any sessions.
            held.runs.push(!is_read || held.versions.len() > before);
        }
        Ok(held)
    }

    /// Everything that may stay: other sessions, and manifests, which contain prompts but no words of a session.
    fn others(
        &self,
        writers: &[RunWriter],
        study: Option<&Study>,
        mut watch: FolderWatch,
    ) -> Result<FolderWatch, PipelineError> {
        let is_other = |session: &Session| !self.ids.contains(&session.source);
        let own = study.iter().flat_map(|study| study.sources());
        own.filter(|session| is_other(session)).for_each(|session| watch.see_session(session));
        for writer in writers {
            each(writer, |session| {
                if is_other(&session) {
                    watch.see_session(&session);
                }
            })?;
            let directory = writer.directory();
            if directory.file(MANIFEST_FILE).is_file() {
                watch.see(directory.read(MANIFEST_FILE)?);
            }
        }
        Ok(watch)
    }
}

/// Calls `with` for every session of a run: recorded, reconstructed or with a variant's substitutions; for none if the
/// run wrote no sessions or is stale already. Returns false if a file of sessions cannot be understood.
fn each(writer: &RunWriter, mut with: impl FnMut(Session)) -> Result<bool, PipelineError> {
    let directory = writer.directory();
    if !directory.file(SESSIONS).is_file() {
        return Ok(true);
    }
    let sessions = artifact::decode_sessions(&directory.read(SESSIONS)?);
    let varied = variants::stored(directory);
    let is_read = sessions.is_ok()
        && !matches!(varied, Err(StoreError::BadLine { .. } | StoreError::WrongFormat { .. }));
    sessions.into_iter().chain(varied).flatten().for_each(&mut with);
    Ok(is_read)
}

/// Sessions that were forgotten and occur again.
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
