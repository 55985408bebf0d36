//! What is refused before anything is asked: sources without consent, files that are not there, unreadable rows. No
//! message holds text of a session.

use crate::support::program::{Folder, stretches};

const SESSIONS: &str = r#"{"session": "one", "speaker": "client", "text": "I keep counting the stairs on my way to work."}
{"session": "one", "speaker": "helper", "text": "What goes through your mind while you count the stairs?"}
{"session": "one", "speaker": "client", "text": "That something breaks if I get to an odd number."}
{"session": "one", "speaker": "helper", "text": "And how much do you believe that right now?"}
"#;

const EXPERIMENT: &str = "\
models: [{id: warm, model: baseline/warm}]
prompts: [{id: helpert, file: \"builtin:helpert\"}]
sessions:
  - id: own
    path: sessions.jsonl
    format: jsonl
    roles: {client: [client], counselor: [helper]}
    counselor: human
    client: human
    language: en
    consent: written, 2024
    public: false
judges: [{id: judge, model: baseline/judge}]
rubric: {file: \"builtin:ctrs\"}
run: {bootstrap: 100}
";

fn study() -> Folder {
    Folder::empty().file("sessions.jsonl", SESSIONS).file("experiment.yaml", EXPERIMENT)
}

/// stderr of a command that must be refused, which holds no text of the sessions in the folder.
fn refused(folder: &Folder, line: &str) -> String {
    let said = folder.words(line).fails(2);
    let of_sessions = stretches(&folder.read("sessions.jsonl"));
    let quoted: Vec<String> = stretches(&said).intersection(&of_sessions).cloned().collect();
    assert_eq!(quoted, [""; 0], "text of a session: {said}");
    assert_eq!(folder.names("runs"), [""; 0], "nothing was begun");
    said
}

#[test]
fn own_sessions_run() {
    let folder = study();
    folder.words("run experiment.yaml --display none").ends(0);
    assert_eq!(folder.lines_of_run("sessions.jsonl").len(), 2);
}

#[test]
fn a_source_without_consent_is_refused_unless_that_is_said() {
    let folder = study().file("experiment.yaml", EXPERIMENT.replace("    consent: written, 2024\n", ""));
    insta::assert_snapshot!(refused(&folder, "run experiment.yaml"), @"
    error: the source declares neither consent nor licence
     --> experiment.yaml:4:5
      |
    4 |   - id: own
      |     ^^
      |
      = help: say on what basis the text may be used: `consent: …` or `licence: …` (`run: {allow_unconsented: true}` does without)

    1 problem
    ");
    folder.words("validate experiment.yaml --allow-unconsented").prints();
    let ended = folder.words("run experiment.yaml --allow-unconsented --display none").ends(0);
    assert!(ended.stderr.contains(" 0 failed"), "{ended}");
    assert_eq!(folder.json_of_run("manifest.json")["experiment"]["run"]["allow_unconsented"], true);
}

#[test]
fn the_flag_works_where_the_experiment_says_nothing_of_its_run() {
    let without =
        EXPERIMENT.replace("    consent: written, 2024\n", "").replace("run: {bootstrap: 100}\n", "");
    let folder = study().file("experiment.yaml", without);
    folder.words("validate experiment.yaml --allow-unconsented").prints();
}

#[test]
fn a_session_file_that_is_not_there_is_named_with_its_line() {
    let folder = study().file("experiment.yaml", EXPERIMENT.replace("sessions.jsonl", "session.jsonl"));
    insta::assert_snapshot!(refused(&folder, "run experiment.yaml"), @"
    error: no such file: `session.jsonl`
     --> experiment.yaml:5:11
      |
    5 |     path: session.jsonl
      |           ^^^^^^^^^^^^^
      |
      = help: did you mean `sessions.jsonl`, in the same folder?

    1 problem
    ");
    insta::assert_snapshot!(refused(&folder, "run other.yaml"), @"
    error: other.yaml: no such file
      = help: paths are relative to the folder of the file that names them

    1 problem
    ");
}

#[test]
fn bad_session_rows_are_listed_and_never_quoted() {
    let rows = format!(
        "{SESSIONS}{}",
        r#"{"session": "one", "speaker": "I keep counting the stairs on my way to work.", "text": "Yes."}
{"session": "one", "text": "What goes through your mind while you count the stairs?"}
{"session": "one", "speaker": "client", "text": ["I keep counting the stairs on my way to work."]}
{"session": "one", "speaker": "client", "text": "I keep counting the stairs on my way to work.
not JSON but what goes through your mind while you count the stairs
"#
    );
    let folder = study().file("sessions.jsonl", rows);
    insta::assert_snapshot!(refused(&folder, "validate experiment.yaml"), @r#"
    error: sessions.jsonl:5: speaker a text of 45 characters is not in the role map; labels known: "client", "helper"
      = help: add it under `roles`
    error: sessions.jsonl:6: no field "speaker"; fields found: "session", "text"
    error: sessions.jsonl:7: field "text" is neither text nor a number
    error: sessions.jsonl:8: not a JSON object (column 94)
    error: sessions.jsonl:9: not a JSON object (column 2)

    5 problems
    "#);
}

#[test]
fn bad_ratings_are_listed_and_never_quoted() {
    let ratings = "\
session,item,rater,score
one,agenda,C1,3
one,agenda,C1,4
two,agenda,C1,3
one,mood,C1,3
one,feedback,C1,I keep counting the stairs on my way to work.
one,What goes through your mind while you count the stairs?,C1,3
";
    let table = "ratings: [{id: c, path: ratings.csv, scale: {min: 0, max: 6}}]\n";
    let folder = study().file("ratings.csv", ratings).file("experiment.yaml", format!("{EXPERIMENT}{table}"));
    insta::assert_snapshot!(refused(&folder, "validate experiment.yaml"), @r#"
    error: ratings.csv:3: session "one", item "agenda", rater "C1" is already rated on line 2
    error: ratings.csv:4: session "two" is not among the sessions read
      = help: ids are compared as text, exactly as written
    error: ratings.csv:5: item "mood" is not in the rubric; items: agenda, application, collaboration, feedback, guided_discovery, homework, interpersonal, key_cognitions, pacing, strategy, understanding
      = help: map it under `items`
    error: ratings.csv:6: score a text of 45 characters is not a number
      = help: declare it: under `na` (--na) if it means missing, under `values` (--value WORD=NUMBER) if it is a grade in words, or --level nominal if scores are names
    error: ratings.csv:7: item a text of 55 characters is not in the rubric; items: agenda, application, collaboration, feedback, guided_discovery, homework, interpersonal, key_cognitions, pacing, strategy, understanding
      = help: map it under `items`

    5 problems
    "#);
    let skipped = folder.words("validate experiment.yaml --skip-bad-rows 9").ended();
    assert!(stretches(&skipped.stderr).is_disjoint(&stretches(SESSIONS)), "{skipped}");
}

#[test]
fn columns_and_roles_mapped_wrongly_show_no_text() {
    let swapped = EXPERIMENT.replace(
        "format: jsonl\n",
        "format: jsonl\n    columns: {session: text, speaker: text, text: speaker}\n",
    );
    let folder = study().file("experiment.yaml", swapped);
    insta::assert_snapshot!(refused(&folder, "validate experiment.yaml"), @r#"
    error: sessions.jsonl:1: speaker a text of 45 characters is not in the role map; labels known: "client", "helper" (4 times, next on lines 2 and 3)
      = help: add it under `roles`

    1 problem in 4 places
    "#);
    let as_text = EXPERIMENT.replace("format: jsonl", "format: text");
    let folder = study().file("experiment.yaml", as_text);
    insta::assert_snapshot!(refused(&folder, "validate experiment.yaml"), @r#"
    error: sessions.jsonl:1: text before the first speaker label; labels known: "client", "helper"

    1 problem
    "#);
}

#[test]
fn a_key_in_the_experiment_is_refused_and_not_shown() {
    let key = "sk-proj-abcdefghijklmnopqrstuvwxyz0123456789";
    let folder = study().file("experiment.yaml", format!("{EXPERIMENT}description: {key}\n"));
    let said = refused(&folder, "validate experiment.yaml");
    assert!(!said.contains(key), "{said}");
    insta::assert_snapshot!(said, @"
    error: this looks like a secret key, which a file must not hold
      --> experiment.yaml:16:14
       |
    16 | description: ********************************************
       |              ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
       |
       = help: put it into an environment variable and name that variable, as in `api_key_env: NAME`

    1 problem
    ");
}

#[test]
fn characters_that_cannot_be_seen_are_spelled_out_in_messages() {
    let folder = Folder::empty().file("e.yaml", "mod\u{200b}els: []\n\"\u{202e}sledom\": []\n");
    let said = folder.words("validate e.yaml").fails(2);
    assert!(said.contains("unknown key `mod\\u{200b}els`"), "{said}");
    assert!(said.contains("unknown key `\\u{202e}sledom`"), "{said}");
    assert!(!said.contains(['\u{200b}', '\u{202e}']), "{said}");
    // The mark stands below the word as it is shown.
    assert!(said.contains("\n1 | mod\\u{200b}els: []\n  | ^^^^^^^^^^^^^^\n"), "{said}");
    let said = folder.corater(["gate", "nothing\u{202e}here"]).fails(2);
    assert!(!said.contains('\u{202e}'), "{said}");
}

#[test]
fn a_matrix_larger_than_a_study_is_refused_before_it_is_planned() {
    let many = |what: &str, each: &dyn Fn(usize) -> String| {
        format!("{what}: [{}]\n", (0..3_000).map(each).collect::<Vec<_>>().join(", "))
    };
    let small = "sessions: [{id: talks, path: talks.jsonl, format: jsonl, roles: {client: [thinker], counselor: [helper]}, \
        counselor: human, client: human, language: en, consent: invented, public: false}]\n\
        judges: [{id: scripted, model: baseline/judge}]\nrubric: {file: 'builtin:ctrs', items: [agenda]}\n";
    let talk = "{\"session\": \"t1\", \"speaker\": \"thinker\", \"text\": \"I worry.\"}\n\
        {\"session\": \"t1\", \"speaker\": \"helper\", \"text\": \"What do you worry about?\"}\n";
    let models = many("models", &|n| format!("{{id: m{n}, model: baseline/warm}}"));
    let prompts = many("prompts", &|n| format!("{{id: p{n}, file: 'builtin:helpert-brief'}}"));
    let folder = Folder::empty().file("talks.jsonl", talk).file("e.yaml", models + &prompts + small);
    for verb in ["validate", "plan", "run"] {
        let said = folder.words(verb).more(["e.yaml"]).fails(2);
        assert!(said.contains("error: the matrix has 9000000 cells, more than 10000: narrow it"), "{said}");
    }
    assert_eq!(folder.names("runs"), [""; 0]);
    let narrow = ["e.yaml", "--filter-models", "m1,m2", "--filter-prompts", "p3"];
    folder.words("validate").more(narrow).ends(0);
    let repeated =
        "validate e.yaml --filter-models m1* --filter-prompts p3 --epochs 100 --set judges.0.draws=99";
    let said = folder.words(repeated).fails(2);
    assert!(said.contains("the experiment has up to 11221201 tasks, more than 10000000"), "{said}");
    // What is meant is planned.
    let wide = ["e.yaml", "--filter-models", "m1,m2,m3,m4", "--yes"];
    let said = folder.words("validate").more(wide).ends(0).stdout;
    assert!(said.starts_with("valid: 12000 conditions"), "{said}");
}
