//! The journal of batches: the intent to submit is committed before the submission, so that a submitted batch can be
//! found again and is never silently submitted twice.

use std::{
    fs::{File, TryLockError},
    path::Path,
};

use sqlx::{Connection, Row as _, SqliteConnection};

use super::{
    Ledger, StoreError,
    calls::{referenced, restore, stored},
    run::private_options,
    writer::insert_links,
};
use crate::chat::{CallKey, Origin, Request};

/// Lock file of the process that submits batches.
const LOCK_FILE: &str = "ledger.db.batches.lock";

/// State of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BatchState {
    /// To be submitted, or submitted without a known answer.
    Intended,
    /// Accepted by the server.
    Submitted,
    /// All its results are in the ledger.
    Done,
    /// Given up; its calls are made one by one instead.
    Abandoned,
}

impl BatchState {
    fn word(self) -> &'static str {
        match self {
            Self::Intended => "intended",
            Self::Submitted => "submitted",
            Self::Done => "done",
            Self::Abandoned => "abandoned",
        }
    }
}

/// A batch in the journal. Holds transcript text: never log it.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredBatch {
    /// The intent's id.
    pub id: String,
    /// The endpoint's part of call keys.
    pub identity: String,
    /// The endpoint's id in records.
    pub endpoint: String,
    /// The server's name for the model.
    pub model: String,
    /// The server's id; `None` until it is known.
    pub remote: Option<String>,
    /// Ids of batches on the server that turned out not to be this one.
    pub excluded: Vec<String>,
    /// When the intent was committed, RFC 3339.
    pub created_at: String,
    /// A batch that was created before this time, RFC 3339, is not this one.
    pub not_before: String,
    /// Number of calls it was submitted with; a forgotten session's calls are removed from `calls` only.
    pub items: u64,
    /// Its calls.
    pub calls: Vec<(CallKey, Request)>,
}

/// Permission to submit batches of a ledger, until this is dropped or the process ends.
#[derive(Debug)]
pub struct BatchLock {
    _file: File,
}

/// Acquires the permission to submit batches of the ledger in `folder`. Two processes that searched for the same batch
/// could both find none and submit it twice.
///
/// # Errors
/// Another process holds the lock, or the lock file cannot be created.
pub fn lock_batches(folder: &Path) -> Result<BatchLock, StoreError> {
    let path = folder.join(LOCK_FILE);
    let file = private_options().open(&path).map_err(StoreError::io("open", &path))?;
    match file.try_lock() {
        Ok(()) => Ok(BatchLock { _file: file }),
        Err(TryLockError::WouldBlock) => Err(StoreError::RunLocked { run: folder.to_owned(), lock: path }),
        Err(TryLockError::Error(error)) => Err(StoreError::io("lock", &path)(error)),
    }
}

impl Ledger {
    /// Commits the intent to submit a batch, with the origins of its questions.
    ///
    /// # Errors
    /// The commit failed, so nothing may be submitted.
    pub async fn intend(&self, batch: &StoredBatch, origins: &[(CallKey, Origin)]) -> Result<(), StoreError> {
        let failed = |error| StoreError::database("write to", self.path())(error);
        let mut connection = self.auditor().await;
        let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await.map_err(failed)?;
        sqlx::query(
            "INSERT INTO batches (id, identity, model, endpoint, state, created_at, not_before, items)
             VALUES (?, ?, ?, ?, 'intended', ?, ?, ?)",
        )
        .bind(&batch.id)
        .bind(&batch.identity)
        .bind(&batch.model)
        .bind(&batch.endpoint)
        .bind(&batch.created_at)
        .bind(&batch.not_before)
        .bind(i64::try_from(batch.items).unwrap_or(i64::MAX))
        .execute(&mut *transaction)
        .await
        .map_err(failed)?;
        for (key, request) in &batch.calls {
            insert_call(&mut transaction, &batch.id, key, request.clone()).await.map_err(failed)?;
        }
        insert_links(&mut transaction, &origins.iter().collect::<Vec<_>>()).await.map_err(failed)?;
        transaction.commit().await.map_err(failed)
    }

