//! Tables that people open in a spreadsheet: no cell is run as a formula, and what was filled in reads back.

use std::fmt::Write;

use serde_json::json;

use crate::support::program::Folder;

/// Ids that a spreadsheet would run, and one that looks as if it were made safe already.
const IDS: [&str; 5] = ["=cmd|' /C calc'!A0", "@SUM(1)", "-talk", "+1+1", "'=twas"];

fn folder() -> Folder {
    let mut talks = String::new();
    let mut ratings = "session,item,rater,score\n".to_owned();
    for (n, id) in IDS.iter().enumerate() {
        for (speaker, text) in [
            ("thinker", "I feel that nobody likes me."),
            ("helper", "I truly understand exactly how you feel. I feel your pain. My heart breaks for you."),
            ("thinker", "Thank you."),
            ("helper", "What would help tonight?"),
        ] {
            writeln!(talks, "{}", json!({"session": id, "speaker": speaker, "text": text})).unwrap();
        }
        // A person copies ids from a table of ours, or types them.
        let quoted = if n == 4 { format!("'{id}") } else { format!("\"{id}\"") };
        writeln!(ratings, "{quoted},agenda,=C1,{}\n{quoted},agenda,-C2,{}", n % 4, (n + 1) % 4).unwrap();
    }
    let experiment = "models: [{id: -warm, model: baseline/warm}]\nprompts: [{id: -p, file: 'builtin:helpert-brief'}]\n\
        sessions: [{id: talks, path: talks.jsonl, format: jsonl, roles: {client: [thinker], counselor: [helper]}, \
        counselor: ai, client: human, language: en, consent: invented, public: false}]\n\
        judges: [{id: -judge, model: baseline/judge}]\nrubric: {file: 'builtin:ctrs', items: [agenda]}\n\
        ratings: [{id: people, path: r.csv, layout: long, columns: {session: session, item: item, rater: rater, score: score}, \
        scale: {min: 0, max: 6}}]\n\
        flags: {lexicons: ['builtin:deceptive-empathy']}\nrun: {bootstrap: 100}\n";
    Folder::empty().file("talks.jsonl", talks).file("r.csv", ratings).file("e.yaml", experiment)
}

/// Cells of a table that a spreadsheet runs.
fn run_by_a_spreadsheet(text: &str) -> Vec<String> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
    let records = reader.records().map(|record| record.unwrap());
    let cells = records.flat_map(|record| record.iter().map(str::to_owned).collect::<Vec<_>>());
    cells
        .filter(|cell| cell.starts_with(['=', '+', '-', '@', '\t', '\r']) && cell.parse::<f64>().is_err())
        .collect()
}

#[test]
fn no_cell_of_any_table_is_run_and_every_table_reads_back() {
    let folder = folder();
    folder.words("run e.yaml --display none -o copy.csv").ends(0);
    folder.words("label-budget latest -n 4 -o next.csv").ends(0);
    let tables: Vec<String> = std::fs::read_dir(folder.run())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "csv"))
        .map(|path| path.to_str().unwrap().to_owned())
        .collect();
    assert!(tables.len() >= 3, "{tables:?}");
    for table in tables.iter().map(String::as_str).chain(["copy.csv", "next.csv"]) {
        assert_eq!(run_by_a_spreadsheet(&folder.read(table)), [""; 0], "{table}");
    }
    let ratings = folder.of_run("ratings.csv");
    for cell in ["'=cmd|' /C calc'!A0,", "'@SUM(1),", "'-talk,", "'+1+1,", "''=twas,", ",'=C1,", ",'-judge,"]
    {
        assert!(ratings.contains(cell), "{cell}");
    }

    // Every flag is confirmed by a person; every row finds its flag again.
    let flags = folder.of_run("flag-review.csv").replace("unreviewed", "confirmed");
    let rows = flags.lines().count() - 1;
    assert!(rows >= IDS.len(), "{flags}");
    std::fs::write(folder.path("mine.csv"), flags).unwrap();
    folder.words("report latest --flag-review mine.csv").ends(0);
    let findings = folder.of_run("findings.json");
    assert!(!findings.contains("flag review: "), "no row belongs to a text that is not here");
    let confirmed =
        folder.lines_of_run("flags.jsonl").iter().filter(|flag| flag["status"] == "confirmed").count();
    assert_eq!(confirmed, rows);

    // A run's own table as the ratings of an experiment, and for `agree`.
    std::fs::copy(folder.run().join("ratings.csv"), folder.path("again.csv")).unwrap();
    folder.words("validate e.yaml --set ratings.0.path=again.csv --set ratings.0.raters=[=C1,-C2]").ends(0);
    let printed =
        folder.words("agree again.csv --judge=-judge --scale 0..6 --bootstrap 0 --json").ends(0).stdout;
    let found: serde_json::Value = serde_json::from_str(&printed).unwrap();
    assert_eq!(found["raters"], json!(["-C2", "=C1"]));
}
