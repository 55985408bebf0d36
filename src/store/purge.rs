//! Owns taking one session out of a ledger: the calls that hold its words, the texts only they referred to, and the
//! pages of the file where both were.

use std::{
    collections::{HashMap, HashSet},
    path::Path,
};

use aho_corasick::AhoCorasick;
use futures::TryStreamExt;
use sqlx::{Connection, QueryBuilder, Row as _, Sqlite, SqliteConnection};

use super::{StoreError, calls, schema};
use crate::{
    chat::message::Role,
    domain::{Digest, Session, Speaker, transcript},
};

/// A line of this many words is taken for the session's alone.
const TELLING_WORDS: usize = 5;
/// Rows in one statement.
const GROUP: usize = 500;

/// The words of a session, by which its calls are known.
#[derive(Debug)]
pub struct SessionWords {
    /// Every client turn as prompts show it.
    turns: HashSet<String>,
    /// Lines long enough to be nobody else's.
    lines: AhoCorasick,
}

impl SessionWords {
    /// From every version of the session there is. Only the client's words count: a counselor's may stand in many
    /// sessions, and no call holds them without the client's.
    ///
    /// # Panics
    /// Never: plain texts make an automaton.
    pub fn of<'s>(sessions: impl IntoIterator<Item = &'s Session>) -> Self {
        let client = sessions.into_iter().flat_map(|session| &session.turns);
        let turns: HashSet<String> = client
            .filter(|turn| turn.speaker == Speaker::Client)
            .map(|turn| turn.shown().to_owned())
            .collect();
        let telling = |line: &&str| line.split_whitespace().count() >= TELLING_WORDS;
        let lines: HashSet<&str> = turns.iter().flat_map(|turn| turn.split('\n')).filter(telling).collect();
        let lines = AhoCorasick::new(lines).expect("plain texts make an automaton");
        Self { turns, lines }
    }

    /// How a text of a request stands to the session.
    fn of_text(&self, text: &str) -> Belongs {
        if self.lines.is_match(text) {
            return Belongs::Alone;
        }
        let block = transcript::read(text).unwrap_or_default();
        let mut client = block.iter().filter(|line| line.speaker == Speaker::Client).peekable();
        if client.peek().is_some() && client.all(|line| self.turns.contains(&line.text)) {
            return Belongs::Alone;
        }
        if self.turns.contains(text) { Belongs::WithOthers } else { Belongs::Not }
    }
}

/// Whether a text shows that its call belongs to the session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Belongs {
    /// It does, whatever else the call holds.
    Alone,
    /// It does if all the client's messages do: short turns stand in many sessions.
    WithOthers,
    Not,
}

/// What was taken out of a ledger.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Purged {
    /// Calls.
    pub calls: usize,
    /// Texts that no other call refers to.
    pub texts: usize,
}

/// Takes a session out of the ledger, if there is one, and rewrites the file so that nothing of it is left on the disk
/// pages of the database. Short calls that two sessions share (a first "hello") go too: they are asked again.
///
/// # Errors
/// The file cannot be read or written, or is no ledger.
pub async fn purge(path: &Path, words: &SessionWords) -> Result<Purged, StoreError> {
    if !path.exists() {
        return Ok(Purged::default());
    }
    let mut connection = schema::connect(path).await?;
    schema::migrate(&mut connection, path).await?;
    let failed = || StoreError::database("purge", path);
    run(&mut connection, "PRAGMA secure_delete = ON").await.map_err(failed())?;
    let purged = remove(&mut connection, path, words).await?;
    for statement in ["PRAGMA wal_checkpoint(TRUNCATE)", "VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)"] {
        run(&mut connection, statement).await.map_err(failed())?;
    }
    connection.close().await.map_err(failed())?;
    Ok(purged)
}

async fn run(connection: &mut SqliteConnection, statement: &'static str) -> Result<(), sqlx::Error> {
    sqlx::raw_sql(statement).execute(connection).await.map(drop)
}

async fn remove(
    connection: &mut SqliteConnection,
    path: &Path,
    words: &SessionWords,
) -> Result<Purged, StoreError> {
    let failed = || StoreError::database("purge", path);
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await.map_err(failed())?;
    let belonging = classify(&mut transaction, words).await.map_err(failed())?;
    let (calls, batched, texts) = choose(&mut transaction, path, &belonging).await?;
    for ids in calls.chunks(GROUP) {
        delete(&mut transaction, "DELETE FROM calls WHERE id IN (", ids).await.map_err(failed())?;
    }
    for keys in batched.chunks(GROUP) {
        delete(&mut transaction, "DELETE FROM batch_calls WHERE call_key IN (", keys)
            .await
            .map_err(failed())?;
    }
    let digests: Vec<String> = texts.iter().map(Digest::hex).collect();
    for digests in digests.chunks(GROUP) {
        delete(&mut transaction, "DELETE FROM texts WHERE digest IN (", digests).await.map_err(failed())?;
    }
    transaction.commit().await.map_err(failed())?;
    Ok(Purged { calls: calls.len(), texts: texts.len() })
}

