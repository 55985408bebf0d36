//! Read-only check of a ledger file: format, version, write access.

use std::path::{Path, PathBuf};

use sqlx::{Connection, SqliteConnection, sqlite::SqliteConnectOptions};

use super::{StoreError, schema};

/// Name of a temporary file that shows whether a folder can be written.
const TRIAL: &str = ".corater-doctor";

/// State of a ledger file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LedgerHealth {
    /// There is none yet, and it can be created in this folder.
    Absent {
        /// The nearest folder that exists.
        folder: PathBuf,
    },
    /// It exists, can be read by this version, and can be written.
    Present {
        /// Its schema version.
        version: i64,
        /// The version this program writes; an older ledger is upgraded when it is next used.
        latest: i64,
        /// Number of calls.
        calls: u64,
    },
}

/// Checks the ledger at `path`, or the place where it would be created.
///
/// # Errors
/// It cannot be read or written, is not a ledger, or was written by a later version.
pub async fn ledger_health(path: &Path) -> Result<LedgerHealth, StoreError> {
    if path.is_file() { present(path).await } else { absent(path) }
}

async fn present(path: &Path) -> Result<LedgerHealth, StoreError> {
    let failed = |action| StoreError::database(action, path);
    let options =
        SqliteConnectOptions::new().filename(path).create_if_missing(false).busy_timeout(schema::BUSY);
    let mut connection = SqliteConnection::connect_with(&options).await.map_err(failed("open"))?;
    let application: i64 = sqlx::query_scalar("PRAGMA application_id")
        .fetch_one(&mut connection)
        .await
        .map_err(failed("read"))?;
    let version: i64 =
        sqlx::query_scalar("PRAGMA user_version").fetch_one(&mut connection).await.map_err(failed("read"))?;
    let latest = schema::latest();
    if application != schema::APPLICATION_ID {
        return Err(StoreError::NotALedger { path: path.to_owned() });
    }
    if version > latest {
        return Err(StoreError::NewerSchema { path: path.to_owned(), found: version, known: latest });
    }
    let calls: i64 = sqlx::query_scalar("SELECT count(*) FROM calls")
        .fetch_one(&mut connection)
        .await
        .map_err(failed("read"))?;
    // A write transaction that changes nothing.
    sqlx::raw_sql("BEGIN IMMEDIATE; ROLLBACK").execute(&mut connection).await.map_err(failed("write"))?;
    connection.close().await.map_err(failed("close"))?;
    Ok(LedgerHealth::Present { version, latest, calls: u64::try_from(calls).unwrap_or(0) })
}

#[expect(clippy::disallowed_methods, reason = "store owns runs/")]
fn absent(path: &Path) -> Result<LedgerHealth, StoreError> {
    let is_there = |folder: &&Path| folder.as_os_str().is_empty() || folder.is_dir();
    let folder = path.ancestors().skip(1).find(is_there).unwrap_or(Path::new("."));
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let trial = folder.join(format!("{TRIAL}-{}", std::process::id()));
    let tried = std::fs::write(&trial, b"").and_then(|()| std::fs::remove_file(&trial));
    tried.map_err(|error| StoreError::Io {
        action: "write into",
        path: folder.to_owned(),
        message: error.to_string(),
    })?;
    Ok(LedgerHealth::Absent { folder: folder.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Ledger;

    #[tokio::test]
    async fn a_look_changes_nothing() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("runs").join("ledger.db");
        let health = ledger_health(&path).await.expect("a place for one");
        assert_eq!(health, LedgerHealth::Absent { folder: folder.path().to_owned() });
        assert!(!path.exists() && folder.path().read_dir().expect("a folder").next().is_none());

        Ledger::open(&path).await.expect("a ledger").close().await.expect("closed");
        let latest = schema::latest();
        let health = ledger_health(&path).await.expect("a ledger");
        assert_eq!(health, LedgerHealth::Present { version: latest, latest, calls: 0 });
    }

    #[tokio::test]
    async fn what_is_no_ledger_is_said_to_be_none() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("ledger.db");
        #[expect(clippy::disallowed_methods, reason = "a test makes a file")]
        std::fs::write(&path, b"").expect("written");
        let error = ledger_health(&path).await.expect_err("empty");
        assert_eq!(error, StoreError::NotALedger { path: path.clone() });
        #[expect(clippy::disallowed_methods, reason = "a test makes a file")]
        std::fs::write(&path, b"not a database at all, but long enough to be looked at").expect("written");
        assert!(matches!(ledger_health(&path).await, Err(StoreError::Database { .. })));
    }
}
