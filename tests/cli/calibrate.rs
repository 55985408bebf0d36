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
fn earlier_checks_make_a_series_and_a_step_in_it_is_found() {
    let folder = Folder::empty();
    folder.words(RUN).more(["--set", "run.name=first"]).ends(0);
    folder.words("calibrate first -o map.json").prints();
    let check = folder.words("calibrate first --check map.json --json").prints();
    // The shifts of eight earlier checks: noise, then a step. Only the shift is read of an earlier check.
    let mut earlier: Value = serde_json::from_str(&check).unwrap();
    let mut line = String::from("calibrate first --check map.json --json");
    let mut made = folder;
    for (n, shift) in [0.1, -0.1, 0.2, -0.2, 0.1, -0.1, 1.5, 1.6].into_iter().enumerate() {
        for one in earlier["checked"].as_array_mut().unwrap() {
            one["value"]["value"] = Value::from(shift);
        }
        let file = format!("check{n}.json");
        made = made.file(&file, earlier.to_string());
        line += " --earlier ";
        line += &file;
    }
    let found: Value = serde_json::from_str(&made.words(&line).prints()).unwrap();
    let agenda = &found["stability"][0];
    assert_eq!((&agenda["item"], &agenda["shifts"][6]), (&Value::from("agenda"), &Value::from(1.5)));
    assert_eq!(agenda["shifts"].as_array().unwrap().len(), 9, "eight earlier checks and this one");
    assert_eq!(agenda["cusum_alarm"], 7, "{agenda}");
    let printed = made.words(&line.replace(" --json", "")).prints();
    assert!(printed.contains("alarm at 7"), "{printed}");
    let alone: Value = serde_json::from_str(&check).unwrap();
    assert_eq!(alone["stability"], serde_json::json!([]), "no series without earlier checks");
    earlier["calibrated_on"] = Value::from("another");
    let made = made.file("other.json", earlier.to_string());
    let fails = made.words("calibrate first --check map.json --earlier other.json").fails(2);
    assert!(
        fails.contains("other.json: a check of the calibration on another, not of the one on"),
        "{fails}"
    );
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
