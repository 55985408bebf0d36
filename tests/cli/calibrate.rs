//! `calibrate`: fit, use in an experiment, and check against a run that judged again.

use serde_json::Value;

use crate::support::program::Folder;

const RUN: &str = "run builtin:quickstart --filter-models warm --filter-prompts helpert \
                   --filter-items agenda,homework --set run.bootstrap=100";

#[test]
fn a_calibration_is_fitted_used_and_checked() {
    let folder = Folder::empty();
    folder.words(RUN).more(["--set", "run.name=first"]).ends(0);
    let text = folder.words("calibrate first -o map.json").prints();
    assert!(text.starts_with("*** demonstration: fitted on invented ratings ***\n"), "{text}");
    let file: Value = serde_json::from_str(&folder.read("map.json")).unwrap();
    assert_eq!(file["format"], "corater-calibration/1");
    assert_eq!(file["synthetic"], true);
    let item = &file["judges"][0]["items"][0];
    assert_eq!((item["item"].as_str(), item["sources"].as_u64()), (Some("agenda"), Some(12)));
    assert!(!folder.read("map.json").contains("exam"), "scores and ids, no text");

    // Used: the scores stand on the clinicians' scale too.
    let used = folder.words(RUN).more(["--set", "run.name=second", "--set", "calibration=map.json"]).ends(0);
    assert!(used.stdout.contains("are shown on the clinicians' scale too"), "{}", used.stdout);
    // With another prompt or number of draws it is stale.
    let stale =
        ["--set", "run.name=third", "--set", "calibration=map.json", "--set", "judges.0.observations=2"];
    let stale = folder.words(RUN).more(stale).ends(0);
    assert!(stale.stdout.contains("is stale and was not used"), "{}", stale.stdout);

    let same = folder.words("calibrate second --check map.json").prints();
    assert!(same.starts_with("check of the calibration on first-"), "{same}");
    assert!(same.contains(": pass\n"), "{same}");
    let other: Value =
        serde_json::from_str(&folder.words("calibrate third --check map.json --json").ended().stdout)
            .unwrap();
    assert!(other["because"][0].as_str().unwrap().contains("are not those of the calibration"), "{other}");
}

#[test]
fn too_few_sessions_are_inconclusive_and_a_wrong_file_is_a_usage_error() {
    let folder = Folder::empty();
    folder.words(RUN).more(["--limit", "4"]).ends(0);
    let few = folder.words("calibrate").ends(3);
    assert!(few.stdout.contains("undefined: too few units"), "{}", few.stdout);
    let folder = folder.file("map.json", "{\"format\": \"something\"}");
    let fails = folder.words("calibrate --check map.json").fails(2);
    assert!(fails.contains("expected the format corater-calibration/1, found \"something\""), "{fails}");
    let missing = folder.words(RUN).more(["--set", "calibration=none.json"]).fails(2);
    assert!(missing.contains("--set calibration: no such file"), "{missing}");
}
