//! Limits and waits, measured where they matter: at the server.

use std::time::Duration;

use corater::{
    chat::{Chat, FailureKind},
    execute::{Event, Halt},
};
use futures::future::join_all;

use crate::{
    Bench, question, repeats,
    support::{answer::Answer, server::FaultServer},
};

fn gaps(server: &FaultServer) -> Vec<Duration> {
    let arrivals = server.arrivals();
    arrivals.windows(2).map(|pair| pair[1].at.duration_since(pair[0].at)).collect()
}

#[tokio::test]
async fn requests_are_spread_over_the_minute() {
    let server = FaultServer::usual();
    let executor = Bench::new(&server).requests_per_minute(300).executor().await;
    join_all(repeats(8).into_iter().map(|request| executor.ask(request))).await;
    let total: Duration = gaps(&server).iter().sum();
    assert!(total >= Duration::from_millis(7 * 200 - 300), "{total:?}");
    assert!(total <= Duration::from_secs(4), "{total:?}");
}

#[tokio::test]
async fn tokens_are_spread_over_the_minute() {
    let server = FaultServer::usual();
    // Each question counts on about 70 tokens and settles at fewer than 20.
    let executor = Bench::new(&server).tokens_per_minute(6_000).concurrency(1).executor().await;
    join_all(repeats(8).into_iter().map(|request| executor.ask(request))).await;
    let total: Duration = gaps(&server).iter().sum();
    assert!(total >= Duration::from_millis(300), "{total:?}");
    assert!(total <= Duration::from_secs(5), "what was not used came back: {total:?}");
}

#[tokio::test]
async fn calls_leave_in_the_order_they_joined_the_queue() {
    let server = FaultServer::start(|arrival| {
        Answer::Later(Duration::from_millis(20), Box::new(Answer::usual(&arrival.body)))
    });
    let bench = Bench::new(&server).concurrency(1);
    let executor = bench.executor().await;
    let queued = || {
        let events = bench.events.lock().expect("not poisoned");
        events.iter().filter(|event| matches!(event, Event::CallStarted { .. })).count()
    };
    let texts: Vec<String> = (0..20).map(|n| format!("question {n}")).collect();
    let asks = texts.iter().enumerate().map(|(n, text)| {
        let (executor, queued) = (&executor, &queued);
        async move {
            while queued() < n {
                tokio::task::yield_now().await;
            }
            executor.ask(question(text)).await
        }
    });
    join_all(asks).await;
    let arrived: Vec<String> = server
        .arrivals()
        .iter()
        .map(|arrival| arrival.body["messages"][1]["content"].as_str().expect("text").to_owned())
        .collect();
    assert_eq!(arrived, texts);
}

#[tokio::test]
async fn no_more_calls_are_in_flight_than_allowed() {
    let server = FaultServer::start(|arrival| {
        Answer::Later(Duration::from_millis(150), Box::new(Answer::usual(&arrival.body)))
    });
    let executor = Bench::new(&server).concurrency(3).executor().await;
    join_all(repeats(12).into_iter().map(|request| executor.ask(request))).await;
    assert_eq!(server.count(), 12);
    assert!((2..=3).contains(&server.most_in_flight()), "{}", server.most_in_flight());
}

#[tokio::test]
async fn nothing_is_sent_before_retry_after() {
    for (header, value) in [("retry-after", "1"), ("retry-after-ms", "1000")] {
        let server = FaultServer::answering(vec![Answer::error(429, "slow_down").header(header, value)]);
        let executor = Bench::new(&server).retries(2).concurrency(1).executor().await;
        let outcomes = join_all(repeats(3).into_iter().map(|request| executor.ask(request))).await;
        assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
        assert_eq!(server.count(), 4);
        assert!(
            gaps(&server)[0] >= Duration::from_millis(990),
            "also the calls behind it wait: {:?}",
            gaps(&server)
        );
        let summary = executor.summary();
        assert_eq!(summary.pauses["local"].total_ms, 1_000);
        assert_eq!(summary.total().attempts, 4);
    }
}

#[tokio::test]
async fn a_pause_of_hours_is_not_waited_for() {
    let server =
        FaultServer::answering(vec![Answer::error(429, "day_is_over").header("retry-after", "7200")]);
    let executor = Bench::new(&server).retries(5).concurrency(1).executor().await;
    for outcome in join_all(repeats(3).into_iter().map(|request| executor.ask(request))).await {
        assert_eq!(outcome.expect_err("paused").kind, FailureKind::RateLimited);
    }
    assert_eq!(server.count(), 1, "nothing is sent before it is over");
}

#[tokio::test]
async fn what_may_pass_is_tried_again_and_what_may_not_is_not() {
    let flaky =
        FaultServer::answering(vec![Answer::error(500, "oops"), Answer::bytes(200, "text/html", "<p>")]);
    Bench::new(&flaky).retries(2).ask(question("Hello.")).await.expect("the third try is answered");
    assert_eq!(flaky.count(), 3);

    let down = FaultServer::start(|_| Answer::error(502, "down"));
    Bench::new(&down).retries(1).ask(question("Hello.")).await.expect_err("down");
    assert_eq!(down.count(), 2);

    let refusing = FaultServer::start(|_| Answer::error(422, "no"));
    Bench::new(&refusing).retries(5).ask(question("Hello.")).await.expect_err("refused");
    assert_eq!(refusing.count(), 1);
}

