//! Judges, their panel, their relatives, and the user's anchor text.

use corater::{config::JudgeForm, domain::TextSource};

use crate::support::{Folder, MINIMAL};

const JUDGE: &str = "  - {id: scripted, model: baseline/judge}\n";

/// The minimal experiment with these judges, and a counselor behind a server.
fn judges(lines: &str) -> Folder {
    let models = "models:\n  - {id: talker, model: openai-api/lab/Llama-3.1-8B-Instruct}\n";
    let endpoints = "endpoints:\n  lab: {base_url: \"http://127.0.0.1:9/v1\"}\n";
    let text = MINIMAL.replace(JUDGE, lines).replace("models:\n", models);
    Folder::of(format!("{endpoints}{text}"))
}

#[test]
fn a_form_brings_its_own_prompt() {
    let experiment = Folder::with(JUDGE, "  - {id: all, model: baseline/judge, form: single_call}\n").load();
    let judge = experiment.expect("loads").judges.remove(0);
    assert_eq!((judge.form, judge.prompt_source.as_str()), (JudgeForm::SingleCall, "builtin:judge-all"));
    let folder =
        Folder::with(JUDGE, "  - {id: all, model: baseline/judge, form: single_call, prompt: one.md}\n")
            .file("one.md", "{{ transcript }} {{ item.name }}");
    insta::assert_snapshot!(folder.lines(), @"experiment.yaml:18:65: the template names `item.name`, which is not defined (line 1 of the template)");
}

#[test]
fn a_panel_has_two_members_that_exist_and_a_name_of_its_own() {
    let two = "  - {id: J1, model: baseline/judge}\n  - {id: J2, model: baseline/judge}\n";
    let panel = judges(&format!("{two}panel: {{}}\n")).load().expect("loads").panel.expect("a panel");
    let members: Vec<&str> = panel.judges.iter().map(corater::domain::RaterId::as_str).collect();
    assert_eq!((panel.id.as_str(), members), ("panel", vec!["J1", "J2"]));
    assert!(judges(two).load().expect("loads").panel.is_none(), "only when asked for");
    insta::assert_snapshot!(judges(&format!("{two}panel: {{id: J1, judges: [J1, J9]}}\n")).lines(), @"
    experiment.yaml:23:13: a judge has the same id
    experiment.yaml:23:30: no judge with id `J9`
    ");
    insta::assert_snapshot!(judges(&format!("{two}panel: {{judges: [J1]}}\n")).lines(), @"experiment.yaml:23:1: a panel needs at least two judges");
}

#[test]
fn relatives_are_told_of_refused_or_allowed() {
    let judge = |policy: &str| judges(&format!("  - {{id: J, model: openai-api/lab/llama3-70b{policy}}}\n"));
    insta::assert_snapshot!(judge("").load().expect("loads").cautions.join("\n"), @"judge J and counselor talker (the family llama) are relatives: a judge may prefer its own family's text; see the bias by arm");
    insta::assert_snapshot!(judge(", same_family: refuse").lines(), @"experiment.yaml:21:60: judge J and counselor talker (the family llama) are relatives");
    assert!(judge(", same_family: allow").load().expect("loads").cautions.is_empty());
    assert!(judge(", family: own").load().expect("loads").cautions.is_empty(), "declared otherwise");
    let same = judges("  - {id: J, model: talker}\n").load().expect("loads").cautions.join("\n");
    assert!(same.contains("talker (the same model)"), "{same}");
}

#[test]
fn log_probabilities_need_a_server_that_reports_them() {
    insta::assert_snapshot!(judges("  - {id: J, model: talker, logprobs: 5}\n").lines(), @"experiment.yaml:21:38: the judge's model does not declare that it reports them");
    let able = judges("  - {id: J, model: talker, logprobs: 5, capabilities: {logprobs: true}}\n");
    assert_eq!(able.load().expect("loads").judges[0].logprobs, Some(5));
}

const ANCHORS: &str =
    "format: corater-anchors/1\nsource: licensed to us\nanchors:\n  agenda: {0: none, 6: all}\n";

#[test]
fn the_users_anchor_text_stands_in_place_of_the_rubrics() {
    let choice = r#"rubric: {file: "builtin:ctrs", items: [agenda], anchors_file: own.yaml}"#;
    let folder = Folder::with(r#"rubric: {file: "builtin:ctrs"}"#, choice);
    let experiment = folder.file("own.yaml", ANCHORS).load().expect("loads");
    let agenda = experiment.rubric.items.iter().find(|item| item.id.as_str() == "agenda").expect("there");
    assert_eq!(agenda.anchors.values().collect::<Vec<_>>(), ["none", "all"]);
    assert_eq!(experiment.rubric.text_source, TextSource::UserSupplied);
    let anchors = experiment.anchors.expect("named");
    assert_eq!(anchors.source, "licensed to us");
    let input = experiment.inputs.iter().find(|input| input.role == "anchors").expect("an input");
    assert_eq!((input.digest, input.path.as_str()), (anchors.digest, "own.yaml"));
}

#[test]
fn anchor_texts_are_not_mixed_and_stay_on_the_scale() {
    let choice = r#"rubric: {file: "builtin:ctrs", items: [agenda, feedback], anchors_file: own.yaml}"#;
    let folder = Folder::with(r#"rubric: {file: "builtin:ctrs"}"#, choice);
    let text = ANCHORS.replace("6: all", "9: all").replace("agenda", "agenda: {0: a}\n  agend");
    insta::assert_snapshot!(folder.file("own.yaml", text).lines(), @"
    experiment.yaml:19:73: the rubric has no item `agend`
    experiment.yaml:19:73: `agend`: the anchor 9 is outside the scale
    experiment.yaml:19:73: it has no text for items in use: feedback
    ");
}
