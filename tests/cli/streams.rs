//! Streams that end early: a reader that is gone changes no exit code, a full disk is never a success.

use std::{
    fs::{File, OpenOptions},
    process::Stdio,
};

use crate::support::program::{Call, Ended, Folder};

const RATED: &str = "run builtin:quickstart --limit 4 --filter-models warm --filter-prompts helpert \
                     --filter-items agenda,homework --set run.bootstrap=100 --display none";
const DOWN: &str =
    "run e.yaml --display none --set models.0.model=openai-api/down/m --set judges.0.model=openai-api/down/m";

/// A folder with a finished run, criteria that it fails, and an experiment whose endpoint is down.
fn folder() -> Folder {
    let talk = r#"{"session": "t1", "speaker": "thinker", "text": "I worry."}
{"session": "t1", "speaker": "helper", "text": "What do you worry about?"}
"#;
    let experiment = "models: [{id: warm, model: baseline/warm}]\nprompts: [{id: brief, file: 'builtin:helpert-brief'}]\n\
        endpoints: {down: {base_url: 'http://127.0.0.1:9/v1', limits: {max_retries: 0}}}\n\
        sessions: [{id: talks, path: talks.jsonl, format: jsonl, roles: {client: [thinker], counselor: [helper]}, \
        counselor: human, client: human, language: en, consent: invented, public: false}]\n\
        judges: [{id: scripted, model: baseline/judge}]\nrubric: {file: 'builtin:ctrs', items: [agenda]}\n\
        run: {bootstrap: 100, directory: other}\n";
    let folder = Folder::empty()
        .file("talks.jsonl", talk)
        .file("e.yaml", experiment)
        .file("strict.yaml", "flags_per_100_turns: {formulaic_warmth: {max: 0}}\n");
    folder
        .words(RATED)
        .more(["--set", "ratings.0.synthetic=false", "--set", "sessions.0.synthetic=false"])
        .ends(0);
    folder
}

/// Verbs that print, each with its own exit code.
const PRINTING: [(&str, i32); 19] = [
    ("--help", 0),
    ("run --help", 0),
    ("--version", 0),
    ("completions bash", 0),
    ("schema", 0),
    ("init starter", 0),
    ("validate e.yaml", 0),
    ("plan e.yaml", 0),
    ("plan e.yaml --tasks", 0),
    ("report latest", 0),
    ("report latest --json", 0),
    ("ledger list", 0),
    ("ledger path", 0),
    ("label-budget latest", 0),
    ("calibrate latest --json", 3),
    ("gate latest --criteria strict.yaml", 100),
    ("compare latest latest --json", 0),
    ("doctor e.yaml --set models.0.model=openai-api/down/m", 1),
    (DOWN, 1),
];

/// A verb whose stdout, or stderr, has no reader.
fn unread(call: Call, is_stderr: bool) -> Ended {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    onto(call, writer, is_stderr)
}

/// A verb whose stdout, or stderr, is this.
fn onto(call: Call, stream: impl Into<Stdio>, is_stderr: bool) -> Ended {
    let mut command = call.into_command();
    if is_stderr {
        command.stderr(stream);
    } else {
        command.stdout(stream);
    }
    Ended::of(command.output().unwrap())
}

#[test]
fn a_reader_that_is_gone_changes_no_exit_code() {
    let folder = folder();
    for (line, code) in PRINTING {
        let ended = unread(folder.words(line), false);
        assert_eq!(ended.code, Some(code), "{line}: {ended}");
        assert!(!ended.stderr.contains("standard output"), "{line}: {ended}");
        let _ = std::fs::remove_dir_all(folder.path("starter"));
        let ended = unread(folder.words(line), true);
        assert_eq!(ended.code, Some(code), "{line} without stderr: {ended}");
        let _ = std::fs::remove_dir_all(folder.path("starter"));
    }
}

#[cfg(target_os = "linux")]
#[test]
fn what_a_full_disk_cut_is_said_and_is_no_success() {
    let full = || OpenOptions::new().write(true).open("/dev/full").unwrap();
    let folder = folder();
    for (line, own) in PRINTING {
        let ended = onto(folder.words(line), full(), false);
        assert_eq!(ended.code, Some(own.max(1)), "{line}: {ended}");
        let said =
            ended.stderr.matches("error: cannot write to standard output: No space left on device").count();
        assert_eq!(said, 1, "{line}: {ended}");
        let _ = std::fs::remove_dir_all(folder.path("starter"));
        let ended = onto(folder.words(line), full(), true);
        assert_eq!(ended.code, Some(own), "{line} with a full stderr: {ended}");
        let _ = std::fs::remove_dir_all(folder.path("starter"));
    }
}

#[cfg(target_os = "linux")]
#[test]
fn stdout_that_is_closed_or_only_for_reading_is_no_panic() {
    let folder = folder();
    let gate = "gate latest --criteria strict.yaml";
    let read_only = File::open(folder.path("strict.yaml")).unwrap();
    assert_eq!(onto(folder.words(gate), read_only, false).code, Some(100));
    let closed = |streams: &str| {
        let program = env!("CARGO_BIN_EXE_corater");
        let mut shell = std::process::Command::new("sh");
        shell.args(["-c", &format!("exec {program} {gate} {streams}")]).current_dir(folder.path(""));
        Ended::of(shell.output().unwrap()).code
    };
    assert_eq!(closed(">&-"), Some(100));
    assert_eq!(closed("2>&-"), Some(100));
    assert_eq!(closed("0<&- >&- 2>&-"), Some(100));
}

#[test]
fn wrong_arguments_keep_their_code_without_a_reader() {
    let folder = Folder::empty();
    for line in ["", "rnu", "run --no-such-flag", "gate nothing"] {
        assert_eq!(unread(folder.words(line), true).code, Some(2), "{line}");
        assert_eq!(unread(folder.words(line), false).code, Some(2), "{line}");
    }
}
