//! A session whose consent was withdrawn: whatever was done with it before, no file below `runs` holds its words after.

use std::{path::Path, time::Duration};

use serde_json::{Value, json};
use sqlx::{Connection, SqliteConnection, sqlite::SqliteConnectOptions};

use crate::support::{
    answer::{Answer, usual_text},
    program::Folder,
    server::FaultServer,
};

/// Three invented sessions: one of short turns, one of long ones, one in a script without blanks.
const SESSIONS: [(&str, [&str; 4]); 3] = [
    ("short", ["my cat Bibo died", "What did you think?", "nobody likes me, Karl", "And then?"]),
    (
        "long",
        [
            "My sister Petronella told the whole village about my \"divorce\" last winter",
            "What went through your mind?",
            "I thought the choir ladies of Oberammergau would laugh at me on Sunday",
            "How sure are you?",
        ],
    ),
    (
        "zh",
        ["我妹妹把我离婚的事告诉了全村的人", "你当时怎么想？", "合唱团的阿姨们会笑话我的", "你有多确定？"],
    ),
];

fn telling(session: &str) -> &'static [&'static str] {
    match session {
        "short" => &["Bibo", "likes me, Karl"],
        "long" => &["Petronella", "Oberammergau", "choir ladies"],
        _ => &["妹妹", "合唱团"],
    }
}

fn sessions(turns: impl Fn(&str, &str) -> String) -> String {
    let mut lines = String::new();
    for (session, texts) in SESSIONS {
        for (at, text) in texts.iter().enumerate() {
            let speaker = ["client", "counselor"][at % 2];
            let line = json!({"session": session, "speaker": speaker, "text": turns(session, text)});
            lines += &line.to_string();
            lines.push('\n');
        }
    }
    lines
}

fn as_said(_: &str, text: &str) -> String {
    text.to_owned()
}

/// Repeats what it is told, as models do, and takes its time.
fn echo(request: &Value) -> Answer {
    let messages = request["messages"].as_array().unwrap();
    let last = messages.last().unwrap()["content"].as_str().unwrap_or_default();
    let text = match request.get("response_format") {
        Some(_) => usual_text(request),
        None => format!("I hear: {last}"),
    };
    Answer::Later(Duration::from_millis(20), Box::new(Answer::text(request, &text)))
}

fn study(server: &FaultServer, modes: &str) -> Folder {
    let helper =
        if modes.contains("simulated") { ", simulated_client: {model: m, exchanges: 2}" } else { "" };
    let yaml = format!(
        "endpoints:\n  local: {{base_url: '{}', identity: local, limits: {{concurrency: 2, max_retries: 0}}}}\n\
         models: [{{id: m, model: openai-api/local/m, decoding: {{temperature: 0, max_tokens: 200}}}}]\n\
         prompts: [{{id: brief, file: 'builtin:helpert-brief'}}]\n\
         sessions:\n  - {{id: talks, path: talks.jsonl, format: jsonl, roles: {{client: [client], counselor: [counselor]}}, \
         counselor: human, client: human, language: en, consent: invented, licence: invented, public: false}}\n\
         reconstruct: {{modes: [{modes}]{helper}}}\njudges: [{{id: J, model: m}}]\n\
         rubric: {{file: 'builtin:ctrs', items: [agenda, feedback]}}\n\
         flags: {{lexicons: ['builtin:deceptive-empathy'], judge: J}}\nethics: {{judges: [J]}}\nrun: {{bootstrap: 100}}\n",
        server.base_url()
    );
    Folder::empty().file("talks.jsonl", sessions(as_said)).file("e.yaml", yaml)
}

