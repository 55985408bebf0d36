//! What leaves the program, and what does not: redaction at load, words of sessions in logs and CI files, endpoints
//! elsewhere, and a session whose consent was withdrawn.

use std::path::Path;

use serde_json::{Value, json};

use crate::support::program::{FEW_RESAMPLES, Folder, SMALL, stretches};

/// Two invented sessions full of identifiers.
const TURNS: [(&str, &str, &str); 8] = [
    (
        "t1",
        "thinker",
        "Hi, I'm Joanna Quill, my landlord Mr Brandt keeps mailing joanna.quill@mail.example about the rent",
    ),
    (
        "t1",
        "helper",
        "Thanks for telling me, Joanna. What goes through your mind when his mails arrive in the morning?",
    ),
    (
        "t1",
        "thinker",
        "that he will call +1 555 867 5309 again, and that I am worthless; file no. 48213377 is his idea of a joke",
    ),
    ("t1", "helper", "When you think that you are worthless, how does that feel, and what do you do then?"),
    (
        "t2",
        "thinker",
        "I posted it on https://quill.example/diary from 203.0.113.77 on 3 May 2021 and now nobody writes",
    ),
    (
        "t2",
        "helper",
        "That sounds lonely. Which thought hurts the most when you look at the page with no answers?",
    ),
    (
        "t2",
        "thinker",
        "that Joanna only pretends to like me and everyone at work sees how boring I really am",
    ),
    ("t2", "helper", "What would you tell a friend who read so much into one quiet evening, do you think?"),
];

/// What must be gone from everything a run writes.
const PLANTED: [&str; 8] =
    ["joanna", "quill", "brandt", "mail.example", "867 5309", "48213377", "203.0.113.77", "may 2021"];

fn sessions() -> String {
    let line = |(session, speaker, text): &(&str, &str, &str)| json!({"session": session, "speaker": speaker, "text": text});
    TURNS.iter().map(|turn| line(turn).to_string() + "\n").collect()
}

fn experiment(redact: &str, more: &str) -> String {
    format!(
        "models: [{{id: warm, model: baseline/warm}}]\nprompts: [{{id: brief, file: 'builtin:helpert-brief'}}]\n\
         sessions:\n  - id: talks\n    path: talks.jsonl\n    format: jsonl\n    roles: {{client: [thinker], counselor: [helper]}}\n    \
         counselor: human\n    client: human\n    language: en\n    consent: invented\n    public: false\n{redact}\
         judges: [{{id: scripted, model: baseline/judge}}]\nrubric: {{file: 'builtin:ctrs', items: [agenda, feedback]}}\n\
         flags: {{lexicons: ['builtin:deceptive-empathy']}}\nrun: {{bootstrap: 100}}\n{more}"
    )
}

const REDACT: &str = "    redact: {names: [Joanna Quill], names_file: names.txt}\n";

fn folder(redact: &str, more: &str) -> Folder {
    Folder::empty()
        .file("talks.jsonl", sessions())
        .file("names.txt", "Brandt\n\n")
        .file("e.yaml", experiment(redact, more))
}

/// Every file below a folder, with its bytes as text.
fn files(root: &Path) -> Vec<(String, String)> {
    let entries = walkdir::WalkDir::new(root).into_iter().map(Result::unwrap);
    let files = entries.filter(|entry| entry.file_type().is_file());
    files
        .map(|entry| {
            let bytes = std::fs::read(entry.path()).unwrap();
            (entry.path().display().to_string(), String::from_utf8_lossy(&bytes).into_owned())
        })
        .collect()
}

