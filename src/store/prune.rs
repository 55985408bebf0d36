//! Deletes calls from a ledger permanently: superseded ones, failures, or everything before a date. Texts that no other
//! call refers to are deleted with them.

use std::{
    fs::{File, TryLockError},
    path::Path,
};

use serde::Serialize;
use sqlx::{Connection, SqliteConnection};

use super::{StoreError, run, schema};

/// Calls to delete; those that match any of these.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pruning {
    /// Calls that are no longer used, because there is a newer reply to the same question.
    pub superseded: bool,
    /// Failures.
    pub failures: bool,
    /// Calls that began before this time, RFC 3339 or the beginning of one.
    pub before: Option<String>,
    /// Count only.
    pub dry_run: bool,
}

/// What was deleted, or would be.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct PruneReport {
    /// Number of calls.
    pub calls: u64,
    /// Number of texts.
    pub texts: u64,
}

/// Query for the row numbers of the calls to delete.
const DOOMED: &str = "
CREATE TEMP TABLE doomed AS
SELECT id FROM calls WHERE
  (?1 AND id <> (SELECT newest.id FROM calls AS newest WHERE newest.call_key = calls.call_key
                 ORDER BY newest.answered DESC, newest.id DESC LIMIT 1))
  OR (?2 AND answered = 0)
  OR (?3 IS NOT NULL AND started_at < ?3)";

/// Query for texts that only deleted calls or nothing refers to. Open batches keep theirs.
const ORPHANS: &str = "
SELECT digest FROM texts WHERE digest NOT IN (
  SELECT raw FROM calls WHERE raw IS NOT NULL AND id NOT IN (SELECT id FROM doomed)
  UNION
  SELECT part.atom FROM calls, json_tree(calls.request) AS part
  WHERE part.type = 'text' AND length(part.atom) = 64 AND calls.id NOT IN (SELECT id FROM doomed)
  UNION
  SELECT part.atom FROM batches JOIN batch_calls ON batch_calls.batch = batches.id,
    json_tree(batch_calls.request) AS part
  WHERE batches.state IN ('intended', 'submitted') AND part.type = 'text' AND length(part.atom) = 64)";

/// Shared lock of every open ledger; pruning takes it exclusively, because a writer remembers the stored texts.
pub(super) fn share(path: &Path) -> Result<File, StoreError> {
    let (file, lock) = lock_file(path)?;
    file.lock_shared().map_err(StoreError::io("lock", &lock))?;
    Ok(file)
}

/// Exclusive lock that prevents everybody else from opening the ledger until it is dropped.
pub(super) fn alone(path: &Path) -> Result<File, StoreError> {
    let (file, lock) = lock_file(path)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(StoreError::LedgerInUse { path: path.to_owned(), lock }),
        Err(TryLockError::Error(error)) => Err(StoreError::io("lock", &lock)(error)),
    }
}

fn lock_file(path: &Path) -> Result<(File, std::path::PathBuf), StoreError> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push("-lock");
    let lock = path.with_file_name(name);
    let file = run::private_options().open(&lock).map_err(StoreError::io("open", &lock))?;
    Ok((file, lock))
}

/// Deletes calls from the ledger at `path` and frees the space.
///
/// # Errors
/// The ledger is in use or cannot be changed; then nothing was changed.
pub async fn prune(path: &Path, what: &Pruning) -> Result<PruneReport, StoreError> {
    let _alone = alone(path)?;
    let failed = || StoreError::database("prune", path);
    let mut connection = schema::connect(path).await?;
    schema::migrate(&mut connection, path).await?;
    sqlx::raw_sql("PRAGMA secure_delete = ON").execute(&mut connection).await.map_err(failed())?;
    let pruned = take_out(&mut connection, what).await.map_err(failed())?;
    if !what.dry_run {
        schema::shrink(&mut connection, path).await?;
    }
    connection.close().await.map_err(failed())?;
    Ok(pruned)
}

async fn take_out(connection: &mut SqliteConnection, what: &Pruning) -> Result<PruneReport, sqlx::Error> {
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
    sqlx::query(DOOMED)
        .bind(what.superseded)
        .bind(what.failures)
        .bind(&what.before)
        .execute(&mut *transaction)
        .await?;
    let count = |sql: String| sqlx::query_scalar::<_, i64>(sqlx::AssertSqlSafe(sql));
    let calls = count("SELECT count(*) FROM doomed".to_owned()).fetch_one(&mut *transaction).await?;
    let texts = count(format!("SELECT count(*) FROM ({ORPHANS})")).fetch_one(&mut *transaction).await?;
    let positive = |n: i64| u64::try_from(n).unwrap_or(0);
    let pruned = PruneReport { calls: positive(calls), texts: positive(texts) };
    if what.dry_run {
        transaction.rollback().await?;
        return Ok(pruned);
    }
    sqlx::raw_sql("CREATE TEMP TABLE orphans AS SELECT NULL AS digest WHERE 0")
        .execute(&mut *transaction)
        .await?;
    sqlx::query(sqlx::AssertSqlSafe(format!("INSERT INTO orphans {ORPHANS}")))
        .execute(&mut *transaction)
        .await?;
    sqlx::raw_sql(
        "DELETE FROM calls WHERE id IN (SELECT id FROM doomed);
         DELETE FROM texts WHERE digest IN (SELECT digest FROM orphans);
         DELETE FROM origins WHERE call_key NOT IN (SELECT call_key FROM calls UNION SELECT call_key FROM batch_calls);",
    )
    .execute(&mut *transaction)
    .await?;
    transaction.commit().await?;
    Ok(pruned)
}
