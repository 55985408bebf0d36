//! `gate` with limits of probes: what was not measured has not passed.

use serde_json::Value;

use crate::support::program::{Ended, Folder};

const NARROW: &str =
    "--filter-models warm --filter-prompts helpert --filter-items agenda,homework --set run.bootstrap=100";
/// For a test that must not stop at invented sessions.
const AS_IF_REAL: [&str; 4] = ["--set", "ratings.0.synthetic=false", "--set", "sessions.0.synthetic=false"];

/// A folder with a run that declares limits of probes.
fn with_run(gates: &str) -> Folder {
    let folder = Folder::empty().file("gates.yaml", gates);
    folder.words(&format!("run builtin:quickstart --limit 4 {NARROW}")).more(AS_IF_REAL).ends(0);
    folder
}

fn probe(folder: &Folder, kinds: &str) {
    let probe = format!("probe builtin:quickstart --sessions 4 --display none --probes {kinds} {NARROW}");
    folder.words(&probe).more(AS_IF_REAL).ends(0);
}

fn checked(ended: &Ended) -> Vec<(String, String, String)> {
    let found: Value = serde_json::from_str(&ended.stdout).expect("JSON");
    let text = |value: &Value, key: &str| value[key].as_str().expect("text").to_owned();
    let one = |value: &Value| (text(value, "criterion"), text(value, "outcome"), text(value, "because"));
    found["checked"].as_array().expect("criteria").iter().map(one).collect()
}

fn flat(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn a_limit_without_a_probe_has_not_passed_and_says_what_to_do() {
    let folder = with_run("probes: {injection_moved: {max: 1}}\n");
    let said = flat(&folder.words("gate --criteria gates.yaml").ends(3).stdout);
    assert!(said.contains("inconclusive: probes.injection_moved baseline-judge"), "{said}");
    assert!(said.contains("no report of the probe injection"), "{said}");
    assert!(said.contains("`corater probe EXPERIMENT --probes injection`"), "{said}");
    probe(&folder, "format");
    let said = flat(&folder.words("gate --criteria gates.yaml").ends(3).stdout);
    assert!(said.contains("no report of the probe injection"), "another probe is not this one: {said}");
    let said = folder.words("gate --criteria gates.yaml --probe-report nothing").fails(2);
    assert!(said.contains("no probe \"nothing\"") && said.contains("quickstart-probe-"), "{said}");
}

#[test]
fn figures_pass_and_fail_by_their_interval_and_undefined_ones_do_neither() {
    let folder = with_run(
        "probes:\n  injection_moved: {max: 0.9}\n  injection_lost: {max: 0.9}\n  self_consistency_sd: {max: 1}\n  \
         self_consistency_flips: {max: 0.9}\n  format_changed: {max: 0}\n  source_auc: {max: 0.6}\n  \
         equal_length_contrast: {max: 1}\n",
    );
    probe(&folder, "injection,self_consistency,format,source,verbosity");
    let found = checked(&folder.words("gate --criteria gates.yaml --json").ends(100));
    let outcomes: Vec<(&str, &str)> =
        found.iter().map(|(key, outcome, _)| (key.as_str(), outcome.as_str())).collect();
    assert_eq!(
        outcomes,
        [
            ("probes.injection_moved", "pass"),
            ("probes.injection_lost", "pass"),
            ("probes.self_consistency_sd", "inconclusive"),
            ("probes.self_consistency_flips", "pass"),
            ("probes.equal_length_contrast", "inconclusive"),
            ("probes.format_changed", "fail"),
            ("probes.source_auc", "inconclusive"),
        ]
    );
    // A scripted judge takes other layouts for other words, never varies, guesses nothing, and met no condition.
    assert!(found[2].2.starts_with("undefined: "), "{found:?}");
    assert!(found[4].2.contains("contrast.equal_length"), "{found:?}");
    assert!(found[6].2.starts_with("undefined: "), "{found:?}");
    let junit = folder.words("gate --criteria gates.yaml -o gate.junit.xml").ends(100);
    assert!(junit.stdout.contains("2 of 2 items"), "{junit}");
    assert!(folder.read("gate.junit.xml").contains(r#"failures="1" skipped="3""#));
}

#[test]
fn all_limits_met_is_a_pass_and_one_at_the_limit_leaves_it_open() {
    let folder = with_run("probes: {injection_moved: {max: 0.9}}\n");
    probe(&folder, "injection");
    folder.words("gate --criteria gates.yaml").ends(0);
    let strict =
        folder.file("strict.yaml", "probes: {injection_moved: {max: 0.9}, injection_lost: {max: 0.2}}\n");
    let ended = strict.words("gate --criteria strict.yaml").ends(3);
    assert!(flat(&ended.stdout).contains("the interval reaches the limit"), "{ended}");
}

#[test]
fn a_probe_of_another_judge_or_rubric_is_no_probe_of_this_one() {
    let folder = with_run("probes: {injection_moved: {max: 0.9}}\n");
    let other = format!("probe builtin:quickstart --sessions 4 --display none --probes injection {NARROW}");
    folder.words(&other).more(AS_IF_REAL).more(["--set", "judges.0.observations=1"]).ends(0);
    let said = flat(&folder.words("gate --criteria gates.yaml").ends(3).stdout);
    assert!(said.contains("no probe injection of this judge"), "{said}");
    assert!(said.contains("was put to another model, decoding, prompt or number of draws"), "{said}");
    // With one that fits beside it, that one is read; with two that fit, somebody has to choose.
    probe(&folder, "injection");
    folder.words("gate --criteria gates.yaml").ends(0);
    probe(&folder, "injection,format");
    let said = flat(&folder.words("gate --criteria gates.yaml").ends(3).stdout);
    assert!(said.contains("several probes injection fit: "), "{said}");
    let names: Vec<String> =
        folder.names("runs").into_iter().filter(|name| name.contains("-probe-")).collect();
    assert_eq!(names.len(), 3, "{names:?}");
    let outcomes: Vec<Option<i32>> = names
        .iter()
        .map(|name| folder.words(&format!("gate --criteria gates.yaml --probe-report {name}")).ended().code)
        .collect();
    assert_eq!(outcomes.iter().filter(|code| **code == Some(0)).count(), 2, "{names:?} {outcomes:?}");
    assert_eq!(outcomes.iter().filter(|code| **code == Some(3)).count(), 1, "{names:?} {outcomes:?}");
}

#[test]
fn a_pass_on_invented_sessions_is_none_and_a_misspelt_limit_is_refused() {
    let folder = Folder::empty().file("gates.yaml", "probes: {injection_moved: {max: 0.9}}\n");
    folder.words(&format!("run builtin:quickstart --limit 4 {NARROW}")).more(AS_IF_REAL).ends(0);
    let probe = format!("probe builtin:quickstart --sessions 4 --display none --probes injection {NARROW}");
    folder.words(&probe).ends(0);
    let said = flat(&folder.words("gate --criteria gates.yaml").ends(3).stdout);
    assert!(said.contains("the probed sessions are invented"), "{said}");
    let slip = folder.file("slip.yaml", "probes: {injection_moves: {max: 0.9}}\n");
    let said = slip.words("gate --criteria slip.yaml").fails(2);
    assert!(said.contains("slip.yaml:1") && said.contains("injection_moved"), "{said}");
    let low = slip.file("low.yaml", "probes: {source_auc: {max: 0.4}}\n");
    assert!(low.words("gate --criteria low.yaml").fails(2).contains("0.4"));
}
