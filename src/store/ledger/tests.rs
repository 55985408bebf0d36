//! The ledger on disk: confirmed records remain, the newest reply is returned, and newer versions are rejected.

use std::{path::PathBuf, time::Duration};

use futures::future::try_join_all;

use super::*;
use crate::{
    chat::{Decoding, FailureKind, Finish, Message, OutputFormat, Request, Usage},
    domain::transcript,
};

struct Folder {
    _root: tempfile::TempDir,
    path: PathBuf,
}

fn folder() -> Folder {
    let root = tempfile::tempdir().expect("temporary folder");
    let path = root.path().join("runs/ledger.db");
    Folder { _root: root, path }
}

fn key(name: &str) -> CallKey {
    CallKey::from_stored(Digest::of_bytes(name.as_bytes()).hex())
}

fn call(name: &str, outcome: Result<Reply, Failure>) -> CallRecord {
    CallRecord {
        key: key(name),
        endpoint: "local".into(),
        model: "m-1".into(),
        purpose: "turn".into(),
        request: Request {
            model: "m".into(),
            messages: vec![Message::system("a long shared prompt"), Message::user(name)],
            decoding: Decoding { temperature: Some(0.7), ..Decoding::default() },
            output: OutputFormat::Json {
                name: "s".into(),
                schema: serde_json::json!({"type": "object"}).into(),
            },
            logprobs: None,
            repeat: u64::MAX,
        },
        outcome,
        raw: Some(format!("{{\"raw\": {name:?}}}")),
        attempts: 2,
        started_at: "2026-01-02T03:04:05Z".into(),
        latency_ms: 1_234,
    }
}

#[expect(clippy::unnecessary_wraps, reason = "reads beside `failure` as one of two outcomes")]
fn reply(text: &str) -> Result<Reply, Failure> {
    let usage = Usage {
        prompt_tokens: Some(10),
        completion_tokens: Some(3),
        cached_tokens: Some(4),
        cache_write_tokens: Some(2),
        ..Usage::default()
    };
    Ok(Reply { usage, finish: Finish::Other("eos".into()), ..Reply::text(text) })
}

fn failure(kind: FailureKind) -> Result<Reply, Failure> {
    Err(Failure { status: Some(503), ..Failure::new(kind, "busy") })
}

async fn text_of(ledger: &Ledger, name: &str) -> Option<String> {
    match ledger.lookup(&key(name), None).await.expect("readable") {
        LedgerEntry::Reply(reply) => Some(reply.text),
        LedgerEntry::Failed(_) | LedgerEntry::Unknown | LedgerEntry::Damaged { .. } => None,
    }
}

#[tokio::test]
async fn a_call_is_known_after_reopening_with_everything_it_held() {
    let folder = folder();
    let ledger = Ledger::open(&folder.path).await.expect("opened");
    let recorded = call("a", reply("hello"));
    ledger.record(recorded.clone()).await.expect("recorded");
    ledger.close().await.expect("closed");
    let ledger = Ledger::open(&folder.path).await.expect("reopened");
    assert_eq!(text_of(&ledger, "a").await.as_deref(), Some("hello"));
    assert_eq!(ledger.lookup(&key("b"), None).await, Ok(LedgerEntry::Unknown));
    let stored = ledger.call(1).await.expect("readable").expect("there");
    assert_eq!(stored.record, recorded);
    assert_eq!(ledger.call(2).await, Ok(None));
}