/// Files below `runs` that hold telling words of a session, plainly or as JSON escapes them.
fn holding(folder: &Folder, session: &str) -> Vec<String> {
    let ascii = |word: &str| -> String {
        word.chars()
            .map(|c| if c.is_ascii() { c.to_string() } else { format!("\\u{:04x}", c as u32) })
            .collect()
    };
    let mut needles: Vec<Vec<u8>> = telling(session).iter().map(|word| word.as_bytes().to_vec()).collect();
    needles.extend(telling(session).iter().map(|word| ascii(word).into_bytes()));
    let holds = |path: &Path| {
        let bytes = std::fs::read(path).unwrap();
        needles.iter().any(|needle| bytes.windows(needle.len()).any(|window| window == needle))
    };
    let entries = walkdir::WalkDir::new(folder.path("runs")).into_iter().filter_map(Result::ok);
    let files = entries.filter(|entry| entry.file_type().is_file() && holds(entry.path()));
    files.map(|entry| entry.path().strip_prefix(folder.path("")).unwrap().display().to_string()).collect()
}

/// What happened before the session was forgotten.
#[derive(Debug, Clone, Copy)]
struct Before {
    modes: &'static str,
    /// Killed after so many requests; none for a run that came to its end.
    killed: Option<usize>,
    /// The source says something else since.
    edited: bool,
    /// Another session was forgotten first.
    second: bool,
    /// The experiment is named.
    named: bool,
}

fn forgotten(before: Before, session: &str) {
    let server = FaultServer::start(|arrival| echo(&arrival.body));
    let folder = study(&server, before.modes);
    match before.killed {
        None => drop(folder.words("run e.yaml --display none").ended()),
        Some(requests) => {
            let mut program = folder.words("run e.yaml --display none").start();
            while server.count() < requests && program.try_wait().unwrap().is_none() {
                std::thread::sleep(Duration::from_millis(2));
            }
            program.kill().unwrap();
            program.wait().unwrap();
        }
    }
    if before.edited {
        let other = |which: &str, text: &str| {
            if which == session { format!("{} letters", text.len()) } else { text.to_owned() }
        };
        std::fs::write(folder.path("talks.jsonl"), sessions(other)).unwrap();
    }
    if before.second {
        let first = if session == "short" { "long" } else { "short" };
        folder.words("forget").more([first, "e.yaml"]).ended();
    }
    let was_there = !holding(&folder, session).is_empty();
    let call = folder.words("forget").more([session]);
    let ended = if before.named { call.more(["e.yaml"]) } else { call }.ended();
    assert_eq!(holding(&folder, session), [""; 0], "{before:?} {session}\n{ended}");
    // What was killed before it wrote anything left nothing to find.
    let codes = if was_there { vec![Some(0)] } else { vec![Some(0), Some(2)] };
    assert!(codes.contains(&ended.code), "{before:?} {session}\n{ended}");
}

#[test]
fn no_word_is_left_of_a_finished_run() {
    for (modes, session, second) in [
        ("replay", "short", true),
        ("teacher_forced", "zh", false),
        ("simulated_client", "short", true),
        ("simulated_client", "zh", true),
        ("replay, simulated_client", "long", false),
    ] {
        forgotten(Before { modes, killed: None, edited: false, second, named: !second }, session);
    }
}

#[test]
fn no_word_is_left_of_a_run_that_was_killed_and_whose_source_changed() {
    for (nth, killed) in [3, 9, 17, 25, 33, 41].into_iter().enumerate() {
        let session = ["short", "long", "zh"][nth % 3];
        let modes = ["simulated_client", "replay", "replay, teacher_forced"][nth / 2];
        let before =
            Before { modes, killed: Some(killed), edited: true, second: nth % 2 == 0, named: nth % 3 == 0 };
        forgotten(before, session);
    }
}

fn done(server: &FaultServer) -> Folder {
    let folder = study(server, "replay");
    folder.words("run e.yaml --display none").ended();
    folder
}

#[test]
fn what_killed_writers_and_killed_forgetting_left_goes_too() {
    let server = FaultServer::start(|arrival| echo(&arrival.body));
    let folder = done(&server);
    let run = folder.run();
    std::fs::write(run.join(".sessions.jsonl.tmp"), "half of it: Petronella told the whole vil").unwrap();
    folder.words("forget short").ends(0);
    // A run that is stale, and a file that a cut-off removal left there.
    std::fs::write(run.join("variant-sessions.jsonl"), "My sister Petronella told").unwrap();
    folder.words("forget long").ends(0);
    assert_eq!(holding(&folder, "long"), [""; 0]);
    assert_eq!(
        folder.names(run.to_str().unwrap()),
        [".lock", "estimates.csv", "manifest.json", "stale.json"]
    );
}

