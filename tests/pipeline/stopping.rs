//! Signals that ask a run to end: the first drains, the second gives up, and neither loses what was recorded.

use std::{
    process::{Child, Stdio},
    time::{Duration, Instant},
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};

use crate::{
    resume::recorded,
    server::reply,
    study::{RUN, Study},
    support::{
        answer::Answer,
        program::{Ended, Folder},
        server::FaultServer,
    },
};

fn interrupt(program: &Child) {
    send(program, Signal::SIGINT);
}

fn send(program: &Child, signal: Signal) {
    kill(Pid::from_raw(i32::try_from(program.id()).unwrap()), signal).unwrap();
}

fn until_asked(server: &FaultServer, count: usize) {
    let patience = Instant::now() + Duration::from_mins(2);
    while server.count() < count {
        assert!(Instant::now() < patience, "{} of {count} requests", server.count());
        std::thread::sleep(Duration::from_millis(2));
    }
}

fn files_of_run(folder: &Folder) -> Vec<String> {
    let run = folder.run();
    folder.names(run.to_str().unwrap()).into_iter().filter(|name| !name.starts_with('.')).collect()
}

#[test]
fn the_first_signal_finishes_calls_in_flight_and_running_again_completes() {
    for (signal, code) in [(Signal::SIGINT, 130), (Signal::SIGTERM, 143), (Signal::SIGHUP, 129)] {
        drains(signal, code);
    }
}

fn drains(signal: Signal, code: i32) {
    let server = FaultServer::start(|arrival| {
        Answer::Later(Duration::from_millis(400), Box::new(reply(&arrival.body)))
    });
    let folder = Study::at(&server).wide().folder();
    let program = folder.words(RUN).start();
    until_asked(&server, 3);
    send(&program, signal);
    let ended = Ended::of(program.wait_with_output().unwrap());
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(code), ""), "{ended}");
    let told = ended.stderr.lines().map(|line| line.split(';').next().unwrap()).collect::<Vec<_>>();
    assert!(told.contains(&"finishing calls in flight"), "{ended}");
    assert!(ended.stderr.contains("run the same command again"), "{ended}");
    assert_eq!(files_of_run(&folder), [""; 0], "an interrupted run reports nothing");
    let asked = server.count();
    assert!(asked <= 5, "{asked}: nothing new starts");

    let again = folder.words(RUN).ends(0);
    assert!(again.stderr.contains(" 0 failed"), "{again}");
    assert!(server.per_body().values().all(|times| *times == 1), "what was in flight was kept");
    assert!(files_of_run(&folder).contains(&"findings.json".to_owned()));
}

#[test]
fn the_second_signal_gives_up_what_is_in_flight() {
    let server = FaultServer::start(|_| Answer::Stall);
    let folder = Study::at(&server).folder();
    let program = folder.words(RUN).start();
    until_asked(&server, 1);
    let began = Instant::now();
    send(&program, Signal::SIGTERM);
    std::thread::sleep(Duration::from_millis(200));
    interrupt(&program);
    let ended = Ended::of(program.wait_with_output().unwrap());
    assert_eq!(ended.code, Some(143), "the first signal decides: {ended}");
    assert!(began.elapsed() < Duration::from_secs(10), "it does not wait for the endpoint's timeout");
    assert!(ended.stderr.contains("giving up calls in flight"), "{ended}");
    assert_eq!(files_of_run(&folder), [""; 0]);
    let baselines = recorded(&folder);
    assert!(baselines <= 8, "no call of the server was recorded, only the scripted judge's: {baselines}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_run_below_nohup_outlives_its_terminal() {
    let server = FaultServer::start(|arrival| {
        Answer::Later(Duration::from_millis(200), Box::new(reply(&arrival.body)))
    });
    let folder = Study::at(&server).folder();
    let line = format!("trap '' HUP; exec {} {RUN}", env!("CARGO_BIN_EXE_corater"));
    let mut shell = std::process::Command::new("sh");
    shell.args(["-c", &line]).current_dir(folder.path("")).env_clear();
    let program = shell.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    until_asked(&server, 1);
    send(&program, Signal::SIGHUP);
    let ended = Ended::of(program.wait_with_output().unwrap());
    assert_eq!(ended.code, Some(0), "{ended}");
}