#[tokio::test]
async fn the_newest_reply_wins_and_failures_are_history() {
    let folder = folder();
    let ledger = Ledger::open(&folder.path).await.expect("opened");
    ledger.record(call("a", failure(FailureKind::Permanent))).await.expect("recorded");
    ledger.record(call("a", failure(FailureKind::Overloaded))).await.expect("recorded");
    assert!(matches!(
        ledger.lookup(&key("a"), None).await.expect("readable"),
        LedgerEntry::Failed(failure) if failure.kind == FailureKind::Overloaded && failure.status == Some(503)
    ));
    for outcome in [reply("first"), reply("second"), failure(FailureKind::Transient)] {
        ledger.record(call("a", outcome)).await.expect("recorded");
    }
    assert_eq!(text_of(&ledger, "a").await.as_deref(), Some("second"));
    let page = CallPage { after: 0, limit: 10, failures_only: false };
    assert_eq!(ledger.list(page).await.expect("listed").len(), 5);
    let failures = ledger.list(CallPage { after: 1, failures_only: true, ..page }).await.expect("listed");
    assert_eq!(failures.iter().map(|call| call.id).collect::<Vec<_>>(), [2, 5]);
    let summary = ledger.summary().await.expect("readable");
    assert_eq!((summary.calls, summary.replies, summary.failures, summary.keys), (5, 2, 3, 1));
    assert_eq!((summary.tokens.prompt, summary.tokens.cached, summary.tokens.reported), (20, 8, 2));
}

#[tokio::test]
async fn the_reader_sees_what_was_just_confirmed() {
    let folder = folder();
    let ledger = Ledger::open(&folder.path).await.expect("opened");
    for round in 0..10 {
        let text = format!("{round}");
        ledger.record(call("a", reply(&text))).await.expect("recorded");
        assert_eq!(text_of(&ledger, "a").await, Some(text.clone()));
    }
}

#[tokio::test]
async fn keys_that_wait_together_each_get_their_own_newest_reply() {
    let folder = folder();
    let ledger = Ledger::open(&folder.path).await.expect("opened");
    let names: Vec<String> = (0..600).map(|n| format!("key{n}")).collect();
    for old in ["old", "new"] {
        let known =
            names.iter().step_by(2).map(|name| ledger.record(call(name, reply(&format!("{old} {name}")))));
        assert!(futures::future::join_all(known).await.iter().all(Result::is_ok));
    }
    let found = futures::future::join_all(names.iter().map(|name| text_of(&ledger, name))).await;
    for (n, (name, found)) in names.iter().zip(found).enumerate() {
        assert_eq!(found, (n % 2 == 0).then(|| format!("new {name}")), "{name}");
    }
}

#[tokio::test]
async fn a_ledger_is_shared_between_tasks() {
    fn sendable<T: Send>(value: T) -> T {
        value
    }
    let folder = folder();
    let ledger = std::sync::Arc::new(Ledger::open(&folder.path).await.expect("opened"));
    sendable(ledger.record(call("a", reply("x")))).await.expect("recorded");
    assert!(sendable(ledger.call(1)).await.expect("readable").is_some());
    sendable(ledger.lookup(&key("a"), None)).await.expect("readable");
    std::sync::Arc::into_inner(ledger).expect("the last owner").close().await.expect("closed");
}

#[tokio::test]
async fn records_that_wait_together_share_commits_and_texts_are_stored_once() {
    let folder = folder();
    let ledger = Ledger::open(&folder.path).await.expect("opened");
    let names: Vec<String> = (0..200).map(|n| format!("call {n}")).collect();
    let writes = names.iter().map(|name| ledger.record(call(name, reply(name))));
    try_join_all(writes).await.expect("all recorded");
    for name in &names {
        assert_eq!(text_of(&ledger, name).await.as_ref(), Some(name));
    }
    let summary = ledger.summary().await.expect("readable");
    // The prompt and the schema once, and for each call its own message and raw reply.
    assert_eq!((summary.calls, summary.texts), (200, 2 + 2 * 200));
}

#[tokio::test]
async fn two_thousand_lookups_take_a_fraction_of_a_second() {
    let folder = folder();
    let ledger = Ledger::open(&folder.path).await.expect("opened");
    let names: Vec<String> = (0..2_000).map(|n| format!("call {n}")).collect();
    try_join_all(names.iter().map(|name| ledger.record(call(name, reply(name))))).await.expect("recorded");
    let start = tokio::time::Instant::now();
    for name in &names {
        assert!(text_of(&ledger, name).await.is_some());
    }
    let taken = start.elapsed();
    // Measured: 0.4 s unoptimized on a busy machine. The limit only catches a lookup that scans the table.
    assert!(taken < Duration::from_secs(3), "{taken:?}");
}

