//! Stale runs: a run that contained a forgotten session keeps no file with words of any session, and states why.

use std::fs;

use serde::{Deserialize, Serialize};

use super::{
    RunDirectory, RunWriter, StoreError,
    format::{FileHeader, STALE},
    run::{self, MANIFEST_FILE},
};
use crate::domain::Digest;

/// File that marks a run as stale.
const STALE_FILE: &str = "stale.json";

/// Files without words of a session. All others are removed, including those of later versions. `usage.json` is among
/// the removed, because it contained messages of servers, which may repeat what they were sent.
const KEPT: &[&str] = &[MANIFEST_FILE, STALE_FILE, "estimates.csv", ".lock"];

/// `stale.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stale {
    /// `corater-stale/1`.
    format: String,
    /// Digests of the ids of the forgotten sessions.
    pub forgotten: Vec<Digest>,
    /// Names of the files that were removed.
    removed: Vec<String>,
    /// Explanation for people.
    meaning: String,
}

impl RunDirectory {
    /// Why the run is stale; `None` if it is not.
    ///
    /// # Errors
    /// The file cannot be read.
    #[expect(clippy::disallowed_methods, reason = "store owns runs/")]
    pub fn stale(&self) -> Result<Option<Stale>, StoreError> {
        let path = self.file(STALE_FILE);
        let bytes = match fs::read(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            bytes => bytes.map_err(StoreError::io("read", &path))?,
        };
        let bad = |error: &serde_json::Error| StoreError::BadLine {
            file: STALE_FILE.to_owned(),
            line: error.line(),
            column: error.column(),
            expected: "a note on a stale run",
        };
        let header: FileHeader = serde_json::from_slice(&bytes).map_err(|error| bad(&error))?;
        STALE.check(STALE_FILE, &header.format)?;
        serde_json::from_slice(&bytes).map(Some).map_err(|error| bad(&error))
    }
}

impl RunWriter {
    /// Marks the run stale, then removes every file that may contain words. Returns the removed names.
    ///
    /// # Errors
    /// A file cannot be read, written or removed.
    ///
    /// # Panics
    /// Never: the note serializes to JSON.
    pub fn make_stale(&self, session: Digest) -> Result<Vec<String>, StoreError> {
        let before = self.directory().stale()?;
        let (mut forgotten, mut removed) =
            before.map(|stale| (stale.forgotten, stale.removed)).unwrap_or_default();
        let gone = self.wordy_files()?;
        if gone.is_empty() && forgotten.contains(&session) {
            return Ok(gone);
        }
        removed.extend(gone.iter().cloned());
        removed.sort();
        removed.dedup();
        if !forgotten.contains(&session) {
            forgotten.push(session);
        }
        let note = Stale {
            format: STALE.to_string(),
            forgotten,
            removed,
            meaning: "Consent was withdrawn for a session of this run. What is left holds no words of any session; its \
                      figures include the forgotten session and are not to be used. Run the experiment again without it."
                .to_owned(),
        };
        let mut bytes = serde_json::to_vec_pretty(&note).expect("a note serializes to JSON");
        bytes.push(b'\n');
        self.write(STALE_FILE, &bytes)?;
        for name in &gone {
            self.erase(name)?;
        }
        Ok(gone)
    }

    /// Completes an interrupted removal in a run that is already stale.
    ///
    /// # Errors
    /// A file cannot be read or removed.
    pub fn finish_removal(&self) -> Result<(), StoreError> {
        if self.directory().stale()?.is_some() {
            for name in self.wordy_files()? {
                self.erase(&name)?;
            }
        }
        Ok(())
    }

    /// Removes temporary files of killed writers; nobody else can be writing while this lock is held.
    ///
    /// # Errors
    /// A file cannot be removed.
    pub fn sweep(&self) -> Result<(), StoreError> {
        let names = self.directory().names()?;
        names.iter().filter(|name| run::is_temporary(name)).try_for_each(|name| self.erase(name))
    }

    fn wordy_files(&self) -> Result<Vec<String>, StoreError> {
        let mut names = self.directory().names()?;
        names.retain(|name| !KEPT.contains(&name.as_str()));
        Ok(names)
    }

    /// Removes a file or a folder of the run, including hidden ones that an interrupted write leaves.
    #[expect(clippy::disallowed_methods, reason = "store owns runs/")]
    fn erase(&self, name: &str) -> Result<(), StoreError> {
        let path = self.directory().path().join(name);
        let done = if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
        done.map_err(StoreError::io("remove", &path))
    }
}
