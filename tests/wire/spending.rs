//! Money and time: no call leaves that could pass a limit, whatever those in flight will have cost.

use std::time::Duration;

use corater::{
    chat::{Chat, FailureKind},
    domain::Usd,
    execute::{Halt, SpendLimits, StopLevel},
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
async fn tokens_written_to_a_cache_are_billed_at_their_price_and_the_limit_holds_for_them() {
    let server = FaultServer::start(|_| {
        Answer::json(
            200,
            &serde_json::json!({
                "choices": [{"message": {"content": "Mm."}, "finish_reason": "stop"}],
                "usage": {"prompt_tokens": 4_000, "completion_tokens": 20,
                    "prompt_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 4_000}},
            }),
        )
    });
    let mut bench = Bench::new(&server).concurrency(1).priced(4.0, 20.0, 0.09);
    bench.prices[0].cache_write = Some(5.0);
    let long = |repeat| {
        // About 4,000 tokens, as the server counts them.
        let mut asked = question(&"word ".repeat(3_200));
        asked.repeat = repeat;
        asked
    };
    let executor = bench.executor().await;
    for repeat in 0..5 {
        let _ = executor.ask(long(repeat)).await;
    }
    let one = 4_000.0 * 5e-6 + 20.0 * 20e-6;
    let replies = server.count();
    assert_eq!(executor.spent(), Usd::from_dollars(replies as f64 * one).expect("an amount"));
    assert!(executor.spent() <= Usd::from_dollars(0.09).expect("an amount"), "{}", executor.spent());
    assert!(replies < 5 && matches!(bench.stop.halted(), Some(Halt::Cost { .. })), "{replies}");
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
    assert_eq!((server.count(), bench.stop.level()), (replies, StopLevel::Drain), "none was given up");
    assert!(matches!(bench.stop.halted(), Some(Halt::Time { .. })));
}
