//! `init` on files as people have them, and workbooks in the place of tables.

use serde_json::Value;

use crate::support::program::Folder;

const WORKBOOK: &[u8] = include_bytes!("../fixtures/tables/ratings.xlsx");

const SESSIONS: &str = "\
case_id;turn;Speaker;start;utterance
k1;1;Therapist;0:01;What is it that brings you here today?
k1;2;Patient;0:04;It is the noise and that it wakes me.
k1;3;Therapist;0:11;And what do you do with it?
k2;1;Therapist;0:00;How is the week with the new shifts?
k2;2;Patient;0:05;It is better, and the nights are long.
";

const RATINGS: &str = "\
case;annotator;Agenda;Feedback;Pacing;comment
k1;Anna;2;3;3,5;with time
K2;Anna;4;4;5;
k1;Ben;3;3;4;
K2;Ben;5;9;5;
";

#[test]
fn a_workbook_is_read_like_the_table_in_it() {
    let folder = Folder::empty().file("r.xlsx", WORKBOOK);
    let refused = folder.words("agree r.xlsx").fails(2);
    insta::assert_snapshot!(refused, @r#"
    error: r.xlsx: the workbook has 2 sheets: "Notes", "Ratings"
      = help: name the one that is meant, such as `table: {sheet: "Notes"}` (--sheet "Notes")

    1 problem
    "#);
    let how = "--sheet Ratings --header-row 3 --bootstrap 0 --json";
    let printed = folder.words("agree r.xlsx --scale 0..7").more(how.split(' ')).prints();
    let found: Value = serde_json::from_str(&printed).expect("JSON");
    assert_eq!((&found["counts"]["units"], &found["counts"]["rows"]), (&Value::from(4), &Value::from(8)));
    // Rows 8 and 9 of the sheet are empty: the score of 6.5 stands in row 13.
    let refused =
        folder.words("agree r.xlsx --scale 0..6 --out-of-scale refuse").more(how.split(' ')).fails(2);
    assert!(refused.contains("r.xlsx:13: score 6.5 is outside 0..6"), "{refused}");
    let plain = Folder::empty().file("r.csv", "session,rater,score\na,A,1\n");
    let refused = plain.words("agree r.csv --sheet Ratings").fails(2);
    assert!(refused.contains("this is no workbook"), "{refused}");
}

#[test]
fn init_drafts_an_experiment_whose_blanks_are_refused_one_by_one() {
    let folder = Folder::empty().file("s.csv", SESSIONS).file("r.csv", RATINGS);
    let ended = folder.words("init --sessions s.csv --ratings r.csv").ends(0);
    for said in [
        "note: s.csv: a table of 2 sessions and 5 utterances",
        "note: s.csv: speakers: \"Therapist\" 3, \"Patient\" 2",
        "note: s.csv: language: en, by its commonest words",
        "note: r.csv: raters: \"Anna\" 2, \"Ben\" 2",
        "note: r.csv: off the rubric's scale 0..6: \"9\" 1",
        "note: r.csv: 1 rated session not in the file of sessions, such as \"K2\"",
    ] {
        assert!(ended.stderr.contains(said), "{said}\n{ended}");
    }
    let drafted = folder.read("experiment.yaml");
    for line in [
        "    columns: {session: case_id, speaker: Speaker, text: utterance, order: turn, time: start}",
        "    roles: {client: [Patient], counselor: [Therapist]}",
        "    table: {delimiter: semicolon}",
        "    columns: {session: case, rater: annotator}",
        "    items: {Agenda: agenda, Feedback: feedback, Pacing: pacing}",
        "    session_ids: {K2: k2} # they look alike; are they the same?",
        "    table: {delimiter: semicolon, decimal_comma: true}",
    ] {
        assert!(drafted.contains(&format!("\n{line}\n")), "{line}\n{drafted}");
    }
    let refused = folder.words("validate experiment.yaml").fails(2);
    assert_eq!(refused.matches("error: this blank is left to you to fill in").count(), 3, "{refused}");
    assert!(refused.ends_with("3 problems\n"), "{refused}");
    let filled = drafted
        .replace("counselor: ???", "counselor: human")
        .replace("client: ???", "client: human")
        .replace("consent: ???", "consent: invented for this test");
    let folder = folder.file("experiment.yaml", filled);
    let valid = folder.words("validate experiment.yaml").ends(0);
    assert!(valid.stdout.starts_with("valid: 4 conditions, 2 sessions, 11 ratings"), "{valid}");
}

#[test]
fn init_takes_a_folder_of_speaker_text_and_refuses_what_it_cannot_read() {
    let folder = Folder::empty()
        .file("a.txt", "Client: I did not sleep, again.\nChatbot: What kept you awake?\n")
        .file("b.txt", "Client: It is the noise.\nChatbot: Which noise is it?\n")
        .file("c.bin", b"%PDF-1.7");
    let ended = folder.words("init --sessions a.txt --sessions b.txt").ends(0);
    assert!(ended.stderr.contains("speaker text of 2 sessions and 4 utterances"), "{ended}");
    assert!(folder.read("experiment.yaml").contains("    paths: [a.txt, b.txt]\n    format: text\n"));
    let refused = folder.words("init other --sessions c.bin").fails(2);
    assert!(refused.contains("this is a PDF document"), "{refused}");
    assert!(!folder.path("other").exists(), "nothing is written for a file that cannot be read");
}
