//! Files written with `-o`: for their owner's eyes only, and refused before anything is paid for.
#![cfg(unix)]

use std::{fmt::Write, os::unix::fs::PermissionsExt};

use nix::{sys::stat::Mode, unistd::mkfifo};

use crate::support::program::Folder;

/// Verbs that make calls, with an ending that each can write.
const CALLING: [(&str, &str); 4] = [
    ("run builtin:quickstart --limit 1", "html"),
    ("score latest builtin:quickstart --limit 1", "json"),
    ("probe builtin:quickstart --limit 1", "md"),
    ("check-aligner e.yaml", "csv"),
];

fn mode(folder: &Folder, name: &str) -> u32 {
    std::fs::metadata(folder.path(name)).unwrap().permissions().mode() & 0o777
}

#[test]
fn an_output_that_cannot_be_written_is_refused_before_any_call() {
    let folder = Folder::empty().file("plain", "").file("sub/here", "");
    std::fs::create_dir(folder.path("folder.html")).unwrap();
    for (line, ending) in CALLING {
        let expected = [
            (
                "report.pdf".to_owned(),
                "report.pdf: no report has the ending `pdf`: expected .json".to_owned(),
            ),
            ("report".to_owned(), "report: no report has the ending ``: expected .json".to_owned()),
            (format!("none/f.{ending}"), format!("cannot write none/f.{ending}: there is no folder none")),
            (format!("plain/f.{ending}"), format!("cannot write plain/f.{ending}: Not a directory")),
            (format!("{}.{ending}", "n".repeat(300)), "File name too long".to_owned()),
        ];
        for (output, said) in expected {
            let error =
                folder.words(line).more(["-o", &format!("sub/whole.{ending}"), "-o", &output]).fails(2);
            assert!(error.starts_with("error: ") && error.contains(&said), "{line} -o {output}: {error}");
            assert!(!error.contains("destination"), "{error}");
        }
        assert_eq!(folder.names("runs"), [""; 0], "{line}: nothing was asked");
        assert_eq!(folder.names("sub"), ["here"], "{line}: the trial leaves no file");
    }
    let said = folder.words("run builtin:quickstart -o folder.html").fails(2);
    assert_eq!(said, "error: cannot write folder.html: it is a folder; name a file in it\n");
    mkfifo(&folder.path("pipe.json"), Mode::S_IRWXU).unwrap();
    let said = folder.words("run builtin:quickstart -o pipe.json").fails(2);
    assert!(said.contains("pipe.json: it is a device, a pipe or a socket"), "{said}");
}

#[test]
fn a_folder_without_leave_to_write_is_refused_before_any_call() {
    let folder = Folder::empty().file("shut/old.html", "old");
    let shut = folder.path("shut");
    std::fs::set_permissions(&shut, PermissionsExt::from_mode(0o555)).unwrap();
    // Root may write everywhere.
    if std::fs::write(folder.path("shut/trial"), "").is_err() {
        let said = folder.words("run builtin:quickstart -o shut/new.html").fails(2);
        assert!(said.contains("cannot write shut/new.html: Permission denied"), "{said}");
    }
    std::fs::set_permissions(&shut, PermissionsExt::from_mode(0o755)).unwrap();
    assert_eq!(folder.names("runs"), [""; 0]);
}

#[test]
fn the_trial_leaves_what_is_there_as_it_is() {
    let folder = Folder::empty().file("old.html", "old");
    std::os::unix::fs::symlink("nowhere.html", folder.path("link.html")).unwrap();
    folder.words("run absent.yaml -o old.html -o link.html -o new.html").fails(2);
    assert_eq!((folder.read("old.html").as_str(), mode(&folder, "old.html")), ("old", 0o644));
    assert_eq!(folder.names(""), ["link.html", "old.html"]);
}

#[test]
fn a_large_runs_copy_is_refused_for_its_name_before_any_call() {
    let mut talks = String::new();
    for n in 0..120 {
        for (speaker, text) in [("thinker", "My hands shook."), ("helper", "What did that tell you?")] {
            let turn = serde_json::json!({"session": format!("s{n:03}"), "speaker": speaker, "text": text});
            writeln!(talks, "{turn}").unwrap();
        }
    }
    let experiment = "models: [{id: warm, model: baseline/warm}]\nprompts: [{id: p, file: 'builtin:helpert-brief'}]\n\
        sessions: [{id: talks, path: talks.jsonl, format: jsonl, roles: {client: [thinker], counselor: [helper]}, \
        counselor: human, client: human, language: en, licence: invented, public: true}]\n\
        judges: [{id: scripted, model: baseline/judge}]\nrubric: {file: 'builtin:ctrs', items: [agenda]}\n";
    let folder = Folder::empty().file("talks.jsonl", talks).file("e.yaml", experiment);
    let said = folder.words("run e.yaml -o copy.html").fails(2);
    assert!(said.contains("copy.html: the transcripts of this run are too many for one page"), "{said}");
    assert!(!folder.path("runs/ledger.db").exists(), "nothing was asked");
}

#[test]
fn outputs_are_their_owners_alone_whatever_was_there() {
    let folder = Folder::empty().file("old.html", "old and much longer than nothing").file("old.json", "{}");
    folder.small("run").more(["-o", "old.html", "-o", "new.md", "-o", "new.csv", "-o", "new.json"]).ends(0);
    folder.words("label-budget latest -o b.csv -o b.json").ends(0);
    folder.words("calibrate latest -o c.json").ends(3);
    folder.words("compare latest latest -o old.json").ends(0);
    for name in ["old.html", "old.json", "new.md", "new.csv", "new.json", "b.csv", "b.json", "c.json"] {
        assert_eq!(mode(&folder, name), 0o600, "{name}");
    }
    assert_eq!(folder.read("old.html"), folder.of_run("report.html"));
}

#[cfg(target_os = "linux")]
#[test]
fn a_disk_that_fills_up_is_not_called_a_mistake_of_usage() {
    let folder = Folder::empty();
    let program = env!("CARGO_BIN_EXE_corater");
    folder.small("run").ends(0);
    // The finding is small, the limit is smaller: a shell's `ulimit -f 0` cuts every file that is written.
    let line = format!("trap '' XFSZ; ulimit -f 0; exec {program} calibrate latest -o c.json");
    let mut shell = std::process::Command::new("sh");
    let ended = shell.args(["-c", &line]).current_dir(folder.path("")).output().unwrap();
    let said = String::from_utf8(ended.stderr).unwrap();
    assert_eq!(ended.status.code(), Some(1), "{said}");
    assert!(said.starts_with("error: cannot write c.json: File too large"), "{said}");
}
