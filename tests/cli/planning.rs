//! `validate` and `plan`: what would be done, without doing it.

use serde_json::Value;

use crate::support::program::Folder;

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

/// The id of the first task whose line holds this.
fn task(folder: &Folder, what: &str) -> String {
    let tasks = folder.small("plan").more(["--tasks"]).prints();
    let line = tasks.lines().find(|line| line.contains(what)).unwrap_or_else(|| panic!("{what}: {tasks}"));
    line.split_whitespace().next().unwrap().to_owned()
}

#[test]
fn validate_says_what_there_is_and_writes_nothing() {
    let folder = Folder::empty();
    insta::assert_snapshot!(folder.words("validate builtin:quickstart").ends(0), @"");
    assert_eq!(folder.names("."), [""; 0]);
}

#[test]
fn validate_lists_every_problem_and_makes_no_runs() {
    let broken = "\
descriptio: two slips
models:
  - {id: warm, model: baseline/warn}
prompts: [{id: p, file: missing.md}]
sessions:
  - id: s
    path: none.jsonl
    format: xml
    roles: {client: [c], counselor: [h]}
    counselor: human
    client: human
    language: en
    licence: mine
    public: true
epochs: 0
judges: [{id: j, model: baseline/judge}]
rubric: {file: \"builtin:ctr\"}
";
    let folder = Folder::empty().file("broken.yaml", broken);
    insta::assert_snapshot!(folder.words("validate broken.yaml").fails(2), @"");
    assert_eq!(folder.words("run broken.yaml").fails(2), folder.words("plan -c broken.yaml").fails(2));
    assert_eq!(folder.names("."), ["broken.yaml"]);
}

#[test]
fn a_plan_counts_what_would_be_asked() {
    let folder = Folder::empty();
    insta::assert_snapshot!(folder.words("plan builtin:quickstart").prints(), @"");
    insta::assert_snapshot!(folder.small("plan").prints(), @"");
    assert_eq!(folder.names("."), [""; 0], "a plan leaves nothing behind");
}

#[test]
fn a_plan_as_json_has_a_format_and_the_same_counts() {
    let folder = Folder::empty();
    let plan = json(&folder.small("plan").more(["--json"]).prints());
    assert_eq!(plan["format"], "corater-plan/1");
    insta::assert_snapshot!(plan["forecast"], @"");
    let tasks = plan["plan"]["tasks"].as_array().unwrap();
    let listed = folder.small("plan").more(["--tasks"]).prints();
    assert_eq!(listed.lines().count(), tasks.len());
    for (line, task) in listed.lines().zip(tasks) {
        assert!(line.starts_with(task["id"].as_str().unwrap()), "{line}");
    }
}

#[test]
fn a_plan_is_the_same_bytes_twice() {
    let (here, there) = (Folder::empty(), Folder::empty());
    for extra in [["--json"].as_slice(), &["--tasks"], &[]] {
        assert_eq!(here.small("plan").more(extra).prints(), there.small("plan").more(extra).prints());
    }
}

#[test]
fn adding_a_condition_changes_no_other_task() {
    let folder = Folder::empty();
    let narrow = "plan builtin:quickstart --limit 1 --tasks --filter-prompts helpert";
    let one = folder.words(narrow).more(["--filter-models", "warm"]).prints();
    let two = folder.words(narrow).prints();
    let two: Vec<&str> = two.lines().collect();
    assert!(one.lines().all(|line| two.contains(&line)) && two.len() > one.lines().count());
}

#[test]
fn the_shown_request_of_a_rating_holds_the_transcript_then_the_item() {
    let folder = Folder::empty();
    let id = task(&folder, "score original epoch 1 baseline-judge agenda");
    let shown = json(&folder.small("plan").more(["--show", &id[..12]]).prints());
    assert_eq!(shown["task"]["id"], id.as_str());
    let requests = shown["requests"].as_array().unwrap();
    assert_eq!(requests.len(), 1);
    let messages = requests[0]["messages"].as_array().unwrap();
    let last = messages.last().unwrap();
    assert_eq!(last["role"], "user");
    let text = last["content"].as_str().unwrap();
    let at = |what: &str| text.find(what).unwrap_or_else(|| panic!("no {what:?} in {text}"));
    assert!(at("=== TRANSCRIPT BEGIN") < at("[1] client") && at("[1] client") < at("=== TRANSCRIPT END ==="));
    assert!(at("=== TRANSCRIPT END ===") < at("Item 1: Agenda"), "the item comes after the transcript");
    assert!(!text.contains("Item 2"), "one call, one item");
    assert!(!text.contains("warm") && !text.contains("original"), "the judge does not learn the arm");
    assert_eq!(shown["more"], Value::Null);
}

#[test]
fn the_shown_requests_of_a_reconstruction_start_with_the_prompt_and_the_first_client_turn() {
    let folder = Folder::empty();
    let id = task(&folder, "reconstruct warm.helpert.replay");
    let shown = json(&folder.small("plan").more(["--show", &id]).prints());
    let roles = |request: &Value| {
        let messages = request["messages"].as_array().unwrap().iter();
        messages.map(|message| message["role"].as_str().unwrap().to_owned()).collect::<Vec<_>>().join(" ")
    };
    let requests = shown["requests"].as_array().unwrap();
    assert_eq!(roles(&requests[0]), "system user");
    assert_eq!(roles(&requests[1]), "system user assistant user");
    let system = requests[0]["messages"][0]["content"].as_str().unwrap();
    assert!(system.starts_with("You are a counselor") && !system.contains("{{"), "{system}");
}

#[test]
fn a_task_that_is_not_there_or_not_one_is_refused() {
    let folder = Folder::empty();
    insta::assert_snapshot!(folder.small("plan").more(["--show", "zzzz"]).fails(2), @"");
    insta::assert_snapshot!(folder.small("plan").more(["--show", ""]).fails(2), @"");
    assert_eq!(folder.names("."), [""; 0]);
}

#[test]
fn filters_keep_what_they_match_and_refuse_to_match_nothing() {
    let folder = Folder::empty();
    let count = |extra: &str| {
        let printed = folder.words("plan builtin:quickstart").more(extra.split_whitespace()).prints();
        printed.lines().find(|line| line.starts_with("matrix")).unwrap().to_owned()
    };
    let matrices = [
        "--limit 1",
        "--limit 3-4",
        "--limit 11-99",
        "--filter-models w*",
        "--filter-prompts helpert,brief",
        "--filter-sessions s0*",
        "--epochs 3",
    ]
    .map(|extra| format!("{extra}: {}", count(extra)));
    insta::assert_snapshot!(matrices.join("\n"), @"");
    let refused = [
        "--limit 0",
        "--limit 4-3",
        "--limit 13-20",
        "--filter-models wram",
        "--filter-prompts x*",
        "--filter-sessions s1,s01",
        "--filter-items mood",
    ]
    .map(|extra| folder.words("plan builtin:quickstart").more(extra.split_whitespace()).fails(2));
    insta::assert_snapshot!(refused.join(""), @"");
}

#[test]
fn a_wrong_set_names_the_flag() {
    let folder = Folder::empty();
    let refused = [
        "runs.bootstrap=100",
        "epochs=many",
        "run.bootstrap=1",
        "nonsense",
        "models.wram.model=baseline/warm",
    ]
    .map(|set| folder.words("plan builtin:quickstart --set").more([set]).fails(2));
    insta::assert_snapshot!(refused.join("---\n"), @"");
    insta::assert_snapshot!(folder.words("plan builtin:quickstart --tag study").fails(2), @"");
}

#[test]
fn every_flag_can_be_a_variable() {
    let folder = Folder::empty();
    let typed = folder.words("plan builtin:quickstart --limit 2 --epochs 2 --filter-models warm").prints();
    let call = folder.words("plan").env("CORATER_CONFIG", "builtin:quickstart").env("CORATER_LIMIT", "2");
    assert_eq!(call.env("CORATER_EPOCHS", "2").env("CORATER_FILTER_MODELS", "warm").prints(), typed);
}
