//! Questions asked in batches: submitted once whatever is cut off, recorded by call key, and never another's.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
    time::Duration,
};

use corater::{
    chat::{Chat, FailureKind, Request},
    domain::Usd,
    execute::{BatchError, BatchSettings, BatchSummary, Halt},
    provider::Dialect,
    store::{CallPage, Pruning, prune},
};
use serde_json::{Value, json};

use crate::{
    Bench, question,
    support::{
        answer::Answer,
        batches::{Shelf, serve},
        server::FaultServer,
    },
};

const QUICK: BatchSettings =
    BatchSettings { poll: Duration::from_millis(10), settle: Duration::from_millis(20), resubmit: false };
const BATCHED: [Dialect; 3] = [Dialect::OpenaiChat, Dialect::OpenaiResponses, Dialect::AnthropicMessages];

fn questions(count: usize) -> Vec<Request> {
    (0..count).map(|number| question(&format!("Question {number}."))).collect()
}

/// What a model says to an item: its own question back.
fn reply(dialect: Dialect, body: &Value) -> Value {
    let said = match dialect {
        Dialect::OpenaiChat => &body["messages"][1]["content"],
        Dialect::OpenaiResponses => &body["input"][0]["content"],
        _ => &body["messages"][0]["content"],
    };
    let body = match dialect {
        Dialect::OpenaiChat => json!({"choices": [{"message": {"content": said}, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 7, "completion_tokens": 3}}),
        Dialect::OpenaiResponses => json!({"status": "completed",
            "output": [{"type": "message", "content": [{"type": "output_text", "text": said}]}]}),
        _ => json!({"content": [{"type": "text", "text": said}], "stop_reason": "end_turn"}),
    };
    json!({"status": 200, "body": body})
}

fn serving(dialect: Dialect) -> (FaultServer, Arc<Mutex<Shelf>>, Bench) {
    let (server, shelf) = serve(Box::new(move |body| reply(dialect, body)));
    shelf.lock().expect("not poisoned").busy = 1;
    let bench = Bench::new(&server).dialect(dialect);
    (server, shelf, bench)
}

fn created(shelf: &Mutex<Shelf>) -> (usize, usize) {
    let shelf = shelf.lock().expect("not poisoned");
    (shelf.batches.len(), shelf.items())
}

/// Every question is answered by the ledger, each with its own reply, recorded once.
async fn assert_recorded(bench: &Bench, server: &FaultServer, count: usize) {
    let before = server.count();
    let executor = bench.again().executor().await;
    for (number, request) in questions(count).into_iter().enumerate() {
        let reply = executor.ask(request).await.expect("a reply");
        assert_eq!(reply.text, format!("Question {number}."));
    }
    assert_eq!(server.count(), before, "nothing was asked again");
    drop(executor);
    let page = CallPage { after: 0, limit: 1_000, failures_only: false };
    assert_eq!(bench.ledger().await.list(page).await.expect("rows").len(), count);
}

#[tokio::test]
async fn questions_are_submitted_once_and_their_replies_recorded_by_key() {
    for dialect in BATCHED {
        let (server, shelf, bench) = serving(dialect);
        let executor = bench.executor().await;
        let twice = [questions(5), questions(5)].concat();
        let summary = executor.batch(twice, QUICK).await.expect("a batch");
        let expected = BatchSummary { submitted: 1, recorded: 5, ..BatchSummary::default() };
        assert_eq!((summary, created(&shelf)), (expected, (1, 5)), "{dialect:?}");
        assert_eq!(executor.batch(questions(5), QUICK).await.expect("none"), BatchSummary::default());
        assert_eq!(created(&shelf), (1, 5), "what is known is not submitted");
        executor.close().await.expect("closed");
        assert_recorded(&bench, &server, 5).await;
        let carried = server.arrivals().iter().all(|arrival| !arrival.path.contains("elsewhere"));
        assert!(carried, "results are fetched from where the key belongs");
    }
}

#[tokio::test]
async fn a_batch_has_as_many_questions_as_are_stated() {
    let (server, shelf, bench) = serving(Dialect::OpenaiChat);
    let bench = bench.batch_items(2);
    let executor = bench.executor().await;
    let summary = executor.batch(questions(5), QUICK).await.expect("batches");
    assert_eq!((summary.submitted, created(&shelf)), (3, (3, 5)));
    executor.close().await.expect("closed");
    assert_recorded(&bench, &server, 5).await;
}

#[tokio::test]
async fn a_batch_too_large_for_the_servers_queue_is_sent_in_halves_one_after_the_other() {
    for dialect in BATCHED {
        let (server, shelf, bench) = serving(dialect);
        shelf.lock().expect("not poisoned").room = Some(3);
        let executor = bench.executor().await;
        let summary = executor.batch(questions(10), QUICK).await.expect("smaller batches");
        assert_eq!((summary.recorded, created(&shelf).1), (10, 10), "{dialect:?}: {summary:?}");
        executor.close().await.expect("closed");
        assert_recorded(&bench, &server, 10).await;
        // One question alone that has no room is refused, not asked at the price of calls one by one.
        let (_server, shelf, bench) = serving(dialect);
        shelf.lock().expect("not poisoned").room = Some(0);
        let executor = bench.executor().await;
        let refused = executor.batch(questions(1), QUICK).await.expect_err("no room at all");
        assert!(matches!(refused, BatchError::Refused { .. }), "{dialect:?}: {refused}");
    }
}

/// Cut off as by a kill at each request in turn, before its answer is heard; then run again.
#[tokio::test]
async fn a_run_that_is_killed_at_any_step_submits_nothing_twice() {
    for dialect in BATCHED {
        let mut steps = BTreeSet::new();
        for cut in 1..20 {
            let (server, shelf, bench) = serving(dialect);
            let executor = bench.executor().await;
            let finished = tokio::select! {
                biased;
                () = server.reached(cut) => false,
                done = executor.batch(questions(4), QUICK) => done.map(|_| true).expect("a batch"),
            };
            drop(executor);
            let at = server.arrivals().last().map(|arrival| format!("{} {}", arrival.method, arrival.path));
            steps.extend(at.filter(|_| !finished));
            let again = bench.again().executor().await;
            let summary = again.batch(questions(4), QUICK).await.expect("the batch, again");
            assert_eq!(created(&shelf), (1, 4), "{dialect:?} cut at request {cut}: {summary:?}");
            again.close().await.expect("closed");
            assert_recorded(&bench, &server, 4).await;
            if finished {
                break;
            }
        }
        assert!(
            steps.len() >= 3,
            "{dialect:?} was cut at its creation, its status and its results: {steps:?}"
        );
    }
}

#[tokio::test]
async fn a_run_that_is_killed_while_it_records_records_each_reply_once() {
    let (server, shelf, bench) = serving(Dialect::AnthropicMessages);
    let executor = bench.executor().await;
    let some_are_recorded = async {
        while bench.events.lock().expect("not poisoned").len() < 10 {
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        biased;
        () = some_are_recorded => {}
        _ = executor.batch(questions(60), QUICK) => panic!("it was to be cut off"),
    }
    drop(executor);
    bench.again().executor().await.batch(questions(60), QUICK).await.expect("the rest");
    assert_eq!(created(&shelf), (1, 60));
    assert_recorded(&bench, &server, 60).await;
}

#[tokio::test]
async fn a_batch_that_cannot_be_told_from_others_stops_the_run_and_asks() {
    let (server, shelf, bench) = serving(Dialect::AnthropicMessages);
    let executor = bench.executor().await;
    tokio::select! {
        biased;
        () = server.reached(1) => {}
        _ = executor.batch(questions(4), QUICK) => panic!("it was to be cut off"),
    }
    drop(executor);
    shelf.lock().expect("not poisoned").put_foreign("msgbatch_x", 4);
    let again = bench.again().executor().await;
    let error = again.batch(questions(4), QUICK).await.expect_err("ambiguous");
    assert!(matches!(error, BatchError::Ambiguous { count: 2, .. }), "{error}");
    assert_eq!(created(&shelf).0, 2, "nothing was submitted");
    let anyway = BatchSettings { resubmit: true, ..QUICK };
    let summary = again.batch(questions(4), anyway).await.expect("submitted anew, as told");
    assert_eq!((summary.submitted, summary.recorded, created(&shelf).0), (1, 4, 3));
}

#[tokio::test]
async fn someone_elses_batch_is_recognised_by_its_results_and_left_alone() {
    // The server never heard of the submission, and someone else's batch of the same size is there.
    let (server, shelf) = serve(Box::new(|body| reply(Dialect::AnthropicMessages, body)));
    let dead = FaultServer::answering(vec![Answer::Stall]);
    let bench = Bench::new(&dead).dialect(Dialect::AnthropicMessages);
    let executor = bench.executor().await;
    tokio::select! {
        biased;
        () = dead.reached(1) => {}
        _ = executor.batch(questions(4), QUICK) => panic!("it was to be cut off"),
    }
    drop(executor);
    shelf.lock().expect("not poisoned").put_foreign("msgbatch_x", 4);
    let again = bench.again().moved_to(&server).executor().await;
    let summary = again.batch(questions(4), QUICK).await.expect("a batch");
    assert_eq!((summary.recorded, created(&shelf)), (4, (2, 8)));
}

#[tokio::test]
async fn what_failed_in_a_batch_is_a_failure_and_what_expired_takes_the_ordinary_path() {
    for dialect in BATCHED {
        let (server, shelf) = serve(Box::new(move |body| {
            let text = body.to_string();
            if text.contains("Question 0.") {
                return json!({"error": {"code": "batch_expired", "message": "late"}});
            }
            if text.contains("Question 1.") {
                let error = json!({"type": "invalid_request_error", "message": "no", "code": "bad"});
                return json!({"status": 400, "body": {"type": "error", "error": error}});
            }
            reply(dialect, body)
        }));
        let bench = Bench::new(&server).dialect(dialect);
        let executor = bench.executor().await;
        let summary = executor.batch(questions(4), QUICK).await.expect("a batch");
        assert_eq!((summary.recorded, summary.without_result), (3, 1), "{dialect:?}");
        let before = server.count();
        let mut asked = questions(4).into_iter();
        executor.ask(asked.next().expect("the first")).await.expect_err("this server only does batches");
        assert_eq!(server.count(), before + 1, "the one that expired is asked by itself");
        let refused = executor.ask(asked.next().expect("the second")).await.expect_err("refused");
        assert_eq!((refused.kind, refused.status), (FailureKind::Permanent, Some(400)));
        assert_eq!((server.count(), created(&shelf)), (before + 1, (1, 4)));
    }
}

#[tokio::test]
async fn a_submission_that_is_refused_says_so_and_one_that_is_lost_is_looked_for() {
    let refusing = FaultServer::start(|_| Answer::error(404, "not_found"));
    let bench = Bench::new(&refusing);
    let error = bench.executor().await.batch(questions(2), QUICK).await.expect_err("refused");
    assert!(matches!(&error, BatchError::Refused { message, .. } if message.contains("HTTP 404")), "{error}");

    // Created, and the answer lost on the way.
    let (server, shelf) = serve(Box::new(|body| reply(Dialect::AnthropicMessages, body)));
    let bench = Bench::new(&server).dialect(Dialect::AnthropicMessages).timeout_seconds(1);
    shelf.lock().expect("not poisoned").lose_next = true;
    let summary = bench.executor().await.batch(questions(3), QUICK).await.expect("found by listing");
    assert_eq!((summary.recorded, created(&shelf)), (3, (1, 3)));
}

#[tokio::test]
async fn stopping_leaves_a_batch_for_the_next_run() {
    let (server, shelf, bench) = serving(Dialect::OpenaiChat);
    shelf.lock().expect("not poisoned").busy = usize::MAX - 1;
    let executor = bench.executor().await;
    let stop = async {
        server.reached(4).await;
        bench.stop.drain();
    };
    let (summary, ()) = tokio::join!(executor.batch(questions(3), QUICK), stop);
    assert!(summary.expect("no error").interrupted);
    drop(executor);
    shelf.lock().expect("not poisoned").busy = 0;
    let summary = bench.again().executor().await.batch(questions(3), QUICK).await.expect("a batch");
    assert_eq!((summary.found_again, summary.recorded, created(&shelf)), (1, 3, (1, 3)));
}

#[tokio::test]
async fn pruning_leaves_an_open_batch_its_texts() {
    let (server, shelf, bench) = serving(Dialect::OpenaiChat);
    let executor = bench.executor().await;
    tokio::select! {
        biased;
        () = server.reached(3) => {}
        _ = executor.batch(questions(4), QUICK) => panic!("it was to be cut off"),
    }
    executor.close().await.expect("closed");
    let pruning = Pruning { failures: true, ..Pruning::default() };
    prune(&bench.folder.path().join("ledger.db"), &pruning).await.expect("pruned");
    let summary = bench.again().executor().await.batch(questions(4), QUICK).await.expect("the batch, again");
    assert_eq!((summary.found_again, summary.recorded, created(&shelf)), (1, 4, (1, 4)));
}

#[tokio::test]
async fn a_batch_that_could_cost_too_much_is_not_submitted_and_one_that_fits_is_billed() {
    let (_server, shelf, bench) = serving(Dialect::OpenaiChat);
    // A thousand dollars per million tokens: each question may cost more than five cents.
    let bench = bench.priced(1_000.0, 1_000.0, 0.1);
    let summary = bench.executor().await.batch(questions(4), QUICK).await.expect("no error");
    assert!(summary.interrupted && matches!(bench.stop.halted(), Some(Halt::Cost { .. })), "{summary:?}");
    assert_eq!(created(&shelf), (0, 0));
    let bench = bench.again().priced(1_000.0, 1_000.0, 10.0);
    let executor = bench.executor().await;
    assert_eq!(executor.batch(questions(4), QUICK).await.expect("a batch").recorded, 4);
    assert_eq!(Some(executor.spent()), Usd::from_dollars(0.04), "ten tokens each, as reported");
}

#[tokio::test]
async fn a_dialect_without_batches_is_refused() {
    let server = FaultServer::usual();
    let bench = Bench::new(&server).dialect(Dialect::GoogleGemini);
    let executor = bench.executor().await;
    assert_eq!((executor.batches("m"), executor.batches("none")), (Some(false), None));
    let error = executor.batch(questions(1), QUICK).await.expect_err("not offered");
    assert!(matches!(error, BatchError::NotOffered { .. }), "{error}");
    assert_eq!(server.connections(), 0);
}
