//! What is read for an experiment is a plain file of bounded size: devices, pipes and files of the kernel are refused.
#![cfg(target_os = "linux")]

use std::{
    fs::OpenOptions,
    os::unix::{fs::symlink, net::UnixListener},
    time::{Duration, Instant},
};

use nix::{sys::stat::Mode, unistd::mkfifo};

use crate::support::program::{Call, Folder};

const EXPERIMENT: &str = "models: [{id: warm, model: baseline/warm}]
prompts: [{id: brief, file: 'builtin:helpert-brief'}]
sessions: [{id: talks, path: talks.jsonl, format: jsonl, roles: {client: [thinker], counselor: [helper]}, counselor: human, client: human, language: en, consent: invented, public: false}]
judges: [{id: scripted, model: baseline/judge}]
rubric: {file: 'builtin:ctrs', items: [agenda]}
flags: {lexicons: ['builtin:deceptive-empathy']}
run: {bootstrap: 100}
";

/// What only a language model can be asked about.
const ASKED: &str = "endpoints: {far: {base_url: 'http://127.0.0.1:9/v1'}}
ethics: {judges: [far]}
";

const TALKS: &str = "{\"session\": \"t1\", \"speaker\": \"thinker\", \"text\": \"I worry.\"}
{\"session\": \"t1\", \"speaker\": \"helper\", \"text\": \"What do you worry about?\"}
";

/// Names of what is no plain file, and what is said of each.
const ODD: [(&str, &str); 9] = [
    ("/dev/zero", "this is a device"),
    ("/dev/null", "this is a device"),
    ("pipe", "this is a pipe"),
    ("/proc/self/environ", "this is a file that the system makes up"),
    ("/proc/version", "this is a file that the system makes up"),
    ("link", "this is a file that the system makes up"),
    ("socket", "this is a socket"),
    ("folder", "this is a folder, a file is expected"),
    ("large", "this file has 2097152 MiB, and at most"),
];

fn folder() -> Folder {
    let folder = Folder::empty().file("talks.jsonl", TALKS).file("e.yaml", EXPERIMENT).file(
        "x.yaml",
        EXPERIMENT.replace("judges: [", "judges: [{id: far, model: openai-api/far/m}, ") + ASKED,
    );
    mkfifo(&folder.path("pipe"), Mode::S_IRWXU).unwrap();
    std::fs::create_dir(folder.path("folder")).unwrap();
    symlink("/proc/self/environ", folder.path("link")).unwrap();
    drop(UnixListener::bind(folder.path("socket")).unwrap());
    let large = OpenOptions::new().write(true).create_new(true).open(folder.path("large")).unwrap();
    large.set_len(2 << 40).unwrap();
    folder
}

/// It ends at once with 2 and says what the file is.
fn refused(call: Call, said: &str) {
    let mut child = call.start();
    let begin = Instant::now();
    while child.try_wait().unwrap().is_none() {
        if begin.elapsed() > Duration::from_secs(10) {
            child.kill().unwrap();
            panic!("it hangs: {said}");
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    let ended = crate::support::program::Ended::of(child.wait_with_output().unwrap());
    assert!(
        ended.code == Some(2) && ended.stdout.is_empty() && ended.stderr.contains(said),
        "{said}: {ended}"
    );
}

#[test]
fn every_key_that_names_a_file_takes_plain_files_only() {
    let folder = folder();
    let keys = [
        "prompts.0.file=PATH",
        "rubric.file=PATH",
        "sessions.0.path=PATH",
        "sessions.0.selected=PATH",
        "sessions.0.notes={path: PATH}",
        "sessions.0.redact={names_file: PATH}",
        "ratings=[{id: r, path: PATH, layout: long, scale: {min: 0, max: 6}}]",
        "ratings=[{id: r, path: talks.jsonl, instructions: PATH, layout: long, scale: {min: 0, max: 6}}]",
        "judges.0.prompt=PATH",
        "flags.lexicons=[PATH]",
        "flags.review=PATH",
        "flags.marks=PATH",
        "ethics.review=PATH",
        "ethics.rubric=PATH",
        "ethics.prompt=PATH",
        "coherence={judge: {model: openai-api/far/m}, prompt: PATH}",
        "probes.texts=PATH",
        "cues=[PATH]",
        "grounding=[PATH]",
        "budget.prices=PATH",
        "rubric.anchors_file=PATH",
        "flags.prompt=PATH",
        "calibration=PATH",
        "rubric.reference=PATH",
    ];
    for (n, key) in keys.into_iter().enumerate() {
        // Each key meets three of them, and each of them a third of the keys.
        for (path, said) in ODD.into_iter().skip(n % 3).step_by(3) {
            refused(folder.words("validate x.yaml --set").more([key.replace("PATH", path)]), said);
        }
    }
}

#[test]
fn every_argument_that_names_a_file_takes_plain_files_only() {
    let folder = folder();
    folder.words("run e.yaml --display none").ends(0);
    let lines = [
        "validate PATH",
        "run PATH",
        "plan PATH",
        "doctor PATH",
        "forget t1 PATH",
        "validate e.yaml --env-file PATH",
        "validate e.yaml --flag-review PATH",
        "validate x.yaml --ethics-review PATH",
        "report latest --flag-review PATH",
        "gate latest --criteria PATH",
        "calibrate latest --check PATH",
        "probe e.yaml --texts PATH",
        "agree PATH --scale 0..6",
        "agree PATH --scale 0..6 --rubric PATH",
    ];
    for (n, line) in lines.into_iter().enumerate() {
        for (path, said) in ODD.into_iter().skip(n % 3).step_by(3) {
            refused(folder.words(&line.replace("PATH", path)), said);
        }
    }
    // Exported calls are taken in piece by piece, whatever their size.
    for (path, said) in ODD.into_iter().filter(|(path, _)| *path != "large") {
        refused(folder.words(&format!("ledger import {path}")), said);
    }
}

#[test]
fn a_link_to_a_plain_file_and_one_by_way_of_the_kernel_are_read() {
    let folder = folder();
    symlink("e.yaml", folder.path("linked.yaml")).unwrap();
    folder.words("validate linked.yaml").ends(0);
    folder.words("validate /proc/self/cwd/e.yaml").ends(0);
}
