//! Recorded calls on the move: parts of a run on several machines, replays without a network, and what is taken out.

use serde_json::Value;

use crate::{
    server::reply,
    study::{RUN, Study, assert_same, derived},
    support::{answer::Answer, program::Folder, server::FaultServer},
};

fn import(folder: &Folder, from: &Folder) -> Value {
    let file = from.path("calls.jsonl");
    if !file.is_file() {
        from.words("ledger export calls.jsonl").ends(0);
    }
    let words = ["ledger", "import", "--json", file.to_str().unwrap()];
    serde_json::from_str(&folder.corater(words).prints()).unwrap()
}

#[test]
fn parts_of_a_run_come_together_without_another_call() {
    let server = FaultServer::start(|arrival| reply(&arrival.body));
    let study = || Study::at(&server).wide().judged_by_the_model().folder();
    let whole = study();
    whole.words(RUN).ends(0);
    let asked = server.count();

    let parts: Vec<Folder> = ["1/3", "2/3", "3/3"]
        .into_iter()
        .map(|shard| {
            let folder = study();
            let ended = folder.words(RUN).more(["--shard", shard]).ends(0);
            assert!(
                ended.stdout.is_empty() && ended.stderr.contains(&format!("part {shard} is in")),
                "{ended}"
            );
            assert_eq!(folder.names("runs").iter().filter(|name| name.starts_with("demo")).count(), 0);
            folder
        })
        .collect();
    assert_eq!(server.count(), 2 * asked, "the parts together are the whole, and none is in two");

    let merged = study();
    for part in &parts {
        let first = import(&merged, part);
        assert!(first["calls"].as_u64().unwrap() > 0, "{first}");
        let again = import(&merged, part);
        assert_eq!(
            (&again["calls"], &again["texts"]),
            (&0.into(), &0.into()),
            "again makes no difference: {again}"
        );
        assert_eq!(again["kept"], first["calls"]);
    }
    let connections = server.connections();
    let ended = merged.words(RUN).more(["--offline"]).ends(0);
    assert!(ended.stderr.contains("0 calls made"), "{ended}");
    assert_eq!((server.count(), server.connections()), (2 * asked, connections));
    assert_same(&derived(&whole), &derived(&merged));
    let limits = ["--shard", "2/3", "--rpm", "60000", "--max-concurrency", "7"];
    let told = study().words(RUN).more(limits).ends(0);
    assert!(
        told.stderr
            .contains("part 2/3: limits and budget are divided by 3: local: 2 in flight, 20000 requests/min"),
        "{told}"
    );
    for report in [&["--json"][..], &["-o", "x.md"]] {
        let refused = merged.words(RUN).more(["--shard", "1/3"]).more(report.iter().copied()).fails(2);
        assert!(refused.contains("-o and --json cannot be used with --shard"), "{refused}");
    }
    for (bad, told) in [("0/3", "i/n"), ("4/3", "i/n"), ("x", "i/n")] {
        assert!(merged.words(RUN).more(["--shard", bad]).fails(2).contains(told), "{bad}");
    }
}

#[test]
fn offline_names_every_call_that_is_missing() {
    let server = FaultServer::start(|arrival| reply(&arrival.body));
    let folder = Study::at(&server).folder();
    let ended = folder.words(RUN).more(["--offline"]).ends(1);
    assert!(ended.stderr.contains("(turn of `small`) is not in the ledger"), "{ended}");
    let failures = folder.json_of_run("usage.json")["failures"].clone();
    let failures = failures.as_array().unwrap();
    assert_eq!(failures.len(), 4, "one a session: {failures:?}");
    let named = |failure: &Value| {
        let message = failure["message"].as_str().unwrap().to_owned();
        message.split(' ').nth(1).filter(|key| key.len() == 64).map(str::to_owned)
    };
    assert!(
        failures.iter().all(|failure| named(failure).is_some() && failure["attempts"] == 0),
        "{failures:?}"
    );
}

