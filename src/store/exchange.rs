//! Export and import of recorded calls: one JSON object per line, each text once (docs/formats/ledger.md).

use std::{
    collections::HashSet,
    io::{BufRead, Write},
};

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use sqlx::{Connection, Row as _, SqliteConnection, sqlite::SqliteRow};

use super::{
    StoreError,
    calls::{referenced, row_digest},
    ledger::Ledger,
    writer::{Link, insert_links},
};
use crate::{
    chat::{CallKey, Failure, Origin, Reply},
    domain::Digest,
};

/// The first line of an export.
const FORMAT: &str = "corater-ledger/2";
/// Format of earlier versions: calls without digest and without origin.
const FORMER: &str = "corater-ledger/1";
/// Number of calls read at once and written in one transaction.
const BATCH: usize = 500;

/// Result of an export or import.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct TransferCount {
    /// Number of calls written.
    pub calls: u64,
    /// Number of texts written.
    pub texts: u64,
    /// Number of calls that an import left out: already known, or older than an existing reply.
    pub kept: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum ExportLine {
    Format(String),
    Text { digest: Digest, content: String },
    Call(Box<Call>),
}

/// A row of `calls` without its number.
#[derive(Serialize, Deserialize)]
struct Call {
    #[serde(rename = "call_key")]
    key: String,
    endpoint: String,
    model: String,
    purpose: String,
    request: Box<RawValue>,
    reply: Option<Box<RawValue>>,
    failure: Option<Box<RawValue>>,
    raw: Option<Digest>,
    attempts: i64,
    started_at: String,
    latency_ms: i64,
    prompt_tokens: Option<i64>,
    cached_tokens: Option<i64>,
    completion_tokens: Option<i64>,
    reasoning_tokens: Option<i64>,
    /// `None` if it was recorded without one and cannot be checked.
    #[serde(default)]
    digest: Option<Digest>,
    #[serde(default)]
    origins: Vec<Of>,
}

/// Origin of a call.
#[derive(Serialize, Deserialize)]
struct Of {
    source: Digest,
    session: Digest,
}

impl Call {
    fn of(row: &SqliteRow) -> Result<Self, sqlx::Error> {
        let json = |name: &str| -> Result<Option<Box<RawValue>>, sqlx::Error> {
            let text: Option<String> = row.try_get(name)?;
            text.map(RawValue::from_string).transpose().map_err(|error| sqlx::Error::Decode(Box::new(error)))
        };
        let raw: Option<String> = row.try_get("raw")?;
        let decode = |error: Box<dyn std::error::Error + Send + Sync>| sqlx::Error::Decode(error);
        let digest = |hex: Option<String>| -> Result<Option<Digest>, sqlx::Error> {
            hex.map(|hex| hex.parse::<Digest>()).transpose().map_err(|error| decode(error.into()))
        };
        let origins: &str = row.try_get("origins")?;
        Ok(Self {
            key: row.try_get("call_key")?,
            endpoint: row.try_get("endpoint")?,
            model: row.try_get("model")?,
            purpose: row.try_get("purpose")?,
            request: json("request")?.ok_or(sqlx::Error::RowNotFound)?,
            reply: json("reply")?,
            failure: json("failure")?,
            raw: digest(raw)?,
            attempts: row.try_get("attempts")?,
            started_at: row.try_get("started_at")?,
            latency_ms: row.try_get("latency_ms")?,
            prompt_tokens: row.try_get("prompt_tokens")?,
            cached_tokens: row.try_get("cached_tokens")?,
            completion_tokens: row.try_get("completion_tokens")?,
            reasoning_tokens: row.try_get("reasoning_tokens")?,
            digest: digest(row.try_get("digest")?)?,
            origins: serde_json::from_str(origins).map_err(|error| decode(error.into()))?,
        })
    }

    /// False if its digest does not match its contents.
    fn is_sound(&self) -> bool {
        let (reply, failure) = (self.reply.as_ref(), self.failure.as_ref());
        let (reply, failure) = (reply.map(|json| json.get()), failure.map(|json| json.get()));
        self.digest.is_none_or(|digest| row_digest(&self.key, self.request.get(), reply, failure) == digest)
    }

