//! Problems: all of them in one run, each where it is.

use crate::support::{Folder, MINIMAL};

/// One file, broken in twelve places.
const TWELVE: &str = r#"seed: 1
epochs: 500
tests: []
models:
  - {id: structured, model: baseline/structured}
  - {id: claude, model: anthropic/claude-sonnet}
  - {id: hot, model: openai/gpt-4.1, decoding: {temprature: 0.5}}
prompts:
  - {id: helpert, file: "builtin:helpart"}
  - {id: mine, file: prompts/mine.md, settings: {tone: calm}}
sessions:
  - id: demo
    path: missing.jsonl
    format: jsonl
    format: csv
    roles: {client: [thinker], counselor: [helper]}
    counselor: robot
    client: human
    language: en
    consent: written
    public: yes
ratings:
  - {id: clinicians, path: ratings.csv, scale: {min: 0, max: 7}}
judges:
  - {id: scripted, model: baseline/judge}
rubric: {file: "builtin:ctrs"}
flags: {lexicons: ["builtin:deceptive-empathy"], judge: skripted}
"#;

#[test]
fn twelve_breaks_are_twelve_problems_in_one_run() {
    let folder =
        Folder::of(TWELVE).file("prompts/mine.md", "Be {{ settings.tone }}.\nAsk {{ settings.questions }}.");
    assert_eq!(folder.load().expect_err("broken").len(), 12);
    insta::assert_snapshot!(folder.printed(), @r#"
    error: out of range: expected 1 to 100
     --> experiment.yaml:2:9
      |
    2 | epochs: 500
      |         ^^^
      |
      = help: `epochs`: Number of repeats of each reconstruction

    error: unknown key `tests`
     --> experiment.yaml:3:1
      |
    3 | tests: []
      | ^^^^^
      |
      = help: promptfoo's `tests` have no counterpart: the cases are `sessions`, the criteria a `rubric`

    error: `anthropic_messages` wants a limit on the tokens to generate with every request
     --> experiment.yaml:6:6
      |
    6 |   - {id: claude, model: anthropic/claude-sonnet}
      |      ^^
      |
      = help: write `decoding: {max_tokens: 1000}`, or what a reply may take

    error: unknown key `temprature`
     --> experiment.yaml:7:49
      |
    7 |   - {id: hot, model: openai/gpt-4.1, decoding: {temprature: 0.5}}
      |                                                 ^^^^^^^^^^
      |
      = help: did you mean `temperature`?

    error: no embedded file has this name: `builtin:helpart`
     --> experiment.yaml:9:25
      |
    9 |   - {id: helpert, file: "builtin:helpart"}
      |                         ^^^^^^^^^^^^^^^^^
      |
      = help: did you mean `builtin:helpert`?

    error: the template names `settings.questions`, which is not defined (line 2 of the template)
      --> experiment.yaml:10:22
       |
    10 |   - {id: mine, file: prompts/mine.md, settings: {tone: calm}}
       |                      ^^^^^^^^^^^^^^^
       |
       = help: declare it under `settings` of this prompt; declared: `settings.tone`

    error: no such file: `missing.jsonl`
      --> experiment.yaml:13:11
       |
    13 |     path: missing.jsonl
       |           ^^^^^^^^^^^^^
       |
       = help: did you mean `sessions.jsonl`, in the same folder?

    error: duplicate key `format`
      --> experiment.yaml:15:5
       |
    15 |     format: csv
       |     ^^^^^^
       |
       = help: keep one of the two; the first is on line 14

    error: expected one of `human`, `ai`
      --> experiment.yaml:17:16
       |
    17 |     counselor: robot
       |                ^^^^^
       |
       = help: `counselor`: Who wrote the counselor's turns

    error: expected true or false, found text
      --> experiment.yaml:21:13
       |
    21 |     public: yes
       |             ^^^
       |
       = help: YAML 1.2 knows `true` and `false` only, unquoted

    error: the table's scale is 0 to 7, the rubric's is 0 to 6
      --> experiment.yaml:23:41
       |
    23 |   - {id: clinicians, path: ratings.csv, scale: {min: 0, max: 7}}
       |                                         ^^^^^
       |
       = help: ratings can be compared on one scale only

    error: no judge with id `skripted`
      --> experiment.yaml:27:57
       |
    27 | flags: {lexicons: ["builtin:deceptive-empathy"], judge: skripted}
       |                                                         ^^^^^^^^
       |
       = help: did you mean `scripted`?

    12 problems
    "#);
}

fn piece(old: &str, new: &str) -> String {
    Folder::with(old, new).lines()
}

#[test]
fn dangling_references_name_what_is_known() {
    let old = "judges:\n  - {id: scripted, model: baseline/judge}\n";
    let judges = "judges:\n  - {id: own, model: structred}\n  - {id: other, model: nowhere}\n  - {id: wrong, model: structured}\n";
    insta::assert_snapshot!(Folder::with(old, judges).printed(), @r#"
    error: no model with id `structred`
      --> experiment.yaml:18:22
       |
    18 |   - {id: own, model: structred}
       |                      ^^^^^^^^^
       |
       = help: did you mean `structured`? Or name it `provider/model`.

    error: no model with id `nowhere`
      --> experiment.yaml:19:24
       |
    19 |   - {id: other, model: nowhere}
       |                        ^^^^^^^
       |
       = help: known: `structured`. Or name it `provider/model`.

    error: `structured` is a scripted counselor and cannot judge
      --> experiment.yaml:20:24
       |
    20 |   - {id: wrong, model: structured}
       |                        ^^^^^^^^^^
       |
       = help: write `model: baseline/judge`

    3 problems
    "#);
    let matrix = format!(
        "matrix:\n  include: [{{model: structurd}}, {{prompt: helper}}, {{mode: teacher_forced}}]\n{old}"
    );
    insta::assert_snapshot!(piece(old, &matrix), @r#"
    experiment.yaml:18:21: no model with id `structurd`
    experiment.yaml:18:42: no prompt with id `helper`
    experiment.yaml:18:58: `teacher_forced` is not among the modes of `reconstruct`, so the cell matches nothing
    "#);
    let none_left = format!("matrix: {{exclude: [{{mode: replay}}]}}\n{old}");
    insta::assert_snapshot!(piece(old, &none_left), @"experiment.yaml:17:1: no cell of models x prompts x modes is left");
    let rubric = "rubric: {file: \"builtin:ctrs\", profile: ctrs10, items: [agenda, homwork]}";
    insta::assert_snapshot!(piece("rubric: {file: \"builtin:ctrs\"}", rubric), @r#"
    experiment.yaml:19:41: the rubric has no profile `ctrs10`
    experiment.yaml:19:65: the rubric has no item `homwork`
    "#);
}

#[test]
fn names_of_models_are_checked() {
    let models = "models:
  - {id: a, model: gpt-4.1}
  - {id: b, model: openia/gpt-4.1}
  - {id: c, model: openai-api/local/x}
  - {id: d, model: openai-api/x}
  - {id: e, model: baseline/judge}
  - {id: f g, model: openai/x}
  - {id: a, model: openai/y, capabilities: {omit: [temprature]}}
";
    let folder = Folder::with("models:\n  - {id: structured, model: baseline/structured}\n", models);
    insta::assert_snapshot!(folder.lines(), @r#"
    experiment.yaml:2:20: a model is named by its provider and its name
    experiment.yaml:3:20: no provider has this name
    experiment.yaml:4:20: no endpoint for `openai-api/local/x`
    experiment.yaml:5:20: the endpoint is missing
    experiment.yaml:6:20: `baseline/judge` is not a scripted counselor
    experiment.yaml:7:10: not a usable id
    experiment.yaml:8:10: `a` is the id of two models
    experiment.yaml:8:45: `omit` names something that is no decoding parameter
    "#);
}

#[test]
fn endpoints_are_checked_without_quoting_credentials() {
    let endpoints = "endpoints:
  a: {base_url: ftp://x}
  b: {base_url: \"https://me:hunter2@x/v1\"}
  c: {base_url: http://x, api_key_env: abc-123}
  d: {base_url: http://x, limits: {concurrency: 0, timeout: 5}}
models:";
    let printed = Folder::with("models:", endpoints).printed();
    assert!(!printed.contains("hunter2") && !printed.contains("abc-123"), "{printed}");
    insta::assert_snapshot!(printed, @r#"
    error: not a usable address: expected http:// or https://
     --> experiment.yaml:2:17
      |
    2 |   a: {base_url: ftp://x}
      |                 ^^^^^^^
      |
      = help: such as http://127.0.0.1:8080/v1

    error: not a usable address: it must hold no user name or password
     --> experiment.yaml:3:17
      |
    3 |   b: {base_url: *************************}
      |                 ^^^^^^^^^^^^^^^^^^^^^^^^^
      |
      = help: such as http://127.0.0.1:8080/v1

    error: not the name of an environment variable
     --> experiment.yaml:4:40
      |
    4 |   c: {base_url: http://x, api_key_env: *******}
      |                                        ^^^^^^^
      |
      = help: write the name of an environment variable, such as `MY_SERVER_API_KEY`, not the key itself

    error: out of range: expected 1 to 1024
     --> experiment.yaml:5:49
      |
    5 |   d: {base_url: http://x, limits: {concurrency: 0, timeout: 5}}
      |                                                 ^
      |
      = help: `concurrency`: Maximum number of calls in flight (default 4)

    error: unknown key `timeout`
     --> experiment.yaml:5:52
      |
    5 |   d: {base_url: http://x, limits: {concurrency: 0, timeout: 5}}
      |                                                    ^^^^^^^
      |
      = help: this is `timeout_seconds` here

    5 problems
    "#);
}

#[test]
fn literal_keys_are_refused_and_never_shown() {
    let key = format!("sk-{}", "Ab12".repeat(8));
    let plain = "9f8e7d6c5b4a39281706f5e4d3c2b1a0";
    let endpoints = format!(
        "description: {key}\nendpoints:\n  a: {{base_url: http://x, api_key_env: {plain}}}\n  b: {{base_url: http://x, api_key: {plain}}} # {key}\n  c: {{base_url: http://x, api_key: short}}\nmodels:"
    );
    let folder = Folder::with("models:", &endpoints).set(&format!("run.name={key}"));
    let printed = folder.printed();
    for secret in [key.as_str(), plain, "short"] {
        assert!(!printed.contains(secret), "{printed}");
    }
    insta::assert_snapshot!(printed, @r#"
    error: this looks like a secret key, which a file must not hold
     --> experiment.yaml:1:14
      |
    1 | description: ***********************************
      |              ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      |
      = help: put it into an environment variable and name that variable, as in `api_key_env: NAME`

    error: this looks like a secret key, which a file must not hold
     --> experiment.yaml:3:40
      |
    3 |   a: {base_url: http://x, api_key_env: ********************************}
      |                                        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      |
      = help: put it into an environment variable and name that variable, as in `api_key_env: NAME`

    error: this looks like a secret key, which a file must not hold
     --> experiment.yaml:4:36
      |
    4 |   b: {base_url: http://x, api_key: ********************************} # ***********************************
      |                                    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      |
      = help: put it into an environment variable and name that variable, as in `api_key_env: NAME`

    error: unknown key `api_key`
     --> experiment.yaml:5:27
      |
    5 |   c: {base_url: http://x, api_key: *****}
      |                           ^^^^^^^
      |
      = help: a file holds no keys: name the variable that does, `api_key_env: NAME`

    error: --set run.name: this looks like a secret key, which a file must not hold
      = help: put it into an environment variable and name that variable, as in `api_key_env: NAME`

    5 problems
    "#);
}

#[test]
fn values_from_the_environment_are_never_shown() {
    let secret = "tell-nobody-7f3a";
    let yaml = MINIMAL
        .replace("id: structured", "id: \"${VALUE} x\"")
        .replace("baseline/structured", "\"${VALUE}\"")
        .replace("builtin:helpert", "${VALUE}")
        .replace("sessions.jsonl", "${VALUE}.jsonl")
        .replace("language: en", "language: ${VALUE}!")
        .replace("counselor: human", "counselor: ${VALUE}")
        .replace("consent: written", "consent: ${MISSING}\n    synthetic: ${VALUE}")
        .replace("baseline/judge", "\"${VALUE}\"")
        .replace("[C1, C2]", "[\"${VALUE}+\", \"${VALUE}+\"]")
        .replace("builtin:ctrs", "builtin:${VALUE}")
        + "epochs: ${VALUE}\nmatrix: {include: [{model: \"${VALUE}\"}]}\n";
    let folder = Folder::of(yaml).env("VALUE", secret);
    let printed = folder.printed();
    assert!(!printed.contains(secret), "{printed}");
    insta::assert_snapshot!(folder.lines(), @r#"
    experiment.yaml:2:10: an id cannot come from the environment
    experiment.yaml:2:31: a model is named by its provider and its name
    experiment.yaml:4:25: no such file: `${VALUE}`
    experiment.yaml:7:11: no such file: `${VALUE}.jsonl`
    experiment.yaml:10:16: expected one of `human`, `ai`
    experiment.yaml:12:15: not a language tag
    experiment.yaml:13:14: the environment variable MISSING is not set
    experiment.yaml:14:16: expected true or false, found text
    experiment.yaml:17:63: `${VALUE}+` is listed twice
    experiment.yaml:20:16: no embedded file has this name: `builtin:${VALUE}`
    experiment.yaml:21:9: expected a whole number, found text
    "#);
}

#[test]
fn a_reference_in_braces_needs_quotes() {
    let folder = Folder::with("model: baseline/structured}", "model: ${MODEL}}");
    insta::assert_snapshot!(folder.printed(), @r#"
    error: not valid YAML: while parsing a flow mapping, did not find expected ',' or '}'
     --> experiment.yaml:2:30
      |
    2 |   - {id: structured, model: ${MODEL}}
      |                              ^
      |
      = help: inside `{…}` and `[…]` a reference needs quotes: "${NAME}"

    1 problem
    "#);
}

#[test]
fn sources_must_declare_what_cannot_be_guessed() {
    insta::assert_snapshot!(Folder::with("    consent: written\n", "").printed(), @r#"
    error: the source declares neither consent nor licence
     --> experiment.yaml:6:5
      |
    6 |   - id: demo
      |     ^^
      |
      = help: say on what basis the text may be used: `consent: …` or `licence: …` (`run: {allow_unconsented: true}` does without)

    1 problem
    "#);
    assert!(Folder::with("    consent: written\n", "").set("run.allow_unconsented=true").load().is_ok());
    insta::assert_snapshot!(piece("    language: en\n", "    language: English please\n"), @"experiment.yaml:12:15: not a language tag");
    insta::assert_snapshot!(piece("    path: sessions.jsonl\n", "    paths: [sessions.jsonl, sessions.jsonl]\n"), @"experiment.yaml:7:5: this format takes one file");
    insta::assert_snapshot!(piece("    path: sessions.jsonl\n", ""), @"experiment.yaml:6:5: the source names no file");
    insta::assert_snapshot!(piece("counselor: [helper]}", "counselor: [thinker]}\n    only: [402e12, s1, s1]"), @r#"
    experiment.yaml:9:44: `thinker` is both client and counselor
    experiment.yaml:10:12: expected text, found a number with a fraction
    experiment.yaml:10:24: `s1` is listed twice
    "#);
    insta::assert_snapshot!(piece("counselor: [helper]}", "counselor: []}\n    table: {delimiter: \";;\"}"), @r#"
    experiment.yaml:10:24: not a delimiter: write one character, `comma`, `semicolon`, `tab` or `pipe`
    "#);
}

#[test]
fn ratings_must_fit_the_rubric() {
    let table = "{id: clinicians, path: ratings.csv, layout: wide_raters, scale: {min: 1, max: 7}, items: {a: agendum}}";
    insta::assert_snapshot!(
        piece("{id: clinicians, path: ratings.csv, raters: [C1, C2], scale: {min: 0, max: 6}}", table), @r#"
    experiment.yaml:16:6: `wide_raters` needs the raters' columns
    experiment.yaml:16:62: the table's scale is 1 to 7, the rubric's is 0 to 6
    experiment.yaml:16:98: the rubric has no item `agendum`
    "#);
    insta::assert_snapshot!(piece("raters: [C1, C2]", "raters: [C1, C1, scripted, C+D]"), @r#"
    experiment.yaml:16:54: `C1` is listed twice
    experiment.yaml:16:58: `scripted` is also the id of a judge
    "#);
}

#[test]
fn templates_are_strict() {
    let with = |template: &str| {
        let folder = Folder::with(
            "{id: helpert, file: \"builtin:helpert\"}",
            "{id: mine, file: p.md, settings: {tone: calm, unused: x}}",
        );
        folder.file("p.md", template).lines()
    };
    insta::assert_snapshot!(with("Be {{ settings.tone }}.\n\n{{ settings.tune }} {{ transcript }}"), @r#"
    experiment.yaml:4:22: the template names `settings.tune`, which is not defined (line 3 of the template)
    experiment.yaml:4:22: the template names `transcript`, which is not defined (line 3 of the template)
    experiment.yaml:4:51: the template does not use this setting
    "#);
    insta::assert_snapshot!(with("{{ settings.tone }} {% if %}"), @"experiment.yaml:4:22: the template cannot be used: syntax error: unexpected end of block (line 1 of the template)");
    insta::assert_snapshot!(with("{{ settings.tone }} {{ settings.other | default('x') }}"), @"experiment.yaml:4:51: the template does not use this setting");
    insta::assert_snapshot!(with("{% for n in range(2) %}{{ loop.index }} {{ settings.tone }}{% endfor %}{% set x = settings.unused %}{{ x }}{{ y }}"), @"experiment.yaml:4:22: the template names `y`, which is not defined (line 1 of the template)");
    insta::assert_snapshot!(with("{# {{ settings.tone }} #}"), @r#"
    experiment.yaml:4:22: the prompt is empty
    experiment.yaml:4:39: the template does not use this setting
    experiment.yaml:4:51: the template does not use this setting
    "#);
    insta::assert_snapshot!(with("{% for s in settings.tone %}{% for t in range(100000) %}{{ s }}{% endfor %}{% endfor %}"), @r#"
    experiment.yaml:4:22: the template cannot be used: engine ran out of fuel (line 1 of the template)
    experiment.yaml:4:51: the template does not use this setting
    "#);
}

#[test]
fn a_judging_prompt_must_name_the_transcript() {
    let judge = "{id: scripted, model: baseline/judge, prompt: j.md}";
    let folder = Folder::with("{id: scripted, model: baseline/judge}", judge);
    let folder = folder.file("j.md", "Rate {{ item.nam }}.\n");
    insta::assert_snapshot!(folder.lines(), @r#"
    experiment.yaml:18:51: the template names `item.nam`, which is not defined (line 1 of the template)
    experiment.yaml:18:51: the template never names `transcript`
    "#);
}

#[test]
fn problems_in_a_rubric_are_shown_in_the_rubric() {
    let rubric = include_str!("../../rubrics/ctrs.yaml")
        .replacen("scale: { min: 0, max: 6 }", "scale: { min: 0, max: 5 }", 1)
        .replacen("number: 2\n", "number: 1\n", 1)
        .replacen("rule: scaled_mean", "rule: mean", 1)
        .replacen("minimum_items: 8", "minimum_item: 8", 1);
    let folder = Folder::with("file: \"builtin:ctrs\"", "file: r.yaml").file("r.yaml", rubric);
    insta::assert_snapshot!(folder.lines(), @r#"
    r.yaml:33:9: expected `scaled_mean`
    r.yaml:35:3: unknown key `minimum_item`
    r.yaml:61:7: the anchor is outside the scale 0 to 5
    r.yaml:79:13: two items have number 1
    r.yaml:88:7: the anchor is outside the scale 0 to 5
    r.yaml:114:7: the anchor is outside the scale 0 to 5
    r.yaml:141:7: the anchor is outside the scale 0 to 5
    r.yaml:170:7: the anchor is outside the scale 0 to 5
    r.yaml:197:7: the anchor is outside the scale 0 to 5
    r.yaml:228:7: the anchor is outside the scale 0 to 5
    r.yaml:255:7: the anchor is outside the scale 0 to 5
    r.yaml:280:7: the anchor is outside the scale 0 to 5
    r.yaml:306:7: the anchor is outside the scale 0 to 5
    r.yaml:332:7: the anchor is outside the scale 0 to 5
    "#);
}

#[test]
fn a_lexicon_whose_examples_fail_is_refused() {
    let lexicon = r#"format: corater-lexicon/1
id: small
version: "1"
language: en
text_source: own
categories:
  - {id: DE1, name: Claimed understanding, severity: low, kind: deceptive_empathy, description: x}
entries:
  - {id: hear, category: DE1, phrases: [i hear you]}
examples:
  - {turn: I hear you., flags: [DE1]}
  - {turn: I see you., flags: [DE1]}
"#;
    let flags = |text: &str| {
        Folder::of(format!("{MINIMAL}flags: {{lexicons: [small.yaml]}}\n")).file("small.yaml", text)
    };
    insta::assert_snapshot!(flags(lexicon).lines(), @r#"small.yaml:12:6: example 2: expected flags ["DE1"] and suppressed [], found [] and []"#);
    let sound = lexicon.replace("I see you", "Well I hear you");
    assert_eq!(flags(&sound).load().unwrap().flags.unwrap().lexicons[0].id, "small");
    insta::assert_snapshot!(flags(&sound.replace("category: DE1", "category: DE2")).lines(), @r#"small.yaml:1:1: entry "hear" names category "DE2", which is not listed"#);
    insta::assert_snapshot!(flags(&sound.replace("severity: low", "severity: lo")).lines(), @"small.yaml:7:54: expected one of `info`, `low`, `medium`, `high`");
}

#[test]
fn habits_of_other_tools_get_a_hint() {
    let habits = "providers: [x]\nsolver: y\nmodel_args: z\noutput: {}\n";
    insta::assert_snapshot!(Folder::of(format!("{habits}{MINIMAL}")).printed(), @r#"
    error: unknown key `providers`
     --> experiment.yaml:1:1
      |
    1 | providers: [x]
      | ^^^^^^^^^
      |
      = help: promptfoo's `providers` are `models` here: a list of `{id, model: provider/name}`

    error: unknown key `solver`
     --> experiment.yaml:2:1
      |
    2 | solver: y
      | ^^^^^^
      |
      = help: Inspect's `solver` is a prompt variant under `prompts` here

    error: unknown key `model_args`
     --> experiment.yaml:3:1
      |
    3 | model_args: z
      | ^^^^^^^^^^
      |
      = help: lm-evaluation-harness's `model_args` are `decoding` of a model and `endpoints` here

    error: unknown key `output`
     --> experiment.yaml:4:1
      |
    4 | output: {}
      | ^^^^^^
      |
      = help: `output` is not available in this version; a run writes into `run: {directory: …}`

    4 problems
    "#);
}

#[test]
fn flags_are_named_in_their_problems() {
    let folder = Folder::new()
        .set("epochs=0")
        .set("models.nobody.id=x")
        .set("judges.scripted.draws=many")
        .set("seed.x=1")
        .set("sessions.demo.roles={client: [a}")
        .set("run.nme=x");
    insta::assert_snapshot!(folder.printed(), @r#"
    error: --set models.nobody.id: `models` has no item `nobody`
      = help: it has 1; name one by its id or its position from 0

    error: --set sessions.demo.roles: the value is not valid YAML
      = help: quote it for the shell, as in 'a.b=[x, y]'

    error: --set judges.0.draws: expected a whole number, found text
      = help: write the number without quotes and units

    error: --set epochs: out of range: expected 1 to 100
      = help: `epochs`: Number of repeats of each reconstruction

    error: --set seed.x: expected a whole number, found a mapping
      = help: `seed`: Seed of every random choice

    error: --set run.nme: unknown key `nme`
      = help: did you mean `name`?

    6 problems
    "#);
}

#[test]
fn a_missing_experiment_says_what_to_do() {
    let source = corater::config::ConfigSource::of_argument("builtin:quickstrt");
    let problems = corater::config::load(&source, &corater::config::Environment::default(), &[]).unwrap_err();
    insta::assert_snapshot!(problems, @r#"
    error: builtin:quickstrt: no embedded file has this name
      = help: did you mean `builtin:quickstart`?

    1 problem
    "#);
}
