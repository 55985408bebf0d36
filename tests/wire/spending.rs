//! Money and time: no call leaves that could pass a limit, whatever those in flight will have cost.

use std::time::Duration;

use corater::{
    chat::{Chat, FailureKind},
    domain::Usd,
    execute::{Halt, Level, SpendLimits},
};
use futures::future::join_all;

use crate::{
    Bench, question, repeats,
    support::{answer::Answer, server::FaultServer},
};

/// A reply of so many tokens, after a while.
fn metered(prompt: u64, generated: u64) -> FaultServer {
    FaultServer::start(move |arrival| {
        let body = serde_json::json!({
            "model": "small",
            "choices": [{"message": {"content": "Mm."}, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": prompt, "completion_tokens": generated},
        });
        let answer = Answer::bytes(200, "application/json", body.to_string());
        let _ = arrival;
        Answer::Later(Duration::from_millis(20), Box::new(answer))
    })
}

#[tokio::test]
async fn the_limit_of_costs_is_never_passed_and_used_as_far_as_calls_fit() {
    for concurrency in [1, 16] {
        // A call may generate 50 tokens at a dollar a million, and generates 40.
        let server = metered(0, 40);
        let bench = Bench::new(&server).concurrency(concurrency).priced(0.0, 1.0, 1_000e-6);
        let executor = bench.executor().await;
        let outcomes = join_all(repeats(40).into_iter().map(|request| executor.ask(request))).await;
        let replies = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
        assert_eq!(executor.spent(), Usd::from_dollars(replies as f64 * 40e-6).expect("an amount"));
        assert_eq!(replies, 24, "24 x 40 are spent, and another may cost 50");
        assert_eq!(server.count(), 24);
        let cancelled = outcomes.iter().filter_map(|outcome| outcome.as_ref().err());
        assert!(cancelled.clone().all(|failure| failure.kind == FailureKind::Cancelled));
        assert!(matches!(bench.stop.halted(), Some(Halt::Cost { .. })), "{:?}", bench.stop.halted());
        executor.close().await.expect("a ledger that closes");

        let mut resumed = bench.again();
        resumed.spend = SpendLimits::default();
        let executor = resumed.executor().await;
        let outcomes = join_all(repeats(40).into_iter().map(|request| executor.ask(request))).await;
        assert!(outcomes.iter().all(Result::is_ok));
        assert_eq!(server.count(), 40, "what was paid for is kept");
    }
}

#[tokio::test]
async fn replies_that_did_not_arrive_are_reckoned_as_if_they_had() {
    let server =
        FaultServer::answering(vec![Answer::bytes(200, "text/html", "<p>"), Answer::error(500, "oops")]);
    let bench = Bench::new(&server).retries(3).priced(0.0, 1.0, 1.0);
    let executor = bench.executor().await;
    executor.ask(question("Hello.")).await.expect("the third try is answered");
    let unconfirmed = executor.spent().minus(Usd::from_dollars(50e-6).expect("an amount"));
    assert!(
        unconfirmed < Usd::from_dollars(20e-6).expect("an amount"),
        "the third reply is short: {unconfirmed}"
    );
    assert!(
        executor.spent() > Usd::from_dollars(50e-6).expect("an amount"),
        "the first may have been billed"
    );
}

#[tokio::test]
async fn no_call_starts_when_time_is_up_and_those_in_flight_are_kept() {
    let server = metered(1, 1);
    let mut bench = Bench::new(&server).concurrency(1);
    bench.spend.max_time = Some(Duration::from_millis(400));
    let executor = bench.executor().await;
    let outcomes = join_all(repeats(100).into_iter().map(|request| executor.ask(request))).await;
    let replies = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
    assert!((1..=20).contains(&replies), "{replies} of 20 ms each");
    assert_eq!((server.count(), bench.stop.level()), (replies, Level::Drain), "none was given up");
    assert!(matches!(bench.stop.halted(), Some(Halt::Time { .. })));
}
