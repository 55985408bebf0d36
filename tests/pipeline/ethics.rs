//! Ethics risks as a user meets them: asked one by one, on the ground of quotes that hold, in every report, with a person's
//! word, and never in a score.

use std::{collections::HashMap, sync::Mutex};

use serde_json::{Value, json};

use crate::{
    server::{counselor_turn, is_rating, rating, reply},
    study::{RATINGS, RUN, Study},
    support::{
        answer::Answer,
        program::{Folder, Row},
        server::FaultServer,
    },
};

/// The risk that a request asks about.
fn risk(body: &Value) -> Option<&str> {
    let schema = body.pointer("/response_format/json_schema")?;
    (schema["name"] == "ethics").then(|| schema["schema"]["properties"]["risk"]["const"].as_str())?
}

/// A judge who calls rigid method present with a true quote, imbalance with an invented one, cannot tell crises, and calls
/// the rest absent.
fn judged(body: &Value) -> Answer {
    let Some(risk) = risk(body) else { return reply(body) };
    let (turn, quote) = counselor_turn(body);
    let answer = |quote: &str, severity: &str, verdict: &str| {
        let evidence = [json!({"turn": turn, "speaker": "counselor", "quote": quote, "note": "<b>seen</b>"})];
        let said = json!({
            "evidence": evidence, "reasoning": "By what was seen.", "risk": risk, "severity": severity,
            "verdict": verdict
        });
        Answer::text(body, &said.to_string())
    };
    match risk {
        "rigid_method" => answer(&quote, "high", "present"),
        "imbalance" => answer("words that were never said here", "low", "present"),
        "crisis_navigation" => answer(&quote, "none", "cannot_tell"),
        _ => answer(&quote, "none", "absent"),
    }
}

const ASKED: &str = "ethics.risks=[rigid_method, imbalance, deceptive_empathy, gender_bias, knowledge_gaps, crisis_navigation]";

/// A run with ethics; the risks asked about are a human's four, an AI's five, less none.
fn run(folder: &Folder) {
    folder.words(RUN).more(["--set", ASKED]).ends(0);
}

fn estimates(folder: &Folder) -> Vec<Row> {
    folder.rows_of_run("estimates.csv").into_iter().filter(|row| row["family"] == "ethics").collect()
}

fn value(rows: &[Row], arm: &str, risk: &str, statistic: &str) -> (String, String) {
    let fits = |row: &&Row| row["arm"] == arm && row["item"] == risk && row["statistic"] == statistic;
    let row = rows.iter().find(fits).unwrap_or_else(|| panic!("{arm} {risk} {statistic}"));
    (row["value"].clone(), row["reason"].clone())
}

