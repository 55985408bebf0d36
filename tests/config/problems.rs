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
    insta::assert_snapshot!(folder.printed(), @"");
}
