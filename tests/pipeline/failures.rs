//! Calls that fail, and replies that are not what was hoped for.

use std::{net::TcpListener, time::Instant};

use serde_json::{Value, json};

use crate::{
    server::reply,
    study::{RUN, Study},
    support::{answer::Answer, program::Folder, server::FaultServer},
};

/// How often the client has spoken in a request. What stands before a counselor's opening is not the client's.
fn exchange(body: &Value) -> usize {
    let client =
        |message: &&Value| message["role"] == "user" && message["content"] != "[The session begins.]";
    body["messages"].as_array().unwrap().iter().filter(client).count()
}

/// The reconstructions of the run.
fn reconstructions(folder: &Folder) -> Vec<Value> {
    folder.lines_of_run("sessions.jsonl").into_iter().filter(|session| session["arm"] != "original").collect()
}

#[test]
fn refusals_filters_and_cuts_are_outcomes_of_turns_and_are_not_asked_again() {
    let server = FaultServer::start(|arrival| match exchange(&arrival.body) {
        1 => {
            let refusal = json!({"role": "assistant", "content": null, "refusal": "I can't help with that."});
            Answer::message(&arrival.body, &refusal, "stop")
        }
        2 => Answer::message(&arrival.body, &json!({"role": "assistant", "content": null}), "content_filter"),
        _ => Answer::reply(&arrival.body, "Let us look at that th", "length"),
    });
    let folder = Study::at(&server).folder();
    folder.words(RUN).ends(0);
    assert_eq!(server.count(), 12, "four sessions of three turns, nothing retried");
    for session in reconstructions(&folder) {
        let turns = session["turns"].as_array().unwrap().iter().filter(|turn| turn["generated"] == true);
        let outcomes: Vec<&str> = turns.map(|turn| turn["outcome"].as_str().unwrap()).collect();
        assert_eq!(outcomes, ["refusal", "content_filter", "truncated"], "{}", session["id"]);
    }
    let findings = folder.json_of_run("findings.json");
    let outcomes = findings["outcomes"].as_array().unwrap();
    let of = |arm: &str| outcomes.iter().find(|outcomes| outcomes["arm"] == arm).unwrap();
    let counts = |arm: &str| {
        ["turns", "refusal", "content_filter", "truncated", "empty"].map(|key| of(arm)[key].as_u64().unwrap())
    };
    assert_eq!(counts("small.helpert.replay"), [12, 4, 4, 4, 0]);
    assert_eq!(counts("original"), [12, 0, 0, 0, 0]);
    let later: Vec<Value> = server.arrivals().into_iter().map(|arrival| arrival.body).collect();
    let third = later.iter().find(|body| exchange(body) == 3).unwrap();
    assert!(third.to_string().contains("[no reply]"), "a turn without words is marked: {third}");
    folder.words(RUN).ends(0);
    assert_eq!(server.count(), 12, "they are known");
}

#[test]
fn a_refused_key_is_told_once_and_the_run_goes_on_when_it_is_put_right() {
    let server = FaultServer::start(|arrival| match arrival.nth {
        0 => Answer::error(401, "invalid_api_key"),
        _ => reply(&arrival.body),
    });
    let folder = Study::at(&server).wide().folder();
    let ended = folder.words(RUN).more(["-j", "1"]).ends(1);
    assert!(ended.stderr.contains("HTTP 401"), "{ended}");
    assert_eq!(server.count(), 1, "the others would have been refused alike");
    let failures = folder.json_of_run("usage.json")["failures"].clone();
    let kinds = failures.as_array().unwrap().iter().map(|failure| failure["kind"].as_str().unwrap());
    assert!(kinds.clone().count() == 8 && kinds.clone().all(|kind| kind == "key_refused"), "{failures}");
    folder.words(RUN).ends(0);
}