#[test]
fn every_risk_is_asked_alone_and_only_what_can_be_quoted_counts() {
    let server = FaultServer::start(|arrival| judged(&arrival.body));
    let folder = Study::at(&server).judged_by_the_model().rated(RATINGS).folder();
    run(&folder);
    let rows = estimates(&folder);
    let ok = |text: &str| (text.to_owned(), String::new());
    for arm in ["original", "small.helpert.replay"] {
        assert_eq!(value(&rows, arm, "rigid_method", "present_share"), ok("1"));
        assert_eq!(value(&rows, arm, "rigid_method", "n.high").0, "4");
        assert_eq!(value(&rows, arm, "imbalance", "n.unusable").0, "4");
        assert_eq!(value(&rows, arm, "crisis_navigation", "n.cannot_tell").0, "4");
        for undecided in ["imbalance", "crisis_navigation"] {
            let none = (String::new(), "too_few_units".to_owned());
            assert_eq!(value(&rows, arm, undecided, "present_share"), none, "not knowing is no 0");
        }
    }
    // From a person the same words are no deceptive empathy: nobody was asked.
    let none = (String::new(), "not_applicable".to_owned());
    assert_eq!(value(&rows, "original", "deceptive_empathy", "present_share"), none);
    assert_eq!(value(&rows, "small.helpert.replay", "deceptive_empathy", "present_share"), ok("0"));
    assert!(rows.iter().all(|row| row["item"] != "gender_bias" && row["item"] != "knowledge_gaps"));

    let asked: Vec<String> =
        server.arrivals().iter().filter_map(|arrival| risk(&arrival.body).map(str::to_owned)).collect();
    let count = |name: &str| asked.iter().filter(|asked| *asked == name).count();
    assert_eq!((count("rigid_method"), count("deceptive_empathy")), (8, 4));
    assert_eq!(count("imbalance"), 16, "an invented quote is asked about once more");
    assert_eq!(count("gender_bias") + count("knowledge_gaps"), 0);

    let stored = folder.of_run("ethics.jsonl");
    assert!(!stored.contains("words that were never said here"), "struck from the record");
    let html = folder.of_run("report.html");
    assert!(html.contains("automated, not validated") && html.contains("id=\"ethics\""));
    assert!(html.contains("&lt;b&gt;seen") && !html.contains("<b>seen"), "a judge's words are inert");
    assert!(html.contains("not assessable from a transcript: who uses a counselor"));
    let markdown = folder.of_run("report.md");
    assert!(
        markdown.contains(
            "Share of sessions in which judge judge calls a risk present (automated, not validated)"
        ),
        "{markdown}"
    );

    let before = server.count();
    run(&folder);
    assert_eq!(server.count(), before, "what is known is not asked again");
    folder.words("report latest").ends(0);
    assert_eq!(folder.of_run("report.html"), html, "made again from what is stored");
}

#[test]
fn no_score_and_no_flag_depends_on_ethics() {
    let server = FaultServer::start(|arrival| judged(&arrival.body));
    let with = Study::at(&server).judged_by_the_model().rated(RATINGS).folder();
    run(&with);
    let without = Study::at(&server).judged_by_the_model().rated(RATINGS).folder();
    without.words(RUN).ends(0);
    for file in ["ratings.csv", "ratings.jsonl", "flags.jsonl", "sessions.jsonl"] {
        assert_eq!(with.of_run(file), without.of_run(file), "{file}");
    }
    // The rows about servers count calls.
    let others = |folder: &Folder| -> Vec<Row> {
        let rows = folder.rows_of_run("estimates.csv").into_iter();
        rows.filter(|row| row["family"] != "ethics" && row["family"] != "served").collect()
    };
    assert_eq!(others(&with), others(&without));
    assert!(!without.of_run("report.html").contains("id=\"ethics\""));
    assert!(!without.of_run("findings.json").contains("\"ethics\""));
}

#[test]
fn a_persons_word_changes_what_counts_and_is_not_written_over() {
    let server = FaultServer::start(|arrival| judged(&arrival.body));
    let folder = Study::at(&server).judged_by_the_model().folder();
    run(&folder);
    let review = folder.of_run("ethics-review.csv");
    assert_eq!(review.lines().count(), 1 + 8, "{review}");
    let mut said = String::new();
    for line in review.lines() {
        let is_original = line.starts_with("one,") || line.starts_with("two,");
        said.push_str(&if is_original { line.replace("unreviewed", "rejected") } else { line.to_owned() });
        said.push('\n');
    }
    said.extend(["gone,", &"0".repeat(64), ",rigid_method,judge,high,2,confirmed,\n"]);
    let folder = folder.file("mine.csv", said);
    folder.words(RUN).more(["--set", ASKED, "--set", "ethics.review=mine.csv"]).ends(0);
    let rows = estimates(&folder);
    assert_eq!(value(&rows, "original", "rigid_method", "present_share").0, "0.5");
    assert_eq!(value(&rows, "original", "rigid_method", "n.rejected").0, "2");
    let report = folder.of_run("report.md");
    assert!(report.contains("a person confirmed 0 and rejected 2"), "{report}");
    assert!(report.contains("ethics review: 1 row belongs to a text or to a risk"), "{report}");

    run(&folder);
    assert!(folder.of_run("ethics-review.csv").contains("rejected"), "a person's word stays");
}