#[tokio::test]
async fn what_was_confirmed_survives_a_ledger_that_is_never_closed() {
    let folder = folder();
    for round in 0..3 {
        let ledger = Ledger::open(&folder.path).await.expect("opened");
        let name = format!("round {round}");
        ledger.record(call(&name, reply(&name))).await.expect("recorded");
        // Nobody waits for this one: whether it is written or not, the file stays sound.
        let abandoned = ledger.record(call("abandoned", reply("x")));
        tokio::time::timeout(Duration::from_micros(1), abandoned).await.ok();
        drop(ledger);
    }
    let ledger = Ledger::open(&folder.path).await.expect("opened");
    for round in 0..3 {
        let name = format!("round {round}");
        assert_eq!(text_of(&ledger, &name).await, Some(name));
    }
    let mut raw = schema::connect(&folder.path).await.expect("connected");
    let check: String =
        sqlx::query_scalar("PRAGMA integrity_check").fetch_one(&mut raw).await.expect("checked");
    assert_eq!(check, "ok");
}

/// Name of the variable with the ledger that the child of the next test writes.
const CHILD_LEDGER: &str = "CORATER_TEST_CHILD_LEDGER";

/// Not a test of its own: the process that is killed. It prints a name after the record is confirmed.
#[expect(clippy::disallowed_methods, reason = "the parent hands over the path")]
#[tokio::test]
#[ignore = "run by the test that kills it"]
async fn child_that_records_until_it_is_killed() {
    use std::io::Write as _;

    let Some(path) = std::env::var_os(CHILD_LEDGER) else { return };
    let ledger = Ledger::open(Path::new(&path)).await.expect("opened");
    for group in 0.. {
        let names: Vec<String> = (0..8).map(|n| format!("{group}.{n}")).collect();
        try_join_all(names.iter().map(|name| ledger.record(call(name, reply(name)))))
            .await
            .expect("recorded");
        let mut out = std::io::stdout().lock();
        for name in &names {
            writeln!(out, "confirmed {name}").expect("the parent listens");
        }
    }
}

#[tokio::test]
async fn a_killed_process_loses_nothing_that_was_confirmed() {
    use std::{
        io::{BufRead, BufReader},
        process::{Command, Stdio},
    };

    let folder = folder();
    let mut kept = 0;
    for confirmations in [1, 40, 100] {
        let mut child = Command::new(std::env::current_exe().expect("this test"))
            .args(["--exact", "store::ledger::tests::child_that_records_until_it_is_killed"])
            .args(["--ignored", "--nocapture"])
            .env(CHILD_LEDGER, &folder.path)
            .stdout(Stdio::piped())
            .spawn()
            .expect("started");
        let mut confirmed = Vec::new();
        for line in BufReader::new(child.stdout.take().expect("piped")).lines() {
            if let Some((_, name)) = line.expect("text").split_once("confirmed ") {
                confirmed.push(name.to_owned());
            }
            if confirmed.len() == confirmations {
                child.kill().expect("killed");
            }
        }
        child.wait().expect("ended");
        assert!(confirmed.len() >= confirmations);
        let ledger = Ledger::open(&folder.path).await.expect("opened after the kill");
        for name in &confirmed {
            assert_eq!(text_of(&ledger, name).await.as_ref(), Some(name));
        }
        let calls = ledger.summary().await.expect("readable").calls;
        assert!(calls >= kept + confirmed.len() as u64);
        kept = calls;
    }
}

#[tokio::test]
async fn two_processes_may_share_a_ledger() {
    let folder = folder();
    let (one, two) = (Ledger::open(&folder.path).await.expect("opened"), Ledger::open(&folder.path).await);
    let two = two.expect("opened twice");
    let calls = (0..50).map(|n| {
        let (ledger, name) = (if n % 2 == 0 { &one } else { &two }, format!("{n}"));
        ledger.record(call(&name, reply(&name)))
    });
    try_join_all(calls.collect::<Vec<_>>()).await.expect("recorded");
    assert_eq!(text_of(&one, "1").await.as_deref(), Some("1"));
    assert_eq!(one.summary().await.expect("readable").calls, 50);
}

