//! A reply that did not end as one: it is tried again, and nobody is ever told its half sentence.

use std::time::Duration;

use corater::{
    chat::{Chat, FailureKind, Finish, OutputFormat, Request},
    execute::{BatchSettings, LedgerPolicy},
    provider::Dialect,
};
use serde_json::{Value, json};
use sqlx::Connection;

use crate::{
    Bench, question,
    support::{answer::Answer, batches::serve, server::FaultServer},
};

/// Half a sentence, and why there is no more of it.
fn half(finish: &str, error: &Value) -> Value {
    json!({"choices": [{"finish_reason": finish, "error": error,
        "message": {"role": "assistant", "content": "Could you tell me wh"}}]})
}

#[tokio::test]
async fn what_broke_off_inside_a_success_is_tried_again_for_turns_and_for_ratings() {
    let rating = OutputFormat::Json { name: "rating".into(), schema: json!({"type": "object"}).into() };
    for output in [OutputFormat::Text, rating] {
        for body in [
            half("stop", &json!({"code": 503, "message": "no capacity"})),
            half("error", &Value::Null),
            half("tool_calls", &Value::Null),
        ] {
            let server = FaultServer::answering(vec![Answer::json(200, &body)]);
            let bench = Bench::new(&server).retries(1);
            let executor = bench.executor().await;
            let reply = executor.ask(Request { output: output.clone(), ..question("Hello.") }).await;
            let reply = reply.expect("the second try is whole");
            assert_eq!((reply.text.contains("Could"), server.count()), (false, 2), "{body}");
            let total = executor.summary().total();
            assert_eq!(total.transport_faults.values().sum::<u64>(), 1, "counted: {body}");
        }
    }
}

#[tokio::test]
async fn what_stays_unfinished_is_a_failure_and_is_asked_by_the_next_run() {
    let server = FaultServer::answering(vec![Answer::json(200, &half("tool_calls", &Value::Null)); 2]);
    let bench = Bench::new(&server).retries(1);
    let failure = bench.ask(question("Hello.")).await.expect_err("no reply");
    assert_eq!((failure.kind, failure.status, failure.attempts), (FailureKind::Malformed, Some(200), 2));
    let reply = bench.again().ask(question("Hello.")).await.expect("a reply");
    assert_eq!((reply.finish, server.count()), (Finish::Stop, 3));
}

#[tokio::test]
async fn an_unfinished_line_of_a_batch_is_no_reply() {
    let item = json!({"status": 200, "body": {"choices": [{"finish_reason": "error",
        "message": {"content": "Could you tell me wh"}}]}});
    let (server, _shelf) = serve(Box::new(move |_| item.clone()));
    let bench = Bench::new(&server).dialect(Dialect::OpenaiChat);
    let quick =
        BatchSettings { poll: Duration::from_millis(10), settle: Duration::from_millis(20), resubmit: false };
    let executor = bench.executor().await;
    executor.batch(vec![question("Hello.")], quick).await.expect("a batch");
    let offline = bench.again().flags(LedgerPolicy { offline: true, ..LedgerPolicy::default() });
    let failure = offline.ask(question("Hello.")).await.expect_err("nothing to use");
    assert_eq!(failure.kind, FailureKind::Offline);
}

/// Earlier versions recorded such replies as what was said.
#[tokio::test]
async fn an_unfinished_reply_of_an_old_ledger_is_asked_again() {
    let server = FaultServer::usual();
    let bench = Bench::new(&server);
    let whole = bench.ask(question("Hello.")).await.expect("a reply");
    let url = format!("sqlite://{}", bench.folder.path().join("ledger.db").display());
    let mut past = sqlx::SqliteConnection::connect(&url).await.expect("a connection");
    let rewrite = "UPDATE calls SET reply = replace(reply, '\"stop\"', '{\"other\":\"pause_turn\"}')";
    sqlx::query(rewrite).execute(&mut past).await.expect("rewritten");
    past.close().await.expect("closed");
    let offline = bench.again().flags(LedgerPolicy { offline: true, ..LedgerPolicy::default() });
    assert_eq!(offline.ask(question("Hello.")).await.expect_err("unusable").kind, FailureKind::Offline);
    assert_eq!(bench.again().ask(question("Hello.")).await, Ok(whole));
    assert_eq!(server.count(), 2);
}
