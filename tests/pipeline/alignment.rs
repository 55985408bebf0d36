//! `check-aligner` with aligners that know, that prefer a place, and that cannot be read.

use serde_json::{Value, json};

use crate::{
    server::reply,
    study::Study,
    support::{
        answer::Answer,
        program::{Folder, Row, rows},
        server::FaultServer,
    },
};

const CHECK: &str = "check-aligner experiment.yaml --display none -o figures.csv -o found.json";
const ALIGNED: [&str; 4] =
    ["--set", "reconstruct.modes=[aligned]", "--set", "reconstruct.aligner={model: small}"];

/// The client's words in these sessions, in their order.
const SPOKEN: [&str; 12] = [
    "counting the stairs",
    "breaks if I get",
    "About half",
    "sister stopped",
    "birthday that I forgot",
    "people leave",
    "froze in front",
    "could hear my heart",
    "asked about the homework",
    "Since the move",
    "through every bill",
    "The heating",
];

/// The lines of the transcript that may be named, with their numbers.
fn offered(body: &Value) -> Option<Vec<(u64, String)>> {
    let schema = body.pointer("/response_format/json_schema")?;
    if schema["name"] != "align" {
        return None;
    }
    let numbers: Vec<u64> =
        serde_json::from_value(schema["schema"]["properties"]["utterance"]["enum"].clone()).ok()?;
    let text = body["messages"].as_array()?.last()?["content"].as_str()?;
    let (mut found, mut number) = (Vec::new(), 0);
    for line in text.lines() {
        if let Some(words) = line.strip_prefix("| ") {
            if numbers.contains(&number) {
                found.push((number, words.to_owned()));
            }
        } else if let Some((digits, _)) = line.strip_prefix('[').and_then(|rest| rest.split_once("] ")) {
            number = digits.parse().unwrap_or(0);
        }
    }
    Some(found)
}

fn naming(body: &Value, number: u64) -> Answer {
    Answer::text(body, &json!({"utterance": number}).to_string())
}

/// The earliest of the session.
fn next(offered: &[(u64, String)]) -> u64 {
    let place = |words: &str| SPOKEN.iter().position(|known| words.contains(known)).expect("known words");
    offered.iter().min_by_key(|(_, words)| place(words)).expect("a choice").0
}

fn figure<'r>(rows: &'r [Row], statistic: &str) -> &'r Row {
    rows.iter().find(|row| row["statistic"] == statistic).unwrap_or_else(|| panic!("{statistic}"))
}

fn checked(folder: &Folder) -> Vec<Row> {
    folder.words(CHECK).more(ALIGNED).ends(0);
    rows(&folder.read("figures.csv"))
}

#[test]
fn an_aligner_that_knows_hits_and_one_that_prefers_a_place_is_found_out() {
    let knows = FaultServer::start(|arrival| {
        offered(&arrival.body).map_or_else(|| reply(&arrival.body), |all| naming(&arrival.body, next(&all)))
    });
    let folder = Study::at(&knows).folder();
    let dry = folder.words("check-aligner experiment.yaml --dry-run").more(ALIGNED).prints();
    assert!(dry.contains("questions  4 of 4 recorded sessions"), "{dry}");
    assert_eq!(knows.count(), 0, "no call is made");
    let found = checked(&folder);
    let value = |statistic: &str| figure(&found, statistic)["value"].clone();
    assert_eq!((value("hit_at_1").as_str(), value("hit_at_1.chance").as_str()), ("1", "0.5"));
    assert_eq!(
        (value("hit_at_1.over_chance").as_str(), figure(&found, "hit_at_1")["n"].as_str()),
        ("0.5", "4")
    );
    assert_eq!(figure(&found, "hit_at_1")["ci_status"], "undefined", "nothing varied");
    let mrr = figure(&found, "mrr");
    assert_eq!(
        (mrr["status"].as_str(), mrr["reason"].as_str()),
        ("undefined", "not_applicable"),
        "no ranking"
    );
    assert!(!value("mrr.bm25").is_empty() && value("mrr.chance") == "0.75");
    let stored: Value = serde_json::from_str(&folder.read("found.json")).expect("JSON");
    assert_eq!(
        (stored["format"].as_str(), stored["answers"].as_array().map(Vec::len)),
        (Some("corater-aligner/2"), Some(4))
    );
    assert!(!SPOKEN.iter().any(|words| stored.to_string().contains(words)), "no words of a session");
    let before = knows.count();
    checked(&folder);
    assert_eq!(knows.count(), before, "what is known is not asked again");

    let first = FaultServer::start(|arrival| {
        offered(&arrival.body).map_or_else(|| reply(&arrival.body), |all| naming(&arrival.body, all[0].0))
    });
    let folder = Study::at(&first).folder();
    let found = checked(&folder);
    assert_eq!(figure(&found, "first_shown")["value"], "1");
    assert_ne!(figure(&found, "hit_at_1")["value"], "1", "the first shown is not the next turn");
}

#[test]
fn none_and_nonsense_are_misses_and_failed_calls_are_neither() {
    let none = FaultServer::start(|arrival| {
        offered(&arrival.body).map_or_else(|| reply(&arrival.body), |_| naming(&arrival.body, 0))
    });
    let folder = Study::at(&none).folder();
    let found = checked(&folder);
    assert_eq!(
        (figure(&found, "hit_at_1")["value"].as_str(), figure(&found, "none_fits_rate")["value"].as_str()),
        ("0", "1")
    );

    let mute = FaultServer::start(|arrival| {
        offered(&arrival.body)
            .map_or_else(|| reply(&arrival.body), |_| Answer::text(&arrival.body, "perhaps"))
    });
    let folder = Study::at(&mute).folder();
    let found = checked(&folder);
    assert_eq!(figure(&found, "unreadable_rate")["value"], "1");
    assert_eq!(mute.count(), 8, "each asked once more");

    let ended = folder.words(CHECK).more(ALIGNED).more(["--offline", "--set", "seed=99"]).ended();
    assert_eq!(ended.code, Some(1), "{ended}");
    assert!(ended.stdout.contains("INCOMPLETE"), "{ended}");
    let found = rows(&folder.read("figures.csv"));
    let hit = figure(&found, "hit_at_1");
    assert!(hit["n_dropped"] != "0", "a failed call is no miss: {hit:?}");
}

#[test]
fn without_an_aligner_or_a_choice_it_says_what_is_missing() {
    let server = FaultServer::start(|arrival| reply(&arrival.body));
    let folder = Study::at(&server).folder();
    let said = folder.words(CHECK).fails(2);
    assert!(said.contains("the experiment has no aligner") && said.contains("modes: [aligned]"), "{said}");
    let said = folder.words(CHECK).more(["--set", "reconstruct.max_exchanges=2"]).more(ALIGNED).fails(2);
    assert!(said.contains("leaves a choice of client turns"), "{said}");
    let said = folder.words(CHECK).more(ALIGNED).more(["--batch"]).fails(2);
    assert!(said.contains("not asked in batches"), "{said}");
    let ended = folder.words(CHECK).more(["--set", "reconstruct.modes=[aligned]"]).ends(0);
    assert!(ended.stdout.contains("baseline/bm25") && ended.stdout.contains("a rule (baseline)"), "{ended}");
    let found = rows(&folder.read("figures.csv"));
    for part in ["value", "ci_low", "ci_high", "n"] {
        assert_eq!(figure(&found, "mrr")[part], figure(&found, "mrr.bm25")[part], "one figure, one interval");
    }
    assert_eq!(server.count(), 0);
}