#[expect(clippy::disallowed_methods, reason = "store owns runs/")]
#[tokio::test]
async fn a_newer_schema_and_a_strange_database_are_refused() {
    let folder = folder();
    Ledger::open(&folder.path).await.expect("opened").close().await.expect("closed");
    let change = async |sql: &'static str| {
        let mut raw = schema::connect(&folder.path).await.expect("connected");
        sqlx::raw_sql(sql).execute(&mut raw).await.expect("changed");
        raw.close().await.expect("closed");
        Ledger::open(&folder.path).await.expect_err("refused")
    };
    assert_eq!(
        change("PRAGMA user_version = 99").await,
        StoreError::NewerSchema { path: folder.path.clone(), found: 99, known: schema::latest() }
    );
    let strange = change("PRAGMA application_id = 7; PRAGMA user_version = 1").await;
    assert_eq!(strange, StoreError::NotALedger { path: folder.path.clone() });
    std::fs::write(&folder.path, "not a database at all, but long enough to look at").expect("written");
    for extension in ["db-wal", "db-shm"] {
        std::fs::remove_file(folder.path.with_extension(extension)).ok();
    }
    assert!(matches!(Ledger::open(&folder.path).await, Err(StoreError::Database { .. })));
}

#[tokio::test]
async fn a_row_that_does_not_decode_is_named_and_not_quoted() {
    let folder = folder();
    let ledger = Ledger::open(&folder.path).await.expect("opened");
    ledger.record(call("a", reply("x"))).await.expect("recorded");
    let mut raw = schema::connect(&folder.path).await.expect("connected");
    sqlx::raw_sql("UPDATE calls SET reply = '{\"secret\"'").execute(&mut raw).await.expect("changed");
    assert_eq!(ledger.lookup(&key("a"), None).await, Ok(LedgerEntry::Damaged { call: 1 }));
    let error = ledger.call(1).await.expect_err("damaged");
    assert!(matches!(&error, StoreError::Damaged { call, .. } if call == "1"));
    assert!(!error.to_string().contains("secret"));
}

#[tokio::test]
async fn durability_settings_and_library_version_are_the_ones_relied_on() {
    let folder = folder();
    let ledger = Ledger::open(&folder.path).await.expect("opened");
    let mut reader = ledger.auditor.lock().await;
    let mode: String = sqlx::query_scalar("PRAGMA journal_mode").fetch_one(&mut *reader).await.expect("read");
    let sync: i64 = sqlx::query_scalar("PRAGMA synchronous").fetch_one(&mut *reader).await.expect("read");
    assert_eq!((mode.as_str(), sync), ("wal", 2));
    let version: String =
        sqlx::query_scalar("SELECT sqlite_version()").fetch_one(&mut *reader).await.expect("read");
    let parts: Vec<u32> = version.split('.').filter_map(|part| part.parse().ok()).collect();
    assert!(parts.as_slice() >= [3, 51].as_slice(), "{version}");
}

#[cfg(unix)]
#[tokio::test]
async fn the_database_and_its_companions_are_private() {
    use std::os::unix::fs::PermissionsExt;

    let folder = folder();
    let ledger = Ledger::open(&folder.path).await.expect("opened");
    ledger.record(call("a", reply("x"))).await.expect("recorded");
    let mode = |path: &Path| std::fs::metadata(path).expect("there").permissions().mode() & 0o777;
    assert_eq!(mode(folder.path.parent().expect("folder")), 0o700);
    for extension in ["db", "db-wal", "db-shm"] {
        assert_eq!(mode(&folder.path.with_extension(extension)), 0o600, "{extension}");
    }
}