#[test]
fn no_planted_identifier_reaches_the_ledger_or_a_file_of_the_run() {
    let folder = folder(REDACT, "");
    let ended = folder.words("run e.yaml --require-redacted --display none").ends(0);
    for (name, text) in files(&folder.path("runs")) {
        let lower = text.to_lowercase();
        for planted in PLANTED {
            assert!(!lower.contains(planted), "{planted:?} in {name}");
        }
    }
    assert!(!ended.stdout.to_lowercase().contains("joanna"), "{ended}");
    let manifest = folder.json_of_run("manifest.json");
    let counts = manifest["redaction"][0]["counts"].as_array().unwrap();
    let found: Vec<String> = counts
        .iter()
        .map(|c| format!("{} {} {}", c["kind"].as_str().unwrap(), c["found"], c["different"]))
        .collect();
    assert_eq!(found, ["name 4 2", "email 1 1", "phone 1 1", "url 1 1", "ip 1 1", "date 1 1", "id 1 1"]);
    assert_eq!(manifest["experiment"]["sessions"][0]["redact"]["names"], 2);
    assert!(manifest["source_text"].as_str().unwrap().contains("names: [[NAME_1]]"));
    let turns = folder.lines_of_run("sessions.jsonl");
    let text =
        turns.iter().find(|s| s["id"] == "t1").unwrap()["turns"][0]["text"].as_str().unwrap().to_owned();
    assert_eq!(text, "Hi, I'm [NAME_1], my landlord Mr [NAME_2] keeps mailing [EMAIL_1] about the rent");
    let told = "redacted at load: 4 name (2 different), 1 email (1 different)";
    assert!(folder.of_run("report.md").contains(told), "{}", folder.of_run("report.md"));
}

#[test]
fn a_source_that_is_not_redacted_is_refused_where_redaction_is_required() {
    let said = folder("", "").words("run e.yaml --require-redacted").fails(2);
    assert!(said.contains("the source is not redacted, and `require_redacted` is set"), "{said}");
    let said =
        folder("    redact: {kinds: [email]}\n", "").words("validate e.yaml --require-redacted").fails(2);
    assert!(said.contains("some kinds are left") && said.contains("no names are listed"), "{said}");
    folder("    redacted: true\n", "").words("validate e.yaml --require-redacted").ends(0);
    let said = folder("    redact: {ids: ['(', 'a*']}\n", "").words("validate e.yaml").fails(2);
    assert!(said.contains("not a regular expression") && said.contains("matches the empty text"), "{said}");
    let named = Folder::empty()
        .file("talks.jsonl", sessions().replace("\"t1\"", "\"joanna-1\""))
        .file("names.txt", "")
        .file("e.yaml", experiment(REDACT, ""));
    let said = named.words("validate e.yaml").fails(2);
    assert!(said.contains("the id of session 1 holds a name") && !said.contains("joanna"), "{said}");
}

#[test]
fn local_only_refuses_an_endpoint_elsewhere_before_anything_is_sent() {
    let remote =
        "endpoints: {far: {base_url: 'https://far.example/v1'}, near: {base_url: 'http://127.0.0.1:9/v1'}}\n";
    let folder = folder("", remote);
    folder.words("validate e.yaml --local-only").ends(0);
    let with_model =
        |endpoint: &str| format!("validate e.yaml --local-only --set models.0.model=openai-api/{endpoint}/m");
    let said = folder.words(&with_model("far")).fails(2);
    assert!(said.contains("endpoint `far` is not on this machine, and `local_only` is set"), "{said}");
    folder.words(&with_model("near")).ends(0);
    let said = folder.words("run e.yaml --local-only --set models.0.model=openai/gpt").fails(2);
    assert!(said.contains("endpoint `openai` is not on this machine"), "{said}");
    assert_eq!(folder.names("runs"), [""; 0]);
}

#[test]
fn destinations_and_the_proxy_before_them_are_told_first() {
    let folder =
        folder("", "endpoints: {far: {base_url: 'http://far.invalid/v1', limits: {max_retries: 0}}}\n");
    let run = "run e.yaml --display none --limit 1 --set models.0.model=openai-api/far/m";
    let ended = folder.words(run).env("HTTP_PROXY", "http://me:pw@127.0.0.1:9").ends(1);
    let first = ended.stderr.lines().next().unwrap();
    assert_eq!(
        first,
        "destination: http://far.invalid/v1 (far), through the proxy 127.0.0.1:9 of HTTP_PROXY"
    );
    assert!(!ended.stderr.contains("pw@"), "{ended}");
}

