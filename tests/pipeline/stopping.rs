//! Ctrl-C: the first drains, the second gives up, and neither loses what was recorded.

use std::{
    process::Child,
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
    kill(Pid::from_raw(i32::try_from(program.id()).unwrap()), Signal::SIGINT).unwrap();
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
fn the_first_ctrl_c_finishes_calls_in_flight_and_running_again_completes() {
    let server = FaultServer::start(|arrival| {
        Answer::Later(Duration::from_millis(400), Box::new(reply(&arrival.body)))
    });
    let folder = Study::at(&server).wide().folder();
    let program = folder.words(RUN).start();
    until_asked(&server, 3);
    interrupt(&program);
    let ended = Ended::of(program.wait_with_output().unwrap());
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(130), ""), "{ended}");
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
fn the_second_ctrl_c_gives_up_what_is_in_flight() {
    let server = FaultServer::start(|_| Answer::Stall);
    let folder = Study::at(&server).folder();
    let program = folder.words(RUN).start();
    until_asked(&server, 1);
    let began = Instant::now();
    interrupt(&program);
    std::thread::sleep(Duration::from_millis(200));
    interrupt(&program);
    let ended = Ended::of(program.wait_with_output().unwrap());
    assert_eq!(ended.code, Some(130), "{ended}");
    assert!(began.elapsed() < Duration::from_secs(10), "it does not wait for the endpoint's timeout");
    assert!(ended.stderr.contains("giving up calls in flight"), "{ended}");
    assert_eq!(files_of_run(&folder), [""; 0]);
    let baselines = recorded(&folder);
    assert!(baselines <= 8, "no call of the server was recorded, only the scripted judge's: {baselines}");
}
