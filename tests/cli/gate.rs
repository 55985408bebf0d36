//! `gate`: criteria, exit codes, and what CI gets.

use serde_json::Value;

use crate::support::program::{Ended, Folder};

/// Two sessions under one condition, one item, with the three invented raters.
const RATED: &str = "run builtin:quickstart --limit 4 --filter-models warm --filter-prompts helpert \
                     --filter-items agenda,homework --set run.bootstrap=100";
/// The same, for a test that must not stop at invented ratings.
const AS_IF_REAL: [&str; 4] = ["--set", "ratings.0.synthetic=false", "--set", "sessions.0.synthetic=false"];

/// What was printed, as one line.
fn said(ended: &Ended) -> String {
    ended.stdout.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn gates(yaml: &str) -> [String; 2] {
    ["--set".to_owned(), format!("gates={yaml}")]
}

#[test]
fn invented_ratings_are_inconclusive_whatever_the_figures_say() {
    let folder = Folder::empty();
    folder.words(RATED).more(gates("{unusable_rate: {max: 0.9}}")).ends(0);
    let ended = folder.words("gate").ends(3);
    assert!(ended.stdout.starts_with("gate: inconclusive\n! ratings are invented"), "{}", ended.stdout);
    assert!(
        ended.stdout.contains(
            "- pass: unusable_rate baseline-judge: 0.000 [0.000, 0.490], n = 16, asked: at most 0.9"
        ),
        "{}",
        ended.stdout
    );
}

#[test]
fn rates_pass_and_fail_by_their_whole_interval() {
    let folder = Folder::empty();
    folder.words(RATED).more(AS_IF_REAL).more(gates("{unusable_rate: {max: 0.9}}")).ends(0);
    folder.words("gate").ends(0);
    let strict = folder.file(
        "strict.yaml",
        "verified_quote_rate: {min: 0.5}\nflags_per_100_turns: {formulaic_warmth: {max: 0}}\n",
    );
    let ended =
        strict.words("gate latest --criteria strict.yaml --json -o gate.junit.xml -o gate.json").ends(100);
    let found: Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!((found["format"].as_str(), found["outcome"].as_str()), (Some("corater-gate/1"), Some("fail")));
    assert_eq!(found["checked"][0]["outcome"], "pass");
    assert_eq!(strict.read("gate.json"), ended.stdout);
    let junit = strict.read("gate.junit.xml");
    assert!(junit.contains(r#"tests="2" failures="1" skipped="0""#), "{junit}");
    assert!(junit.contains(r#"<failure message="the whole interval lies beyond the limit;"#), "{junit}");
}

#[test]
fn few_sessions_leave_agreement_open_and_say_what_would_settle_it() {
    let folder = Folder::empty();
    let asked = "{gap_to_ceiling: {items: [agenda]}, bias_by_arm: {items: [agenda, total]}}";
    folder.words(RATED).more(AS_IF_REAL).more(gates(asked)).ends(0);
    let ended = folder.words("gate").ends(3);
    let said = said(&ended);
    assert!(said.contains("only 7 sessions rated by all clinicians, 10 needed"), "{said}");
    assert!(said.contains("would settle it: about 8 units in place of 4"), "{said}");
    assert!(!said.contains("invented"));
}

#[test]
fn a_run_is_compared_with_an_earlier_one() {
    let folder = Folder::empty();
    let asked = gates("{regression: {margin: 0.25}}");
    folder.words(RATED).more(AS_IF_REAL).more(asked.clone()).more(["--set", "run.name=before"]).ends(0);
    folder.words(RATED).more(AS_IF_REAL).more(asked).more(["--set", "run.name=after"]).ends(0);
    let open = folder.words("gate after").ends(3);
    assert!(said(&open).contains("there is no earlier run to compare with"), "{open}");
    let same = folder.words("gate after --baseline before").ends(0);
    assert!(same.stdout.contains("0.000 [0.000, 0.000]"), "{}", same.stdout);
}

#[test]
fn criteria_are_checked_like_everything_else_that_is_written() {
    let folder =
        Folder::empty().file("gates.yaml", "gap_to_ceiling: {items: [agnda]}\nunusable_rate: {max: 2000}\n");
    folder.words(RATED).ends(0);
    let said = folder.words("gate --criteria gates.yaml").fails(2);
    assert!(said.contains("gates.yaml:2") && said.contains("2000"), "{said}");
    let named = folder.file("named.yaml", "gap_to_ceiling: {items: [agnda]}\n");
    let said = named.words("gate --criteria named.yaml").fails(2);
    assert!(said.contains("agnda") && said.contains("agenda, homework"), "{said}");
    let said = named
        .words(RATED)
        .more(gates("{bias_by_arm: {items: [agnda]}, flags_per_100_turns: {warm: {max: 1}}}"))
        .fails(2);
    assert!(said.contains("did you mean `agenda`?") && said.contains("no axis of flags"), "{said}");
    assert!(named.words("gate").ends(3).stdout.contains("no criterion is declared"));
}
