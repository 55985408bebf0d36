//! `compare`: two runs, what is paired, and the self-test.

use serde_json::Value;

use crate::support::program::Folder;

const RUN: &str = "run builtin:quickstart --limit 6 --filter-models warm --filter-prompts helpert \
                   --filter-items agenda,homework --set run.bootstrap=100 --set ratings=[]";

fn found(folder: &Folder, line: &str) -> Value {
    serde_json::from_str(&folder.words(line).ends(0).stdout).unwrap()
}

#[test]
fn a_run_does_not_differ_from_itself_and_what_only_one_holds_is_named() {
    let folder = Folder::empty();
    folder.words(RUN).more(["--set", "run.name=first"]).ends(0);
    folder.words(&RUN.replace("--limit 6", "--limit 4")).more(["--set", "run.name=second"]).ends(0);
    let comparison = found(&folder, "compare first second --json");
    assert_eq!(comparison["format"], "corater-comparison/1");
    assert_eq!(
        (comparison["paired_sessions"].as_u64(), comparison["same_text"].as_u64()),
        (Some(8), Some(8))
    );
    assert_eq!(comparison["only_in"][0].as_array().map(Vec::len), Some(4));
    let differences = comparison["differences"].as_array().unwrap();
    assert!(differences.iter().all(|d| d["first"] == d["second"]), "{comparison}");
    let text = folder.words("compare first second").prints();
    assert!(
        text.contains("! only in first-") && text.contains("figures the same in every session"),
        "{text}"
    );
}

#[test]
fn another_prompt_is_told_from_the_first_and_chance_is_not() {
    let folder = Folder::empty();
    let all = RUN.replace("--limit 6 ", "");
    folder.words(&all).more(["--set", "run.name=first"]).ends(0);
    // The same prompt id with another text: the arms have one name, the conversations differ.
    let other = ["--set", "run.name=second", "--set", "prompts.0.file=builtin:helpert-collaborative"];
    folder.words(&all).more(other).ends(0);
    let comparison = found(&folder, "compare first second --aa --json");
    assert_eq!(comparison["same_text"].as_u64(), Some(12), "only the recorded sessions");
    let differences = comparison["differences"].as_array().unwrap();
    let agenda = differences.iter().find(|d| d["item"] == "agenda" && d["arm"] != "original").unwrap();
    let (first, second) = (agenda["first"].as_f64().unwrap(), agenda["second"].as_f64().unwrap());
    assert!(second > first, "{agenda}");
    let test = &comparison["self_test"].as_array().unwrap()[0];
    let rate = test["found"]["value"].as_f64().unwrap();
    assert!((0.0..0.12).contains(&rate), "{test}");
    let text = folder.words("compare first second").prints();
    assert!(text.contains("! where texts differ"), "{text}");
}

#[test]
fn a_run_that_is_not_there_is_a_usage_error() {
    let folder = Folder::empty();
    assert!(folder.words("compare a b").fails(2).contains("no run \"a\" in runs"));
}
