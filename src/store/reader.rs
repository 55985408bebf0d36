//! Owns the ledger's look-ups: keys that wait together share one query. A round trip to the database's thread costs
//! more than the look-up itself.

use std::{collections::HashMap, path::PathBuf};

use sqlx::{Connection, Row as _, SqliteConnection, sqlite::SqliteRow};
use tokio::sync::{mpsc, oneshot};

use super::{StoreError, calls::row_digest};
use crate::chat::{CallKey, Origin};

/// Most keys in one query.
const GROUP: usize = 256;

/// A stored outcome as it was written.
#[derive(Clone)]
pub(super) struct Stored {
    /// Its row number.
    pub(super) id: i64,
    pub(super) reply: Option<String>,
    pub(super) failure: Option<String>,
    /// False where the row is not what was recorded.
    pub(super) is_sound: bool,
    /// True where it is noted that the key's questions are made of the origin's words.
    pub(super) is_linked: bool,
}

/// One key and where its newest outcome is told; a reply stands before any failure.
pub(super) struct Wanted {
    /// What to look up.
    pub(super) key: CallKey,
    /// Whose words the question is made of.
    pub(super) origin: Option<Origin>,
    /// Told after the query that held the key.
    pub(super) found: oneshot::Sender<Result<Option<Stored>, StoreError>>,
}

/// Reads until every sender is gone, then closes the connection.
pub(super) async fn run(
    mut connection: SqliteConnection,
    path: PathBuf,
    mut queue: mpsc::Receiver<Wanted>,
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

/// Key, session and source: what tells one look-up from another.
type Named = (String, String, String);

impl Wanted {
    fn named(&self) -> Named {
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
    group: &[Wanted],
) -> Result<HashMap<Named, Stored>, sqlx::Error> {
    let named: Vec<Named> = group.iter().map(Wanted::named).collect();
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

fn stored(row: &SqliteRow) -> Result<Stored, sqlx::Error> {
    let (key, request): (&str, &str) = (row.try_get(0)?, row.try_get(4)?);
    let (reply, failure): (Option<String>, Option<String>) = (row.try_get(5)?, row.try_get(6)?);
    let noted: Option<&str> = row.try_get(7)?;
    let is_sound = noted
        .is_none_or(|noted| row_digest(key, request, reply.as_deref(), failure.as_deref()).hex() == noted);
    Ok(Stored { id: row.try_get(3)?, reply, failure, is_sound, is_linked: row.try_get(8)? })
}
