//! Many calls through many faults at once: nothing lost, nothing doubled, every send accounted for.

use std::{collections::BTreeMap, time::Duration};

use corater::{
    chat::{Chat, FailureKind},
    execute::Event,
    store::CallPage,
};
use futures::future::join_all;

use crate::{
    Bench, question,
    support::{
        answer::Answer,
        server::{Arrival, FaultServer},
    },
};

const CALLS: usize = 300;

/// Which fault a body meets at its first arrival; none for most.
fn fault(arrival: &Arrival) -> Option<Answer> {
    let usual = || Answer::usual(&arrival.body).response();
    let text = arrival.body["messages"][1]["content"].as_str().expect("a question");
    let number: usize = text.rsplit(' ').next().and_then(|n| n.parse().ok()).expect("its number");
    let faults = [
        Answer::error(429, "slow_down"),
        Answer::error(500, "oops"),
        Answer::error(503, "busy").header("retry-after", "0"),
        Answer::error(529, "overloaded"),
        Answer::Reset,
        Answer::CutMidway(usual()),
        Answer::ResetMidway(usual()),
        Answer::Stall,
        Answer::bytes(200, "text/html", "<html>Sign in</html>"),
        Answer::bytes(200, "application/json", ""),
    ];
    let is_struck = number.is_multiple_of(10) && arrival.seen == 0;
    is_struck.then(|| faults[number / 10 % faults.len()].clone())
}

#[tokio::test]
async fn ten_percent_of_mixed_faults_lose_nothing_and_double_nothing() {
    let server = FaultServer::start(|arrival| fault(arrival).unwrap_or_else(|| Answer::usual(&arrival.body)));
    let bench = Bench::new(&server).retries(4).timeout_seconds(2).concurrency(64);
    let executor = bench.executor().await;
    let asks = (0..CALLS).map(|number| executor.ask(question(&format!("Question {number}"))));
    let outcomes = join_all(asks).await;
    let lost: Vec<_> = outcomes.iter().filter_map(|outcome| outcome.as_ref().err()).collect();
    assert!(lost.is_empty(), "{lost:?}");
    assert_eq!(server.count(), CALLS + CALLS / 10, "one more send for each fault, and no other");
    assert!(server.per_body().values().all(|times| *times <= 2));
    executor.close().await.expect("a ledger that closes");

    let mut retried: BTreeMap<FailureKind, usize> = BTreeMap::new();
    for event in bench.events.lock().expect("not poisoned").iter() {
        if let Event::Retried { kind, wait, .. } = event {
            *retried.entry(*kind).or_default() += 1;
            assert!(*wait < Duration::from_secs(5), "{wait:?}");
        }
    }
    let third = CALLS / 100;
    let expected = [
        (FailureKind::RateLimited, third),
        (FailureKind::Overloaded, 2 * third),
        (FailureKind::Transient, 3 * third),
        (FailureKind::Malformed, 4 * third),
    ];
    assert_eq!(retried, BTreeMap::from(expected));
    let page = CallPage { after: 0, limit: 1_000, failures_only: false };
    assert_eq!(bench.ledger().await.list(page).await.expect("rows").len(), CALLS, "one row for each call");
}
