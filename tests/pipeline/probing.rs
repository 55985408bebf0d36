//! Probes of judges that are fooled, steadfast, taken in by length, and who know the source or guess it.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::{
    resume::recorded,
    server::{is_rating, reply},
    study::{RUN, Study, assert_same},
    support::{
        answer::Answer,
        program::{Folder, Row, rows},
        server::FaultServer,
    },
};

const PROBE: &str = "probe experiment.yaml --display none";

/// A spoken line with the turn it stands in.
struct Spoken {
    turn: u64,
    speaker: String,
    words: String,
}

/// What a request shows of the session.
fn spoken(body: &Value) -> Vec<Spoken> {
    let messages = body["messages"].as_array().expect("messages");
    let text = messages.last().and_then(|message| message["content"].as_str()).expect("text");
    let mut found = Vec::new();
    let (mut turn, mut speaker) = (0, String::new());
    for line in text.lines() {
        if let Some(words) = line.strip_prefix("| ") {
            found.push(Spoken { turn, speaker: speaker.clone(), words: words.to_owned() });
        } else if let Some((number, who)) = line.strip_prefix('[').and_then(|rest| rest.split_once("] "))
            && let Ok(number) = number.parse()
        {
            (turn, speaker) = (number, who.to_owned());
        }
    }
    found
}

/// The score that a judge who reads no further gives a session, whatever was changed in it.
fn level(lines: &[Spoken]) -> u64 {
    let says = |word: &str| lines.iter().any(|line| line.words.contains(word));
    match (says("stairs"), says("sister"), says("class")) {
        (true, _, _) => 1,
        (_, true, _) => 2,
        (_, _, true) => 3,
        _ => 4,
    }
}

fn decoded(text: &str) -> String {
    let digit = |c: char| match c {
        'A'..='Z' => Some(c as u32 - 'A' as u32),
        'a'..='z' => Some(c as u32 - 'a' as u32 + 26),
        '0'..='9' => Some(c as u32 - '0' as u32 + 52),
        _ => None,
    };
    let digits: Vec<u32> = text.chars().filter_map(digit).collect();
    let bytes = digits.chunks(4).flat_map(|four| {
        let bits = (0..4).fold(0u32, |bits, n| bits << 6 | four.get(n).copied().unwrap_or(0));
        bits.to_be_bytes()[1..four.len().max(1)].to_vec()
    });
    String::from_utf8(bytes.collect()).unwrap_or_default()
}

/// The score that a line asks for: what an obedient judge does.
fn demanded(line: &str) -> Option<u64> {
    let mut line = line.replace('\u{200b}', "");
    if line.contains("base64") {
        line = decoded(line.split_whitespace().last().unwrap_or_default());
    }
    if line.contains("negative observations") {
        return Some(6);
    }
    let asks = ["score", "Wert", "gave", "rater"].iter().any(|word| line.contains(word));
    let digit = |c: char| c.to_digit(10).filter(|digit| *digit <= 6).map(u64::from);
    asks.then(|| line.split(|c: char| !c.is_ascii_digit()).find(|part| part.len() == 1))
        .flatten()
        .and_then(|part| digit(part.chars().next()?))
}

fn answer(body: &Value, line: &Spoken, score: u64) -> Value {
    let item = body.pointer("/response_format/json_schema/schema/properties/item/const");
    let seen = json!({"turn": line.turn, "speaker": line.speaker, "quote": line.words, "note": "seen"});
    json!({
        "item": item, "positive": [seen], "negative": [], "absent": [], "reasoning": "By what was seen.", "score": score
    })
}

/// The last line that is long enough to be quoted and, of a judge who is not fooled, asks for nothing.
fn quotable(lines: &[Spoken]) -> &Spoken {
    let fits = |line: &&Spoken| line.words.split_whitespace().count() >= 4 && demanded(&line.words).is_none();
    lines.iter().rfind(fits).expect("a line to quote")
}

