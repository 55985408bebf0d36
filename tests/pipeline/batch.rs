//! `run --batch`: the same results as asked one by one, whatever the cut, and each judge's question paid once.

use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use crate::{
    server::{is_rating, reply},
    study::{RUN, Study, assert_same, derived},
    support::{
        batches::{Shelf, serve_beside},
        program::Folder,
        server::FaultServer,
    },
};

/// A server that answers alike in batches and outside.
fn serving() -> (FaultServer, Arc<Mutex<Shelf>>) {
    let item = |body: &Value| {
        let answer: Value = serde_json::from_slice(&reply(body).response().body).unwrap();
        json!({"status": 200, "body": answer})
    };
    serve_beside(Box::new(item), |arrival| reply(&arrival.body))
}

fn study(server: &FaultServer) -> Folder {
    Study::at(server).wide().judged_by_the_model().folder()
}

/// Ratings that were asked outside batches.
fn asked_alone(server: &FaultServer) -> usize {
    server.arrivals().iter().filter(|arrival| is_rating(&arrival.body)).count()
}

const BATCH: [&str; 3] = ["--batch", "--batch-poll", "1"];

#[test]
fn a_run_in_batches_leaves_the_files_of_one_that_asks_one_by_one() {
    let (server, shelf) = serving();
    let plain = study(&server);
    plain.words(RUN).ends(0);
    let (alone, turns) = (asked_alone(&server), server.count() - asked_alone(&server));
    let batched = study(&server);
    batched.words(RUN).more(BATCH).ends(0);
    assert_eq!(asked_alone(&server), alone, "no rating was asked outside the batch");
    assert_same(&derived(&plain), &derived(&batched));
    {
        let shelf = shelf.lock().unwrap();
        assert_eq!((shelf.batches.len(), shelf.items()), (1, alone));
    }
    let before = server.count();
    batched.words(RUN).more(BATCH).ends(0);
    assert_eq!(server.count(), before, "all of it is known: {turns} turns, {alone} ratings");
}

#[test]
fn a_run_killed_while_it_waits_finds_its_batch_again() {
    let (server, shelf) = serving();
    let plain = study(&server);
    plain.words(RUN).ends(0);
    shelf.lock().unwrap().busy = usize::MAX - 1;
    let killed = study(&server);
    let mut program = killed.words(RUN).more(BATCH).start();
    let is_waited_for = || server.arrivals().iter().any(|arrival| arrival.path.starts_with("/v1/batches/"));
    while !is_waited_for() {
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    program.kill().unwrap();
    program.wait().unwrap();
    shelf.lock().unwrap().busy = 0;
    killed.words(RUN).more(BATCH).ends(0);
    assert_eq!(shelf.lock().unwrap().batches.len(), 1, "submitted once");
    assert_same(&derived(&plain), &derived(&killed));
}

#[test]
fn a_session_that_is_forgotten_leaves_an_open_batch_too() {
    let (server, shelf) = serving();
    shelf.lock().unwrap().busy = usize::MAX - 1;
    let folder = study(&server);
    let mut program = folder.words(RUN).more(BATCH).start();
    while !server.arrivals().iter().any(|arrival| arrival.path.starts_with("/v1/batches/")) {
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    program.kill().unwrap();
    program.wait().unwrap();
    let holds = |words: &str| {
        let database = std::fs::read(folder.path("runs/ledger.db")).unwrap();
        database.windows(words.len()).any(|window| window == words.as_bytes())
    };
    folder.words("forget one experiment.yaml").ends(0);
    assert!(!holds("counting the stairs"), "the session's words are gone, from the journal of batches too");
    assert!(holds("My sister stopped answering"), "the others' are there");
}

#[test]
fn what_has_no_batch_interface_is_refused_before_any_call() {
    let (server, _) = serving();
    let folder = study(&server);
    let yaml = folder.read("experiment.yaml").replace("base_url:", "dialect: google_gemini, base_url:");
    let folder = folder.file("experiment.yaml", yaml);
    let said = folder.words(RUN).more(BATCH).fails(2);
    assert!(said.contains("no batch interface here; run without --batch"), "{said}");
    let said = study(&server).words(RUN).more(BATCH).more(["--offline"]).fails(2);
    assert!(said.contains("cannot be used with"), "{said}");
    assert_eq!(server.count(), 0);
}
