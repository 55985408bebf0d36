//! Retries in the long run: nothing is lost, nothing is answered twice, and a server that is down is left alone.

use std::collections::BTreeMap;

use corater::{
    chat::{Chat, Failure, FailureKind, Reply, Request},
    execute::Event,
};
use futures::{StreamExt, stream};

use crate::{
    Bench, question,
    support::{answer::Answer, server::FaultServer},
};

/// A number from 0 to 999 that depends on a body and how often it came, not on the order of arrival.
fn draw(body: &str, seen: usize) -> u64 {
    let mut state = 0xcbf2_9ce4_8422_2325_u64 ^ seen as u64;
    for byte in body.bytes() {
        state = (state ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    (state >> 17) % 1_000
}

/// A server that fails this many of a thousand requests, in every way that may pass.
fn failing(of_a_thousand: u64) -> FaultServer {
    FaultServer::start(move |arrival| {
        let drawn = draw(&arrival.body.to_string(), arrival.seen);
        if drawn >= of_a_thousand {
            return Answer::usual(&arrival.body);
        }
        match drawn % 6 {
            0 => Answer::error(500, "oops"),
            1 => Answer::error(503, "busy"),
            2 => Answer::bytes(200, "text/html", "<p>"),
            3 => Answer::CutMidway(Answer::usual(&arrival.body).response()),
            4 => Answer::Reset,
            _ => Answer::error(429, "slow_down").header("retry-after-ms", "20"),
        }
    })
}

async fn ask_all(bench: &Bench, count: usize) -> Vec<Result<Reply, Failure>> {
    let executor = bench.executor().await;
    let texts: Vec<Request> = (0..count).map(|n| question(&format!("question {n}"))).collect();
    let asks = stream::iter(texts).map(|request| executor.ask(request)).buffered(64);
    let outcomes = asks.collect().await;
    executor.close().await.expect("a ledger that closes");
    outcomes
}

#[tokio::test]
async fn mixed_faults_lose_nothing_and_cost_few_more_requests_than_there_are_faults() {
    const CALLS: usize = 1_000;
    for of_a_thousand in [20, 100] {
        let server = failing(of_a_thousand);
        let bench = Bench::new(&server).retries(5).concurrency(64);
        let outcomes = ask_all(&bench, CALLS).await;
        let lost: Vec<&Failure> = outcomes.iter().filter_map(|outcome| outcome.as_ref().err()).collect();
        assert!(lost.is_empty(), "{lost:?}");
        let most = CALLS as f64 * (1.0 + 1.2 * of_a_thousand as f64 / 1_000.0);
        // A thousand calls draw their faults with a spread of their own.
        let spread = 3.0 * (CALLS as f64 * of_a_thousand as f64 / 1_000.0).sqrt();
        assert!((server.count() as f64) <= most + spread, "{} of {most}", server.count());
        let summary = bench.ledger().await.summary().await.expect("a summary");
        assert_eq!((summary.replies, summary.keys), (CALLS as u64, CALLS as u64), "each is answered once");
    }
}

#[tokio::test]
async fn faults_of_transport_are_counted_by_kind_and_waiting_for_ones_turn_is_none() {
    let server = FaultServer::answering(vec![
        Answer::error(500, "oops"),
        Answer::bytes(200, "text/html", "<p>"),
        Answer::error(429, "slow_down").header("retry-after-ms", "10"),
        Answer::error(503, "busy"),
    ]);
    let executor = Bench::new(&server).retries(5).executor().await;
    executor.ask(question("Hello.")).await.expect("the fifth try is answered");
    let total = executor.summary().total();
    let expected =
        [FailureKind::Overloaded, FailureKind::Transient, FailureKind::Malformed].map(|kind| (kind, 1));
    assert_eq!(total.transport_faults, BTreeMap::from(expected));
    assert_eq!((total.attempts, total.failed()), (5, 0));
}

#[tokio::test]
async fn a_server_that_is_down_is_not_tried_again_and_again() {
    const CALLS: usize = 200;
    let server = FaultServer::start(|_| Answer::error(502, "down"));
    let bench = Bench::new(&server).retries(3).concurrency(64);
    let outcomes = ask_all(&bench, CALLS).await;
    let failures: Vec<Failure> = outcomes.into_iter().map(|outcome| outcome.expect_err("down")).collect();
    assert!(failures.iter().all(|failure| failure.kind == FailureKind::Transient && failure.attempts >= 1));
    // Twenty for any run, and one for five calls.
    assert!(server.count() <= CALLS + 20 + CALLS / 5, "{}", server.count());
    let told = failures.iter().filter(|failure| failure.message.contains("are used up")).count();
    assert!(told > 100, "{told} say why they were not tried again");
    let events = bench.events.lock().expect("not poisoned");
    let retried = events.iter().filter(|event| matches!(event, Event::Retried { .. })).count();
    assert!(retried <= 60, "{retried}");
}

#[tokio::test]
async fn a_failure_says_how_often_it_was_tried() {
    let server = FaultServer::start(|_| Answer::error(502, "down"));
    let failure = Bench::new(&server).retries(2).ask(question("Hello.")).await.expect_err("down");
    assert_eq!(failure.attempts, 3);
    let refusing = FaultServer::start(|_| Answer::error(400, "no"));
    let bench = Bench::new(&refusing).retries(2);
    assert_eq!(bench.ask(question("Hello.")).await.expect_err("refused").attempts, 1);
    let known = bench.again().ask(question("Hello.")).await.expect_err("the ledger remembers it");
    assert_eq!((known.attempts, refusing.count()), (1, 1));
}
