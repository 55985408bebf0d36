//! The ledger: the database of calls, which serves as resume, cache and audit in one table (docs/architecture.md,
//! decision 2). It contains transcripts in clear text: file mode 0600, folder mode 0700.

use std::{
    collections::HashMap,
    fs::File,
    path::{Path, PathBuf},
};

use sqlx::{Connection, Row as _, SqliteConnection, sqlite::SqliteRow};
use tokio::{
    sync::{Mutex, MutexGuard, mpsc, oneshot},
    task::JoinSet,
};

use super::{
    StoreError,
    calls::{
        CallPage, CallRecord, CallRow, CallSummary, LedgerEntry, LedgerSummary, StoredCall, Typical,
        referenced, restore, row_digest, whole_raw,
    },
    prune,
    reader::{self, KeyLookup},
    run, schema,
    writer::{self, Link, Waiting},
};
use crate::{
    chat::{CallKey, Failure, Origin, Reply},
    domain::{Digest, TokenSum},
};

/// Number of records that may wait for the writer, and of keys for the reader, before callers have to wait.
const QUEUE: usize = 1_024;
/// Repeat numbers above this belong to questions that were asked a second time.
const SECOND_ASK: i64 = 1_000;

/// The database of calls, open. Dropping it without [`Ledger::close`] loses no record that was confirmed.
#[derive(Debug)]
pub struct Ledger {
    path: PathBuf,
    records: mpsc::Sender<Waiting>,
    lookups: mpsc::Sender<KeyLookup>,
    /// The tasks of writer and reader.
    tasks: JoinSet<Result<(), StoreError>>,
    /// Connection for counts, lists and audit.
    auditor: Mutex<SqliteConnection>,
    /// Lock that prevents pruning by others.
    _lock: File,
}