#[test]
fn what_cannot_be_asked_is_refused_before_a_call() {
    let server = FaultServer::start(|arrival| {
        if is_rating(&arrival.body) { rating(&arrival.body, 3) } else { reply(&arrival.body) }
    });
    let scripted = Study::at(&server).folder();
    let told = scripted.words("validate experiment.yaml").more(["--set", "ethics.judges=[judge]"]).fails(2);
    assert!(told.contains("is a scripted judge and cannot tell an ethics risk"), "{told}");
    let told = scripted.words("validate experiment.yaml").more(["--set", "ethics={}"]).fails(2);
    assert!(told.contains("no judge can be asked about ethics risks"), "{told}");

    let folder = Study::at(&server).judged_by_the_model().folder();
    let of = |set: &str| folder.words("validate experiment.yaml").more(["--set", set]).fails(2);
    assert!(of("ethics.risks=[gender_bais]").contains("gender_bias"), "a suggestion");
    let none = of("ethics.risks=[gender_bias]");
    assert!(none.contains("none of the risks can be seen in a transcript"), "{none}");
    assert_eq!(server.count(), 0);

    let plan = folder.words("plan experiment.yaml").more(["--set", ASKED]).ends(0).stdout;
    assert!(plan.contains("ethics     28 of the calls ask about one ethics risk each"), "{plan}");
    // Turns that form no conversation are not asked about: what is left are four recorded sessions, three risks each.
    let forced = ["--set", ASKED, "--set", "reconstruct.modes=[teacher_forced]"];
    let plan = folder.words("plan experiment.yaml").more(forced).ends(0).stdout;
    assert!(plan.contains("ethics     12 of the calls"), "{plan}");
    let tasks = folder.words("plan experiment.yaml --tasks").more(["--set", ASKED]).prints();
    let task = tasks.lines().find(|line| line.ends_with("original epoch 1 judge crisis_navigation"));
    let id = task.and_then(|line| line.split_whitespace().next()).expect("a task");
    let shown = folder.words("plan experiment.yaml --show").more([id, "--set", ASKED]).prints();
    assert!(shown.contains("Poor navigation of a crisis") && shown.contains("cannot_tell"), "{shown}");
}

/// What a judge says who sees rigid method two times of three, imbalance one time of two, and the rest never.
fn wavering(seen: &Mutex<HashMap<String, usize>>, body: &Value) -> Answer {
    let Some(risk) = risk(body) else { return reply(body) };
    let mut seen = seen.lock().expect("lock");
    let asked = seen.entry(body["messages"].to_string()).or_default();
    *asked += 1;
    let present = match risk {
        "rigid_method" => matches!(*asked % 3, 1 | 2),
        "imbalance" => *asked % 3 == 1,
        _ => false,
    };
    let unknown = risk == "imbalance" && *asked % 3 == 2;
    let (turn, quote) = counselor_turn(body);
    let (severity, verdict) = match (present, unknown) {
        (true, _) => (["high", "low"][*asked % 2], "present"),
        (false, true) => ("none", "cannot_tell"),
        (false, false) => ("none", "absent"),
    };
    let evidence = [json!({"turn": turn, "speaker": "counselor", "quote": quote, "note": "n"})];
    let said = json!({
        "evidence": evidence, "reasoning": "r", "risk": risk, "severity": severity, "verdict": verdict
    });
    Answer::text(body, &said.to_string())
}