/// Asserts that a text of a log or of CI holds no five words of the sessions in a row.
fn assert_wordless(what: &str, text: &str) {
    let spoken: std::collections::HashSet<String> =
        TURNS.iter().flat_map(|(_, _, text)| stretches(text)).collect();
    let quoted: Vec<&String> = spoken.iter().filter(|five| stretches(text).contains(*five)).collect();
    assert!(quoted.is_empty(), "{what} holds {quoted:?}");
}

#[test]
fn no_words_of_a_session_reach_logs_errors_or_files_for_ci() {
    let refused = "endpoints: {down: {base_url: 'http://127.0.0.1:9/v1', limits: {max_retries: 0}}}\n";
    let folder = folder("", refused);
    // Runs that work, fail at the endpoint, and are asked again offline.
    folder.words("run e.yaml").ends(0);
    let down = "--set models.0.model=openai-api/down/m --set judges.0.model=openai-api/down/m";
    let lines = [
        "run e.yaml",
        "plan e.yaml",
        "plan e.yaml --tasks",
        "validate e.yaml",
        "gate latest -o g.junit.xml -o g.json",
        "calibrate latest",
        "label-budget latest",
    ];
    let mut said: Vec<(String, String)> = Vec::new();
    for line in lines {
        let ended = folder.words(line).ended();
        said.push((format!("stderr of {line}"), ended.stderr));
        if !line.starts_with("run") {
            said.push((format!("stdout of {line}"), ended.stdout));
        }
    }
    for line in [format!("run e.yaml {down}"), format!("run e.yaml --offline {down}")] {
        said.push((line.clone(), folder.words(&line).ends(1).stderr));
    }
    // Sources and tables in which the words stand where something else is expected.
    for (change, text) in [
        ("columns: {speaker: text}", sessions()),
        ("columns: {session: text}", sessions()),
        ("columns: {order: text}", sessions()),
        ("columns: {text: words}", sessions()),
        ("", sessions().replace("helper", TURNS[1].2)),
        ("", sessions().replace('{', "")),
        ("", TURNS.map(|turn| turn.2).join("\n")),
        ("", format!("session,speaker,text\n{}", TURNS.map(|turn| turn.2).join("\n"))),
    ] {
        let yaml =
            experiment("", "").replace("    format: jsonl\n", &format!("    format: jsonl\n    {change}\n"));
        let bad = Folder::empty().file("talks.jsonl", &text).file("e.yaml", &yaml);
        said.push((format!("validate, {change}"), bad.words("validate e.yaml").fails(2)));
        let csv = yaml.replace("format: jsonl", "format: csv");
        let bad = Folder::empty().file("talks.jsonl", &text).file("e.yaml", csv);
        said.push((format!("validate as csv, {change}"), bad.words("validate e.yaml").fails(2)));
    }
    let rows: String = TURNS
        .iter()
        .map(|(session, _, text)| {
            [session, "\"", text, "\",\"", text, "\",\"", text, "\"\n"].concat().replacen('"', ",\"", 1)
        })
        .collect();
    let table = "ratings: [{id: panel, path: r.csv, scale: {min: 0, max: 6}}]\n";
    let bad = Folder::empty().file("talks.jsonl", sessions()).file("e.yaml", experiment("", table));
    let bad = bad.file("r.csv", format!("session,item,rater,score\n{rows}"));
    said.push(("ratings".into(), bad.words("validate e.yaml").fails(2)));
    said.push(("agree".into(), bad.words("agree r.csv --scale 0..6").ends(2).stderr));
    for name in ["g.junit.xml", "g.json"] {
        said.push((name.into(), folder.read(name)));
    }
    for (name, text) in files(&folder.path("runs")) {
        if ["manifest.json", "estimates.csv", "usage.json", "operations.html"]
            .iter()
            .any(|kept| name.ends_with(kept))
        {
            said.push((name, text));
        }
    }
    assert!(said.len() > 30, "{}", said.len());
    for (what, text) in said {
        assert_wordless(&what, &text);
    }
}