impl Ledger {
    /// Opens the database, creating it and its folder if missing, and starts the writer.
    ///
    /// # Errors
    /// The file cannot be opened, is not a ledger, or was written by a later version.
    pub async fn open(path: &Path) -> Result<Self, StoreError> {
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            run::private_folder(folder)?;
        }
        run::private_file(path)?;
        let lock = prune::share(path)?;
        let mut connection = schema::connect(path).await?;
        schema::migrate(&mut connection, path).await?;
        let (records, waiting) = mpsc::channel(QUEUE);
        let (lookups, wanted) = mpsc::channel(QUEUE);
        let mut tasks = JoinSet::new();
        tasks.spawn(writer::run(connection, path.to_owned(), waiting));
        tasks.spawn(reader::run(schema::connect(path).await?, path.to_owned(), wanted));
        let auditor = Mutex::new(schema::connect(path).await?);
        Ok(Self { path: path.to_owned(), records, lookups, tasks, auditor, _lock: lock })
    }

    /// The database file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What is known about a key: the newest reply if there is one, else the newest failure. If an origin is given, it
    /// is noted for the key before the result is returned.
    ///
    /// # Errors
    /// The database cannot be read, or the note cannot be committed.
    pub async fn lookup(&self, key: &CallKey, origin: Option<&Origin>) -> Result<LedgerEntry, StoreError> {
        let gone = || StoreError::Closed { path: self.path.clone() };
        let (found, answer) = oneshot::channel();
        let wanted = KeyLookup { key: key.clone(), origin: origin.cloned(), found };
        self.lookups.send(wanted).await.map_err(|_| gone())?;
        let Some(stored) = answer.await.map_err(|_| gone())?? else { return Ok(LedgerEntry::Unknown) };
        if let Some(origin) = origin.filter(|_| !stored.is_linked) {
            self.link(key, origin).await?;
        }
        if !stored.is_sound {
            return Ok(LedgerEntry::Damaged { call: stored.id });
        }
        Ok(match self.outcome(stored.reply, stored.failure, &stored.id.to_string()) {
            Ok(Ok(reply)) => LedgerEntry::Reply(Box::new(reply)),
            Ok(Err(failure)) => LedgerEntry::Failed(failure),
            Err(_) => LedgerEntry::Damaged { call: stored.id },
        })
    }

    /// Notes an origin of the questions of a key.
    ///
    /// # Errors
    /// The commit failed.
    pub async fn link(&self, key: &CallKey, origin: &Origin) -> Result<(), StoreError> {
        self.hand_over(None, Some((key.clone(), origin.clone()))).await
    }

    async fn hand_over(&self, row: Option<CallRow>, link: Option<Link>) -> Result<(), StoreError> {
        let gone = || StoreError::Closed { path: self.path.clone() };
        let (done, committed) = oneshot::channel();
        self.records.send(Waiting { row, link, done }).await.map_err(|_| gone())?;
        committed.await.map_err(|_| gone())?
    }

    /// Records a call and returns once it is committed. The row is written even if the caller stops waiting.
    ///
    /// # Errors
    /// The commit failed, and the ledger contains nothing of the call.
    pub async fn record(&self, record: CallRecord) -> Result<(), StoreError> {
        self.record_of(record, None).await
    }

    /// Like [`Ledger::record`], for a question with this origin: one transaction contains both.
    ///
    /// # Errors
    /// The same as [`Ledger::record`].
    pub async fn record_of(&self, record: CallRecord, origin: Option<&Origin>) -> Result<(), StoreError> {
        let link = origin.map(|origin| (record.key.clone(), origin.clone()));
        self.hand_over(Some(CallRow::of(record)), link).await
    }

    /// Counts over the whole ledger.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn summary(&self) -> Result<LedgerSummary, StoreError> {
        let row = sqlx::query(
            "SELECT count(*), coalesce(sum(answered), 0), count(DISTINCT call_key),
                    coalesce(sum(answered AND prompt_tokens IS NOT NULL AND completion_tokens IS NOT NULL), 0),
                    CAST(total(prompt_tokens) AS INTEGER), CAST(total(cached_tokens) AS INTEGER),
                    CAST(total(completion_tokens) AS INTEGER), CAST(total(reasoning_tokens) AS INTEGER),
                    (SELECT count(*) FROM texts),
                    CAST(total(json_extract(reply, '$.usage.cache_write_tokens')) AS INTEGER)
             FROM calls",
        )
        .fetch_one(&mut *self.auditor.lock().await)
        .await
        .map_err(self.failed())?;
        let count = |index: usize| -> Result<u64, StoreError> {
            let value: i64 = row.try_get(index).map_err(self.failed())?;
            Ok(u64::try_from(value).unwrap_or(0))
        };
        let (calls, replies, reported) = (count(0)?, count(1)?, count(3)?);
        Ok(LedgerSummary {
            calls,
            replies,
            failures: calls - replies,
            keys: count(2)?,
            texts: count(8)?,
            tokens: TokenSum {
                reported,
                unreported: replies - reported,
                prompt: count(4)?,
                cached: count(5)?,
                cache_written: count(9)?,
                completion: count(6)?,
                reasoning: count(7)?,
            },
        })
    }

    /// Mean tokens of the `newest` replies, by endpoint, model and purpose.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn typical(&self, newest: u32) -> Result<Vec<Typical>, StoreError> {
        let rows = sqlx::query(
            "SELECT endpoint, model, purpose, count(completion_tokens) AS replies,
                    CAST(round(avg(completion_tokens)) AS INTEGER) AS completion_tokens,
                    CAST(total(json_extract(request, '$.repeat') > ?) AS INTEGER) AS second_asks
             FROM (SELECT * FROM calls WHERE answered = 1 ORDER BY id DESC LIMIT ?)
             GROUP BY 1, 2, 3 HAVING count(completion_tokens) > 0",
        )
        .bind(SECOND_ASK)
        .bind(newest)
        .fetch_all(&mut *self.auditor.lock().await)
        .await
        .map_err(self.failed())?;
        let count = |row: &SqliteRow, name: &str| {
            let value: i64 = self.column(row, name)?;
            Ok::<_, StoreError>(u64::try_from(value).unwrap_or(0))
        };
        let typical = |row: &SqliteRow| {
            Ok(Typical {
                endpoint: self.column(row, "endpoint")?,
                model: self.column(row, "model")?,
                purpose: self.column(row, "purpose")?,
                replies: count(row, "replies")?,
                completion_tokens: count(row, "completion_tokens")?,
                second_asks: count(row, "second_asks")?,
            })
        };
        rows.iter().map(typical).collect()
    }

    /// The highest row number; 0 if there is no row.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn newest(&self) -> Result<i64, StoreError> {
        sqlx::query_scalar("SELECT coalesce(max(id), 0) FROM calls")
            .fetch_one(&mut *self.auditor.lock().await)
            .await
            .map_err(self.failed())
    }

    /// A page of calls without their texts, oldest first.
    ///
    /// # Errors
    /// The database cannot be read, or a row cannot be decoded.
    pub async fn list(&self, page: CallPage) -> Result<Vec<CallSummary>, StoreError> {
        let rows = sqlx::query(
            "SELECT id, call_key, endpoint, model, purpose, failure, attempts, started_at, latency_ms
             FROM calls WHERE id > ? AND (answered = 0 OR NOT ?) ORDER BY id LIMIT ?",
        )
        .bind(page.after)
        .bind(page.failures_only)
        .bind(page.limit)
        .fetch_all(&mut *self.auditor.lock().await)
        .await
        .map_err(self.failed())?;
        rows.iter().map(|row| self.call_summary(row)).collect()
    }

    /// One call with its request, reply and raw body, for audit and export.
    ///
    /// # Errors
    /// The database cannot be read, or the row cannot be decoded.
    pub async fn call(&self, id: i64) -> Result<Option<StoredCall>, StoreError> {
        let mut auditor = self.auditor.lock().await;
        let row = sqlx::query("SELECT * FROM calls WHERE id = ?")
            .bind(id)
            .fetch_optional(&mut *auditor)
            .await
            .map_err(self.failed())?;
        let Some(row) = row else { return Ok(None) };
        let request: String = self.column(&row, "request")?;
        if !is_sound(&row).map_err(self.failed())? {
            return Err(self.damaged(id, "the row, which is not what was recorded,"));
        }
        let raw: Option<String> = self.column(&row, "raw")?;
        let raw = raw.map(|hex| hex.parse().map_err(|_| self.damaged(id, "raw reply"))).transpose()?;
        let mut wanted = referenced(&request).ok_or_else(|| self.damaged(id, "request"))?;
        wanted.extend(raw);
        let texts = self.texts(&mut auditor, &wanted).await?;
        let summary = self.call_summary(&row)?;
        let outcome =
            self.outcome(self.column(&row, "reply")?, self.column(&row, "failure")?, &id.to_string())?;
        let whole = |digest| whole_raw(&request, texts.get(&digest)?.clone(), &outcome);
        let raw = raw.map(|digest| whole(digest).ok_or_else(|| self.damaged(id, "raw reply"))).transpose()?;
        let record = CallRecord {
            key: summary.key,
            endpoint: summary.endpoint,
            model: summary.model,
            purpose: summary.purpose,
            request: restore(&request, &texts).ok_or_else(|| self.damaged(id, "request"))?,
            outcome,
            raw,
            attempts: summary.attempts,
            started_at: summary.started_at,
            latency_ms: summary.latency_ms,
        };
        Ok(Some(StoredCall { id, record }))
    }

    /// Row number of the newest call of each key that begins with these hexadecimal digits, for at most two keys.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn newest_by_key(&self, beginning: &str) -> Result<Vec<i64>, StoreError> {
        sqlx::query_scalar(
            "SELECT max(id) FROM calls WHERE call_key >= ? AND call_key < ? GROUP BY call_key LIMIT 2",
        )
        .bind(beginning)
        .bind(format!("{beginning}g"))
        .fetch_all(&mut *self.auditor.lock().await)
        .await
        .map_err(self.failed())
    }

    /// Waits until all pending records are committed, and closes the database.
    ///
    /// # Errors
    /// The database could not be closed cleanly.
    pub async fn close(self) -> Result<(), StoreError> {
        let Self { path, records, lookups, mut tasks, auditor, _lock } = self;
        drop((records, lookups));
        while let Some(ended) = tasks.join_next().await {
            ended.map_err(|_| StoreError::Closed { path: path.clone() })??;
        }
        auditor.into_inner().close().await.map_err(StoreError::database("close", &path))
    }

    /// The connection for counts, lists and audit.
    pub(super) async fn auditor(&self) -> MutexGuard<'_, SqliteConnection> {
        self.auditor.lock().await
    }

    /// A text by its digest; `None` if it is missing or differs from what was recorded.
    pub(super) async fn text(
        &self,
        auditor: &mut SqliteConnection,
        digest: Digest,
    ) -> Result<Option<String>, StoreError> {
        let text: Option<String> = sqlx::query_scalar("SELECT content FROM texts WHERE digest = ?")
            .bind(digest.hex())
            .fetch_optional(auditor)
            .await
            .map_err(self.failed())?;
        Ok(text.filter(|text| Digest::of_bytes(text.as_bytes()) == digest))
    }

    /// The error for a call that cannot be read back.
    pub(super) fn damaged_call(&self, id: i64) -> StoreError {
        self.damaged(id, "a part")
    }

    pub(super) async fn texts(
        &self,
        auditor: &mut SqliteConnection,
        wanted: &[Digest],
    ) -> Result<HashMap<Digest, String>, StoreError> {
        let mut texts = HashMap::new();
        for digest in wanted {
            let text = self.text(auditor, *digest).await?;
            texts.extend(text.map(|text| (*digest, text)));
        }
        Ok(texts)
    }

    fn outcome(
        &self,
        reply: Option<String>,
        failure: Option<String>,
        call: &str,
    ) -> Result<Result<Reply, Failure>, StoreError> {
        let damaged = |what| StoreError::Damaged { path: self.path.clone(), call: call.to_owned(), what };
        if let Some(reply) = reply {
            return serde_json::from_str(&reply).map(Ok).map_err(|_| damaged("reply"));
        }
        let failure = failure.ok_or_else(|| damaged("outcome"))?;
        serde_json::from_str(&failure).map(Err).map_err(|_| damaged("failure"))
    }

    fn call_summary(&self, row: &SqliteRow) -> Result<CallSummary, StoreError> {
        let id: i64 = self.column(row, "id")?;
        let failure: Option<String> = self.column(row, "failure")?;
        let latency: i64 = self.column(row, "latency_ms")?;
        Ok(CallSummary {
            id,
            key: CallKey::from_stored(self.column(row, "call_key")?),
            endpoint: self.column(row, "endpoint")?,
            model: self.column(row, "model")?,
            purpose: self.column(row, "purpose")?,
            failure: failure
                .map(|text| serde_json::from_str(&text).map_err(|_| self.damaged(id, "failure")))
                .transpose()?,
            attempts: self.column(row, "attempts")?,
            started_at: self.column(row, "started_at")?,
            latency_ms: u64::try_from(latency).unwrap_or(0),
        })
    }

    fn column<'r, T>(&self, row: &'r SqliteRow, name: &str) -> Result<T, StoreError>
    where
        T: sqlx::Decode<'r, sqlx::Sqlite> + sqlx::Type<sqlx::Sqlite>,
    {
        row.try_get(name).map_err(self.failed())
    }

    fn failed(&self) -> impl FnOnce(sqlx::Error) -> StoreError {
        StoreError::database("read", &self.path)
    }

    fn damaged(&self, id: i64, what: &'static str) -> StoreError {
        StoreError::Damaged { path: self.path.clone(), call: id.to_string(), what }
    }
}

/// Whether a row of `calls` equals what was recorded; rows of earlier versions have no digest and count as sound.
pub(super) fn is_sound(row: &SqliteRow) -> Result<bool, sqlx::Error> {
    let noted: Option<&str> = row.try_get("digest")?;
    let digest = row_digest(
        row.try_get("call_key")?,
        row.try_get("request")?,
        row.try_get("reply")?,
        row.try_get("failure")?,
    );
    Ok(noted.is_none_or(|noted| noted == digest.hex()))
}

#[cfg(test)]
mod tests;
