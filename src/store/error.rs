//! Owns the ways in which storage can fail. Messages name files, lines and ids, never stored text.

use std::path::{Path, PathBuf};

/// A storage failure. Cloneable, because one failed commit answers every record that waited for it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The file system refused.
    #[error("cannot {action} {}: {message}", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// On which file or folder.
        path: PathBuf,
        /// What the system said.
        message: String,
    },
    /// The database refused.
    #[error("cannot {action} ledger {}: {message}", path.display())]
    Database {
        /// What was tried.
        action: &'static str,
        /// The database file.
        path: PathBuf,
        /// What the database said.
        message: String,
    },
    /// The database was written by a later version of this program.
    #[error("ledger {} has schema {found}, this program reads up to {known}", path.display())]
    NewerSchema {
        /// The database file.
        path: PathBuf,
        /// Its schema version.
        found: i64,
        /// The latest version known here.
        known: i64,
    },
    /// A database of something else.
    #[error("{} is a database, but not a corater ledger", path.display())]
    NotALedger {
        /// The database file.
        path: PathBuf,
    },
    /// The reader or the writer ended before it answered.
    #[error("ledger {} is closed: nothing was read or recorded", path.display())]
    Closed {
        /// The database file.
        path: PathBuf,
    },
    /// Another process has the ledger open.
    #[error("ledger {} is in use: another process holds {}", path.display(), lock.display())]
    LedgerInUse {
        /// The database file.
        path: PathBuf,
        /// The lock file it holds.
        lock: PathBuf,
    },
    /// A stored row does not decode.
    #[error("ledger {}: {what} of call {call} cannot be read back", path.display())]
    Damaged {
        /// The database file.
        path: PathBuf,
        /// Row number or key of the call.
        call: String,
        /// Which part.
        what: &'static str,
    },
    /// Another process writes the same run.
    #[error("run {} is being written by another process, which holds {}", run.display(), lock.display())]
    RunLocked {
        /// The run directory.
        run: PathBuf,
        /// The lock file it holds.
        lock: PathBuf,
    },
    /// A run that lost its files because a session of it was forgotten.
    #[error("run {} is stale: consent was withdrawn for {sessions} of its sessions, and its files are gone", run.display())]
    StaleRun {
        /// The run directory.
        run: PathBuf,
        /// How many of its sessions were forgotten.
        sessions: usize,
    },
    /// No run by that name.
    #[error("no run {wanted:?} in {}; found: {}", root.display(), list(known))]
    NoSuchRun {
        /// What was asked for.
        wanted: String,
        /// The folder of runs.
        root: PathBuf,
        /// The runs there.
        known: Vec<String>,
    },
    /// Several runs start with that prefix.
    #[error("{wanted:?} names {} runs in {}: {}", candidates.len(), root.display(), list(candidates))]
    AmbiguousRun {
        /// What was asked for.
        wanted: String,
        /// The folder of runs.
        root: PathBuf,
        /// The runs that match.
        candidates: Vec<String>,
    },
    /// A name that would leave its folder or hide in it.
    #[error(
        "{name:?} cannot name a {what}: expected letters, digits, '.', '-' or '_', not starting with '.'"
    )]
    BadName {
        /// The name.
        name: String,
        /// What it was to name.
        what: &'static str,
    },
    /// A file of another format, or of a later major version of this one.
    #[error("{file} has format {found:?}, expected {expected}")]
    WrongFormat {
        /// The file's name.
        file: String,
        /// The format it names; empty when it names none.
        found: String,
        /// What is read here, such as `corater-sessions/1`.
        expected: String,
    },
    /// A line that does not hold what its format promises.
    #[error("{file}, line {line}, column {column}: not {expected}")]
    BadLine {
        /// The file's name.
        file: String,
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
        /// What a line holds.
        expected: &'static str,
    },
}

fn list(names: &[String]) -> String {
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}

impl StoreError {
    /// Wraps a file-system error.
    pub(super) fn io<'p>(
        action: &'static str,
        path: &'p Path,
    ) -> impl FnOnce(std::io::Error) -> Self + use<'p> {
        move |error| Self::Io { action, path: path.to_owned(), message: error.to_string() }
    }

    /// Wraps a database error. `SQLite`'s messages name tables and columns, never bound values.
    pub(super) fn database<'p>(
        action: &'static str,
        path: &'p Path,
    ) -> impl FnOnce(sqlx::Error) -> Self + use<'p> {
        move |error| Self::Database { action, path: path.to_owned(), message: error.to_string() }
    }
}
