//! How a run ends early: what is in flight is finished and recorded, nothing new starts, a second signal gives up.

use std::time::Duration;

use corater::{
    chat::{Chat, FailureKind},
    execute::LedgerPolicy,
};
use futures::future::join_all;

use crate::{
    Bench, question, repeats,
    support::{answer::Answer, server::FaultServer},
};

#[tokio::test]
async fn draining_finishes_and_records_what_is_in_flight_and_starts_nothing() {
    let server = FaultServer::start(|arrival| {
        Answer::Later(Duration::from_millis(300), Box::new(Answer::usual(&arrival.body)))
    });
    let bench = Bench::new(&server).concurrency(2);
    let executor = bench.executor().await;
    let asks = join_all(repeats(6).into_iter().map(|request| executor.ask(request)));
    let drain = async {
        server.reached(3).await;
        bench.stop.drain();
    };
    let (outcomes, ()) = tokio::join!(asks, drain);
    let replies = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
    let cancelled = outcomes.iter().filter_map(|outcome| outcome.as_ref().err());
    assert!(cancelled.clone().all(|failure| failure.kind == FailureKind::Cancelled));
    assert_eq!((replies, cancelled.count(), server.count()), (3, 3, 3), "the first alone, then two");
    let late = executor.ask(question("Too late.")).await.expect_err("stopping");
    assert_eq!(late.kind, FailureKind::Cancelled);
    executor.close().await.expect("a ledger that closes");

    let resumed = bench.again().executor().await;
    let outcomes = join_all(repeats(6).into_iter().map(|request| resumed.ask(request))).await;
    assert!(outcomes.iter().all(Result::is_ok));
    assert_eq!(server.count(), 6, "only what was not recorded is paid for");
}

#[tokio::test]
async fn draining_does_not_wait_for_retries_or_pauses() {
    let server = FaultServer::start(|_| Answer::error(429, "slow_down").header("retry-after", "60"));
    let bench = Bench::new(&server).retries(5);
    let executor = bench.executor().await;
    let drain = async {
        server.reached(1).await;
        tokio::time::sleep(Duration::from_millis(50)).await;
        bench.stop.drain();
    };
    let ask = executor.ask(question("Hello."));
    let both = async { tokio::join!(ask, drain).0 };
    let outcome = tokio::time::timeout(Duration::from_secs(5), both).await.expect("at once");
    assert_eq!(outcome.expect_err("stopped").kind, FailureKind::Cancelled);
}

#[tokio::test]
async fn aborting_gives_up_what_is_in_flight_and_records_nothing_of_it() {
    let server = FaultServer::start(|_| Answer::Stall);
    let bench = Bench::new(&server);
    let executor = bench.executor().await;
    let abort = async {
        server.reached(1).await;
        bench.stop.escalate();
        bench.stop.escalate();
    };
    let (outcome, ()) = tokio::join!(executor.ask(question("Hello.")), abort);
    assert_eq!(outcome.expect_err("given up").kind, FailureKind::Cancelled);
    executor.close().await.expect("a ledger that closes");
    assert_eq!(bench.ledger().await.summary().await.expect("a summary").calls, 0);
}

#[tokio::test]
async fn a_dropped_question_does_not_block_an_equal_one() {
    let server = FaultServer::answering(vec![Answer::Stall]);
    let bench = Bench::new(&server).flags(LedgerPolicy::default());
    let executor = bench.executor().await;
    tokio::select! {
        outcome = executor.ask(question("Hello.")) => panic!("a stalled server answered: {outcome:?}"),
        () = server.reached(1) => {}
    }
    executor.ask(question("Hello.")).await.expect("the second is answered");
    assert_eq!(server.count(), 2);
}
