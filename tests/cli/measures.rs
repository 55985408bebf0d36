//! `measure-check`: recall and specificity of the rule-based measures, on the sentences of this repository and on a user's.

use std::{fs, path::Path};

use serde_json::Value;

use crate::support::program::Folder;

/// The measures with the file of rules that states how they did.
const MEASURES: [(&str, &str); 4] = [
    ("risk", "rubrics/conversation-cues.yaml"),
    ("refusals", "rubrics/conversation-cues.yaml"),
    ("flags", "rubrics/deceptive-empathy.yaml"),
    ("steps", "rubrics/conversation-cues.yaml"),
];

fn repository(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

/// How a measure did on one of the folders of sentences: found, to find, left out, to leave out.
fn counts(half: &str, measure: &str) -> [u64; 4] {
    let sentences = repository(&format!("tests/fixtures/measures/{half}/{measure}.tsv"));
    let printed = Folder::empty().file("s.tsv", sentences).words("measure-check s.tsv --json").prints();
    let found: Value = serde_json::from_str(&printed).unwrap();
    let (one, n) = (&found[0], |name: &str| found[0][name]["n_units"].as_u64().unwrap());
    assert_eq!(one["measure"], measure);
    let (to_find, to_leave_out) = (n("recall"), n("specificity"));
    [one["found"].as_u64().unwrap(), to_find, to_leave_out - one["wrongly"].as_u64().unwrap(), to_leave_out]
}

#[test]
fn what_the_files_of_rules_state_is_what_the_last_sentences_give() {
    for (measure, file) in MEASURES {
        let [found, to_find, left_out, to_leave_out] = counts("last", measure);
        let stated = format!(
            "{{ measure: {measure}, on: invented sentences, found: {found}, to_find: {to_find}, left_out: {left_out}, \
             to_leave_out: {to_leave_out} }}"
        );
        assert!(repository(file).contains(&stated), "{file} does not state {stated}");
    }
}

#[test]
fn the_measuring_half_by_measure() {
    let lines: Vec<String> = MEASURES
        .iter()
        .map(|(measure, _)| {
            let [found, to_find, left_out, to_leave_out] = counts("measuring", measure);
            format!("{measure}: found {found} of {to_find}, left out {left_out} of {to_leave_out}")
        })
        .collect();
    insta::assert_snapshot!(lines.join("\n"), @"
    risk: found 64 of 64, left out 58 of 59
    refusals: found 53 of 54, left out 49 of 49
    flags: found 77 of 77, left out 59 of 59
    steps: found 67 of 67, left out 43 of 43
    ");
}

#[test]
fn a_users_sentences_are_measured_and_bad_lines_are_named() {
    let folder = Folder::empty().file(
        "own.tsv",
        "text\tright\tkind\nI wish I was dead.\trisk\tideation\nThe bus was late.\teveryday\t\nI'll be here.\tflagged\tpresence\n",
    );
    let printed = folder.words("measure-check own.tsv").prints();
    for row in ["words of risk", "2 sentences", "1 of 1", "0 of 1", "flagged phrases, presence"] {
        assert!(printed.contains(row), "{row}: {printed}");
    }
    assert!(printed.contains("undefined"), "no sentence to leave out for the flags: {printed}");
    let folder = Folder::empty().file("own.tsv", "text\tright\nI wish I was dead.\tyes\n");
    let said = folder.words("measure-check own.tsv").fails(2);
    assert!(
        said.contains("own.tsv:2: the right answer is \"yes\", expected one of risk, everyday"),
        "{said}"
    );
    assert!(!said.contains("wish"), "a sentence in a message: {said}");
}