/// A rating of one item of one session as a judge is asked for it and answers: about 1,430 prompt tokens.
fn judged(session: usize, item: usize) -> CallRecord {
    let turn =
        |n: usize| format!("\n[{n}] client\n| {}", format!("words of session {session} turn {n} ").repeat(4));
    let turns = (1..=24).map(turn).collect::<Vec<_>>().concat();
    let block = format!("{}{turns}\n{}", transcript::BEGIN, transcript::END);
    let head = "How a judge is to read and answer. ".repeat(40);
    let tail = format!("Item {item}: {}", "what it measures and its anchors. ".repeat(40));
    let said =
        format!("{{\"a_evidence\": [{}], \"score\": 3}}", format!("\"said {session} {item}\", ").repeat(40));
    let raw = serde_json::json!({
        "id": format!("chatcmpl-{session}-{item}"), "object": "chat.completion", "created": 1_700_000_000, "model": "m-1",
        "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": said}}],
        "usage": {"prompt_tokens": 1_430, "completion_tokens": 220, "total_tokens": 1_650},
    });
    CallRecord {
        purpose: "rating".into(),
        request: Request {
            messages: vec![Message::user(format!("{head}\n{block}\n{tail}"))],
            output: OutputFormat::Json {
                name: "rating".into(),
                schema: serde_json::json!({"const": item}).into(),
            },
            repeat: 1,
            ..call("x", reply("")).request
        },
        raw: Some(raw.to_string()),
        ..call(&format!("{session}/{item}"), reply(&said))
    }
}

#[tokio::test]
async fn a_judge_call_takes_less_than_three_kilobytes_and_reads_back_as_it_was() {
    const SESSIONS: usize = 182;
    const ITEMS: usize = 11;
    let folder = folder();
    let ledger = Ledger::open(&folder.path).await.expect("opened");
    let calls = (0..SESSIONS).flat_map(|session| (0..ITEMS).map(move |item| judged(session, item)));
    let records: Vec<CallRecord> = calls.collect();
    let length = records[0].request.messages[0].content.len();
    assert!((5_500..6_500).contains(&length), "as long as a real prompt: {length}");
    try_join_all(records.iter().map(|record| ledger.record(record.clone()))).await.expect("recorded");
    for id in [1, 700, 2_002] {
        let stored = ledger.call(id).await.expect("readable").expect("there").record;
        let recorded = records.iter().find(|record| record.key == stored.key).expect("recorded");
        assert!(stored == *recorded, "call {id} reads back otherwise");
    }
    ledger.close().await.expect("closed");
    let bytes = std::fs::metadata(&folder.path).expect("a file").len();
    let per_call = bytes / (SESSIONS * ITEMS) as u64;
    assert!(per_call <= 3_000, "{per_call} bytes for each call");
}

#[tokio::test]
async fn rows_of_the_first_schema_stay_readable() {
    let folder = folder();
    let ledger = Ledger::open(&folder.path).await.expect("opened");
    let recorded = judged(1, 1);
    ledger.record(recorded.clone()).await.expect("recorded");
    ledger.close().await.expect("closed");
    // As the first schema wrote it: the whole message under one digest.
    let whole = &recorded.request.messages[0].content;
    let digest = Digest::of_bytes(whole.as_bytes()).hex();
    let mut raw = schema::connect(&folder.path).await.expect("connected");
    let request: String =
        sqlx::query_scalar("SELECT request FROM calls").fetch_one(&mut raw).await.expect("a row");
    let mut request: serde_json::Value = serde_json::from_str(&request).expect("JSON");
    assert!(request["messages"][0]["content"].is_array(), "{request}");
    request["messages"][0]["content"] = digest.clone().into();
    sqlx::query("INSERT INTO texts VALUES (?, ?)")
        .bind(&digest)
        .bind(whole)
        .execute(&mut raw)
        .await
        .expect("a text");
    sqlx::query("UPDATE calls SET request = ?")
        .bind(request.to_string())
        .execute(&mut raw)
        .await
        .expect("a row");
    let old = "DROP TABLE origins; ALTER TABLE calls DROP COLUMN digest; DROP TABLE batch_calls; DROP TABLE batches;
               PRAGMA user_version = 1";
    sqlx::raw_sql(old).execute(&mut raw).await.expect("the old version");
    drop(raw);
    let ledger = Ledger::open(&folder.path).await.expect("migrated");
    assert_eq!(ledger.call(1).await.expect("readable").expect("there").record, recorded);
}
