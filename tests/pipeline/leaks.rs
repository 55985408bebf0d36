//! Servers that repeat what they were sent, in any form and any field: the words of a session stay in the ledger, and
//! the key stands nowhere.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use walkdir::WalkDir;

use crate::{
    server::reply,
    study::{RUN, Study},
    support::{
        answer::Answer,
        program::{Ended, Folder},
        server::FaultServer,
    },
};

const KEY: &str = "sk-invented/0123+4567";
/// Two words of the client in each disguise.
const TELLING: [&str; 6] =
    ["counting the", "counting_the", "counting%20the", "counting-the", "counting\", \"the", "\\u0063\\u006f"];
const CLIENT: &str = "I keep counting the stairs on my way to work.";

/// Places below the folder, and streams, that hold one of these words; the ledger apart where it may hold them.
fn holding(folder: &Folder, ended: &Ended, words: &[&str], ledger_too: bool) -> Vec<String> {
    let holds = |bytes: &[u8]| {
        let text = String::from_utf8_lossy(bytes).to_lowercase();
        words.iter().any(|word| text.contains(&word.to_lowercase()))
    };
    let mut found: Vec<String> = [("stdout", &ended.stdout), ("stderr", &ended.stderr)]
        .into_iter()
        .filter(|(_, text)| holds(text.as_bytes()))
        .map(|(name, _)| name.to_owned())
        .collect();
    for entry in WalkDir::new(folder.path("runs")).into_iter().map(Result::unwrap) {
        let name = entry.file_name().to_string_lossy().into_owned();
        if entry.file_type().is_file()
            && (ledger_too || !name.starts_with("ledger.db"))
            && holds(&std::fs::read(entry.path()).unwrap())
        {
            found.push(name);
        }
    }
    found
}

/// The words that tell, in every form in which a server could give them back.
fn disguises() -> Vec<String> {
    vec![
        CLIENT.to_owned(),
        CLIENT.to_uppercase(),
        CLIENT.replace(' ', "_").trim_end_matches('.').to_owned(),
        CLIENT.replace(' ', "%20"),
        CLIENT.replace(' ', "-").to_lowercase(),
        CLIENT.split(' ').collect::<Vec<_>>().join("\", \""),
        "counting the".to_owned(),
        CLIENT.chars().map(|c| format!("\\u{:04x}", u32::from(c))).collect::<Vec<_>>().concat(),
    ]
}

/// Errors in every shape that servers use, with the words in every field.
fn errors() -> Vec<Value> {
    let shapes = |said: String| {
        [
            json!({"error": {"message": said, "code": said, "type": said, "param": said}}),
            json!({"error": said}),
            json!({"detail": [{"input": said, "msg": said, "type": said}]}),
            json!({"error": {"status": said, "message": said, "details": [{"reason": said}]}}),
            json!({"message": said, "type": said, "code": said}),
        ]
    };
    disguises().into_iter().flat_map(shapes).collect()
}

#[test]
fn a_servers_error_shows_no_word_of_a_session_whatever_field_it_stands_in() {
    let errors = errors();
    for (turn, status) in [200, 400, 403, 422, 429, 500].into_iter().enumerate() {
        let told = errors.clone();
        let server = FaultServer::start(move |arrival| {
            Answer::json(status, &told[(turn * 7 + arrival.nth) % told.len()])
        });
        let folder = Study::at(&server).folder();
        for _ in 0..3 {
            let ended = folder.words(RUN).more(["--retry-errors"]).ended();
            assert_eq!(ended.code, Some(1), "{ended}");
            let mut places = holding(&folder, &ended, &TELLING, false);
            places.retain(|name| !["sessions.jsonl", "report.html"].contains(&name.as_str()));
            assert_eq!(places, [""; 0], "{status}: {ended}");
        }
    }
}

