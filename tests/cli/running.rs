//! `run`, `score` and `report` over the scripted counselors: what is printed, what is written, what is asked.

use std::{
    io::{BufRead, BufReader},
    process::Stdio,
};

use serde_json::Value;

use crate::support::program::{Ended, FEW_RESAMPLES, Folder, SMALL, without_digits};

/// Replies by purpose that the run asked for anew.
fn asked(usage: &Value, purpose: &str) -> u64 {
    let models = usage["usage"]["by_model"].as_object().unwrap().values();
    models.filter_map(|model| model[purpose]["replies"].as_u64()).sum()
}

#[test]
fn a_run_prints_findings_and_says_the_rest_on_stderr() {
    let folder = Folder::empty();
    let ended = folder.small("run").ends(0);
    assert!(ended.stdout.starts_with("*** demonstration: "), "{ended}");
    insta::assert_snapshot!(without_digits(&ended.stderr), @"
    1 of about 18 calls, 0 failed
    2 of about 18 calls, 0 failed
    3 of about 18 calls, 0 failed
    4 of about 18 calls, 0 failed
    5 of about 18 calls, 0 failed
    6 of about 18 calls, 0 failed
    7 of about 18 calls, 0 failed
    8 of about 18 calls, 0 failed
    9 of about 18 calls, 0 failed
    10 of about 18 calls, 0 failed
    11 of about 18 calls, 0 failed
    12 of about 18 calls, 0 failed
    13 of about 18 calls, 0 failed
    14 of about 18 calls, 0 failed
    15 of about 18 calls, 0 failed
    16 of about 18 calls, 0 failed
    17 of about 18 calls, 0 failed
    18 of about 18 calls, 0 failed
    18 calls made, 0 answered by the ledger, 0 failed
    report: runs/quickstart-[plan]/report.html
    ");
    assert_eq!(folder.names("runs").len(), 3, "the ledger with its lock, and one run");
    let quiet = folder.small("run").more(["--display", "none"]).ends(0);
    assert_eq!(quiet.stdout, ended.stdout);
    insta::assert_snapshot!(without_digits(&quiet.stderr), @"
    0 calls made, 18 answered before: the run is finished, and nothing it was made from has changed (--no-cache asks again)
    report: runs/quickstart-[plan]/report.html
    ");
}

#[test]
fn json_on_stdout_is_the_findings_and_outputs_are_copies() {
    let folder = Folder::empty();
    let copies = ["--json", "-o", "f.json", "-o", "e.csv", "-o", "r.md", "-o", "r.html"];
    let ended = folder.small("eval").more(copies).ends(0);
    assert_eq!(ended.stdout, folder.of_run("findings.json"));
    for (copy, name) in [
        ("f.json", "findings.json"),
        ("e.csv", "estimates.csv"),
        ("r.md", "report.md"),
        ("r.html", "report.html"),
    ] {
        assert_eq!(folder.read(copy), folder.of_run(name), "{name}");
    }
    let refused = folder.small("run").more(["-o", "r.pdf"]).ends(2);
    assert!(refused.stderr.contains("no report has the ending `pdf`"), "{refused}");
}

#[test]
fn a_runs_ratings_are_a_table_that_agree_reads() {
    let folder = Folder::empty();
    let rated = "run builtin:quickstart --limit 2 --filter-models warm --filter-prompts helpert";
    let narrow = ["--filter-items", "agenda,feedback", "--set", FEW_RESAMPLES, "--display", "none"];
    folder.words(rated).more(narrow).ends(0);
    let ratings = folder.run().join("ratings.csv");
    let judged = ["--judge", "baseline-judge", "--scale", "0..6", "--bootstrap", "0", "--json"];
    let printed = folder.corater(["agree".as_ref(), ratings.as_os_str()]).more(judged).prints();
    let findings: Value = serde_json::from_str(&printed).unwrap();
    assert_eq!(findings["format"], "corater-agree/2");
    assert_eq!(findings["raters"], serde_json::json!(["C1", "C2", "C3"]));
    assert_eq!(findings["counts"]["items"], 2);
}

#[test]
fn report_makes_the_same_files_again_without_the_ledger() {
    let folder = Folder::empty();
    let first = folder.small("run").more(["--display", "none"]).ends(0);
    let names = ["report.html", "report.md", "estimates.csv", "findings.json"];
    let before = names.map(|name| folder.of_run(name));
    for name in ["report.html", "report.md", "estimates.csv"] {
        std::fs::remove_file(folder.run().join(name)).unwrap();
    }
    std::fs::remove_file(folder.path("runs/ledger.db")).unwrap();
    let again = folder.words("report latest").ends(0);
    assert_eq!(again.stdout, first.stdout);
    assert_eq!(names.map(|name| folder.of_run(name)), before);
    let name = folder.run().file_name().unwrap().to_string_lossy().into_owned();
    assert_eq!(folder.words("report").more([&name[..12]]).ends(0).stdout, first.stdout);
}

#[test]
fn a_run_that_is_not_there_is_a_usage_error() {
    let folder = Folder::empty();
    insta::assert_snapshot!(folder.words("report").fails(2), @r#"error: no run "latest" in runs; found: none"#);
    folder.small("run").ends(0);
    let said = folder.words("report nowhere").fails(2);
    assert!(said.starts_with("error: no run \"nowhere\" in runs; found: quickstart-"), "{said}");
    let said = folder.words("report some/folder").fails(2);
    assert!(said.starts_with("error: cannot") && said.contains("some/folder"), "{said}");
    let said = folder.words("score nowhere").more(SMALL).more([FEW_RESAMPLES]).fails(2);
    assert!(said.contains("no run \"nowhere\" in runs"), "{said}");
}

#[test]
fn score_judges_stored_sessions_and_reconstructs_nothing() {
    let folder = Folder::empty();
    folder.small("run").ends(0);
    let run = folder.run();
    let first: Value = serde_json::from_str(&folder.read(run.join("usage.json"))).unwrap();
    assert_eq!((asked(&first, "turn"), asked(&first, "rating")), (14, 2));
    let other = "score latest builtin:quickstart --limit 1 --filter-models warm --filter-prompts helpert";
    let items = ["--filter-items", "agenda,homework", "--set", "ratings=[]", "--set", FEW_RESAMPLES];
    folder.words(other).more(items).ends(0);
    let runs = folder.names("runs").into_iter().filter(|name| !name.starts_with("ledger.db"));
    let scored = runs.map(|name| folder.path("runs").join(name)).find(|path| *path != run).unwrap();
    let usage: Value = serde_json::from_str(&folder.read(scored.join("usage.json"))).unwrap();
    assert_eq!((asked(&usage, "turn"), asked(&usage, "rating")), (0, 2), "{usage}");
    assert_eq!(usage["usage"]["by_model"]["warm"], Value::Null, "the counselor is not asked at all");
    assert_eq!(folder.read(scored.join("sessions.jsonl")), folder.read(run.join("sessions.jsonl")));
}

#[test]
fn a_reader_that_goes_away_ends_the_program_quietly() {
    for line in ["plan builtin:quickstart --tasks", "schema experiment", "completions bash"] {
        let folder = Folder::empty();
        let mut program = folder.words(line).start();
        let mut reader = BufReader::new(program.stdout.take().unwrap());
        reader.read_line(&mut String::new()).unwrap();
        drop(reader);
        let ended = Ended::of(program.wait_with_output().unwrap());
        assert!(ended.code == Some(0) && ended.stderr.is_empty(), "{line}: {ended}");
    }
}

#[test]
fn stdout_that_is_closed_from_the_start_is_no_panic() {
    let folder = Folder::empty();
    let mut closed = folder.words("--help").into_command();
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let output = closed.stdout(writer).stderr(Stdio::piped()).output().unwrap();
    let ended = Ended::of(output);
    assert!(ended.stderr.is_empty(), "{ended}");
}

#[test]
fn progress_comes_as_events_for_programs_and_holds_no_text_of_a_session() {
    let folder = Folder::empty();
    let ended = folder.small("run").more(["--display", "json"]).ends(0);
    let events: Vec<serde_json::Value> = ended
        .stderr
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("not JSON: {line}")))
        .collect();
    let named = |name: &str| events.iter().filter(|event| event["event"] == name).count();
    assert_eq!(
        (events[0]["event"].as_str(), events[0]["format"].as_str()),
        (Some("start"), Some("corater-events/1"))
    );
    assert_eq!((named("start"), named("end"), named("failure")), (1, 1, 0));
    let end = events.iter().find(|event| event["event"] == "end").unwrap();
    let done: u64 =
        end["progress"]["stages"].as_array().unwrap().iter().map(|s| s["done"].as_u64().unwrap()).sum();
    assert_eq!(named("reply") as u64, done);
    assert!(done > 0 && named("note") > 0, "{ended}");
}
