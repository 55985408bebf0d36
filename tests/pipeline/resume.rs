//! Resume is running again: a run killed at random moments ends like one that was not.

use std::{
    process::Child,
    time::{Duration, Instant},
};

use corater::store::Ledger;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use sqlx::{Connection, SqliteConnection, sqlite::SqliteConnectOptions};

use crate::{
    server::reply,
    study::{RATINGS, RUN, Study, assert_same, derived},
    support::{answer::Answer, program::Folder, server::FaultServer},
};

const ROUNDS: usize = 5;
/// As the endpoint of the study declares.
const CONCURRENCY: usize = 4;

fn waited<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
}

/// How many calls the ledger of a folder holds.
pub(crate) fn recorded(folder: &Folder) -> usize {
    let path = folder.path("runs/ledger.db");
    if !path.exists() {
        return 0;
    }
    waited(async {
        let ledger = Ledger::open(&path).await.unwrap();
        let calls = ledger.summary().await.unwrap().calls;
        ledger.close().await.unwrap();
        usize::try_from(calls).unwrap()
    })
}

/// Waits until the server was asked this often, or the program has ended.
fn until(server: &FaultServer, count: usize, program: &mut Child) {
    let patience = Instant::now() + Duration::from_mins(2);
    while server.count() < count && program.try_wait().unwrap().is_none() {
        assert!(Instant::now() < patience, "{} of {count} requests", server.count());
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// Waits until nothing more comes in: a killed program's last requests may still be on their way.
fn until_quiet(server: &FaultServer) {
    let mut count = None;
    while count != Some(server.count()) {
        count = Some(server.count());
        std::thread::sleep(Duration::from_millis(100));
    }
}

#[test]
fn a_run_killed_at_random_moments_ends_like_one_that_was_not() {
    let server = FaultServer::start(|arrival| {
        Answer::Later(Duration::from_millis(20), Box::new(reply(&arrival.body)))
    });
    let study = || Study::at(&server).wide().judged_by_the_model().rated(RATINGS).folder();
    let cut = study();
    let mut chance = ChaCha8Rng::seed_from_u64(20_240_901);
    let (mut lost, mut cut_short) = (0, 0);
    for round in 1..=ROUNDS {
        let (asked, known) = (server.count(), recorded(&cut));
        let mut program = cut.words(RUN).start();
        until(&server, asked + chance.random_range(1..=9), &mut program);
        std::thread::sleep(Duration::from_millis(chance.random_range(0..40)));
        cut_short += usize::from(program.try_wait().unwrap().is_none());
        program.kill().unwrap();
        program.wait().unwrap();
        until_quiet(&server);
        let (asked, known) = (server.count() - asked, recorded(&cut) - known);
        assert!(
            known <= asked && asked - known <= 2 * CONCURRENCY,
            "round {round}: {asked} asked, {known} kept"
        );
        lost += asked - known;
    }
    assert!(cut_short >= 3, "a program that had ended was not cut: {cut_short} of {ROUNDS}");
    cut.words(RUN).ends(0);
    let per_body = server.per_body();
    let repeated: usize = per_body.values().map(|times| times - 1).sum();
    assert_eq!(repeated, lost, "only what was not yet recorded at a kill is asked again");
    assert_eq!(recorded(&cut), per_body.len());

    let whole = study();
    whole.words(RUN).ends(0);
    assert_eq!(server.per_body().len(), per_body.len(), "the same questions were asked");
    assert_same(&derived(&whole), &derived(&cut));
}

/// Takes calls out of the ledger of a folder; how many went.
fn delete(folder: &Folder, which: &'static str) -> u64 {
    let options = SqliteConnectOptions::new().filename(folder.path("runs/ledger.db"));
    waited(async {
        let mut ledger = SqliteConnection::connect_with(&options).await.unwrap();
        let gone = sqlx::query(which).execute(&mut ledger).await.unwrap().rows_affected();
        ledger.close().await.unwrap();
        gone
    })
}

#[test]
fn a_ledger_cut_anywhere_is_filled_again_to_the_same_files() {
    let server = FaultServer::start(|arrival| reply(&arrival.body));
    let folder = Study::at(&server).wide().judged_by_the_model().rated(RATINGS).folder();
    folder.words(RUN).ends(0);
    let whole = derived(&folder);
    for cut in [
        "DELETE FROM calls WHERE id % 3 = 0",
        "DELETE FROM calls WHERE id % 7 <> 1",
        "DELETE FROM calls WHERE id > (SELECT max(id) / 2 FROM calls)",
    ] {
        let asked = server.count();
        let gone = usize::try_from(delete(&folder, cut)).unwrap();
        std::fs::remove_dir_all(folder.run()).unwrap();
        folder.words(RUN).ends(0);
        assert!(
            gone > 0 && server.count() - asked == gone,
            "{cut}: {gone} gone, {} asked",
            server.count() - asked
        );
        assert_same(&whole, &derived(&folder));
    }
}
