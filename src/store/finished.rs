//! The note that a run is finished: its inputs and the files it wrote. If both are unchanged, repeating the run would
//! give the same bytes.

use std::{
    collections::BTreeMap,
    fs,
    io::ErrorKind,
    path::{Path, PathBuf},
    time::UNIX_EPOCH,
};

use serde::{Deserialize, Serialize};

use super::{
    RunWriter, StoreError,
    format::{FINISHED, FileHeader},
};
use crate::domain::Digest;

/// Name of the note in a run directory.
pub const FINISHED_FILE: &str = "finished.json";

/// Inputs of a run.
#[derive(Debug, Clone)]
pub struct MadeFrom {
    /// Digest of everything besides the program and the ledger's replies: the resolved experiment and its inputs.
    pub inputs: Digest,
    /// Path of the program, because another version may give another result.
    pub program: PathBuf,
    /// Path of the ledger. Any change in it makes the run repeat, even one that does not concern it.
    pub ledger: PathBuf,
}

/// `finished.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct FinishedFile {
    /// `corater-finished/1`.
    format: String,
    inputs: Digest,
    program: FileState,
    ledger: FileState,
    /// Number of replies that the run used.
    replies: u64,
    /// Digests of all other files of the run.
    files: BTreeMap<String, Digest>,
}

/// Properties of a file that reveal a change without reading it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct FileState {
    bytes: u64,
    /// Modification time in seconds since 1970.
    seconds: u64,
    nanoseconds: u32,
}

impl FileState {
    fn of(path: &Path) -> Result<Self, StoreError> {
        let found = fs::metadata(path).map_err(StoreError::io("read", path))?;
        let written = found.modified().map_err(StoreError::io("read", path))?;
        let since = written.duration_since(UNIX_EPOCH).unwrap_or_default();
        Ok(Self { bytes: found.len(), seconds: since.as_secs(), nanoseconds: since.subsec_nanos() })
    }
}

impl RunWriter {
    /// Writes the note that the run is finished. Its files are not written afterwards.
    ///
    /// # Errors
    /// A file cannot be read, or the note cannot be written.
    ///
    /// # Panics
    /// Never: the note serializes to JSON.
    pub fn finish(&self, from: &MadeFrom, replies: u64) -> Result<(), StoreError> {
        let note = FinishedFile {
            format: FINISHED.to_string(),
            inputs: from.inputs,
            program: FileState::of(&from.program)?,
            ledger: FileState::of(&from.ledger)?,
            replies,
            files: self.digests()?,
        };
        let mut bytes = serde_json::to_vec_pretty(&note).expect("a note serializes to JSON");
        bytes.push(b'\n');
        self.write(FINISHED_FILE, &bytes)
    }

    /// Removes `finished.json` before any file of the run is rewritten.
    ///
    /// # Errors
    /// The note cannot be removed.
    pub fn reopen(&self) -> Result<(), StoreError> {
        self.remove(FINISHED_FILE)
    }

    /// Number of replies that a finished run used; `None` if it is not finished, or if any of its inputs or files has
    /// changed.
    ///
    /// # Errors
    /// A file exists and cannot be read.
    #[expect(clippy::disallowed_methods, reason = "store owns runs/")]
    pub fn finished(&self, from: &MadeFrom) -> Result<Option<u64>, StoreError> {
        let path = self.directory().file(FINISHED_FILE);
        let bytes = match fs::read(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            bytes => bytes.map_err(StoreError::io("read", &path))?,
        };
        // A note that is damaged, or of another version, is ignored.
        let known = |header: FileHeader| FINISHED.check(FINISHED_FILE, &header.format).ok();
        let note = serde_json::from_slice(&bytes).ok().and_then(known);
        let Some(note) = note.and_then(|()| serde_json::from_slice::<FinishedFile>(&bytes).ok()) else {
            return Ok(None);
        };
        // Replies that are being written are in a file beside the ledger.
        let writing = from.ledger.with_extension("db-wal").exists();
        let made_alike = note.inputs == from.inputs
            && note.program == FileState::of(&from.program)?
            && !writing
            && FileState::of(&from.ledger).is_ok_and(|now| now == note.ledger);
        Ok((made_alike && note.files == self.digests()?).then_some(note.replies))
    }

    /// Digests of all files except hidden ones and the note itself.
    #[expect(clippy::disallowed_methods, reason = "store owns runs/")]
    fn digests(&self) -> Result<BTreeMap<String, Digest>, StoreError> {
        let mut digests = BTreeMap::new();
        for name in self.directory().names()? {
            if name.starts_with('.') || name == FINISHED_FILE {
                continue;
            }
            let path = self.directory().file(&name);
            if !path.is_file() {
                continue;
            }
            let bytes = fs::File::open(&path).and_then(Digest::of_reader);
            digests.insert(name, bytes.map_err(StoreError::io("read", &path))?);
        }
        Ok(digests)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::RunDirectory;

    #[expect(clippy::disallowed_methods, reason = "a test changes the files of a run")]
    #[test]
    fn a_finished_run_stands_until_anything_it_was_made_from_or_left_changes() {
        let root = tempfile::tempdir().expect("a folder");
        let ledger = root.path().join("ledger.db");
        fs::write(&ledger, b"replies").expect("written");
        let program = root.path().join("program");
        fs::write(&program, b"one").expect("written");
        let from = MadeFrom { inputs: Digest::of_bytes(b"experiment"), program, ledger: ledger.clone() };
        let run = RunDirectory::create(root.path(), "demo", &Digest::of_bytes(b"plan")).expect("made");
        run.write("report.md", b"found").expect("written");
        assert_eq!(run.finished(&from), Ok(None), "nothing says so");
        let finish = || run.finish(&from, 7).expect("noted");
        let stands = || run.finished(&from).expect("readable");
        finish();
        assert_eq!(stands(), Some(7));

        let other = MadeFrom { inputs: Digest::of_bytes(b"another"), ..from.clone() };
        assert_eq!(run.finished(&other), Ok(None), "another experiment");
        fs::write(&from.program, b"another").expect("written");
        assert_eq!(stands(), None, "another version");
        finish();
        run.write("report.md", b"f0und").expect("written");
        assert_eq!(stands(), None, "a file changed");
        finish();
        run.remove("report.md").expect("removed");
        assert_eq!(stands(), None, "a file is gone");
        finish();
        fs::write(&ledger, b"replies and one more").expect("written");
        assert_eq!(stands(), None, "the ledger changed");
        finish();
        let waiting = root.path().join("ledger.db-wal");
        fs::write(&waiting, b"x").expect("written");
        assert_eq!(stands(), None, "the ledger is being written");
        fs::remove_file(waiting).expect("removed");
        assert_eq!(stands(), Some(7));
        fs::write(run.directory().file(FINISHED_FILE), b"{\"format\": \"corater-finished/1\"")
            .expect("written");
        assert_eq!(stands(), None, "a damaged note says nothing");
        finish();
        run.reopen().expect("taken back");
        assert_eq!(stands(), None);
        finish();
        fs::remove_file(ledger).expect("removed");
        assert_eq!(stands(), None, "the ledger is gone");
    }
}