    /// Digests of the texts it refers to; `None` if it is not a call of this program.
    fn texts(&self) -> Option<Vec<Digest>> {
        let mut digests = referenced(self.request.get())?;
        digests.extend(self.raw);
        let reply = self.reply.as_ref().map(|json| serde_json::from_str::<Reply>(json.get()).is_ok());
        let failure = self.failure.as_ref().map(|json| serde_json::from_str::<Failure>(json.get()).is_ok());
        matches!((reply, failure), (Some(true), None) | (None, Some(true))).then_some(digests)
    }
}

impl Ledger {
    /// Writes every call with its texts. Calls recorded at the same time may be missing.
    ///
    /// # Errors
    /// The database cannot be read, or a line cannot be written.
    pub async fn export(&self, out: &mut impl Write) -> Result<TransferCount, StoreError> {
        let mut auditor = self.auditor().await;
        let mut line = |line: &ExportLine| {
            let bytes = serde_json::to_vec(line).map_err(std::io::Error::from);
            let written = bytes.and_then(|bytes| out.write_all(&bytes).and_then(|()| out.write_all(b"\n")));
            written.map_err(StoreError::io("export", self.path()))
        };
        line(&ExportLine::Format(FORMAT.to_owned()))?;
        let (mut told, mut moved, mut after) = (HashSet::new(), TransferCount::default(), 0i64);
        loop {
            let rows = page(&mut auditor, after).await.map_err(StoreError::database("read", self.path()))?;
            let Some(last) = rows.last() else { return Ok(moved) };
            after = last.0;
            for (id, call) in rows {
                let damaged = || self.damaged_call(id);
                if !call.is_sound() {
                    return Err(damaged());
                }
                for digest in call.texts().ok_or_else(damaged)? {
                    if told.insert(digest) {
                        let content = self.text(&mut auditor, digest).await?.ok_or_else(damaged)?;
                        line(&ExportLine::Text { digest, content })?;
                        moved.texts += 1;
                    }
                }
                line(&ExportLine::Call(Box::new(call)))?;
                moved.calls += 1;
            }
        }
    }

    /// Imports an export; idempotent. A call is left out if it is already known, or if there is a newer reply to the
    /// same question.
    ///
    /// # Errors
    /// A line is not a valid line of an export; the error names its number. Lines before it remain imported.
    pub async fn import(&self, file: &str, lines: impl BufRead) -> Result<TransferCount, StoreError> {
        let mut auditor = self.auditor().await;
        let failed = || StoreError::database("write to", self.path());
        let mut moved = TransferCount::default();
        let mut transaction = auditor.begin_with("BEGIN IMMEDIATE").await.map_err(failed())?;
        for (number, text) in (1..).zip(lines.lines()) {
            let text = text.map_err(StoreError::io("read", std::path::Path::new(file)))?;
            match read(file, number, &text)? {
                ExportLine::Format(found) if number == 1 && (found == FORMAT || found == FORMER) => {}
                ExportLine::Format(found) => return Err(wrong_format(file, found)),
                ExportLine::Text { digest, content } => {
                    moved.texts += put_text(&mut transaction, digest, &content).await.map_err(failed())?;
                }
                ExportLine::Call(call) => {
                    let texts = call.texts().ok_or_else(|| bad(file, number, 1, "a call of this program"))?;
                    if !all_there(&mut transaction, &texts).await.map_err(failed())? {
                        return Err(bad(file, number, 1, "a call whose texts stand before it"));
                    }
                    if !call.is_sound() {
                        return Err(bad(file, number, 1, "a call with its own digest"));
                    }
                    put_origins(&mut transaction, &call).await.map_err(failed())?;
                    match put_call(&mut transaction, &call).await.map_err(failed())? {
                        0 => moved.kept += 1,
                        _ => moved.calls += 1,
                    }
                }
            }
            if number % BATCH == 0 {
                transaction.commit().await.map_err(failed())?;
                transaction = auditor.begin_with("BEGIN IMMEDIATE").await.map_err(failed())?;
            }
        }
        transaction.commit().await.map_err(failed())?;
        Ok(moved)
    }
}

async fn page(connection: &mut SqliteConnection, after: i64) -> Result<Vec<(i64, Call)>, sqlx::Error> {
    let rows = sqlx::query(
        "SELECT *, (SELECT json_group_array(json_object('source', source, 'session', session)) FROM origins
                    WHERE origins.call_key = calls.call_key) AS origins
         FROM calls WHERE id > ? ORDER BY id LIMIT ?",
    )
    .bind(after)
    .bind(i64::try_from(BATCH).unwrap_or(i64::MAX))
    .fetch_all(connection)
    .await?;
    rows.iter().map(|row| Ok((row.try_get("id")?, Call::of(row)?))).collect()
}

