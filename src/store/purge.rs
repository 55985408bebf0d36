//! Deletes a session from a ledger: the calls that contain its words, the texts only they referred to, and the
//! pages of the file that held them.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    path::Path,
};

use aho_corasick::AhoCorasick;
use futures::TryStreamExt;
use sqlx::{Connection, QueryBuilder, Row as _, Sqlite, SqliteConnection};

use super::{
    StoreError, calls,
    leftovers::{Needles, weight},
    prune, schema,
};
use crate::{
    chat::message::Role,
    domain::{Digest, Session, SessionId, Speaker, transcript},
};

/// Words from which a line counts as unique to its session; twice as many characters in scripts without spaces.
const TELLING_WORDS: usize = 5;
/// Number of rows in one statement.
const GROUP: usize = 500;

/// The words of a session that identify its calls.
#[derive(Debug)]
pub struct SessionWords {
    /// Every client turn as prompts show it.
    turns: HashSet<String>,
    /// Lines long enough to be unique to the session.
    lines: AhoCorasick,
}

impl SessionWords {
    /// Collects the words of every version of the session. Only the client's words count: a counselor's may occur in
    /// many sessions, and no call contains them without the client's.
    ///
    /// # Panics
    /// Never: plain texts make an automaton.
    pub fn of<'s>(sessions: impl IntoIterator<Item = &'s Session>) -> Self {
        let client = sessions.into_iter().flat_map(|session| &session.turns);
        let turns: HashSet<String> = client
            .filter(|turn| turn.speaker == Speaker::Client)
            .map(|turn| turn.shown().to_owned())
            .collect();
        let telling = |line: &&str| weight(line) >= 2 * TELLING_WORDS;
        let lines: HashSet<&str> = turns.iter().flat_map(|turn| turn.split('\n')).filter(telling).collect();
        let lines = AhoCorasick::new(lines).expect("plain texts make an automaton");
        Self { turns, lines }
    }

    fn needles(&self) -> Needles {
        Needles::of(self.turns.iter().map(String::as_str))
    }

    /// How a text of a request relates to the session.
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
    /// It shows that the call belongs, whatever else the call contains.
    Alone,
    /// It shows this only if all the client's messages do, because short turns occur in many sessions.
    WithOthers,
    Not,
}

/// What was deleted from a ledger.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PurgeReport {
    /// Number of calls.
    pub calls: usize,
    /// Number of texts that no call refers to any more.
    pub texts: usize,
    /// What the sessions' clients said and no remaining call contains; used to find copies elsewhere.
    pub needles: Needles,
}

/// Whether a ledger notes these sessions as origin of any call.
///
/// # Errors
/// The file cannot be read, or is not a ledger.
pub async fn notes(path: &Path, sessions: &BTreeSet<SessionId>) -> Result<bool, StoreError> {
    if !path.exists() {
        return Ok(false);
    }
    let mut connection = schema::connect(path).await?;
    schema::migrate(&mut connection, path).await?;
    let failed = || StoreError::database("read", path);
    let noted = linked(&mut connection, sessions).await.map_err(failed())?;
    connection.close().await.map_err(failed())?;
    Ok(noted.into_values().any(|ours| ours))
}

/// Deletes sessions from the ledger, if there is one, and rewrites the file so that nothing of them remains on its
/// pages: the calls with them as origin and, among calls without origin, those that contain their words. Calls that two
/// sessions share (a first "hello") are deleted too and will be made again.
///
/// # Errors
/// The file cannot be read or written, is not a ledger, or is in use.
pub async fn purge(
    path: &Path,
    sessions: &BTreeSet<SessionId>,
    words: &SessionWords,
) -> Result<PurgeReport, StoreError> {
    if !path.exists() {
        return Ok(PurgeReport { needles: words.needles(), ..PurgeReport::default() });
    }
    let _alone = prune::alone(path)?;
    let mut connection = schema::connect(path).await?;
    schema::migrate(&mut connection, path).await?;
    let failed = || StoreError::database("purge", path);
    run(&mut connection, "PRAGMA secure_delete = ON").await.map_err(failed())?;
    let purged = remove(&mut connection, path, sessions, words).await?;
    schema::shrink(&mut connection, path).await?;
    connection.close().await.map_err(failed())?;
    Ok(purged)
}

