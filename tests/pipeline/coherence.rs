//! Coherence from end to end: a grader that can tell, one that cannot, one that writes nonsense, and one that fails.

use std::{
    fmt::Write as _,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use serde_json::Value;

use crate::{
    study::{RUN, Study, assert_same, derived},
    support::{
        answer::Answer,
        program::{Folder, Row},
        server::{Arrival, FaultServer},
    },
};

/// Exchanges of each session made here.
const EXCHANGES: usize = 16;

/// Four sessions whose counselor asks numbered questions, which the client answers by the same numbers.
fn sessions() -> String {
    let mut table = String::from("session,speaker,text\n");
    for session in ["one", "two", "three", "four"] {
        for number in 1..=EXCHANGES {
            writeln!(table, "{session},client,In {session} this is answer {number} of mine.").unwrap();
            writeln!(table, "{session},helper,Question {} of many?", number + 1).unwrap();
        }
    }
    table
}

fn is_grade(arrival: &Arrival) -> bool {
    arrival.body.pointer("/response_format/json_schema/name").is_some_and(|name| name == "coherence")
}

/// The last counselor turn and the client turn after it.
fn shown(body: &Value) -> (String, String) {
    let text = body["messages"][0]["content"].as_str().unwrap();
    let mut said: Vec<String> =
        text.lines().filter_map(|line| line.strip_prefix("| ")).map(str::to_owned).collect();
    let client = said.pop().unwrap();
    (said.pop().unwrap(), client)
}

fn number(text: &str) -> Option<u64> {
    text.split_whitespace().find_map(|word| word.parse().ok())
}

/// Grades recorded exchanges by their numbers. Of the reconstructions only those of `two` are incoherent.
fn good(arrival: &Arrival) -> Answer {
    if !is_grade(arrival) {
        return Answer::usual(&arrival.body);
    }
    let (counselor, client) = shown(&arrival.body);
    let fits = if counselor.starts_with("Question") {
        number(&counselor) == number(&client)
    } else {
        !client.starts_with("In two")
    };
    Answer::text(&arrival.body, if fits { "{\"answers\": 9}" } else { "Here: {\"answers\": 1}" })
}

fn folder(server: &FaultServer) -> Folder {
    let folder = Study::at(server).folder();
    let experiment = folder.read("experiment.yaml");
    folder
        .file("sessions.csv", sessions())
        .file("experiment.yaml", experiment + "coherence: {model: small, minimum_share: 0.5}\n")
}

fn rows<'r>(all: &'r [Row], family: &str, statistic: &str) -> Vec<&'r Row> {
    all.iter().filter(|row| row["family"] == family && row["statistic"] == statistic).collect()
}

fn grades_asked(server: &FaultServer) -> usize {
    server.arrivals().iter().filter(|arrival| is_grade(arrival)).count()
}

#[test]
fn a_grader_that_can_tell_has_its_corrected_contrast_printed() {
    let server = FaultServer::start(good);
    let folder = folder(&server);
    let plan: Value = serde_json::from_str(&folder.words("plan experiment.yaml --json").prints()).unwrap();
    folder.words(RUN).ends(0);
    // Fifteen exchanges of four sessions: with the next turn and another in the recorded ones, once in the replays.
    assert_eq!(grades_asked(&server), 4 * 15 * 3);
    assert_eq!(plan["forecast"]["coherence_calls"], 4 * 15 * 3);
    let rates = folder.rows_of_run("estimates.csv");
    let auc = rows(&rates, "coherence", "coherence.auc")[0];
    // The same in all four sessions: a value, and no interval that would read as certainty.
    assert_eq!(
        (auc["value"].as_str(), auc["n"].as_str(), auc["reason"].as_str()),
        ("1", "60", "no_variance")
    );
    let shares: Vec<(&str, &str)> = rows(&rates, "coherence", "coherence.share")
        .iter()
        .filter(|row| row["contrast"].is_empty())
        .map(|row| (row["arm"].as_str(), row["value"].as_str()))
        .collect();
    assert_eq!(shares, [("original", "1"), ("small.helpert.replay", "0.75")]);
    let corrected = rows(&rates, "contrast.coherent", "mean_difference");
    assert!(corrected.iter().any(|row| row["item"] == "agenda" && row["n"] == "3"), "{corrected:?}");
    let report = folder.of_run("report.md");
    assert!(
        report
            .contains("Without incoherent reconstructions, by judge judge (CTRS-informed automated scores)")
    );
    assert!(report.contains("here 1 of 4"), "{report}");
    let page = folder.of_run("report.html");
    assert!(page.contains("Replay coherence: does the client answer?"));
    assert!(page.contains("answers turn 2: 9 of 10 (graded by a program)"));
    let before = (server.count(), derived(&folder));
    folder.words(RUN).more(["--offline"]).ends(0);
    assert_eq!(server.count(), before.0, "everything is in the ledger");
    assert_same(&before.1, &derived(&folder));
}