/// Parses one line; the first must name the format. Error messages never quote the line.
fn read(file: &str, number: usize, text: &str) -> Result<ExportLine, StoreError> {
    let line: ExportLine = serde_json::from_str(text)
        .map_err(|error| bad(file, number, error.column().max(1), "a line of an exported ledger"))?;
    match &line {
        ExportLine::Text { digest, content } if Digest::of_bytes(content.as_bytes()) != *digest => {
            Err(bad(file, number, 1, "a text with its own digest"))
        }
        ExportLine::Text { .. } | ExportLine::Call(_) if number == 1 => {
            Err(wrong_format(file, String::new()))
        }
        _ => Ok(line),
    }
}

fn bad(file: &str, line: usize, column: usize, expected: &'static str) -> StoreError {
    StoreError::BadLine { file: file.to_owned(), line, column, expected }
}

fn wrong_format(file: &str, found: String) -> StoreError {
    StoreError::WrongFormat { file: file.to_owned(), found, expected: FORMAT.to_owned() }
}

async fn put_text(
    connection: &mut SqliteConnection,
    digest: Digest,
    content: &str,
) -> Result<u64, sqlx::Error> {
    let done = sqlx::query("INSERT OR IGNORE INTO texts (digest, content) VALUES (?, ?)")
        .bind(digest.hex())
        .bind(content)
        .execute(connection)
        .await?;
    Ok(done.rows_affected())
}

async fn all_there(connection: &mut SqliteConnection, texts: &[Digest]) -> Result<bool, sqlx::Error> {
    let wanted: HashSet<String> = texts.iter().map(Digest::hex).collect();
    let found: i64 =
        sqlx::query_scalar("SELECT count(*) FROM texts WHERE digest IN (SELECT value FROM json_each(?))")
            .bind(serde_json::json!(wanted).to_string())
            .fetch_one(connection)
            .await?;
    Ok(usize::try_from(found).is_ok_and(|found| found == wanted.len()))
}

/// Also stores origins of calls that are already known.
async fn put_origins(connection: &mut SqliteConnection, call: &Call) -> Result<(), sqlx::Error> {
    let link = |of: &Of| {
        let origin = Origin { source: of.source.hex(), session: of.session.hex() };
        (CallKey::from_stored(call.key.clone()), origin)
    };
    let links: Vec<Link> = call.origins.iter().map(link).collect();
    insert_links(connection, &links.iter().collect::<Vec<_>>()).await
}

/// Number of rows written: 0 if the call is known, or older than an existing reply.
async fn put_call(connection: &mut SqliteConnection, call: &Call) -> Result<u64, sqlx::Error> {
    let answered = call.reply.is_some();
    let done = sqlx::query(
        "INSERT INTO calls (call_key, endpoint, model, purpose, request, answered, reply, failure, raw, attempts,
           started_at, latency_ms, prompt_tokens, cached_tokens, completion_tokens, reasoning_tokens, digest)
         SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17
         WHERE NOT EXISTS (SELECT 1 FROM calls WHERE call_key = ?1 AND answered = ?6 AND started_at = ?11
                             AND attempts = ?10 AND latency_ms = ?12 AND endpoint = ?2 AND model = ?3)
           AND NOT (?6 AND EXISTS (SELECT 1 FROM calls WHERE call_key = ?1 AND answered = 1 AND started_at > ?11))",
    )
    .bind(&call.key)
    .bind(&call.endpoint)
    .bind(&call.model)
    .bind(&call.purpose)
    .bind(call.request.get())
    .bind(answered)
    .bind(call.reply.as_ref().map(|json| json.get()))
    .bind(call.failure.as_ref().map(|json| json.get()))
    .bind(call.raw.map(|digest| digest.hex()))
    .bind(call.attempts)
    .bind(&call.started_at)
    .bind(call.latency_ms)
    .bind(call.prompt_tokens)
    .bind(call.cached_tokens)
    .bind(call.completion_tokens)
    .bind(call.reasoning_tokens)
    .bind(call.digest.map(|digest| digest.hex()))
    .execute(connection)
    .await?;
    Ok(done.rows_affected())
}
