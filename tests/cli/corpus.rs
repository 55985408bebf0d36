//! Recorded sessions that are judged alone: nothing is reconstructed.

use crate::support::program::Folder;

const EXPERIMENT: &str = "
sessions:
  - id: talks
    path: talks.jsonl
    format: jsonl
    roles: {client: [client], counselor: [counselor]}
    counselor: human
    client: human
    language: en
    licence: invented
    public: true
    synthetic: true
judges: [{id: scripted, model: baseline/judge}]
rubric: {file: 'builtin:ctrs', items: [agenda, feedback]}
run: {name: corpus, bootstrap: 100}
";

const TALKS: &str = r#"{"session": "s1", "speaker": "client", "text": "I keep putting the letter off."}
{"session": "s1", "speaker": "counselor", "text": "What goes through your mind when you look at it?"}
{"session": "s2", "speaker": "client", "text": "My sister did not call back."}
{"session": "s2", "speaker": "counselor", "text": "Shall we put that on the list for today?"}
"#;

fn folder(experiment: &str) -> Folder {
    Folder::empty().file("talks.jsonl", TALKS).file("e.yaml", experiment)
}

#[test]
fn a_corpus_without_models_and_prompts_is_judged_alone() {
    let folder = folder(EXPERIMENT);
    folder.words("validate e.yaml").ends(0);
    folder.words("plan e.yaml").ends(0);
    folder.words("run e.yaml").ends(0);
    let rows = folder.of_run("ratings.csv");
    assert_eq!(rows.lines().filter(|row| row.contains("scripted")).count(), 4, "{rows}");
    assert!(rows.lines().skip(1).all(|row| row.contains("original")), "{rows}");
    folder.words("report latest").ends(0);
    assert!(folder.of_run("report.html").contains("My sister did not call back."));
    folder.words("score latest e.yaml").ends(0);
}

#[test]
fn prompts_without_models_and_models_without_prompts_are_a_mistake() {
    let one = folder(&format!("{EXPERIMENT}prompts: [{{id: p, file: 'builtin:helpert-brief'}}]\n"));
    let said = one.words("validate e.yaml").fails(2);
    assert!(said.contains("there are prompts and no models"), "{said}");
    let other = folder(&format!("{EXPERIMENT}models: [{{id: warm, model: baseline/warm}}]\n"));
    let said = other.words("validate e.yaml").fails(2);
    assert!(said.contains("there are models and no prompts"), "{said}");
}