#[test]
fn what_a_server_said_is_printed_on_request() {
    let server = FaultServer::start(|_| {
        Answer::json(400, &json!({"error": {"message": "cannot read 'counting the stairs'", "type": "odd"}}))
    });
    let folder = Study::at(&server).of_one_session().folder();
    let ended = folder.words(RUN).ends(1);
    assert!(ended.stderr.contains("HTTP 400: the server refused the request"), "{ended}");
    assert!(ended.stderr.contains("corater ledger show CALL"), "{ended}");
    let listed = folder.words("ledger list --failures").prints();
    let line: Vec<&str> = listed.lines().last().unwrap().split_whitespace().collect();
    let (number, key) = (line[0], line[2]);
    for call in [number, key] {
        let shown = folder.words(&format!("ledger show {call}")).prints();
        assert!(shown.contains("cannot read 'counting the stairs'"), "{shown}");
        assert!(
            !shown.contains("something breaks"),
            "what was asked is printed only with --request: {shown}"
        );
    }
    let asked = folder.words(&format!("ledger show {number} --request --json")).prints();
    let asked: Value = serde_json::from_str(&asked).unwrap();
    assert!(asked["request"]["messages"].to_string().contains(CLIENT), "{asked}");
    assert!(folder.words("ledger show 12").fails(2).contains("holds no call 12"));
    assert!(folder.words("ledger show ffffffffff").fails(2).contains("no call whose key begins with"));
    assert!(folder.words("ledger show first").fails(2).contains("neither a call's number nor"));
}

#[test]
fn a_key_stands_nowhere_however_it_stands_in_its_variable() {
    let percent = KEY.replace('/', "%2F").replace('+', "%2B");
    let copies = [KEY.to_owned(), KEY.to_uppercase(), percent];
    let said = copies.join(" and ");
    for around in ["", " ", "\n", "\r\n", "\t "] {
        let said = said.clone();
        let server = FaultServer::start(move |arrival| match arrival.nth % 4 {
            0 => Answer::json(401 + 99, &json!({"error": {"message": said, "code": said, "type": said}})),
            1 => Answer::text(&arrival.body, &said),
            2 => {
                let body = json!({"error": said}).to_string().replace('/', "\\/");
                Answer::bytes(500, "application/json", body)
            }
            _ => {
                let mut answer = Answer::usual(&arrival.body).response();
                let body =
                    String::from_utf8(answer.body).unwrap().replace("chatcmpl-0", &said.replace('\\', ""));
                answer.body =
                    body.replace("\"model\":", &format!("\"model\": \"{KEY}\", \"x\":")).into_bytes();
                Answer::Response(answer)
            }
        });
        let folder = Study::at(&server).folder();
        let experiment = folder.read("experiment.yaml").replace("limits:", "api_key_env: LAB_KEY, limits:");
        let folder = folder.file("experiment.yaml", experiment);
        for _ in 0..3 {
            let call = folder
                .words("run experiment.yaml --display json")
                .env("LAB_KEY", &format!("{around}{KEY}{around}"));
            let ended = call.ended();
            let places = holding(&folder, &ended, &["0123+4567", "0123%2B4567"], true);
            assert_eq!(places, [""; 0], "{around:?}: {ended}");
        }
        assert!(
            server
                .arrivals()
                .iter()
                .all(|arrival| arrival.header("authorization") == Some(&format!("Bearer {KEY}")))
        );
    }
}

#[test]
fn a_variable_that_holds_only_white_space_is_no_key() {
    let server = FaultServer::start(|arrival| reply(&arrival.body));
    let folder = Study::at(&server).of_one_session().folder();
    let experiment = folder.read("experiment.yaml").replace("limits:", "api_key_env: LAB_KEY, limits:");
    let folder = folder.file("experiment.yaml", experiment);
    let ended = folder.words(RUN).env("LAB_KEY", " \n").ends(1);
    assert!(ended.stderr.contains("its key's variable LAB_KEY is not set"), "{ended}");
    assert_eq!(server.count(), 0);
}

#[test]
fn an_error_of_eight_megabytes_holds_nothing_up() {
    let said = CLIENT.repeat(8 * 1024 * 1024 / CLIENT.len());
    for body in
        [json!({"error": {"message": said, "type": said}}), json!({"error": said}), json!({"detail": said})]
    {
        let server = FaultServer::start(move |_| Answer::json(400, &body));
        let folder = Study::at(&server).folder();
        let began = Instant::now();
        folder.words(RUN).ends(1);
        // Four such errors; the comparison that stood here before took minutes for one.
        assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
    }
}