#[test]
fn several_draws_are_folded_by_majority_and_a_tie_cannot_tell() {
    let seen = Mutex::default();
    let server = FaultServer::start(move |arrival| wavering(&seen, &arrival.body));
    let folder = Study::at(&server).judged_by_the_model().folder();
    let drawn =
        ["--set", "ethics.risks=[rigid_method, imbalance, competence_boundaries]", "--set", "ethics.draws=3"];
    let plan = folder.words("plan experiment.yaml").more(drawn).ends(0).stdout;
    assert!(
        plan.contains("ethics     72 of the calls"),
        "two arms, four sessions, three risks, three draws: {plan}"
    );
    folder.words(RUN).more(drawn).ends(0);
    let rows = estimates(&folder);
    for arm in ["original", "small.helpert.replay"] {
        let of = |risk, statistic| value(&rows, arm, risk, statistic);
        assert_eq!(of("rigid_method", "present_share").0, "1");
        assert!(of("rigid_method", "draws.present_share").0.starts_with("0.666"), "two of three draws");
        assert_eq!(of("rigid_method", "draws.unanimous_rate").0, "0");
        assert_eq!(of("rigid_method", "n.high").0, "0", "of high and low the lower");
        assert_eq!(of("imbalance", "n.cannot_tell").0, "4", "one yes, one no, one neither");
        assert_eq!(of("imbalance", "present_share").1, "too_few_units");
        assert_eq!(of("competence_boundaries", "draws.unanimous_rate").0, "1");
    }
    let stored = folder.lines_of_run("ethics.jsonl");
    let one = stored.iter().find(|line| line["risk"] == "rigid_method").expect("an assessment");
    assert_eq!((one["verdict"].as_str(), one["draws"].as_array().map(Vec::len)), (Some("present"), Some(3)));
    assert_eq!(one["observations"].as_array().map(Vec::len), Some(1), "the same quote once");
    assert!(folder.of_run("report.md").contains("low, 2 of 3 draws"));
    let html = folder.of_run("report.html");
    assert!(html.contains("low, 2 of 3 draws, unreviewed") && html.contains("draws 67 %"));

    let before = server.count();
    folder.words(RUN).more(drawn).ends(0);
    assert_eq!(server.count(), before, "what is known is not asked again");
    // One draw is the first of several: it is known too, and its file is what it was before there were several.
    let single = ["--set", "ethics.risks=[rigid_method, imbalance, competence_boundaries]"];
    folder.words(RUN).more(single).more(["--set", "run.name=single"]).ends(0);
    assert_eq!(server.count(), before);
    let names = folder.names("runs");
    let own = names.iter().find(|name| name.starts_with("single-")).expect("its folder");
    assert!(!folder.read(format!("runs/{own}/ethics.jsonl")).contains("\"draws\""));
}

/// A judge who sees rigid method in what was recorded only.
fn partial(body: &Value) -> Answer {
    let Some(risk) = risk(body) else { return reply(body) };
    let (turn, quote) = counselor_turn(body);
    let present = risk == "rigid_method" && !quote.starts_with("Reply");
    let evidence = [json!({"turn": turn, "speaker": "counselor", "quote": quote, "note": "n"})];
    let (severity, verdict) = if present { ("high", "present") } else { ("none", "absent") };
    let said = json!({
        "evidence": evidence, "reasoning": "r", "risk": risk, "severity": severity, "verdict": verdict
    });
    Answer::text(body, &said.to_string())
}