#[test]
fn a_forgotten_session_is_gone_and_stays_gone() {
    let folder = folder("", "");
    folder.words("run e.yaml --display none").ends(0);
    let run = folder.run();
    let left = |folder: &Folder, session: &str| {
        let spoken: Vec<String> = TURNS
            .iter()
            .filter(|t| t.0 == session && t.1 == "thinker")
            .flat_map(|t| stretches(t.2))
            .collect();
        let texts = files(&folder.path("runs"));
        let held = texts.iter().filter(|(_, text)| {
            let found = stretches(text);
            spoken.iter().any(|five| found.contains(five))
        });
        held.map(|(name, _)| name.rsplit('/').next().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert!(left(&folder, "t1").len() >= 3, "{:?}", left(&folder, "t1"));
    let ended = folder.words("forget t1").ends(0);
    assert!(ended.stdout.starts_with("forgotten: ") && ended.stdout.ends_with("1 run is stale\n"), "{ended}");
    assert_eq!(left(&folder, "t1"), [""; 0]);
    assert!(!folder.read("runs/tombstones.jsonl").contains("t1"));
    let kept: Vec<String> = std::fs::read_dir(&run)
        .unwrap()
        .map(|e| e.unwrap().file_name().into_string().unwrap())
        .filter(|n| !n.starts_with('.'))
        .collect();
    assert!(
        kept.contains(&"stale.json".to_owned()) && !kept.contains(&"sessions.jsonl".to_owned()),
        "{kept:?}"
    );

    for line in ["run e.yaml", "plan e.yaml", "validate e.yaml"] {
        let said = folder.words(line).fails(2);
        assert!(said.contains("consent was withdrawn for session \"t1\""), "{said}");
    }
    let said = folder.words("report latest").fails(1);
    assert!(said.contains("is stale: consent was withdrawn for 1 of its sessions"), "{said}");
    // The same text under another id.
    let renamed = sessions().replace("\"t1\"", "\"t9\"");
    std::fs::write(folder.path("talks.jsonl"), renamed).unwrap();
    let said = folder.words("run e.yaml").fails(2);
    assert!(said.contains("consent was withdrawn for session \"t9\""), "{said}");
    // The other session is asked nothing again.
    std::fs::write(folder.path("talks.jsonl"), sessions()).unwrap();
    let ended = folder.words("run e.yaml --display none --filter-sessions t2").ends(0);
    assert!(ended.stderr.starts_with("0 calls made, "), "{ended}");
}

#[test]
fn a_session_of_an_interrupted_run_is_forgotten_by_its_source() {
    let folder = folder("", "");
    folder.words("run e.yaml --display none").ends(0);
    std::fs::remove_dir_all(folder.run()).unwrap();
    let ended = folder.words("forget t1").ends(0);
    assert!(ended.stdout.contains("left the ledger, 0 runs are stale"), "{ended}");
    let held = std::fs::read(folder.path("runs/ledger.db")).unwrap();
    assert!(!String::from_utf8_lossy(&held).contains("my landlord"));
    let again = folder.words("forget t1 e.yaml").ends(0);
    assert!(again.stdout.starts_with("forgotten: 0 calls and 0 texts"), "{again}");
    folder.words("forget nobody e.yaml").fails(2);
}

#[cfg(unix)]
#[test]
fn everything_under_runs_is_the_owners_alone() {
    use std::os::unix::fs::PermissionsExt;

    let folder = Folder::empty();
    folder.words("run").more(SMALL).more([FEW_RESAMPLES]).ends(0);
    let session: Value = folder.lines_of_run("sessions.jsonl")[0].clone();
    folder.words("forget").more([session["source"].as_str().unwrap()]).ends(0);
    for entry in walkdir::WalkDir::new(folder.path("runs")).into_iter().map(Result::unwrap) {
        let mode = entry.metadata().unwrap().permissions().mode() & 0o777;
        let expected = if entry.file_type().is_dir() { 0o700 } else { 0o600 };
        assert_eq!(mode, expected, "{}", entry.path().display());
    }
}