/// The texts that have to do with the session.
async fn classify(
    connection: &mut SqliteConnection,
    words: &SessionWords,
) -> Result<HashMap<Digest, Belongs>, sqlx::Error> {
    let mut found = HashMap::new();
    let mut rows = sqlx::query("SELECT digest, content FROM texts").fetch(connection);
    while let Some(row) = rows.try_next().await? {
        let belongs = words.of_text(row.try_get(1)?);
        let digest: &str = row.try_get(0)?;
        if let (true, Ok(digest)) = (belongs != Belongs::Not, digest.parse::<Digest>()) {
            found.insert(digest, belongs);
        }
    }
    Ok(found)
}

/// The calls to delete, the keys of those that stand in batches, and the texts that nothing refers to once they are
/// gone.
async fn choose(
    connection: &mut SqliteConnection,
    path: &Path,
    belonging: &HashMap<Digest, Belongs>,
) -> Result<(Vec<i64>, Vec<String>, Vec<Digest>), StoreError> {
    let failed = || StoreError::database("purge", path);
    let (mut calls, mut dropped, mut kept) = (Vec::new(), HashSet::new(), HashSet::new());
    let mut rows = sqlx::query("SELECT id, request, raw FROM calls").fetch(&mut *connection);
    while let Some(row) = rows.try_next().await.map_err(failed())? {
        let id: i64 = row.try_get(0).map_err(failed())?;
        let request: &str = row.try_get(1).map_err(failed())?;
        let raw: Option<&str> = row.try_get(2).map_err(failed())?;
        let damaged = || StoreError::Damaged { path: path.to_owned(), call: id.to_string(), what: "request" };
        let messages = calls::messages(request).ok_or_else(damaged)?;
        let mut texts = calls::referenced(request).ok_or_else(damaged)?;
        let raw = raw.map(|raw| raw.parse::<Digest>().map_err(|_| damaged())).transpose()?;
        // The raw reply of a call is its own; what a reply says decides nothing.
        texts.extend(raw);
        if is_of_session(&messages, belonging) {
            calls.push(id);
            dropped.extend(texts);
        } else {
            kept.extend(texts);
        }
    }
    drop(rows);
    let mut batched = Vec::new();
    let mut rows = sqlx::query("SELECT call_key, request FROM batch_calls").fetch(connection);
    while let Some(row) = rows.try_next().await.map_err(failed())? {
        let key: String = row.try_get(0).map_err(failed())?;
        let request: &str = row.try_get(1).map_err(failed())?;
        let damaged = || StoreError::Damaged { path: path.to_owned(), call: key.clone(), what: "request" };
        let messages = calls::messages(request).ok_or_else(damaged)?;
        let texts = calls::referenced(request).ok_or_else(damaged)?;
        if is_of_session(&messages, belonging) {
            batched.push(key);
            dropped.extend(texts);
        } else {
            kept.extend(texts);
        }
    }
    let mut texts: Vec<Digest> = dropped.difference(&kept).copied().collect();
    texts.sort_unstable();
    Ok((calls, batched, texts))
}

fn is_of_session(messages: &[(Role, Digest)], belonging: &HashMap<Digest, Belongs>) -> bool {
    let belongs = |digest: &Digest| belonging.get(digest).copied().unwrap_or(Belongs::Not);
    if messages.iter().any(|(_, digest)| belongs(digest) == Belongs::Alone) {
        return true;
    }
    let mut client = messages.iter().filter(|(role, _)| *role == Role::User).peekable();
    client.peek().is_some() && client.all(|(_, digest)| belongs(digest) != Belongs::Not)
}

async fn delete<'v, T>(
    connection: &mut SqliteConnection,
    statement: &str,
    values: &'v [T],
) -> Result<(), sqlx::Error>
where
    T: sqlx::Encode<'v, Sqlite> + sqlx::Type<Sqlite> + Sync,
    &'v T: sqlx::Encode<'v, Sqlite> + sqlx::Type<Sqlite> + Send,
{
    let mut query = QueryBuilder::<Sqlite>::new(statement);
    let mut list = query.separated(", ");
    for value in values {
        list.push_bind(value);
    }
    query.push(")");
    query.build().persistent(false).execute(connection).await.map(drop)
}
