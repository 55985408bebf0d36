//! The quickstart: conditions that differ for a reason, and the same bytes however a run is carried out.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::{
    study::{assert_same, derived},
    support::program::Folder,
};

const NARROW: [&str; 8] =
    ["--filter-items", "agenda,feedback", "--set", "run.bootstrap=100", "--display", "none", "--limit", "3"];

/// The settings that each prompt was rendered with, as the models saw them.
fn settings(manifest: &Value) -> BTreeMap<String, BTreeMap<String, String>> {
    let prompts = manifest["experiment"]["prompts"].as_array().unwrap().iter();
    prompts
        .map(|prompt| {
            let lines = prompt["system"].as_str().unwrap().lines();
            let pairs = lines.filter_map(|line| line.strip_prefix("- ")?.split_once(": "));
            let settings = pairs.map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
            (prompt["id"].as_str().unwrap().to_owned(), settings)
        })
        .collect()
}

/// The middle of `model.prompt.mode`.
fn prompt_of(arm: &str) -> &str {
    arm.split('.').nth(1).unwrap()
}

#[test]
fn no_two_conditions_say_the_same_and_each_does_what_its_prompt_sets() {
    let folder = Folder::empty();
    folder.words("run builtin:quickstart --set ratings=[]").more(NARROW).ends(0);
    let sessions = folder.lines_of_run("sessions.jsonl");
    assert_eq!(sessions.len(), 3 * (1 + 6));
    let mut texts: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for session in &sessions {
        let digest = session["text_digest"].as_str().unwrap();
        let new = texts.entry(session["source"].as_str().unwrap()).or_default().insert(digest);
        assert!(new, "{} says the same as another condition", session["id"]);
    }

    let settings = settings(&folder.json_of_run("manifest.json"));
    let of = |arm: &str, key: &str| settings[prompt_of(arm)][key].clone();
    for session in sessions.iter().filter(|session| session["arm"] != "original") {
        let arm = session["arm"].as_str().unwrap();
        let (words, questions): (usize, usize) =
            (of(arm, "words").parse().unwrap(), of(arm, "questions").parse().unwrap());
        let turns = session["turns"].as_array().unwrap().iter().filter(|turn| turn["generated"] == true);
        for (number, turn) in turns.enumerate() {
            let text = turn["text"].as_str().unwrap();
            assert!(text.split_whitespace().count() <= words, "{arm}: more than {words} words: {text}");
            // A shared agenda is asked about on top, in the first reply.
            let asked = text.matches('?').count();
            assert!(number == 0 || asked <= questions, "{arm}: more than {questions} questions: {text}");
        }
    }

    let claims = |arm: &str| {
        let flags = folder.lines_of_run("flags.jsonl");
        let of_arm = |flag: &&Value| flag["session"].as_str().unwrap().contains(&format!("@{arm}#"));
        let relational = |flag: &&Value| flag["category"].as_str().unwrap().starts_with("DE");
        flags.iter().filter(of_arm).filter(relational).filter(|flag| flag["suppressed_by"].is_null()).count()
    };
    let arms: BTreeSet<&str> =
        sessions.iter().map(|s| s["arm"].as_str().unwrap()).filter(|arm| *arm != "original").collect();
    let (plain, relational): (Vec<&str>, Vec<&str>) =
        arms.into_iter().partition(|arm| of(arm, "warmth") == "plain");
    assert!(!plain.is_empty() && !relational.is_empty());
    for arm in plain {
        assert_eq!(claims(arm), 0, "{arm} claims nothing of its own");
    }
    assert!(relational.iter().any(|arm| claims(arm) > 0));
}

#[test]
fn running_again_asks_nothing_and_leaves_the_same_bytes() {
    let folder = Folder::empty();
    let narrow = ["--filter-prompts", "helpert"];
    let first = folder.words("run builtin:quickstart").more(NARROW).more(narrow).ends(0);
    let before = derived(&folder);
    folder.reopen();
    let again = folder.words("run builtin:quickstart").more(NARROW).more(narrow).ends(0);
    assert_eq!(again.stdout, first.stdout);
    assert_same(&before, &derived(&folder));
    let usage = folder.json_of_run("usage.json");
    assert_eq!((&usage["total"]["replies"], &usage["total"]["attempts"]), (&Value::from(0), &Value::from(0)));
    folder.reopen();
    folder.words("run builtin:quickstart --offline").more(NARROW).more(narrow).ends(0);
    assert_same(&before, &derived(&folder));

    // A finished run stands: nothing is written, not even how it went.
    let usage = folder.of_run("usage.json");
    let standing = folder.words("run builtin:quickstart").more(NARROW).more(narrow).ends(0);
    assert_eq!(standing.stdout, first.stdout);
    assert!(standing.stderr.contains("answered before: the run is finished"), "{standing}");
    assert_eq!(folder.of_run("usage.json"), usage);
    // Not when one of its files is not what the run left.
    std::fs::write(folder.run().join("report.md"), "edited").unwrap();
    let made = folder.words("run builtin:quickstart").more(NARROW).more(narrow).ends(0);
    assert!(made.stderr.contains(" answered by the ledger"), "{made}");
    assert_same(&before, &derived(&folder));
    // Nor when its replies are asked for anew.
    let asked = folder.words("run builtin:quickstart --no-cache").more(NARROW).more(narrow).ends(0);
    assert!(!asked.stderr.contains("answered before"), "{asked}");
    assert_same(&before, &derived(&folder));
}

#[test]
fn neither_concurrency_nor_what_was_asked_first_changes_a_byte() {
    let narrow = ["--filter-prompts", "helpert,brief", "--filter-models", "warm"];
    let (one, many) = (Folder::empty(), Folder::empty());
    one.words("run builtin:quickstart -j 1").more(NARROW).more(narrow).ends(0);
    // Another folder's ledger is filled from the other end: the last session and the second prompt first.
    let backwards = ["--filter-prompts", "brief", "--filter-models", "warm", "--filter-sessions", "s03"];
    let all = ["--filter-items", "agenda,feedback", "--set", "run.bootstrap=100", "--display", "none"];
    many.words("run builtin:quickstart --set run.directory=runs").more(all).more(backwards).ends(0);
    std::fs::remove_dir_all(many.run()).unwrap();
    many.words("run builtin:quickstart -j 32").more(NARROW).more(narrow).ends(0);
    assert_same(&derived(&one), &derived(&many));
}