#[test]
fn a_copy_below_runs_is_named_and_fails() {
    let server = FaultServer::start(|arrival| echo(&arrival.body));
    let folder = done(&server);
    folder.words("ledger export runs/copy.jsonl").ends(0);
    let ended = folder.words("forget long").ends(1);
    assert!(ended.stderr.contains("words of the session are still in runs/copy.jsonl"), "{ended}");
    assert!(!ended.stderr.contains("Petronella"), "{ended}");
    std::fs::remove_file(folder.path("runs/copy.jsonl")).unwrap();
    folder.words("forget long").ends(0);
    assert_eq!(holding(&folder, "long"), [""; 0]);
}

#[test]
fn nothing_found_is_said_and_the_session_is_refused_all_the_same() {
    let server = FaultServer::start(|arrival| echo(&arrival.body));
    let folder = study(&server, "replay");
    let ended = folder.words("forget long e.yaml").ends(2);
    assert!(ended.stderr.contains("nothing of session \"long\" was found in runs"), "{ended}");
    assert!(folder.words("run e.yaml").fails(2).contains("consent was withdrawn for session \"long\""));
    folder.words("forget nobody").ends(2);
    folder.words("forget nobody").ends(2);
}

#[test]
fn another_session_with_the_same_text_goes_and_what_others_say_alike_stays() {
    let server = FaultServer::start(|arrival| echo(&arrival.body));
    let folder = study(&server, "replay");
    let twin: String = sessions(as_said)
        .lines()
        .filter(|line| line.contains("\"zh\""))
        .map(|line| line.replace("\"zh\"", "\"twin\"") + "\n")
        .collect();
    // `third` begins as `long` does.
    let third = ["client", "counselor", "client"].into_iter().zip([SESSIONS[1].1[0], "Why?", "I wonder"]);
    let third =
        third.map(|(who, text)| json!({"session": "third", "speaker": who, "text": text}).to_string() + "\n");
    let text = sessions(as_said) + &twin + &third.collect::<String>();
    std::fs::write(folder.path("talks.jsonl"), text).unwrap();
    folder.words("run e.yaml --display none").ended();
    folder.words("forget zh").ends(0);
    assert_eq!(holding(&folder, "zh"), [""; 0]);
    folder.words("run e.yaml --display none --filter-sessions third").ended();
    let asked = server.count();
    // The run of `third` alone stays, and so do its calls but those that `long` shares.
    folder.words("forget long").ends(0);
    folder.words("run e.yaml --display none --filter-sessions third").ended();
    let shared = server.arrivals().split_off(asked);
    assert!(shared.iter().all(|arrival| arrival.body["messages"].to_string().contains("Petronella")));
}

#[test]
fn a_run_of_other_sessions_in_which_the_same_is_said_stands() {
    let server = FaultServer::start(|arrival| echo(&arrival.body));
    let folder = study(&server, "replay");
    let third = ["client", "counselor", "client"].into_iter().zip(["I wonder", SESSIONS[1].1[0], "No"]);
    let third =
        third.map(|(who, text)| json!({"session": "third", "speaker": who, "text": text}).to_string() + "\n");
    std::fs::write(folder.path("talks.jsonl"), sessions(as_said) + &third.collect::<String>()).unwrap();
    folder.words("run e.yaml --display none --filter-sessions long").ended();
    folder.words("run e.yaml --display none --filter-sessions third").ended();
    let ended = folder.words("forget long").ends(0);
    assert!(ended.stdout.ends_with("1 run is stale\n"), "{ended}");
    folder.words("report latest").ends(0);
}

fn sql(folder: &Folder, statements: &str) {
    let options = SqliteConnectOptions::new().filename(folder.path("runs/ledger.db"));
    let work = async {
        let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
        sqlx::raw_sql(sqlx::AssertSqlSafe(statements.to_owned())).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
    };
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work);
}