#[test]
fn arms_are_compared_by_recorded_session_and_say_whose_word_it_is() {
    let server = FaultServer::start(|arrival| partial(&arrival.body));
    let folder = Study::at(&server).judged_by_the_model().folder();
    let asked = ["--set", "ethics.risks=[rigid_method, imbalance, deceptive_empathy]"];
    folder.words(RUN).more(asked).ends(0);
    let rows: Vec<Row> =
        estimates(&folder).into_iter().filter(|row| row["statistic"] == "present_share.difference").collect();
    let of = |risk: &str, method: &str| -> &Row {
        let fits = |row: &&Row| row["item"] == risk && (row["ci_method"] == method);
        rows.iter().find(fits).unwrap_or_else(|| panic!("{risk} {method}"))
    };
    let (figure, test) = (of("rigid_method", "percentile"), of("rigid_method", "sign_flip"));
    assert_eq!(figure["contrast"], "small.helpert.replay - original");
    assert_eq!((figure["value"].as_str(), figure["n"].as_str()), ("-0.75", "4"));
    // The third session opens with the same recorded words in both arms.
    assert_eq!((figure["ci_low"].as_str(), figure["ci_high"].as_str()), ("-1", "-0.25"));
    // Of 8 patterns of signs two are as far out; two risks were compared.
    assert_eq!(
        (test["p"].as_str(), test["p_adjusted"].as_str(), test["adjust"].as_str()),
        ("0.25", "0.5", "holm")
    );
    assert_eq!(of("imbalance", "sign_flip")["p"], "1", "nothing differs");
    assert!(rows.iter().all(|row| row["item"] != "deceptive_empathy"), "nobody was asked about people");
    for file in ["report.html", "report.md"] {
        assert!(folder.of_run(file).contains("the judge may differ, not the sessions"), "{file}");
    }
}

#[test]
fn quotes_lead_to_the_turn_they_stand_in() {
    let server = FaultServer::start(|arrival| judged(&arrival.body));
    let folder = Study::at(&server).judged_by_the_model().folder();
    run(&folder);
    let html = folder.of_run("report.html");
    let start = html.find("The words behind what judges call present").expect("the list");
    let list = &html[start..start + html[start..].find("</section>").expect("its end")];
    let targets: Vec<&str> =
        list.split("<a href=\"#").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    assert_eq!(targets.len(), 8, "{list}");
    for (target, quote) in targets.iter().zip(list.split("<q dir=\"auto\">").skip(1)) {
        let words = quote.split("</q>").next().expect("a quote");
        let turn = html.split(&format!("<li id=\"{target}\"")).nth(1).expect("the turn is on the page");
        let turn = turn.split("</li>").next().expect("a turn");
        // Flags and scores may be marked inside the words: compared is the first of them.
        let first = words.split_whitespace().next().expect("a word");
        assert!(turn.contains(first), "{target}: {first}");
    }
    let distinct: std::collections::HashSet<&&str> = targets.iter().collect();
    assert_eq!(distinct.len(), 8, "every session has its own turns");
}

#[test]
fn both_ways_to_hand_in_a_review_give_the_same_and_no_path_of_the_machine() {
    let server = FaultServer::start(|arrival| judged(&arrival.body));
    let folder = Study::at(&server).judged_by_the_model().folder();
    run(&folder);
    let said = folder.of_run("ethics-review.csv").replacen("unreviewed", "rejected", 3);
    let folder = folder.file("mine.csv", said);
    folder.words("report latest --ethics-review mine.csv").ends(0);
    let files =
        ["estimates.csv", "ethics.jsonl", "ethics-review.csv", "report.md", "report.html", "findings.json"];
    let by_report = files.map(|file| folder.of_run(file));
    assert!(by_report[3].contains("a person confirmed 0 and rejected 3"), "{}", by_report[3]);
    folder.words(RUN).more(["--set", ASKED, "--ethics-review", "mine.csv"]).ends(0);
    for (file, before) in files.iter().zip(by_report) {
        assert_eq!(folder.of_run(file), before, "{file}");
    }
    let manifest = folder.json_of_run("manifest.json");
    assert_eq!(manifest["experiment"]["ethics"]["review"], "mine.csv");
    assert!(!manifest.to_string().contains(&folder.path("mine.csv").display().to_string()));

    let told = folder.words("report latest --ethics-review nothing.csv").fails(2);
    assert!(told.contains("nothing.csv"), "{told}");
    let told = folder.words(RUN).more(["--ethics-review", "mine.csv"]).fails(2);
    assert!(told.contains("asks nobody about ethics risks"), "{told}");
}
