//! `validate` and `plan`: what would be done, without doing it.

use serde_json::Value;

use crate::support::program::{Folder, without_digits};

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
    insta::assert_snapshot!(folder.words("validate builtin:quickstart").ends(0), @"
    exit 0
    --- stdout
    valid: 6 conditions, 12 sessions, 1188 ratings, 11 items, 1 judge
    --- stderr
    note: builtin:synthetic/sessions.jsonl: opening counselor turn kept as history in 4 sessions
    ");
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
    insta::assert_snapshot!(folder.words("validate broken.yaml").fails(2), @r#"
    error: unknown key `descriptio`
     --> broken.yaml:1:1
      |
    1 | descriptio: two slips
      | ^^^^^^^^^^
      |
      = help: did you mean `description`?

    error: `baseline/warn` is not a scripted counselor
     --> broken.yaml:3:23
      |
    3 |   - {id: warm, model: baseline/warn}
      |                       ^^^^^^^^^^^^^
      |
      = help: scripted counselors are `baseline/structured`, `baseline/warm`

    error: no such file: `missing.md`
     --> broken.yaml:4:25
      |
    4 | prompts: [{id: p, file: missing.md}]
      |                         ^^^^^^^^^^
      |
      = help: paths are relative to the folder of the file that names them

    error: no such file: `none.jsonl`
     --> broken.yaml:7:11
      |
    7 |     path: none.jsonl
      |           ^^^^^^^^^^
      |
      = help: paths are relative to the folder of the file that names them

    error: expected one of `jsonl`, `csv`, `text`, `chat`, `webvtt`, `srt`, `study`
     --> broken.yaml:8:13
      |
    8 |     format: xml
      |             ^^^
      |
      = help: `format`: File format

    error: out of range: expected 1 to 100
      --> broken.yaml:15:9
       |
    15 | epochs: 0
       |         ^
       |
       = help: `epochs`: Number of repeats of each reconstruction

    error: no embedded file has this name: `builtin:ctr`
      --> broken.yaml:17:16
       |
    17 | rubric: {file: "builtin:ctr"}
       |                ^^^^^^^^^^^^^
       |
       = help: did you mean `builtin:ctrs`?

    7 problems
    "#);
    assert_eq!(folder.words("run broken.yaml").fails(2), folder.words("plan -c broken.yaml").fails(2));
    assert_eq!(folder.names("."), ["broken.yaml"]);
}

#[test]
fn a_plan_counts_what_would_be_asked() {
    let folder = Folder::empty();
    insta::assert_snapshot!(without_digits(&folder.words("plan builtin:quickstart").prints()), @"
    run        quickstart-[plan]
    matrix     6 conditions x 12 sessions x 1 epochs = 72 reconstructions
    calls      2370: 1362 counselor turns, 924 ratings, 84 flag passes
    worst case 3294 (every rating asked twice because its quotes do not hold; retries come on top)
    baselines  2370 of the calls: no network, not language models
    cells
      structured.helpert.replay  (baseline, not a language model)
      structured.collaborative.replay  (baseline, not a language model)
      structured.brief.replay  (baseline, not a language model)
      warm.helpert.replay  (baseline, not a language model)
      warm.collaborative.replay  (baseline, not a language model)
      warm.brief.replay  (baseline, not a language model)
    ");
    insta::assert_snapshot!(without_digits(&folder.small("plan").prints()), @"
    run        quickstart-[plan]
    matrix     1 conditions x 1 sessions x 1 epochs = 1 reconstructions
    calls      18: 14 counselor turns, 2 ratings, 2 flag passes
    worst case 20 (every rating asked twice because its quotes do not hold; retries come on top)
    baselines  18 of the calls: no network, not language models
    cells
      warm.helpert.replay  (baseline, not a language model)
    ");
    assert_eq!(folder.names("."), [""; 0], "a plan leaves nothing behind");
}

#[test]
fn a_plan_as_json_has_a_format_and_the_same_counts() {
    let folder = Folder::empty();
    let plan = json(&folder.small("plan").more(["--json"]).prints());
    assert_eq!(plan["format"], "corater-plan/1");
    insta::assert_snapshot!(plan["forecast"], @r#"{"baseline_calls":18,"client_calls":0,"conditions":1,"endpoints":{},"ethics_calls":0,"flag_calls":2,"models":{},"reconstructions":1,"score_calls":2,"sessions":1,"turn_calls":14,"worst_case_calls":20}"#);
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
    insta::assert_snapshot!(folder.small("plan").more(["--show", "zzzz"]).fails(2), @"error: no task `zzzz`; `corater plan --tasks` lists them");
    insta::assert_snapshot!(folder.small("plan").more(["--show", ""]).fails(2), @"error: several tasks start with ``: give more digits");
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
    insta::assert_snapshot!(matrices.join("\n"), @"
    --limit 1: matrix     6 conditions x 1 sessions x 1 epochs = 6 reconstructions
    --limit 3-4: matrix     6 conditions x 2 sessions x 1 epochs = 12 reconstructions
    --limit 11-99: matrix     6 conditions x 2 sessions x 1 epochs = 12 reconstructions
    --filter-models w*: matrix     3 conditions x 12 sessions x 1 epochs = 36 reconstructions
    --filter-prompts helpert,brief: matrix     4 conditions x 12 sessions x 1 epochs = 48 reconstructions
    --filter-sessions s0*: matrix     6 conditions x 9 sessions x 1 epochs = 54 reconstructions
    --epochs 3: matrix     6 conditions x 12 sessions x 3 epochs = 216 reconstructions
    ");
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
    insta::assert_snapshot!(refused.join(""), @"
    error: invalid value '0' for '--limit <N|a-b>': `0` is not a limit: expected a number such as 4, or a range such as 3-6

    For more information, try '--help'.
    error: invalid value '4-3' for '--limit <N|a-b>': `4-3` is not a limit: expected a number such as 4, or a range such as 3-6

    For more information, try '--help'.
    error: --limit 13-20 matches none of: 12 sessions
    error: --filter-models wram matches none of: structured, warm
    error: --filter-prompts x* matches none of: helpert, collaborative, brief
    error: --filter-sessions s1 matches none of: s01, s02, s03, s04, s05, s06, s07, s08, s09, s10, s11, s12
    error: --filter-items mood matches none of: agenda, feedback, understanding, interpersonal, collaboration, pacing, guided_discovery, key_cognitions, strategy, application, homework
    ");
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
    insta::assert_snapshot!(refused.join("---\n"), @"
    error: --set runs.bootstrap: unknown key `runs`
      = help: did you mean `run`?

    1 problem
    ---
    error: --set epochs: expected a whole number, found text
      = help: write the number without quotes and units

    1 problem
    ---
    error: --set run.bootstrap: out of range: expected 100 to 1000000
      = help: `bootstrap`: Number of resamples of the bootstrap (default 2000)

    1 problem
    ---
    error: --set takes path=value, such as run.concurrency=8
    ---
    error: --set models.wram.model: `models` has no item `wram`
      = help: it has 2; name one by its id or its position from 0

    1 problem
    ");
    insta::assert_snapshot!(folder.words("plan builtin:quickstart --tag study").fails(2), @"error: --tag `study` is not key=value");
}

#[test]
fn every_flag_can_be_a_variable() {
    let folder = Folder::empty();
    let typed = folder.words("plan builtin:quickstart --limit 2 --epochs 2 --filter-models warm").prints();
    let call = folder.words("plan").env("CORATER_CONFIG", "builtin:quickstart").env("CORATER_LIMIT", "2");
    assert_eq!(call.env("CORATER_EPOCHS", "2").env("CORATER_FILTER_MODELS", "warm").prints(), typed);
}
