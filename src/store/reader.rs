//! Lookups in the ledger: keys that wait at the same time share one query, because a round trip to the database's
//! thread costs more than the lookup itself.

use std::{collections::HashMap, path::PathBuf};

use sqlx::{Connection, Row as _, SqliteConnection, sqlite::SqliteRow};
use tokio::sync::{mpsc, oneshot};

use super::{StoreError, calls::row_digest};
use crate::chat::{CallKey, Origin};

/// Maximum number of keys in one query.
const GROUP: usize = 256;

/// A stored outcome in its stored form.
#[derive(Clone)]
pub(super) struct StoredOutcome {
    /// Its row number.
    pub(super) id: i64,
    pub(super) reply: Option<String>,
    pub(super) failure: Option<String>,
    /// False if the row differs from what was recorded.
    pub(super) is_sound: bool,
    /// True if the origin is already noted for the key.
    pub(super) is_linked: bool,
}

/// One key and the channel for its newest outcome; a reply takes precedence over any failure.
pub(super) struct KeyLookup {
    /// The key to look up.
    pub(super) key: CallKey,
    /// Origin of the question.
    pub(super) origin: Option<Origin>,
    /// Receives the result after the query that contained the key.
    pub(super) found: oneshot::Sender<Result<Option<StoredOutcome>, StoreError>>,
}

/// Answers lookups until every sender is gone, then closes the connection.
pub(super) async fn run(
    mut connection: SqliteConnection,
    path: PathBuf,
    mut queue: mpsc::Receiver<KeyLookup>,
) -> Result<(), StoreError> {
    let mut group = Vec::with_capacity(GROUP);
    while queue.recv_many(&mut group, GROUP).await > 0 {
        let outcome = look_up(&mut connection, &group).await.map_err(StoreError::database("read", &path));
        for wanted in group.drain(..) {
            let found = outcome.as_ref().map(|rows| rows.get(&wanted.named()).cloned());
            let _ = wanted.found.send(found.map_err(Clone::clone));
        }
    }
    connection.close().await.map_err(StoreError::database("close", &path))
}

/// Key, session and source, which identify a lookup.
type NamedCall = (String, String, String);

impl KeyLookup {
    fn named(&self) -> NamedCall {
        let (session, source) = self
            .origin
            .as_ref()
            .map(|origin| (origin.session.clone(), origin.source.clone()))
            .unwrap_or_default();
        (self.key.as_str().to_owned(), session, source)
    }
}

async fn look_up(
    connection: &mut SqliteConnection,
    group: &[KeyLookup],
) -> Result<HashMap<NamedCall, StoredOutcome>, sqlx::Error> {
    let named: Vec<NamedCall> = group.iter().map(KeyLookup::named).collect();
    let rows = sqlx::query(
        "SELECT wanted.value ->> 0, wanted.value ->> 1, wanted.value ->> 2, calls.id, request, reply, failure, digest,
           EXISTS (SELECT 1 FROM origins WHERE origins.call_key = wanted.value ->> 0
                     AND session = wanted.value ->> 1 AND source = wanted.value ->> 2)
         FROM json_each(?) AS wanted JOIN calls ON calls.id = (
           SELECT id FROM calls WHERE call_key = wanted.value ->> 0 ORDER BY answered DESC, id DESC LIMIT 1)",
    )
    .bind(serde_json::json!(named).to_string())
    .fetch_all(connection)
    .await?;
    rows.iter().map(|row| Ok(((row.try_get(0)?, row.try_get(1)?, row.try_get(2)?), stored(row)?))).collect()
}

fn stored(row: &SqliteRow) -> Result<StoredOutcome, sqlx::Error> {
    let (key, request): (&str, &str) = (row.try_get(0)?, row.try_get(4)?);
    let (reply, failure): (Option<String>, Option<String>) = (row.try_get(5)?, row.try_get(6)?);
    let noted: Option<&str> = row.try_get(7)?;
    let is_sound = noted
        .is_none_or(|noted| row_digest(key, request, reply.as_deref(), failure.as_deref()).hex() == noted);
    Ok(StoredOutcome { id: row.try_get(3)?, reply, failure, is_sound, is_linked: row.try_get(8)? })
}
