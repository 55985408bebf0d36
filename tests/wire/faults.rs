//! Each way a server can fail, and the typed outcome it becomes.

use std::time::Duration;

use corater::chat::{
    Chat, Failure,
    FailureKind::{
        self, KeyRefused, Malformed, Overloaded, Permanent, QuotaExhausted, RateLimited, Transient,
    },
    Finish,
};
use serde_json::{Value, json};

use crate::{
    Bench, question,
    support::{answer::Answer, server::FaultServer},
};

const SECRET: &str = "My brother has not called me since March.";

/// What one answer becomes.
async fn failure_of(answer: Answer) -> Failure {
    let answer_never_ends = matches!(answer, Answer::Stall | Answer::StallMidway(_));
    let server = FaultServer::answering(vec![answer]);
    let bench = Bench::new(&server).timeout_seconds(if answer_never_ends { 1 } else { 60 });
    let failure = bench.ask(question(SECRET)).await.expect_err("a failure");
    assert_eq!(server.count(), 1, "zero retries are none");
    assert!(!failure.message.contains("brother"), "{}", failure.message);
    let named = failure.message.strip_prefix("endpoint `local`: ").expect("the endpoint is named");
    Failure { message: named.to_owned(), ..failure }
}

fn usual() -> Answer {
    Answer::usual(&json!({"messages": [], "model": "small"}))
}

#[tokio::test]
async fn every_status_has_its_kind_and_is_sent_once_when_retries_are_zero() {
    let kinds = [
        (400, Permanent),
        (401, KeyRefused),
        (403, Permanent),
        (404, Permanent),
        (408, Transient),
        (409, Transient),
        (413, FailureKind::TooLong),
        (422, Permanent),
        (429, RateLimited),
        (500, Transient),
        (502, Transient),
        (503, Overloaded),
        (529, Overloaded),
    ];
    for (status, kind) in kinds {
        let failure = failure_of(Answer::error(status, "c")).await;
        assert_eq!((failure.kind, failure.status), (kind, Some(status)));
        let bare = failure_of(Answer::bytes(status, "text/plain", SECRET)).await;
        assert_eq!((bare.kind, bare.status), (kind, Some(status)));
        assert!(!bare.message.contains(SECRET), "{}", bare.message);
        let explanation = bare.message.strip_prefix(&format!("HTTP {status}: ")).expect("an explanation");
        // Neither the type nor the code of this error is a word of the vocabulary.
        assert_eq!(failure.message, format!("HTTP {status}: {explanation}"));
    }
    let broke = failure_of(Answer::error(429, "insufficient_quota")).await;
    assert_eq!(broke.kind, QuotaExhausted);
    let wait = |name: &'static str, value: &'static str| async move {
        failure_of(Answer::error(429, "c").header(name, value)).await.retry_after_ms
    };
    assert_eq!(failure_of(Answer::error(429, "c")).await.retry_after_ms, None);
    assert_eq!(wait("retry-after", "7").await, Some(7_000));
    assert_eq!(wait("retry-after-ms", "250").await, Some(250));
    assert_eq!(wait("retry-after", "Thu, 01 Jan 1970 00:00:00 GMT").await, None, "a date in the past");
    let far = wait("retry-after", "Fri, 31 Dec 9999 23:59:59 GMT").await;
    assert!(far.is_some_and(|ms| ms > 1_000_000_000_000), "{far:?}");
}

#[tokio::test]
async fn bodies_that_are_not_the_dialect_are_malformed() {
    let bodies: [(&str, &str, &str); 6] = [
        ("application/json", "", "HTTP 200: the body is empty"),
        (
            "text/html",
            "<html>Sign in</html>",
            "HTTP 200: the body is HTML or XML, not JSON; check the endpoint's base_url",
        ),
        ("application/json", "{\"choices\": nope}", "HTTP 200: the body is not JSON (line 1, column 14)"),
        ("application/json", "{\"choices\": [{", "HTTP 200: the body's JSON ends early, after 14 bytes"),
        ("application/json", "{\"result\": \"hi\"}", "HTTP 200: the body has no choices"),
        (
            "application/json",
            "{\"choices\": [{\"delta\": \"hi\"}]}",
            "HTTP 200: the first choice has no message",
        ),
    ];
    for (content_type, body, message) in bodies {
        let failure = failure_of(Answer::bytes(200, content_type, body)).await;
        assert_eq!((failure.kind, failure.message.as_str()), (Malformed, message));
    }
}