async fn run(connection: &mut SqliteConnection, statement: &'static str) -> Result<(), sqlx::Error> {
    sqlx::raw_sql(statement).execute(connection).await.map(drop)
}

async fn remove(
    connection: &mut SqliteConnection,
    path: &Path,
    sessions: &BTreeSet<SessionId>,
    words: &SessionWords,
) -> Result<PurgeReport, StoreError> {
    let failed = || StoreError::database("purge", path);
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await.map_err(failed())?;
    let (belonging, blocks) = classify(&mut transaction, words).await.map_err(failed())?;
    let linked = linked(&mut transaction, sessions).await.map_err(failed())?;
    let mut chosen = PurgeChoice { linked, belonging, blocks, ..PurgeChoice::default() };
    for stored in
        ["SELECT call_key, request, raw FROM calls", "SELECT call_key, request, NULL FROM batch_calls"]
    {
        chosen.rows(&mut transaction, stored).await.map_err(failed())?;
    }
    let (needles, texts) = chosen.texts(&mut transaction, words).await.map_err(failed())?;
    let keys: Vec<String> = chosen.keys.into_iter().collect();
    let doomed = [
        ("DELETE FROM calls WHERE call_key IN (", &keys),
        ("DELETE FROM batch_calls WHERE call_key IN (", &keys),
        ("DELETE FROM origins WHERE call_key IN (", &keys),
        ("DELETE FROM texts WHERE digest IN (", &texts),
    ];
    let mut calls = 0;
    for (at, (statement, values)) in doomed.into_iter().enumerate() {
        for values in values.chunks(GROUP) {
            let gone = delete(&mut transaction, statement, values).await.map_err(failed())?;
            calls += if at == 0 { gone } else { 0 };
        }
    }
    transaction.commit().await.map_err(failed())?;
    Ok(PurgeReport { calls, texts: texts.len(), needles })
}

/// Call keys with an origin; the value is true if it is one of the sessions.
async fn linked(
    connection: &mut SqliteConnection,
    sessions: &BTreeSet<SessionId>,
) -> Result<HashMap<String, bool>, sqlx::Error> {
    let digests: HashSet<String> = sessions.iter().map(|id| calls::session_digest(id).hex()).collect();
    let mut found = HashMap::new();
    let mut rows = sqlx::query("SELECT call_key, session FROM origins").fetch(connection);
    while let Some(row) = rows.try_next().await? {
        let session: &str = row.try_get(1)?;
        *found.entry(row.try_get(0)?).or_default() |= digests.contains(session);
    }
    Ok(found)
}

/// The texts that relate to the sessions, and those that contain a transcript.
async fn classify(
    connection: &mut SqliteConnection,
    words: &SessionWords,
) -> Result<(HashMap<Digest, Belongs>, HashSet<Digest>), sqlx::Error> {
    let (mut found, mut blocks) = (HashMap::new(), HashSet::new());
    let mut rows = sqlx::query("SELECT digest, content FROM texts").fetch(connection);
    while let Some(row) = rows.try_next().await? {
        let (digest, content): (&str, &str) = (row.try_get(0)?, row.try_get(1)?);
        let Ok(digest) = digest.parse::<Digest>() else { continue };
        let belongs = words.of_text(content);
        if belongs != Belongs::Not {
            found.insert(digest, belongs);
        }
        if content.contains(transcript::BEGIN) {
            blocks.insert(digest);
        }
    }
    Ok((found, blocks))
}

/// What is deleted and what remains.
#[derive(Default)]
struct PurgeChoice {
    /// Call keys with an origin; the value is true if it is one of the sessions.
    linked: HashMap<String, bool>,
    belonging: HashMap<Digest, Belongs>,
    /// Digests of texts that contain a transcript.
    blocks: HashSet<Digest>,
    /// Keys of the calls to delete.
    keys: BTreeSet<String>,
    /// Digests of the texts that remaining calls refer to.
    kept: HashSet<Digest>,
    /// Digests of texts of the deleted calls in which clients speak.
    said: HashSet<Digest>,
}

