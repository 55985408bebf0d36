//! Errors of storage. Messages name files, lines and ids, never stored text.

use std::path::{Path, PathBuf};

/// A storage error. Cloneable, because one failed commit is reported to every record that waited for it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The file system returned an error.
    #[error("cannot {action} {}: {message}", path.display())]
    Io {
        /// The attempted action.
        action: &'static str,
        /// The file or folder concerned.
        path: PathBuf,
        /// The system's message.
        message: String,
    },
    /// The database returned an error.
    #[error("cannot {action} ledger {}: {message}", path.display())]
    Database {
        /// The attempted action.
        action: &'static str,
        /// The database file.
        path: PathBuf,
        /// The database's message.
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
    /// The file is a database of another program.
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
    /// A stored row cannot be decoded.
    #[error("ledger {}: {what} of call {call} cannot be read back", path.display())]
    Damaged {
        /// The database file.
        path: PathBuf,
        /// Row number or key of the call.
        call: String,
        /// The part concerned.
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
    /// The run's files were removed because one of its sessions was forgotten.
    #[error("run {} is stale: consent was withdrawn for {sessions} of its sessions, and its files are gone", run.display())]
    StaleRun {
        /// The run directory.
        run: PathBuf,
        /// Number of its sessions that were forgotten.
        sessions: usize,
    },
    /// There is no run with this name.
    #[error("no run {wanted:?} in {}; found: {}", root.display(), list(known))]
    NoSuchRun {
        /// The requested name.
        wanted: String,
        /// The folder of runs.
        root: PathBuf,
        /// Names of the runs in it.
        known: Vec<String>,
    },
    /// Several runs start with this prefix.
    #[error("{wanted:?} names {} runs in {}: {}", candidates.len(), root.display(), list(candidates))]
    AmbiguousRun {
        /// The requested prefix.
        wanted: String,
        /// The folder of runs.
        root: PathBuf,
        /// Names of the matching runs.
        candidates: Vec<String>,
    },
    /// The name would leave its folder or be hidden in it.
    #[error(
        "{name:?} cannot name a {what}: expected letters, digits, '.', '-' or '_', not starting with '.'"
    )]
    BadName {
        /// The name.
        name: String,
        /// What it would name.
        what: &'static str,
    },
    /// The file has another format, or a later major version of it.
    #[error("{file} has format {found:?}, expected {expected}")]
    WrongFormat {
        /// The file's name.
        file: String,
        /// The format named in the file; empty if there is none.
        found: String,
        /// The expected format, such as `corater-sessions/1`.
        expected: String,
    },
    /// A line does not match its format.
    #[error("{file}, line {line}, column {column}: not {expected}")]
    BadLine {
        /// The file's name.
        file: String,
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
        /// What a line should hold.
        expected: &'static str,
    },
}

fn list(names: &[String]) -> String {
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}

impl StoreError {
    /// Converts a file-system error.
    pub(super) fn io<'p>(
        action: &'static str,
        path: &'p Path,
    ) -> impl FnOnce(std::io::Error) -> Self + use<'p> {
        move |error| Self::Io { action, path: path.to_owned(), message: error.to_string() }
    }

    /// Converts a database error. `SQLite`'s messages name tables and columns, never bound values.
    pub(super) fn database<'p>(
        action: &'static str,
        path: &'p Path,
    ) -> impl FnOnce(sqlx::Error) -> Self + use<'p> {
        move |error| Self::Database { action, path: path.to_owned(), message: error.to_string() }
    }
}
