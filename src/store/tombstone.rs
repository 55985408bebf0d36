//! Tombstones: digests that remain of a session whose consent was withdrawn, so that it is not used again. Without id
//! and text.

use std::{fs, io::ErrorKind, path::Path};

use serde::{Deserialize, Serialize};

use super::{
    StoreError,
    calls::session_digest,
    format::{FileHeader, TOMBSTONES},
    run,
};
use crate::domain::{Digest, Session, SessionId};

/// Name of the file in the folder of runs.
const TOMBSTONES_FILE: &str = "tombstones.jsonl";

/// One forgotten session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tombstone {
    /// Digest of its id.
    pub session: Digest,
    /// Digests of its text in every known version.
    pub texts: Vec<Digest>,
    /// Whether anything of it was ever found; earlier versions wrote a tombstone only in that case.
    #[serde(default = "yes")]
    pub found: bool,
}

fn yes() -> bool {
    true
}

impl Tombstone {
    /// The tombstone of a session, with all its known versions.
    pub fn of<'s>(id: &SessionId, versions: impl IntoIterator<Item = &'s Session>) -> Self {
        let mut texts: Vec<Digest> = versions.into_iter().map(Session::text_digest).collect();
        texts.sort_unstable();
        texts.dedup();
        Self { session: session_digest(id), texts, found: false }
    }

    /// True for a recorded session with this id, or with this text under another id.
    pub fn covers(&self, session: &Session) -> bool {
        self.session == session_digest(&session.id) || self.texts.contains(&session.text_digest())
    }
}

/// The tombstones of a folder of runs; empty if there is no such file.
///
/// # Errors
/// The file cannot be read. Then nothing may be run, because it is unknown what was withdrawn.
#[expect(clippy::disallowed_methods, reason = "store owns runs/")]
pub fn read(root: &Path) -> Result<Vec<Tombstone>, StoreError> {
    let path = root.join(TOMBSTONES_FILE);
    let text = match fs::read_to_string(&path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        text => text.map_err(StoreError::io("read", &path))?,
    };
    let bad = |index: usize, error: &serde_json::Error| StoreError::BadLine {
        file: TOMBSTONES_FILE.to_owned(),
        line: index + 1,
        column: error.column(),
        expected: "a tombstone",
    };
    let mut lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let header: FileHeader = match lines.next() {
        Some((index, line)) => serde_json::from_str(line).map_err(|error| bad(index, &error))?,
        None => FileHeader { format: String::new() },
    };
    TOMBSTONES.check(TOMBSTONES_FILE, &header.format)?;
    lines.map(|(index, line)| serde_json::from_str(line).map_err(|error| bad(index, &error))).collect()
}

/// Adds a tombstone, or adds its texts to an existing one.
///
/// # Errors
/// The file cannot be read or written.
///
/// # Panics
/// Never: tombstones serialize to JSON.
pub fn add(root: &Path, tombstone: &Tombstone) -> Result<(), StoreError> {
    let mut all = read(root)?;
    match all.iter_mut().find(|known| known.session == tombstone.session) {
        Some(known) => {
            known.found |= tombstone.found;
            known.texts.extend(&tombstone.texts);
            known.texts.sort_unstable();
            known.texts.dedup();
        }
        None => all.push(tombstone.clone()),
    }
    all.sort_by_key(|stone| stone.session);
    let line = |value: &dyn Fn() -> serde_json::Result<String>| value().expect("digests serialize to JSON");
    let mut text = line(&|| serde_json::to_string(&FileHeader { format: TOMBSTONES.to_string() }));
    for tombstone in &all {
        text.push('\n');
        text.push_str(&line(&|| serde_json::to_string(tombstone)));
    }
    text.push('\n');
    run::private_folder(root)?;
    run::replace(root, TOMBSTONES_FILE, |out| out.write_all(text.as_bytes()))
}