/// Makes a ledger as the version before wrote it: no notes whose words calls are made of, no digests of rows.
const FORMER: &str = "DROP TABLE origins; ALTER TABLE calls DROP COLUMN digest; PRAGMA user_version = 3";

#[test]
fn a_ledger_of_the_version_before_answers_everything_and_forgets_by_words_or_by_notes() {
    let server = FaultServer::start(|arrival| echo(&arrival.body));
    let folder = done(&server);
    let asked = server.count();
    sql(&folder, FORMER);
    // By words: no call has a note.
    folder.words("forget long").ends(0);
    assert_eq!(holding(&folder, "long"), [""; 0]);
    // Answered from the ledger, calls get their notes; then the source's words are not needed any more.
    folder.words("run e.yaml --display none --filter-sessions zh,short").ended();
    assert_eq!(server.count(), asked, "everything was known");
    for entry in std::fs::read_dir(folder.path("runs")).unwrap().map(Result::unwrap) {
        if entry.file_type().unwrap().is_dir() {
            std::fs::remove_dir_all(entry.path()).unwrap();
        }
    }
    folder.words("forget zh").ends(0);
    assert_eq!(holding(&folder, "zh"), [""; 0]);
}

#[test]
fn an_exported_ledger_carries_whose_words_its_calls_are_made_of() {
    let server = FaultServer::start(|arrival| echo(&arrival.body));
    let folder = done(&server);
    folder.words("ledger export calls.jsonl").ends(0);
    let text = folder.read("calls.jsonl");
    assert!(text.starts_with("{\"format\":\"corater-ledger/2\"}"), "{}", &text[..60]);
    let other = Folder::empty().file("calls.jsonl", &text);
    other.words("ledger import calls.jsonl").ends(0);
    other.words("forget zh").ends(0);
    assert_eq!(holding(&other, "zh"), [""; 0]);
    assert!(!holding(&other, "long").is_empty());
    // An export of the version before has none: its calls are known by words.
    let former: String = text
        .replace("corater-ledger/2", "corater-ledger/1")
        .lines()
        .map(|line| {
            let mut line: Value = serde_json::from_str(line).unwrap();
            if let Some(call) = line.get_mut("call").and_then(Value::as_object_mut) {
                call.remove("digest");
                call.remove("origins");
            }
            line.to_string() + "\n"
        })
        .collect();
    let other = Folder::empty().file("calls.jsonl", former).file("e.yaml", folder.read("e.yaml"));
    std::fs::copy(folder.path("talks.jsonl"), other.path("talks.jsonl")).unwrap();
    other.words("ledger import calls.jsonl").ends(0);
    other.words("forget long e.yaml").ends(0);
    assert_eq!(holding(&other, "long"), [""; 0]);
}

#[test]
fn a_call_that_is_not_what_was_recorded_is_named_asked_again_and_refused_offline() {
    let server = FaultServer::start(|arrival| echo(&arrival.body));
    let folder = done(&server);
    let asked = server.count();
    let damage = "UPDATE calls SET reply = replace(reply, 'I hear', 'I fear') WHERE purpose = 'turn'";
    sql(&folder, damage);
    let offline = folder.words("run e.yaml --display none --offline").ended();
    assert_eq!((offline.code, server.count()), (Some(1), asked), "{offline}");
    assert!(offline.stderr.contains("in the ledger is damaged"), "{offline}");
    assert!(!folder.of_run("sessions.jsonl").contains("I fear"));
    let again = folder.words("run e.yaml --display none").ended();
    assert!(again.stderr.contains("in the ledger is damaged"), "{again}");
    assert!(server.count() > asked && !folder.of_run("sessions.jsonl").contains("I fear"));
    let asked = server.count();
    folder.reopen();
    folder.words("run e.yaml --display none --offline").ended();
    assert_eq!(server.count(), asked);
    sql(&folder, "UPDATE calls SET request = '{}' WHERE purpose <> 'turn'");
    let ended = folder.words("run e.yaml --display none --offline").ended();
    assert!(ended.stderr.contains("in the ledger is damaged"), "{ended}");
}