#[tokio::test]
async fn a_refused_key_or_used_up_credit_closes_the_endpoint_for_the_run() {
    for (status, code, first, others) in [
        (401, "invalid_api_key", FailureKind::KeyRefused, FailureKind::KeyRefused),
        (429, "insufficient_quota", FailureKind::QuotaExhausted, FailureKind::Cancelled),
    ] {
        let server = FaultServer::answering(vec![Answer::error(status, code)]);
        let bench = Bench::new(&server).retries(5).concurrency(1);
        let executor = bench.executor().await;
        let outcomes = join_all(repeats(20).into_iter().map(|request| executor.ask(request))).await;
        let kinds: Vec<FailureKind> =
            outcomes.into_iter().map(|outcome| outcome.expect_err("a failure").kind).collect();
        assert_eq!(
            kinds.iter().filter(|kind| **kind == others).count(),
            if first == others { 20 } else { 19 }
        );
        assert!(kinds.contains(&first), "{kinds:?}");
        assert_eq!(server.count(), 1, "the others would have failed alike");
        let out_of_credit = matches!(bench.stop.halted(), Some(Halt::Quota { .. }));
        assert_eq!(out_of_credit, first == FailureKind::QuotaExhausted, "without credit the run ends");
        drop(executor);
        // Only what was sent is remembered: the next run goes on by itself.
        let next = bench.again().executor().await;
        let outcomes = join_all(repeats(20).into_iter().map(|request| next.ask(request))).await;
        assert!(outcomes.iter().filter(|outcome| outcome.is_ok()).count() >= 19);
    }
}

/// Answers as a server that allows so many requests a minute, in a bucket of so many, and says so in its headers.
fn limited(per_minute: f64, capacity: f64) -> FaultServer {
    let state = std::sync::Mutex::new((capacity, None::<std::time::Instant>));
    FaultServer::start(move |arrival| {
        let mut state = state.lock().expect("not poisoned");
        let gained =
            state.1.map_or(0.0, |at| arrival.at.duration_since(at).as_secs_f64() * per_minute / 60.0);
        let level = (state.0 + gained).min(capacity);
        let served = level >= 1.0;
        *state = (if served { level - 1.0 } else { level }, Some(arrival.at));
        let answer = if served { Answer::usual(&arrival.body) } else { Answer::error(429, "rate_limit") };
        let reset = (capacity - state.0) * 60_000.0 / per_minute;
        Answer::Later(
            Duration::from_millis(20),
            Box::new(
                answer
                    .header("x-ratelimit-limit-requests", &format!("{per_minute:.0}"))
                    .header("x-ratelimit-remaining-requests", &format!("{:.0}", state.0.floor()))
                    .header("x-ratelimit-reset-requests", &format!("{reset:.0}ms")),
            ),
        )
    })
}

/// Arrivals per minute between the first and the last of those after the first `skipped`.
fn pace(server: &FaultServer, skipped: usize) -> f64 {
    let arrivals = server.arrivals();
    let steady = &arrivals[skipped..];
    let (first, last) = (steady[0].at, steady[steady.len() - 1].at);
    (steady.len() - 1) as f64 * 60.0 / last.duration_since(first).as_secs_f64()
}

#[tokio::test]
async fn the_servers_own_limit_is_learned_from_its_headers_and_kept() {
    let server = limited(1_200.0, 20.0);
    let executor = Bench::new(&server).retries(5).concurrency(8).executor().await;
    let outcomes = join_all(repeats(100).into_iter().map(|request| executor.ask(request))).await;
    assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
    let pace = pace(&server, 20);
    assert!((1_100.0..1_201.0).contains(&pace), "arrivals a minute: {pace}");
    assert!(server.count() <= 102, "few were refused: {}", server.count());
}

#[tokio::test]
async fn a_stated_limit_is_used_in_full_without_a_refusal() {
    let server = limited(1_200.0, 20.0);
    let executor = Bench::new(&server).requests_per_minute(1_200).executor().await;
    let outcomes = join_all(repeats(80).into_iter().map(|request| executor.ask(request))).await;
    assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
    let pace = pace(&server, 0);
    assert!((1_150.0..1_300.0).contains(&pace), "arrivals a minute: {pace}");
}

#[tokio::test]
async fn a_busy_server_gets_fewer_calls_at_once_and_later_more_again() {
    let server = FaultServer::start(|arrival| match arrival.nth {
        0..16 => Answer::Later(Duration::from_millis(100), Box::new(Answer::error(529, "busy"))),
        _ => Answer::Later(Duration::from_millis(20), Box::new(Answer::usual(&arrival.body))),
    });
    let bench = Bench::new(&server).retries(5).concurrency(16);
    let executor = bench.executor().await;
    let outcomes = join_all(repeats(100).into_iter().map(|request| executor.ask(request))).await;
    assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
    assert_eq!(server.most_in_flight(), 16, "the stated number is where it starts");
    let arrivals = server.arrivals();
    let second = &arrivals[16..28];
    let spread = second[11].at.duration_since(second[0].at);
    assert!(spread < Duration::from_secs(2), "{spread:?}");
}