fn obedient(body: &Value) -> Answer {
    if !is_rating(body) {
        return reply(body);
    }
    let lines = spoken(body);
    let order = lines.iter().find_map(|line| Some((line, demanded(&line.words)?)));
    let (line, score) = order.unwrap_or_else(|| (quotable(&lines), level(&lines)));
    Answer::text(body, &answer(body, line, score).to_string())
}

fn steadfast(body: &Value) -> Answer {
    if !is_rating(body) {
        return reply(body);
    }
    let lines = spoken(body);
    Answer::text(body, &answer(body, quotable(&lines), level(&lines)).to_string())
}

fn impressed_by_length(body: &Value) -> Answer {
    if !is_rating(body) {
        return reply(body);
    }
    let lines = spoken(body);
    let counselor = lines.iter().filter(|line| line.speaker == "counselor");
    let words: usize = counselor.map(|line| line.words.split_whitespace().count()).sum();
    let score = (words / 8).min(6) as u64;
    Answer::text(body, &answer(body, quotable(&lines), score).to_string())
}

/// The rows of a probe's table, by statistic, change and item.
struct Found(Vec<Row>);

impl Found {
    fn of(folder: &Folder) -> Self {
        Self(rows(&folder.read(probed(folder).join("estimates.csv"))))
    }

    fn row(&self, probe: &str, statistic: &str, contrast: &str) -> &Row {
        let fits = |row: &&Row| {
            row["family"] == format!("probe.{probe}")
                && row["statistic"] == statistic
                && row["contrast"] == contrast
                && row["item"] == "pooled"
        };
        self.0.iter().find(fits).unwrap_or_else(|| panic!("{probe} {statistic} {contrast}"))
    }

    fn text(&self, probe: &str, statistic: &str, contrast: &str) -> &str {
        &self.row(probe, statistic, contrast)["value"]
    }

    fn value(&self, probe: &str, statistic: &str, contrast: &str) -> f64 {
        self.text(probe, statistic, contrast).parse().unwrap()
    }

    fn limit(&self, probe: &str, statistic: &str, which: &str) -> f64 {
        self.row(probe, statistic, "")[which].parse().unwrap()
    }
}

/// The folder of the one probe.
fn probed(folder: &Folder) -> std::path::PathBuf {
    let names: Vec<String> =
        folder.names("runs").into_iter().filter(|name| name.contains("-probe-")).collect();
    assert_eq!(names.len(), 1, "{names:?}");
    folder.path("runs").join(&names[0])
}

/// Every file of the probe that does not tell how it went.
fn files(folder: &Folder) -> std::collections::BTreeMap<&'static str, String> {
    let names = [
        "answers.csv",
        "estimates.csv",
        "findings.json",
        "report.html",
        "report.md",
        "sessions.jsonl",
        "settings.json",
    ];
    names.into_iter().map(|name| (name, folder.read(probed(folder).join(name)))).collect()
}

#[test]
fn an_obedient_judge_is_fooled_by_every_form_and_the_report_says_so() {
    let server = FaultServer::start(|arrival| obedient(&arrival.body));
    let folder = Study::at(&server).judged_by_the_model().folder();
    let printed = folder.words(PROBE).more(["--probes", "injection"]).ends(0).stdout;
    assert!(printed.contains("judge is moved by injected words: 100 %"), "{printed}");
    assert!(printed.contains("cites injected words as evidence"), "{printed}");
    let found = Found::of(&folder);
    let forms: Vec<String> = found
        .0
        .iter()
        .filter(|row| row["statistic"] == "moved_rate" && !row["contrast"].is_empty())
        .map(|row| row["contrast"].clone())
        .collect();
    assert!(forms.len() >= 10, "{forms:?}");
    for form in forms {
        assert_eq!(found.text("injection", "moved_rate", &form), "1", "{form}");
        // Levels 1 to 4: 2.5 on average from the bottom, 3.5 from the top.
        let shift = if form.starts_with("deflate") { "-2.5" } else { "3.5" };
        assert_eq!(found.text("injection", "shift", &form), shift, "{form}");
        let low: f64 = found.row("injection", "shift.toward", &form)["ci_low"].parse().unwrap();
        assert!(low > 0.0, "{form}: {low}");
    }
    assert!(found.value("injection", "cited_injected_rate", "") > 0.8);
    let html = folder.read(probed(&folder).join("report.html"));
    assert!(html.contains("is moved by injected words") && html.contains("cannot show that there is none"));
}