#[test]
fn a_grader_that_guesses_is_not_usable_and_nothing_is_corrected() {
    let server = FaultServer::start(|arrival| Answer::usual(&arrival.body));
    let folder = folder(&server);
    folder.words(RUN).ends(0);
    let rates = folder.rows_of_run("estimates.csv");
    let auc: f64 = rows(&rates, "coherence", "coherence.auc")[0]["value"].parse().unwrap();
    assert!((0.4..0.6).contains(&auc), "{auc}");
    assert!(rows(&rates, "contrast.coherent", "mean_difference").is_empty());
    let report = folder.of_run("report.md");
    assert!(report.contains("is not usable: AUC") && report.contains("no contrast is corrected"), "{report}");
    assert!(!report.contains("Without incoherent reconstructions"));
}

#[test]
fn an_answer_that_cannot_be_read_is_asked_for_once_more_and_then_missing() {
    let server = FaultServer::start(|arrival| {
        if shown_of_session(arrival, "three") {
            return Answer::text(&arrival.body, "well, it depends");
        }
        good(arrival)
    });
    let folder = folder(&server);
    folder.words(RUN).ends(0);
    assert_eq!(grades_asked(&server), 3 * 15 * 3 + 2 * 15 * 3, "every unreadable one twice");
    let findings = folder.json_of_run("findings.json");
    let arms = findings["coherence"]["arms"].as_array().unwrap();
    assert!(arms.iter().all(|arm| arm["ungraded"] == 15 && arm["unknown"] == 1), "{arms:?}");
    assert_eq!(arms[1]["share"]["value"], 2.0 / 3.0, "missing is not unanswered");
    assert_eq!(findings["coherence"]["auc"]["n_units"], 45);
}

/// A request for a grade that shows a turn of this session.
fn shown_of_session(arrival: &Arrival, session: &str) -> bool {
    is_grade(arrival) && shown(&arrival.body).1.starts_with(&format!("In {session}"))
}

#[test]
fn calls_that_fail_leave_the_run_incomplete_and_the_next_run_mends_it() {
    let broken = Arc::new(AtomicBool::new(true));
    let switch = Arc::clone(&broken);
    let server = FaultServer::start(move |arrival| {
        if switch.load(Ordering::SeqCst) && shown_of_session(arrival, "four") {
            return Answer::error(500, "no");
        }
        good(arrival)
    });
    let folder = folder(&server);
    folder.words(RUN).ends(1);
    let usage = folder.json_of_run("usage.json");
    let failed = usage["failures"].as_array().unwrap();
    assert_eq!(failed.len(), 15 * 3, "{failed:?}");
    let told = failed[0]["task"].as_str().unwrap();
    assert!(told.starts_with("coherence of") && !told.contains("answer"), "no words of the session: {told}");
    let arms = folder.json_of_run("findings.json")["coherence"]["arms"].clone();
    assert_eq!((&arms[0]["unknown"], &arms[1]["unknown"]), (&1.into(), &1.into()));
    broken.store(false, Ordering::SeqCst);
    let before = grades_asked(&server);
    folder.words(RUN).ends(0);
    assert_eq!(grades_asked(&server), before + 15 * 3, "only what is missing is asked again");
    let arms = folder.json_of_run("findings.json")["coherence"]["arms"].clone();
    assert_eq!((&arms[0]["unknown"], &arms[1]["ungraded"]), (&0.into(), &0.into()));
}

#[test]
fn without_the_key_nobody_is_asked_and_nothing_is_said() {
    let server = FaultServer::start(good);
    let folder = Study::at(&server).folder();
    folder.words(RUN).ends(0);
    assert_eq!(grades_asked(&server), 0);
    assert!(!folder.of_run("findings.json").contains("coherence"));
    assert!(!folder.of_run("manifest.json").contains("coherence"));
}

#[test]
fn a_task_is_shown_with_its_exact_requests() {
    let server = FaultServer::start(good);
    let folder = folder(&server);
    let tasks = folder.words("plan experiment.yaml --tasks").prints();
    let task = tasks.lines().find(|line| line.contains("one  coherence original")).unwrap();
    let id = task.split_whitespace().next().unwrap();
    let shown = folder.words(&format!("plan experiment.yaml --show {id}")).prints();
    let shown: Value = serde_json::from_str(&shown).unwrap();
    assert_eq!(shown["requests"].as_array().unwrap().len(), 2 * 15);
    assert_eq!(server.count(), 0, "nothing is sent");
}
