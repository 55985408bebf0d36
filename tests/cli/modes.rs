//! The modes in which client turns do not follow each other, as whole runs over scripted counselors.

use serde_json::Value;

use crate::support::program::Folder;

/// The quickstart with few calls.
const FEW: &str = "builtin:quickstart --limit 3 --filter-models warm --filter-prompts helpert --filter-items agenda \
                   --set ratings=[] --set run.bootstrap=100";

/// The reconstructions of the run.
fn reconstructions(folder: &Folder) -> Vec<Value> {
    folder.lines_of_run("sessions.jsonl").into_iter().filter(|session| session["arm"] != "original").collect()
}

fn client(session: &Value) -> Vec<&Value> {
    session["turns"].as_array().unwrap().iter().filter(|turn| turn["speaker"] == "client").collect()
}

#[test]
fn aligned_says_recorded_turns_once_and_reports_what_it_left_out() {
    let folder = Folder::empty();
    folder.words(&format!("run {FEW} --display none --set reconstruct.modes=[aligned]")).ends(0);
    let sessions = folder.lines_of_run("sessions.jsonl");
    for session in reconstructions(&folder) {
        let source = sessions.iter().find(|s| s["id"] == session["source"]).unwrap();
        let mut seen = Vec::new();
        for turn in client(&session) {
            let number = turn["original"].as_u64().unwrap();
            assert!(!seen.contains(&number), "turn {number} twice in {}", session["id"]);
            seen.push(number);
            let recorded =
                source["turns"].as_array().unwrap().iter().find(|t| t["number"] == number).unwrap();
            assert_eq!((&turn["text"], &recorded["speaker"]), (&recorded["text"], &Value::from("client")));
        }
        assert_eq!(
            seen.first().copied(),
            client(source)[0]["number"].as_u64(),
            "it starts where the client did"
        );
    }
    let rows = folder.rows_of_run("estimates.csv");
    let row = rows.iter().find(|row| row["statistic"] == "coverage.client_turns").unwrap();
    assert_eq!((row["arm"].as_str(), row["n"].as_str()), ("warm.helpert.aligned", "3"));
    assert!(folder.of_run("report.md").contains("## Coverage: how much of what the client said comes up"));
    assert!(folder.of_run("report.html").contains("Coverage: how much of what the client said comes up"));
    let usage = folder.json_of_run("usage.json");
    assert!(usage["usage"]["by_model"]["aligner"]["align"]["replies"].as_u64().unwrap() > 0, "{usage}");
    // Known calls are not made again.
    let again = folder.words(&format!("run {FEW} --display none --set reconstruct.modes=[aligned]")).ends(0);
    assert!(again.stderr.starts_with("0 calls made, "), "{again}");
}

const TALK: &str = "session,speaker,text,key\nt,c,hello,\nt,h,What brings you here?,\nt,c,I failed my exam,x\n\
                    t,h,What then?,\nt,c,I told no one,yes\nt,h,Why?,\n";

fn selected(marks: &str, talk: &str) -> Folder {
    let yaml = format!(
        "models: [{{id: warm, model: baseline/warm}}]\nprompts: [{{id: brief, file: 'builtin:helpert-brief'}}]\n\
         sessions:\n  - {{id: talk, path: talk.csv, format: csv, roles: {{client: [c], counselor: [h]}}, counselor: human,\n     \
         client: human, language: en, consent: invented, public: false{marks}}}\n\
         reconstruct: {{modes: [selected]}}\njudges: [{{id: scripted, model: baseline/judge}}]\n\
         rubric: {{file: 'builtin:ctrs', items: [agenda]}}\nrun: {{bootstrap: 100}}\n"
    );
    Folder::empty().file("talk.csv", talk).file("e.yaml", yaml).file("marks.csv", "session,turn\nt,5\n")
}

#[test]
fn selected_uses_the_marked_turns_only_and_refuses_a_session_without_any() {
    let texts = |folder: &Folder| -> Vec<String> {
        folder.words("run e.yaml --display none").ends(0);
        let session = reconstructions(folder).remove(0);
        assert_eq!(
            session["turns"].as_array().unwrap().len(),
            2 * client(&session).len(),
            "each is answered"
        );
        client(&session).iter().map(|turn| turn["text"].as_str().unwrap().to_owned()).collect()
    };
    let by_column = selected(", columns: {selected: key}", TALK);
    assert_eq!(texts(&by_column), ["I failed my exam", "I told no one"]);
    let by_table = selected(", selected: marks.csv", TALK);
    assert_eq!(texts(&by_table), ["I told no one"]);
    let said = selected("", TALK).words("plan e.yaml").fails(2);
    assert!(
        said.contains("session \"t\" has no marked client turn, and `selected` uses those only"),
        "{said}"
    );
    let said =
        selected(", columns: {selected: key}", &TALK.replace("yes", "maybe")).words("plan e.yaml").fails(2);
    assert!(said.contains("talk.csv:6: mark \"maybe\" is not one"), "{said}");
}

#[test]
fn other_marks_are_another_run_and_the_same_calls_stay_known() {
    let folder = selected(", selected: marks.csv", TALK);
    folder.words("run e.yaml --display none").ends(0);
    std::fs::write(folder.path("marks.csv"), "session,turn\nt,3\nt,5\n").unwrap();
    let ended = folder.words("run e.yaml --display none").ends(0);
    assert!(!ended.stderr.starts_with("0 calls made, "), "{ended}");
    let runs = folder.names("runs").into_iter().filter(|name| !name.starts_with("ledger.db"));
    assert_eq!(runs.count(), 2);
}

#[test]
fn context_notes_reach_the_counselor_and_nobody_else() {
    let notes = ", columns: {selected: key}, notes: {path: notes.csv, fields: [Event]}";
    let folder = selected(notes, TALK).file("notes.csv", "session,Event,New Thought\nt,an exam,I may fail\n");
    let plan = folder.words("plan e.yaml --tasks").prints();
    let reconstruct = plan.lines().find(|line| line.contains("reconstruct")).unwrap();
    let task = reconstruct.split_whitespace().next().unwrap();
    let shown = folder.corater(["plan", "e.yaml", "--show", task]).prints();
    assert!(shown.contains("| Event: an exam") && !shown.contains("I may fail"), "{shown}");
}

#[test]
fn a_simulated_client_is_off_unless_its_model_is_named() {
    let folder = Folder::empty();
    let modes = "--set reconstruct.modes=[simulated_client]";
    let said = folder.words(&format!("plan {FEW} {modes}")).fails(2);
    assert!(said.contains("the mode `simulated_client` needs a model"), "{said}");

    let said = folder
        .words(&format!("plan {FEW} {modes}"))
        .more(["--set", "reconstruct.simulated_client={model: warm}"])
        .fails(2);
    assert!(said.contains("is a scripted counselor and cannot write client turns"), "{said}");
    let said =
        folder.words(&format!("plan {FEW}")).more(["--set", "reconstruct.aligner={model: warm}"]).fails(2);
    assert!(said.contains("no mode is `aligned`"), "{said}");
}