impl PurgeChoice {
    async fn rows(
        &mut self,
        connection: &mut SqliteConnection,
        stored: &'static str,
    ) -> Result<(), sqlx::Error> {
        let mut rows = sqlx::query(stored).fetch(connection);
        while let Some(row) = rows.try_next().await? {
            let raw: Option<&str> = row.try_get(2)?;
            // The raw reply belongs to its call only; its contents decide nothing.
            let raw = raw.and_then(|raw| raw.parse::<Digest>().ok());
            self.sort(row.try_get(0)?, row.try_get(1)?, raw);
        }
        Ok(())
    }

    /// Decides on one row. A row without origin whose request cannot be read is deleted: its session is unknown.
    fn sort(&mut self, key: &str, request: &str, raw: Option<Digest>) {
        let outline = calls::outline(request);
        let goes = match (self.linked.get(key), &outline) {
            (Some(ours), _) => *ours,
            (None, Some(outline)) => is_of_session(&outline.messages, &self.belonging),
            (None, None) => true,
        };
        if goes {
            self.keys.insert(key.to_owned());
            let spoken: Vec<Digest> = outline.iter().flat_map(|outline| self.spoken(outline)).collect();
            self.said.extend(spoken);
        } else {
            self.kept.extend(outline.into_iter().flat_map(|outline| outline.texts).chain(raw));
        }
    }

    /// The texts of a request in which a client speaks: transcripts, or the user's messages to a counselor.
    fn spoken(&self, outline: &calls::Outline) -> Vec<Digest> {
        let texts = || outline.messages.iter();
        let blocks: Vec<Digest> =
            texts().map(|(_, text)| *text).filter(|text| self.blocks.contains(text)).collect();
        if !blocks.is_empty() || !outline.asks_for_words {
            return blocks;
        }
        texts().filter(|(role, _)| *role == Role::User).map(|(_, text)| *text).collect()
    }

    /// What clients said in the deleted calls and in no remaining one; and the texts that no call refers to any more,
    /// including those of calls that an import left out.
    async fn texts(
        &self,
        connection: &mut SqliteConnection,
        words: &SessionWords,
    ) -> Result<(Needles, Vec<String>), sqlx::Error> {
        let (mut said, mut doomed) = (Vec::new(), Vec::new());
        let mut rows = sqlx::query("SELECT digest, content FROM texts").fetch(&mut *connection);
        while let Some(row) = rows.try_next().await? {
            let (hex, content): (&str, &str) = (row.try_get(0)?, row.try_get(1)?);
            let Ok(digest) = hex.parse::<Digest>() else { continue };
            if !self.kept.contains(&digest) {
                doomed.push(hex.to_owned());
            }
            if self.said.contains(&digest) {
                said.extend(client_lines(content));
            }
        }
        drop(rows);
        let mut needles = Needles::of(said.iter().chain(&words.turns).map(String::as_str));
        let mut watch = needles.watch();
        let mut rows = sqlx::query("SELECT digest, content FROM texts").fetch(&mut *connection);
        while let Some(row) = rows.try_next().await? {
            if row.try_get::<&str, _>(0)?.parse().is_ok_and(|digest: Digest| self.kept.contains(&digest)) {
                watch.see(row.try_get::<&str, _>(1)?);
            }
        }
        drop(rows);
        let mut rows = sqlx::query("SELECT call_key, coalesce(reply, failure) FROM calls").fetch(connection);
        while let Some(row) = rows.try_next().await? {
            if !self.keys.contains(row.try_get::<&str, _>(0)?) {
                watch.see(row.try_get::<&str, _>(1)?);
            }
        }
        needles.spare(&watch);
        Ok((needles, doomed))
    }
}

/// A client's words in a text: the client's turns of a transcript, or the whole text if there is none.
fn client_lines(content: &str) -> Vec<String> {
    match transcript::read(content) {
        Ok(lines) => {
            let client = lines.into_iter().filter(|line| line.speaker == Speaker::Client);
            client.map(|line| line.text).collect()
        }
        Err(transcript::TranscriptError::NoBlock) => vec![content.to_owned()],
        Err(_) => Vec::new(),
    }
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
) -> Result<usize, sqlx::Error>
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
    let done = query.build().persistent(false).execute(connection).await?;
    Ok(usize::try_from(done.rows_affected()).unwrap_or(usize::MAX))
}