#[test]
fn a_refused_request_is_told_once_and_sent_again_only_on_demand() {
    let server = FaultServer::start(|_| Answer::error(404, "model_not_found"));
    let folder = Study::at(&server).of_one_session().folder();
    let ended = folder.words(RUN).ends(1);
    assert!(ended.stderr.contains("HTTP 404"), "{ended}");
    assert!(ended.stderr.contains("(local)"), "the endpoint is named: {ended}");
    assert!(ended.stderr.contains("--retry-errors"), "and what to do: {ended}");
    assert_eq!(server.count(), 1);
    let failures = folder.json_of_run("usage.json")["failures"].clone();
    assert_eq!(failures.as_array().unwrap().len(), 1, "{failures}");
    assert_eq!(failures[0]["kind"], "permanent");

    folder.words(RUN).ends(1);
    assert_eq!(server.count(), 1, "the same body would be refused again");
    folder.words(RUN).more(["--retry-errors"]).ends(1);
    assert_eq!(server.count(), 2);
}

#[test]
fn a_call_that_fails_in_passing_is_asked_again_by_the_next_run() {
    let server = FaultServer::start(|arrival| match arrival.nth {
        0 => Answer::error(500, "hiccup"),
        _ => reply(&arrival.body),
    });
    let folder = Study::at(&server).of_one_session().folder();
    folder.words(RUN).ends(1);
    let notes = folder.json_of_run("findings.json")["notes"].to_string();
    assert!(notes.contains("INCOMPLETE: 1 task failed"), "{notes}");
    folder.words(RUN).ends(0);
    assert_eq!(reconstructions(&folder).len(), 1);
    assert_eq!(folder.json_of_run("findings.json")["notes"], json!([]));
}

#[test]
fn an_endpoint_that_cannot_be_reached_fails_fast_and_is_listed() {
    let closed = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/v1", closed.local_addr().unwrap());
    drop(closed);
    let folder = Study::at_url(&url).of_one_session().folder();
    let began = Instant::now();
    let ended = folder.words(RUN).more(["--max-retries", "0"]).ends(1);
    assert!(began.elapsed().as_secs() < 30, "at once, even on a busy machine");
    assert!(ended.stderr.contains("cannot connect to 127.0.0.1"), "{ended}");
    let usage = folder.json_of_run("usage.json");
    let failures = usage["failures"].as_array().unwrap();
    assert_eq!(failures.len(), 1, "{usage}");
    assert_eq!((&failures[0]["task"], &failures[0]["source"]), (&json!("reconstruct"), &json!("one")));
    assert_eq!(usage["total"]["failures"], json!({"transient": 1}));
    assert_eq!(folder.lines_of_run("sessions.jsonl").len(), 1, "the recorded session is there");
}

#[test]
fn offline_opens_no_socket() {
    let server = FaultServer::start(|arrival| reply(&arrival.body));
    let folder = Study::at(&server).of_one_session().folder();
    let ended = folder.words(RUN).more(["--offline"]).ends(1);
    assert!(ended.stderr.contains("no network is allowed (offline)"), "{ended}");
    assert_eq!((server.connections(), server.count()), (0, 0));
    folder.words(RUN).ends(0);
    let asked = server.count();
    let connections = server.connections();
    folder.words(RUN).more(["--offline"]).ends(0);
    assert_eq!((server.connections(), server.count()), (connections, asked), "the ledger answers");
}

#[test]
fn what_a_model_thinks_is_neither_kept_as_speech_nor_sent_back() {
    let server = FaultServer::start(|arrival| {
        let thought = "<think>\nthe client must not read this\n</think>\n\nWhat happened next for you?";
        Answer::text(&arrival.body, thought)
    });
    let folder = Study::at(&server).of_one_session().folder();
    folder.words(RUN).ends(0);
    for name in ["sessions.jsonl", "report.md", "report.html", "ratings.jsonl", "findings.json"] {
        assert!(!folder.of_run(name).contains("must not read this"), "{name}");
    }
    let spoken = reconstructions(&folder)[0]["turns"][1]["text"].clone();
    assert_eq!(spoken, "What happened next for you?");
    assert_eq!(server.count(), 3);
    for arrival in server.arrivals() {
        assert!(!arrival.body.to_string().contains("think>"), "{}", arrival.body);
    }
}
