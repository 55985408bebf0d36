//! Tables of the ledger, and how a database file is opened, created and migrated.

use std::{path::Path, time::Duration};

use sqlx::{
    Connection, SqliteConnection,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
};

use super::StoreError;

/// Marks a database file as a corater ledger ("cora" in ASCII).
pub(super) const APPLICATION_ID: i64 = 0x636f_7261;

/// How long a statement waits for another process's transaction.
pub(super) const BUSY: Duration = Duration::from_secs(30);

/// Page size of a new database in bytes. Rows of a call are slightly too long for three to fit into the usual 4,096.
const PAGE: u32 = 8_192;

/// Schema changes in order; a database at version n has had the first n applied. Never edit one that shipped.
const MIGRATIONS: &[&str] = &[V1, V2, V3, V4];

/// `texts` holds each message, schema and raw reply once. `calls` is append-only: the newest reply of a key
/// is used, and older rows are history. `answered` is 1 for a reply and 0 for a failure.
const V1: &str = "
CREATE TABLE texts (
  digest  TEXT NOT NULL PRIMARY KEY,
  content TEXT NOT NULL
) STRICT;
CREATE TABLE calls (
  id                INTEGER PRIMARY KEY,
  call_key          TEXT NOT NULL,
  endpoint          TEXT NOT NULL,
  model             TEXT NOT NULL,
  purpose           TEXT NOT NULL,
  request           TEXT NOT NULL,
  answered          INTEGER NOT NULL CHECK (answered IN (0, 1)),
  reply             TEXT,
  failure           TEXT,
  raw               TEXT REFERENCES texts (digest),
  attempts          INTEGER NOT NULL,
  started_at        TEXT NOT NULL,
  latency_ms        INTEGER NOT NULL,
  prompt_tokens     INTEGER,
  cached_tokens     INTEGER,
  completion_tokens INTEGER,
  reasoning_tokens  INTEGER,
  CHECK ((answered = 1) = (reply IS NOT NULL)),
  CHECK ((answered = 0) = (failure IS NOT NULL))
) STRICT;
CREATE INDEX calls_by_key ON calls (call_key, answered, id);
";

/// No table changes. From this version on, a message's content in `calls.request` may be a list of digests whose texts
/// are joined: a transcript is stored once, whatever surrounds it. Older rows have one digest and stay unchanged.
const V2: &str = "SELECT 1";

/// `batches` holds intended batches, committed before they are submitted, and their state; `batch_calls` holds their
/// requests. `excluded` lists server ids that turned out to belong to other batches.
const V3: &str = "
CREATE TABLE batches (
  id         TEXT NOT NULL PRIMARY KEY,
  identity   TEXT NOT NULL,
  model      TEXT NOT NULL,
  endpoint   TEXT NOT NULL,
  state      TEXT NOT NULL CHECK (state IN ('intended', 'submitted', 'done', 'abandoned')),
  remote     TEXT,
  excluded   TEXT NOT NULL DEFAULT '[]',
  created_at TEXT NOT NULL,
  not_before TEXT NOT NULL,
  items      INTEGER NOT NULL,
  CHECK ((state IN ('submitted', 'done')) <= (remote IS NOT NULL))
) STRICT;
CREATE TABLE batch_calls (
  batch    TEXT NOT NULL REFERENCES batches (id),
  call_key TEXT NOT NULL,
  request  TEXT NOT NULL,
  PRIMARY KEY (batch, call_key)
) STRICT, WITHOUT ROWID;
";

/// `origins` notes for each call key the sessions and sources of its questions, by digests of their ids, never by text.
/// A key may have several; those of earlier versions have none. `calls.digest` is the digest of the row
/// ([`super::calls::row_digest`]); rows of earlier versions have none and are not checked.
const V4: &str = "
CREATE TABLE origins (
  call_key TEXT NOT NULL,
  session  TEXT NOT NULL,
  source   TEXT NOT NULL,
  PRIMARY KEY (call_key, session, source)
) STRICT, WITHOUT ROWID;
ALTER TABLE calls ADD COLUMN digest TEXT;
";

/// The version that this program writes.
pub(super) fn latest() -> i64 {
    i64::try_from(MIGRATIONS.len()).expect("a handful of migrations")
}

/// Opens one connection; the file must exist.
pub(super) async fn connect(path: &Path) -> Result<SqliteConnection, StoreError> {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(false)
        .busy_timeout(BUSY)
        .page_size(PAGE)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full);
    SqliteConnection::connect_with(&options).await.map_err(StoreError::database("open", path))
}

/// Rewrites the file without deleted data, and truncates the write-ahead log.
pub(super) async fn shrink(connection: &mut SqliteConnection, path: &Path) -> Result<(), StoreError> {
    let failed = || StoreError::database("rewrite", path);
    for statement in ["PRAGMA wal_checkpoint(TRUNCATE)", "VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)"] {
        sqlx::raw_sql(statement).execute(&mut *connection).await.map_err(failed())?;
    }
    Ok(())
}

/// Migrates the database to the latest schema, or rejects it.
pub(super) async fn migrate(writer: &mut SqliteConnection, path: &Path) -> Result<(), StoreError> {
    let failed = || StoreError::database("prepare", path);
    let mut transaction = writer.begin_with("BEGIN IMMEDIATE").await.map_err(failed())?;
    let version: i64 =
        sqlx::query_scalar("PRAGMA user_version").fetch_one(&mut *transaction).await.map_err(failed())?;
    let application: i64 =
        sqlx::query_scalar("PRAGMA application_id").fetch_one(&mut *transaction).await.map_err(failed())?;
    let tables: i64 = sqlx::query_scalar("SELECT count(*) FROM sqlite_schema")
        .fetch_one(&mut *transaction)
        .await
        .map_err(failed())?;
    let empty = version == 0 && application == 0 && tables == 0;
    if application != APPLICATION_ID && !empty {
        return Err(StoreError::NotALedger { path: path.to_owned() });
    }
    let known = latest();
    if version > known {
        return Err(StoreError::NewerSchema { path: path.to_owned(), found: version, known });
    }
    let done = usize::try_from(version).unwrap_or(0);
    for (index, migration) in MIGRATIONS.iter().enumerate().skip(done) {
        sqlx::raw_sql(*migration).execute(&mut *transaction).await.map_err(failed())?;
        let stamp = format!("PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {}", index + 1);
        sqlx::raw_sql(sqlx::AssertSqlSafe(stamp)).execute(&mut *transaction).await.map_err(failed())?;
    }
    transaction.commit().await.map_err(failed())
}
