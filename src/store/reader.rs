//! Owns the ledger's look-ups: keys that wait together share one query. A round trip to the database's thread costs
//! more than the look-up itself.

use std::{collections::HashMap, path::PathBuf};

use sqlx::{Connection, Row as _, SqliteConnection};
use tokio::sync::{mpsc, oneshot};

use super::StoreError;
use crate::chat::CallKey;

/// Most keys in one query.
const GROUP: usize = 256;

/// A stored outcome as it was written: the reply, or the failure.
pub(super) type Stored = (Option<String>, Option<String>);

/// One key and where its newest outcome is told; a reply stands before any failure.
pub(super) struct Wanted {
    /// What to look up.
    pub(super) key: CallKey,
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
            let found = outcome.as_ref().map(|rows| rows.get(wanted.key.as_str()).cloned());
            let _ = wanted.found.send(found.map_err(Clone::clone));
        }
    }
    connection.close().await.map_err(StoreError::database("close", &path))
}

async fn look_up(
    connection: &mut SqliteConnection,
    group: &[Wanted],
) -> Result<HashMap<String, Stored>, sqlx::Error> {
    let keys: Vec<&str> = group.iter().map(|wanted| wanted.key.as_str()).collect();
    let rows = sqlx::query(
        "SELECT wanted.value, reply, failure FROM json_each(?) AS wanted JOIN calls ON calls.id = (
           SELECT id FROM calls WHERE call_key = wanted.value ORDER BY answered DESC, id DESC LIMIT 1)",
    )
    .bind(serde_json::json!(keys).to_string())
    .fetch_all(connection)
    .await?;
    rows.iter().map(|row| Ok((row.try_get(0)?, (row.try_get(1)?, row.try_get(2)?)))).collect()
}