#[test]
fn an_import_never_hides_a_newer_reply_and_a_damaged_file_is_named_by_its_line() {
    let answers = |text: &'static str| FaultServer::start(move |arrival| Answer::text(&arrival.body, text));
    let spoken = |folder: &Folder| {
        let sessions = folder.lines_of_run("sessions.jsonl");
        let made = sessions.into_iter().find(|session| session["arm"] != "original").unwrap();
        made["turns"][1]["text"].as_str().unwrap().to_owned()
    };
    let server = answers("An older word.");
    let study = || Study::at(&server).of_one_session().folder();
    let older = study();
    older.words(RUN).ends(0);
    let newer = study();
    let other = answers("A newer word.");
    let moved = ["--set".to_owned(), format!("endpoints.local.base_url={}", other.base_url())];
    let identity =
        ["--set".to_owned(), format!("endpoints.local.identity=openai_chat|{}", server.base_url())];
    newer.words(RUN).more(&moved).more(&identity).ends(0);
    assert_eq!(spoken(&newer), "A newer word.");
    let kept = import(&newer, &older);
    assert!(kept["kept"].as_u64().unwrap() > 0, "{kept}");
    newer.words(RUN).more(&moved).more(&identity).more(["--offline"]).ends(0);
    assert_eq!(spoken(&newer), "A newer word.", "an older reply hides none");
    import(&older, &newer);
    older.words(RUN).more(["--offline"]).ends(0);
    assert_eq!(spoken(&older), "A newer word.", "a newer one answers");

    let text = older.read("calls.jsonl");
    let damaged = Folder::empty().file("damaged.jsonl", text.replacen("older", "other", 1));
    let refused = damaged.words("ledger import damaged.jsonl").fails(1);
    assert!(refused.contains("damaged.jsonl, line ") && !refused.contains("word"), "{refused}");
    let half = Folder::empty().file("half.jsonl", &text[..text.len() / 2]);
    assert!(half.words("ledger import half.jsonl").fails(1).contains("not a line of an exported ledger"));
    let other = Folder::empty().file("other.jsonl", "{\"format\":\"corater-sessions/1\"}\n");
    assert!(other.words("ledger import other.jsonl").fails(1).contains("expected corater-ledger/2"));
}

#[test]
fn what_no_longer_answers_can_be_taken_out_and_what_answers_stays() {
    let server = FaultServer::start(|arrival| match arrival.nth {
        0 => Answer::error(500, "hiccup"),
        _ => reply(&arrival.body),
    });
    let folder = Study::at(&server).of_one_session().folder();
    folder.words(RUN).ends(1);
    folder.words(RUN).ends(0);
    folder.words(RUN).more(["--no-cache"]).ends(0);
    let before = derived(&folder);
    let list = || -> Value { serde_json::from_str(&folder.words("ledger list --json").prints()).unwrap() };
    let calls = list()["summary"]["calls"].as_u64().unwrap();
    let would = folder.words("ledger prune --superseded --dry-run --json").prints();
    let gone = folder.words("ledger prune --superseded --json").prints();
    assert_eq!(would, gone, "what would go goes");
    let gone: Value = serde_json::from_str(&gone).unwrap();
    let summary = list()["summary"].clone();
    assert_eq!(summary["calls"].as_u64().unwrap(), calls - gone["calls"].as_u64().unwrap());
    assert_eq!(
        (&summary["keys"], &summary["failures"]),
        (&summary["calls"], &0.into()),
        "one call a question"
    );
    let asked = server.count();
    folder.words(RUN).more(["--offline"]).ends(0);
    assert_eq!(server.count(), asked);
    assert_same(&before, &derived(&folder));
    assert!(folder.words("ledger prune").fails(2).contains("--superseded"));
    folder.words("ledger prune --before 2100-01-01").ends(0);
    assert_eq!((&list()["summary"]["calls"], &list()["summary"]["texts"]), (&0.into(), &0.into()));
    assert!(Folder::empty().words("ledger list").fails(2).contains("there is no ledger at runs/ledger.db"));
    assert_eq!(folder.words("ledger path").prints(), "runs/ledger.db\n");
}