#[tokio::test]
async fn bodies_that_do_not_arrive_whole_are_malformed_or_late() {
    let short = usual().header("content-length", "40");
    let long = usual().header("content-length", "4000").header("connection", "close");
    let not_gzip = usual().header("content-encoding", "gzip");
    let half_a_chunk = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n40\r\n{\"choices\"".to_vec();
    let huge = |announced| Answer::Oversized { bytes: 200 * 1024 * 1024, announced };
    let cut = "the reply was cut off or damaged after";
    let lost = "connection to 127.0.0.1 lost before a reply:";
    let cases: [(Answer, FailureKind, &str); 13] = [
        (Answer::CutMidway(usual().response()), Malformed, cut),
        (Answer::ResetMidway(usual().response()), Malformed, cut),
        (Answer::CutMidway(long.response()), Malformed, cut),
        (Answer::Raw(half_a_chunk), Malformed, cut),
        (not_gzip, Malformed, cut),
        (short, Malformed, "HTTP 200: the body's JSON ends early, after 40 bytes"),
        (huge(true), Malformed, "the reply is larger than 32 MiB"),
        (huge(false), Malformed, "the reply is larger than 32 MiB"),
        (Answer::StallMidway(usual().response()), Transient, "no whole reply within 1 s"),
        (Answer::Stall, Transient, "no whole reply within 1 s"),
        (Answer::Reset, Transient, lost),
        (Answer::Raw(b"HTTP/1.1 200 O".to_vec()), Transient, lost),
        (Answer::Raw(b"SSH-2.0-OpenSSH_9.6\r\n".to_vec()), Transient, lost),
    ];
    for (answer, kind, start) in cases {
        let failure = failure_of(answer).await;
        assert_eq!(failure.kind, kind, "{failure}");
        assert!(failure.message.starts_with(start), "{failure}");
    }
}

#[tokio::test]
async fn a_huge_reply_is_refused_by_its_head_or_after_32_mib() {
    for (announced, most) in [(true, 8), (false, 48)] {
        let server = FaultServer::answering(vec![Answer::Oversized { bytes: 200 * 1024 * 1024, announced }]);
        Bench::new(&server).ask(question(SECRET)).await.expect_err("too large");
        let sent = server.oversized() / 1024 / 1024;
        assert!(sent <= most, "{sent} MiB were taken before it was refused (announced: {announced})");
    }
}

#[tokio::test]
async fn a_reply_that_comes_twice_never_answers_the_next_question() {
    let server = FaultServer::start(|arrival| Answer::Twice(Answer::usual(&arrival.body).response()));
    let bench = Bench::new(&server);
    let executor = bench.executor().await;
    let mut replies = Vec::new();
    for text in ["One.", "Two.", "Three."] {
        replies.push(executor.ask(question(text)).await.expect("a reply").text);
    }
    replies.dedup();
    assert_eq!(replies.len(), 3, "each question has its own reply");
    assert_eq!(server.count(), 3);
}

#[tokio::test]
async fn a_server_that_is_not_there_is_transient() {
    let server = FaultServer::usual();
    let bench = Bench::new(&server);
    drop(server);
    let failure = bench.ask(question("Hello.")).await.expect_err("nobody listens");
    assert_eq!(failure.kind, Transient);
    assert!(failure.message.starts_with("endpoint `local`: cannot connect to 127.0.0.1: "), "{failure}");
}

#[tokio::test]
async fn a_redirect_is_never_followed() {
    let elsewhere = FaultServer::usual();
    for status in [301, 302, 303, 307, 308] {
        let target = format!("{}/chat/completions", elsewhere.base_url());
        let failure = failure_of(Answer::bytes(status, "text/plain", "").header("location", &target)).await;
        assert_eq!((failure.kind, failure.status), (Permanent, Some(status)));
    }
    assert_eq!(elsewhere.connections(), 0, "neither the key nor the text travels on");
}

#[tokio::test]
async fn slow_and_compressed_replies_are_replies() {
    let pause = Duration::from_millis(50);
    let server = FaultServer::start(move |arrival| match arrival.nth {
        0 => Answer::Slow(pause, Answer::usual(&arrival.body).response()),
        1 => Answer::SlowHead(pause, Answer::usual(&arrival.body).response()),
        _ => Answer::usual(&arrival.body).gzip(),
    });
    let bench = Bench::new(&server);
    let slow = bench.ask(question("Hello.")).await.expect("a slow reply");
    bench.ask(question("Well.")).await.expect("a reply with a slow head");
    let compressed = bench.ask(question("Goodbye.")).await.expect("a compressed reply");
    assert!(slow.text.starts_with("Reply ") && compressed.text.starts_with("Reply "));
    assert_ne!(slow.text, compressed.text, "the usual reply is a function of the body");
}

#[tokio::test]
async fn refusals_filters_and_cuts_are_replies_not_failures() {
    let message =
        |message: Value, finish: &str| Answer::message(&json!({"model": "small-2"}), &message, finish);
    let server = FaultServer::answering(vec![
        message(json!({"content": null, "refusal": "I can't help with that."}), "stop"),
        message(json!({"content": ""}), "content_filter"),
        message(json!({"content": "<think>So the client"}), "length"),
    ]);
    let bench = Bench::new(&server);
    let refused = bench.ask(question("1")).await.expect("a reply");
    assert_eq!(refused.refusal.as_deref(), Some("I can't help with that."));
    assert_eq!(refused.answered_by.as_deref(), Some("small-2"));
    assert_eq!(bench.ask(question("2")).await.expect("a reply").finish, Finish::ContentFilter);
    let cut = bench.ask(question("3")).await.expect("a reply");
    assert_eq!((cut.text.as_str(), cut.finish), ("", Finish::Length));
    assert_eq!(cut.reasoning.as_deref(), Some("So the client"));
}