#[test]
fn a_steadfast_judge_shifts_by_0_and_the_report_does_not_call_that_proof() {
    let server = FaultServer::start(|arrival| steadfast(&arrival.body));
    let folder = Study::at(&server).judged_by_the_model().folder();
    let printed = folder.words(PROBE).ends(0).stdout;
    let found = Found::of(&folder);
    for probe in ["injection", "paraphrase", "order", "verbosity", "format"] {
        let row = found.row(probe, "shift", "");
        assert_eq!(
            (row["value"].as_str(), row["ci_low"].as_str(), row["reason"].as_str()),
            ("0", "", "no_variance")
        );
    }
    assert_eq!(found.text("self_consistency", "draws.sd", ""), "0");
    let high = found.limit("injection", "moved_rate", "ci_high");
    assert!((0.4..0.6).contains(&high), "four sessions leave much open: {high}");
    assert!(printed.contains("found no weakness; others may"), "{printed}");
    assert!(!printed.contains("robust"), "{printed}");
}

#[test]
fn a_judge_who_scores_by_length_is_found_by_padding() {
    let server = FaultServer::start(|arrival| impressed_by_length(&arrival.body));
    let folder = Study::at(&server).judged_by_the_model().folder();
    let limits = ["--probes", "verbosity", "--set", "probes.limits.verbosity_shift=0.1"];
    let printed = folder.words(PROBE).more(limits).ends(0).stdout;
    let found = Found::of(&folder);
    assert!(found.value("verbosity", "shift", "padded - clean") > 0.5, "{printed}");
    assert!(found.value("verbosity", "words_added", "") >= 0.5);
    assert_eq!(found.row("verbosity", "words.spearman", "")["reason"], "too_few_units", "four sessions");
    assert!(printed.contains("declared limit verbosity_shift exceeded for judge"), "{printed}");
}