    /// Commits the state of a batch, with the server's id if known and the ids that were excluded.
    ///
    /// # Errors
    /// The commit failed.
    pub async fn batch_is(&self, batch: &StoredBatch, state: BatchState) -> Result<(), StoreError> {
        let excluded = serde_json::Value::from(batch.excluded.clone()).to_string();
        sqlx::query("UPDATE batches SET state = ?, remote = ?, excluded = ? WHERE id = ?")
            .bind(state.word())
            .bind(&batch.remote)
            .bind(excluded)
            .bind(&batch.id)
            .execute(&mut *self.auditor().await)
            .await
            .map_err(StoreError::database("write to", self.path()))
            .map(drop)
    }

    /// The batches that are neither done nor abandoned, oldest first.
    ///
    /// # Errors
    /// The database cannot be read, or a row cannot be decoded.
    pub async fn open_batches(&self) -> Result<Vec<StoredBatch>, StoreError> {
        let failed = |error| StoreError::database("read", self.path())(error);
        let mut connection = self.auditor().await;
        let rows = sqlx::query(
            "SELECT id, identity, endpoint, model, remote, excluded, created_at, not_before, items FROM batches
             WHERE state IN ('intended', 'submitted') ORDER BY created_at, id",
        )
        .fetch_all(&mut *connection)
        .await
        .map_err(failed)?;
        let mut batches = Vec::new();
        for row in rows {
            let text = |name: &str| row.try_get::<String, _>(name).map_err(failed);
            let id = text("id")?;
            let excluded =
                serde_json::from_str(&text("excluded")?).map_err(|_| self.unreadable(&id, "batch"))?;
            batches.push(StoredBatch {
                calls: self.calls_of(&mut connection, &id).await?,
                identity: text("identity")?,
                endpoint: text("endpoint")?,
                model: text("model")?,
                remote: row.try_get("remote").map_err(failed)?,
                excluded,
                created_at: text("created_at")?,
                not_before: text("not_before")?,
                items: row.try_get::<i64, _>("items").map_err(failed)?.unsigned_abs(),
                id,
            });
        }
        Ok(batches)
    }

    /// All server ids of batches that the ledger knows.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn known_remotes(&self) -> Result<Vec<String>, StoreError> {
        sqlx::query_scalar("SELECT remote FROM batches WHERE remote IS NOT NULL")
            .fetch_all(&mut *self.auditor().await)
            .await
            .map_err(StoreError::database("read", self.path()))
    }

    async fn calls_of(
        &self,
        connection: &mut SqliteConnection,
        batch: &str,
    ) -> Result<Vec<(CallKey, Request)>, StoreError> {
        let failed = |error| StoreError::database("read", self.path())(error);
        let rows = sqlx::query("SELECT call_key, request FROM batch_calls WHERE batch = ? ORDER BY call_key")
            .bind(batch)
            .fetch_all(&mut *connection)
            .await
            .map_err(failed)?;
        let mut calls = Vec::with_capacity(rows.len());
        for row in rows {
            let key: String = row.try_get("call_key").map_err(failed)?;
            let request: String = row.try_get("request").map_err(failed)?;
            let wanted = referenced(&request).ok_or_else(|| self.unreadable(&key, "request"))?;
            let texts = self.texts(connection, &wanted).await?;
            let request = restore(&request, &texts).ok_or_else(|| self.unreadable(&key, "request"))?;
            calls.push((CallKey::from_stored(key), request));
        }
        Ok(calls)
    }

    fn unreadable(&self, call: &str, what: &'static str) -> StoreError {
        StoreError::Damaged { path: self.path().to_owned(), call: call.to_owned(), what }
    }
}

async fn insert_call(
    connection: &mut SqliteConnection,
    batch: &str,
    key: &CallKey,
    request: Request,
) -> Result<(), sqlx::Error> {
    let (request, texts) = stored(request);
    for (digest, text) in texts {
        sqlx::query("INSERT OR IGNORE INTO texts (digest, content) VALUES (?, ?)")
            .bind(digest.hex())
            .bind(text)
            .execute(&mut *connection)
            .await?;
    }
    sqlx::query("INSERT INTO batch_calls (batch, call_key, request) VALUES (?, ?, ?)")
        .bind(batch)
        .bind(key.as_str())
        .bind(request)
        .execute(connection)
        .await
        .map(drop)
}
