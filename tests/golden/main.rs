//! Figures of four frozen studies, row by row: a change of structure changes none of them. `tests/fixtures/golden/README.md`
//! says what is frozen and how a figure is changed on purpose.
#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "tests read the files they wrote and stop at the first surprise"
)]

#[path = "../support/mod.rs"]
mod support;

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use support::program::{Ended, Folder};

/// The files whose figures are frozen.
const FILES: [&str; 4] = ["estimates.csv", "ratings.csv", "flags.jsonl", "sessions.jsonl"];
/// The columns of estimates.csv that name a figure.
const KEY_COLUMNS: usize = 9;

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/golden")
}

/// A folder with the frozen study.
fn study() -> Folder {
    fn with(folder: Folder, from: &Path, below: &str) -> Folder {
        fs::read_dir(from).unwrap().map(Result::unwrap).fold(folder, |folder, entry| {
            let name = format!("{below}{}", entry.file_name().to_string_lossy());
            if entry.path().is_dir() {
                with(folder, &entry.path(), &format!("{name}/"))
            } else {
                folder.file(&name, fs::read(entry.path()).unwrap())
            }
        })
    }
    with(Folder::empty(), &fixtures().join("study"), "")
}

/// The one folder below `runs` whose name begins so.
fn run_directory(folder: &Folder, name: &str) -> PathBuf {
    let names = folder.names("runs");
    let named: Vec<&String> = names.iter().filter(|found| found.starts_with(&format!("{name}-"))).collect();
    assert_eq!(named.len(), 1, "{names:?}");
    folder.path("runs").join(named[0])
}

/// Holds the files of a run against the frozen ones; with `CORATER_GOLDEN=write` freezes them anew.
fn compare(case: &str, run: &Path, files: &[&str]) {
    let expected = fixtures().join("expected").join(case);
    if std::env::var("CORATER_GOLDEN").is_ok_and(|wish| wish == "write") {
        fs::create_dir_all(&expected).unwrap();
        for file in files {
            fs::copy(run.join(file), expected.join(file)).unwrap();
        }
        return;
    }
    for file in files {
        let text = |folder: &Path| fs::read_to_string(folder.join(file)).unwrap();
        let (then, now) = (text(&expected), text(run));
        let differences =
            if *file == "estimates.csv" { of_estimates(&then, &now) } else { of_lines(&then, &now) };
        assert!(differences.is_empty(), "{case}/{file}: {}", summary(&differences));
    }
}

fn summary(differences: &[String]) -> String {
    let first = differences.iter().take(10).map(String::as_str).collect::<Vec<_>>().join("\n");
    format!("{} differences, the first:\n{first}", differences.len())
}

/// Figures that are gone or changed; figures that are new are no difference.
fn of_estimates(then: &str, now: &str) -> Vec<String> {
    let header: Vec<&str> = then.lines().next().unwrap().split(',').collect();
    let header_now: Vec<&str> = now.lines().next().unwrap().split(',').collect();
    if header != header_now {
        return vec![format!("the columns were {header:?}, are {header_now:?}")];
    }
    let (then, now) = (figures(then), figures(now));
    let mut differences = Vec::new();
    for (named, fields) in &then {
        let key = &named.0;
        let Some(found) = now.get(named) else {
            differences.push(format!("{key}: the row is gone"));
            continue;
        };
        for ((column, then), now) in header[KEY_COLUMNS..].iter().zip(fields).zip(found) {
            if then != now {
                differences.push(format!("{key}: {column} was `{then}`, is `{now}`"));
            }
        }
    }
    differences
}

/// The fields of each figure by the columns that name it and, where these name several, its place among them: a mean
/// difference stands once with each test.
fn figures(table: &str) -> BTreeMap<(String, usize), Vec<String>> {
    let mut reader = csv::Reader::from_reader(table.as_bytes());
    let mut figures = BTreeMap::new();
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    for record in reader.records().map(Result::unwrap) {
        let fields: Vec<String> = record.iter().map(str::to_owned).collect();
        let key = fields[..KEY_COLUMNS].join(",");
        let place = places.entry(key.clone()).or_default();
        figures.insert((key, *place), fields[KEY_COLUMNS..].to_vec());
        *place += 1;
    }
    figures
}

/// Lines that differ; every line counts.
fn of_lines(then: &str, now: &str) -> Vec<String> {
    let (then, now): (Vec<&str>, Vec<&str>) = (then.lines().collect(), now.lines().collect());
    let mut differences: Vec<String> = then
        .iter()
        .zip(&now)
        .enumerate()
        .filter(|(_, (then, now))| then != now)
        .map(|(at, (then, now))| {
            format!("line {}:\n  was {}\n  is  {}", at + 1, around(then, now), around(now, then))
        })
        .collect();
    if then.len() != now.len() {
        differences.push(format!("{} lines, were {}", now.len(), then.len()));
    }
    differences
}

/// The part of a line around its first difference from another.
fn around(line: &str, other: &str) -> String {
    let same = line.chars().zip(other.chars()).take_while(|(a, b)| a == b).count();
    line.chars().skip(same.saturating_sub(40)).take(120).collect()
}

fn ran(folder: &Folder, line: &str) -> Ended {
    folder.words(line).more(["--display", "none"]).ends(0)
}

#[test]
fn the_quickstart_keeps_its_figures() {
    let folder = study();
    ran(&folder, "run quickstart.yaml");
    compare("quickstart", &run_directory(&folder, "golden"), &FILES);
    ran(&folder, "probe quickstart.yaml --sessions 3 --items agenda,feedback");
    compare("probe", &run_directory(&folder, "golden-probe"), &["estimates.csv"]);
}

#[test]
fn variants_modes_and_epochs_keep_their_figures() {
    let folder = study();
    ran(&folder, "run variants.yaml");
    compare("variants", &run_directory(&folder, "variants"), &FILES);
}

#[test]
fn recorded_sessions_with_ratings_and_marks_keep_their_figures() {
    let folder = study();
    ran(&folder, "run recorded.yaml");
    compare("recorded", &run_directory(&folder, "recorded"), &FILES);
}

#[test]
fn a_ledger_recorded_before_answers_every_question() {
    let folder = study();
    folder.words("ledger import served-ledger.jsonl").ends(0);
    let ended = ran(&folder, "run served.yaml --offline");
    assert!(ended.stderr.contains("0 calls made, 122 answered by the ledger, 0 failed"), "{ended}");
    compare("served", &run_directory(&folder, "served"), &FILES);
}

#[test]
fn a_changed_a_lost_and_a_new_figure_are_told_apart() {
    let table = |rows: &[&str]| format!("a,b,c,d,e,f,g,h,i,value,n\n{}\n", rows.join("\n"));
    let then = table(&["1,,,,,,,,,0.5,9", "2,,,,,,,,,0.1,9"]);
    let now = table(&["1,,,,,,,,,0.50000001,9", "3,,,,,,,,,0.1,9"]);
    assert_eq!(
        of_estimates(&then, &now),
        ["1,,,,,,,,: value was `0.5`, is `0.50000001`", "2,,,,,,,,: the row is gone"]
    );
    let narrower = then.replace(",n\n", "\n").replace(",9\n", "\n");
    assert_eq!(of_estimates(&then, &narrower).len(), 1, "a lost column is a difference");
    assert_eq!(of_lines("a\nb\n", "a\nc\nd\n"), ["line 2:\n  was b\n  is  c", "3 lines, were 2"]);
}