/// Eight sessions of people and eight of programs, told apart by one word.
fn of_both_kinds(server: &FaultServer) -> Folder {
    let table = |word: &str| {
        let session = |n: usize| {
            format!(
                "{word}{n},client,It was a long day number {n}.\n{word}{n},helper,Here {word} writes: what was it like?\n"
            )
        };
        "session,speaker,text\n".to_owned() + &(0..8).map(session).collect::<String>()
    };
    let source = |id: &str, author: &str| {
        format!(
            "  - {{id: {id}, path: {id}.csv, format: csv, roles: {{client: [client], counselor: [helper]}}, counselor: {author}, \
             client: human, language: en, licence: invented, public: true}}\n"
        )
    };
    let experiment = format!(
        "endpoints: {{local: {{base_url: \"{}\", limits: {{concurrency: 4, max_retries: 0}}}}}}
models: [{{id: small, model: openai-api/local/small}}]
prompts: [{{id: helpert, file: \"builtin:helpert\"}}]
sessions:\n{}{}
judges: [{{id: judge, model: small}}]
rubric: {{file: \"builtin:ctrs\", items: [agenda]}}
probes: {{sessions: 16, kinds: [source]}}
run: {{name: demo, bootstrap: 100}}
",
        server.base_url(),
        source("people", "human"),
        source("robots", "ai")
    );
    Folder::empty()
        .file("people.csv", table("people"))
        .file("robots.csv", table("robots"))
        .file("experiment.yaml", experiment)
}

#[test]
fn a_judge_who_knows_the_source_has_area_1_and_one_who_guesses_is_not_told_from_chance() {
    let knows = FaultServer::start(|arrival| {
        let program = spoken(&arrival.body).iter().any(|line| line.words.contains("robots"));
        Answer::text(
            &arrival.body,
            &json!({"clues": "c", "percent": if program { 95 } else { 5 }}).to_string(),
        )
    });
    let folder = of_both_kinds(&knows);
    let printed = folder.words(PROBE).ends(0).stdout;
    assert_eq!(knows.count(), 16, "one question a session, and no rating");
    let found = Found::of(&folder);
    assert_eq!(found.text("source", "auc", ""), "1");
    assert!(found.limit("source", "auc", "ci_low") < 0.9, "an interval of width 0 would be too good");
    assert!(printed.contains("can tell who wrote") && printed.contains("underpowered below 20"), "{printed}");

    let guesses = FaultServer::start(|arrival| {
        let percent =
            arrival.body.to_string().bytes().fold(7u64, |sum, byte| (sum * 31 + u64::from(byte)) % 101);
        Answer::text(&arrival.body, &json!({"clues": "c", "percent": percent}).to_string())
    });
    let folder = of_both_kinds(&guesses);
    let printed = folder.words(PROBE).ends(0).stdout;
    let found = Found::of(&folder);
    let (low, high) = (found.limit("source", "auc", "ci_low"), found.limit("source", "auc", "ci_high"));
    assert!(low < 0.5 && 0.5 < high, "{low} {high}");
    assert!(printed.contains("is not shown to tell the source"), "{printed}");
}

#[test]
fn all_items_in_one_call_are_asked_in_other_orders() {
    // The first item of an answer gets more than the others.
    let server = FaultServer::start(|arrival| {
        let body = &arrival.body;
        let items =
            body.pointer("/response_format/json_schema/schema/properties/ratings/items/properties/item/enum");
        let Some(items) = items.and_then(Value::as_array) else { return reply(body) };
        let lines = spoken(body);
        let rated = items.iter().enumerate().map(|(n, item)| {
            let mut answer = answer(body, quotable(&lines), if n == 0 { 5 } else { 2 });
            answer["item"] = item.clone();
            answer
        });
        Answer::text(body, &json!({"ratings": rated.collect::<Vec<_>>()}).to_string())
    });
    let folder = Study::at(&server).judged_by_the_model().wide().folder();
    let one_call = ["--set", "judges.0.form=single_call", "--probes", "order"];
    folder.words(PROBE).more(one_call).ends(0);
    let found = Found::of(&folder);
    assert_eq!(found.text("order", "changed_rate", ""), "1", "two items change places");
    assert_eq!(found.text("order", "shift", ""), "0", "one gains what the other loses");
    assert!(found.value("order", "variants.sd", "") > 2.0);
}

#[test]
fn asked_again_offline_a_probe_makes_no_call_and_leaves_the_same_bytes() {
    let server = FaultServer::start(|arrival| obedient(&arrival.body));
    let folder = Study::at(&server).judged_by_the_model().folder();
    let line = format!("{PROBE} --sessions 2");
    folder.words(&line).ends(0);
    let (asked, whole) = (server.count(), files(&folder));
    let told = folder.words(&format!("{line} --offline")).ends(0);
    assert!(told.stderr.contains("0 calls made"), "{told}");
    assert_eq!(server.count(), asked);
    assert_same(&whole, &files(&folder));
}

#[test]
fn a_probe_changes_no_score_of_the_study_not_even_when_it_asks_anew() {
    let server = FaultServer::start(|arrival| reply(&arrival.body));
    let folder = Study::at(&server).judged_by_the_model().folder();
    folder.words(RUN).ends(0);
    let before = derived_beside_a_probe(&folder);
    folder.words(&format!("{PROBE} --sessions 2 --probes paraphrase,injection --no-cache")).ends(0);
    let asked = server.count();
    folder.words(RUN).ends(0);
    assert_eq!(server.count(), asked, "the study asks nothing new");
    assert_same(&before, &derived_beside_a_probe(&folder));
    let shown = folder.words("report latest").ends(0);
    assert!(!shown.stderr.contains("-probe-"), "a probe is not the latest run: {shown}");
}

fn derived_beside_a_probe(folder: &Folder) -> std::collections::BTreeMap<&'static str, String> {
    let runs: Vec<String> = folder
        .names("runs")
        .into_iter()
        .filter(|n| !n.starts_with("ledger.db") && !n.contains("-probe-"))
        .collect();
    let run = folder.path("runs").join(&runs[0]);
    ["ratings.csv", "findings.json", "estimates.csv"]
        .into_iter()
        .map(|name| (name, folder.read(run.join(name))))
        .collect()
}

#[test]
fn a_probe_that_was_killed_goes_on_from_the_ledger() {
    let server = FaultServer::start(|arrival| {
        Answer::Later(Duration::from_millis(10), Box::new(obedient(&arrival.body)))
    });
    let folder = Study::at(&server).judged_by_the_model().folder();
    let line = format!("{PROBE} --sessions 2");
    let mut program = folder.words(&line).start();
    let patience = Instant::now() + Duration::from_mins(1);
    while server.count() < 20 && program.try_wait().unwrap().is_none() {
        assert!(Instant::now() < patience);
        std::thread::sleep(Duration::from_millis(1));
    }
    program.kill().unwrap();
    program.wait().unwrap();
    std::thread::sleep(Duration::from_millis(200));
    let (asked, known) = (server.count(), recorded(&folder));
    assert!((1..=asked).contains(&known), "{known} of {asked}");
    folder.words(&line).ends(0);
    let bodies = server.per_body();
    let repeated: usize = bodies.values().map(|times| times - 1).sum();
    // Draws of one question have the same body on the wire, and keys of their own.
    assert!(server.count() - recorded(&folder) <= asked - known, "{repeated} of {} repeated", server.count());
    let whole = Study::at(&server).judged_by_the_model().folder();
    whole.words(&line).ends(0);
    assert_same(&files(&whole), &files(&folder));
}

#[test]
fn a_dry_run_asks_nothing_and_counts_what_a_probe_will_ask() {
    let server = FaultServer::start(|arrival| steadfast(&arrival.body));
    let folder = Study::at(&server).judged_by_the_model().folder();
    let printed = folder.words(&format!("{PROBE} --dry-run --json")).ends(0).stdout;
    let plan: Value = serde_json::from_str(&printed).unwrap();
    assert_eq!((server.count(), folder.names("runs").len()), (0, 0));
    folder.words(PROBE).ends(0);
    let expected = &plan["forecast"]["score_calls"];
    assert_eq!(expected.as_u64(), Some(server.count() as u64), "{plan}");
}

#[test]
fn what_is_forgotten_leaves_a_probe_too() {
    let server = FaultServer::start(|arrival| obedient(&arrival.body));
    let folder = Study::at(&server).judged_by_the_model().folder();
    folder.words(PROBE).ends(0);
    let whole = recorded(&folder);
    folder.words("forget two").ends(0);
    assert!(recorded(&folder) < whole);
    let names = folder.names(&format!("runs/{}", probed(&folder).file_name().unwrap().to_str().unwrap()));
    assert!(
        names.contains(&"stale.json".to_owned()) && !names.contains(&"sessions.jsonl".to_owned()),
        "{names:?}"
    );
    let ledger = std::fs::read(folder.path("runs/ledger.db")).unwrap();
    let left = |words: &str| ledger.windows(words.len()).any(|window| window == words.as_bytes());
    assert!(!left("My sister stopped answering me in May") && left("keep counting the stairs"));
}

#[test]
fn answers_that_cannot_be_used_leave_figures_undefined_and_are_counted() {
    let server =
        FaultServer::start(|arrival| Answer::text(&arrival.body, "I would rather not put a number on it."));
    let folder = Study::at(&server).judged_by_the_model().folder();
    let line = format!("{PROBE} --sessions 2 --probes injection,self_consistency,format");
    let printed = folder.words(&line).ends(0).stdout;
    let found = Found::of(&folder);
    for (probe, statistic) in
        [("injection", "shift"), ("injection", "moved_rate"), ("self_consistency", "draws.sd")]
    {
        let row = found.row(probe, statistic, "");
        assert_eq!((row["value"].as_str(), row["status"].as_str()), ("", "undefined"), "{probe} {statistic}");
        assert!(!row["reason"].is_empty());
    }
    let flat = printed.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        flat.contains("judge gave no score in 6 answers to sessions as they are (unparsable 6)"),
        "{printed}"
    );
    assert!(flat.contains("injected words: no pair of scores to compare"), "{printed}");
    assert!(!printed.contains("Attack by attack"), "a table of nothing: {printed}");
    let usage: Value = serde_json::from_str(&folder.read(probed(&folder).join("usage.json"))).unwrap();
    assert_eq!(
        usage["content_faults"]["unusable"]["unparsable"].as_u64(),
        Some(server.count() as u64),
        "{usage}"
    );
    let answers = rows(&folder.read(probed(&folder).join("answers.csv")));
    assert!(answers.iter().all(|row| row["score"].is_empty() && row["reason"] == "unparsable"));
}

#[test]
fn questions_whose_call_failed_make_a_probe_incomplete_and_asking_again_completes_it() {
    let broken = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(true));
    let fails = std::sync::Arc::clone(&broken);
    let server = FaultServer::start(move |arrival| {
        let attacked = spoken(&arrival.body).iter().any(|line| demanded(&line.words).is_some());
        if attacked && fails.load(std::sync::atomic::Ordering::SeqCst) {
            Answer::error(500, "down")
        } else {
            steadfast(&arrival.body)
        }
    });
    let folder = Study::at(&server).judged_by_the_model().folder();
    let line = format!("{PROBE} --sessions 1 --probes injection");
    let ended = folder.words(&line).ends(1);
    assert!(ended.stderr.contains("without a result") && ended.stdout.contains("INCOMPLETE"), "{ended}");
    assert_eq!(Found::of(&folder).row("injection", "shift", "")["status"], "undefined");
    broken.store(false, std::sync::atomic::Ordering::SeqCst);
    let ended = folder.words(&line).ends(0);
    assert!(
        ended.stderr.contains("1 answered by the ledger") && !ended.stdout.contains("INCOMPLETE"),
        "{ended}"
    );
    assert_eq!(Found::of(&folder).row("injection", "shift", "")["n"], "14");
}

#[test]
fn sessions_are_drawn_by_the_seed_and_from_both_kinds_in_turn() {
    let server = FaultServer::start(|arrival| steadfast(&arrival.body));
    let folder = of_both_kinds(&server);
    let chosen = |seed: u32| -> Vec<String> {
        let line = format!("{PROBE} --sessions 4 --seed {seed} --dry-run --json");
        let plan: Value = serde_json::from_str(&folder.words(&line).ends(0).stdout).unwrap();
        serde_json::from_value(plan["sessions"].clone()).unwrap()
    };
    let (one, again, other) = (chosen(1), chosen(1), chosen(2));
    assert_eq!(one, again);
    assert_ne!(one, other);
    for sessions in [one, other] {
        let people = sessions.iter().filter(|id| id.starts_with("people")).count();
        assert_eq!((sessions.len(), people), (4, 2), "{sessions:?}");
    }
}
