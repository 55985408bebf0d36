//! The ledger's semantics as a server sees them: what is sent, what is not sent again, and what asks anew.

use corater::{
    chat::{Chat, FailureKind, Reply, Request},
    execute::{AnswerSource, Event, LedgerPolicy, StopLevel},
    store::CallPage,
};
use futures::future::join_all;
use sqlx::Connection;

use crate::{
    Bench, question, repeats,
    support::{answer::Answer, server::FaultServer},
};

#[tokio::test]
async fn a_known_reply_opens_no_socket() {
    let server = FaultServer::usual();
    let first = Bench::new(&server);
    let reply = first.ask(question("Hello.")).await.expect("a reply");
    let connections = server.connections();

    let second = first.again();
    assert_eq!(second.ask(question("Hello.")).await, Ok(reply.clone()));
    let offline = first.again().flags(LedgerPolicy { offline: true, ..LedgerPolicy::default() });
    assert_eq!(offline.ask(question("Hello.")).await, Ok(reply));
    let unknown = offline.again().ask(question("Never asked.")).await.expect_err("offline");
    assert_eq!(unknown.kind, FailureKind::Offline);

    assert_eq!((server.count(), server.connections()), (1, connections));
    let events = second.events.lock().expect("not poisoned").clone();
    assert!(matches!(&events[..], [Event::CallFinished { source: AnswerSource::Ledger, .. }]), "{events:?}");
}

#[tokio::test]
async fn equal_questions_asked_at_once_are_sent_once_and_repeats_each() {
    let server = FaultServer::usual();
    let executor = Bench::new(&server).executor().await;
    let equal = join_all((0..20).map(|_| executor.ask(question("Hello.")))).await;
    assert!(equal.iter().all(|outcome| outcome == &equal[0]));
    assert_eq!(server.count(), 1);
    join_all(repeats(5).into_iter().skip(1).map(|request| executor.ask(request))).await;
    assert_eq!(server.count(), 5);
    assert_eq!(server.per_body().len(), 1, "the repeat is part of the key and is never sent");
    let total = executor.summary().total();
    assert_eq!((total.replies, total.from_ledger, total.attempts), (5, 19, 5));
}

#[tokio::test]
async fn a_permanent_failure_is_sent_again_only_when_asked_for() {
    let server = FaultServer::answering(vec![Answer::error(400, "bad"), Answer::error(404, "gone")]);
    let first = Bench::new(&server);
    let failure = first.ask(question("Hello.")).await.expect_err("a bad request");
    assert_eq!(first.again().ask(question("Hello.")).await, Err(failure));
    assert_eq!(server.count(), 1);

    let retrying = first.again().flags(LedgerPolicy { retry_errors: true, ..LedgerPolicy::default() });
    let executor = retrying.executor().await;
    executor.ask(question("Hello.")).await.expect_err("gone");
    executor.ask(question("Hello.")).await.expect_err("once per run is enough");
    assert_eq!(server.count(), 2);
    drop(executor);
    retrying.again().ask(question("Hello.")).await.expect("the third try is answered");
    assert_eq!(server.count(), 3);
}

#[tokio::test]
async fn a_passing_failure_is_sent_again_by_the_next_run() {
    let server = FaultServer::answering(vec![Answer::error(500, "oops")]);
    let first = Bench::new(&server);
    assert_eq!(first.ask(question("Hello.")).await.expect_err("oops").kind, FailureKind::Transient);
    first.again().ask(question("Hello.")).await.expect("the next run asks again");
    assert_eq!(server.count(), 2);
    let page = CallPage { after: 0, limit: 10, failures_only: false };
    let calls = first.ledger().await.list(page).await.expect("rows");
    assert_eq!(calls.len(), 2, "failures are history");
    assert_eq!(calls[0].purpose, "turn");
}

#[tokio::test]
async fn no_cache_asks_once_more_and_the_newest_reply_stays() {
    let server =
        FaultServer::start(|arrival| Answer::text(&arrival.body, &format!("answer {}", arrival.nth)));
    let text = |reply: Reply| reply.text;
    let first = Bench::new(&server);
    assert_eq!(first.ask(question("Hello.")).await.map(text), Ok("answer 0".into()));
    let anew = first.again().flags(LedgerPolicy { no_cache: true, ..LedgerPolicy::default() });
    let executor = anew.executor().await;
    for _ in 0..2 {
        assert_eq!(executor.ask(question("Hello.")).await.map(text), Ok("answer 1".into()));
    }
    drop(executor);
    assert_eq!(first.again().ask(question("Hello.")).await.map(text), Ok("answer 1".into()));
}

#[tokio::test]
async fn a_baseline_is_recorded_like_any_model() {
    let server = FaultServer::usual();
    let bench = Bench::new(&server).flags(LedgerPolicy { offline: true, ..LedgerPolicy::default() });
    let request = Request { model: "none".into(), ..question("Hello.") };
    let failure = bench.ask(request).await.expect_err("there is no such baseline");
    assert_eq!(failure.kind, FailureKind::Unsupported);
    assert_eq!(bench.ledger().await.summary().await.expect("a summary").calls, 1);
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn a_model_that_is_not_in_the_experiment_is_refused() {
    let server = FaultServer::usual();
    let request = Request { model: "other".into(), ..question("Hello.") };
    let failure = Bench::new(&server).ask(request).await.expect_err("unknown");
    assert_eq!(failure.message, "no model with id `other` in the experiment");
}

#[tokio::test]
async fn without_its_ledger_a_run_stops_and_uses_no_reply() {
    let server = FaultServer::usual();
    let bench = Bench::new(&server);
    let executor = bench.executor().await;
    let url = format!("sqlite://{}", bench.folder.path().join("ledger.db").display());
    let mut saboteur = sqlx::SqliteConnection::connect(&url).await.expect("a second connection");
    sqlx::query("ALTER TABLE calls RENAME TO gone").execute(&mut saboteur).await.expect("renamed");
    let failure = executor.ask(question("Hello.")).await.expect_err("no ledger");
    assert_eq!(failure.kind, FailureKind::Ledger);
    assert_eq!((bench.stop.level(), server.count()), (StopLevel::Drain, 0));
    let next = executor.ask(question("Goodbye.")).await.expect_err("the run is over");
    assert_eq!(next.kind, FailureKind::Cancelled);
}
