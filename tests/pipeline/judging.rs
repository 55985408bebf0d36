//! What judges answer and what becomes of it: constant scores, invented quotes, turn-level modes, stale ratings.

use std::{collections::BTreeMap, fmt::Write as _};

use crate::{
    server::{is_rating, quoting, rating, reply},
    study::{RATINGS, RUN, Study},
    support::{
        program::{Folder, Row},
        server::FaultServer,
    },
};

/// The judge's ratings in `ratings.csv`.
fn judged(folder: &Folder) -> Vec<Row> {
    folder.rows_of_run("ratings.csv").into_iter().filter(|row| row["kind"] == "judge").collect()
}

#[test]
fn a_judge_who_always_says_the_same_agrees_with_nobody_in_a_defined_way() {
    let server = FaultServer::start(|arrival| {
        if is_rating(&arrival.body) { rating(&arrival.body, 3) } else { reply(&arrival.body) }
    });
    let folder = Study::at(&server).judged_by_the_model().rated(RATINGS).folder();
    folder.words(RUN).ends(0);
    assert!(judged(&folder).iter().all(|row| row["score"] == "3" && row["outcome"] == "scored"));
    let rows = folder.rows_of_run("estimates.csv");
    for statistic in ["pearson", "spearman", "kendall.b"] {
        let fits = |row: &&Row| {
            row["statistic"] == statistic && row["judge"] == "judge" && row["reference"] == "mean(C1|C2)"
        };
        let found: Vec<&Row> =
            rows.iter().filter(fits).filter(|row| row["item"] == "agenda" && row["n"] == "4").collect();
        assert!(!found.is_empty(), "{statistic}");
        for row in found {
            assert_eq!(
                (row["status"].as_str(), row["reason"].as_str()),
                ("undefined", "constant_rater"),
                "{row:?}"
            );
            assert_eq!((row["value"].as_str(), row["ci_low"].as_str()), ("", ""), "{row:?}");
        }
    }
}

#[test]
fn a_judge_who_invents_quotes_is_asked_once_more_and_then_not_believed() {
    let server = FaultServer::start(|arrival| {
        if is_rating(&arrival.body) {
            quoting(&arrival.body, 2, "let us set an agenda for this hour together", 6)
        } else {
            reply(&arrival.body)
        }
    });
    let folder = Study::at(&server).judged_by_the_model().of_one_session().folder();
    folder.words(RUN).ends(0);
    let rows = judged(&folder);
    assert_eq!(rows.len(), 2, "the recorded session and its reconstruction");
    for row in rows {
        let why = (row["score"].as_str(), row["outcome"].as_str(), row["reason"].as_str());
        assert_eq!(why, ("", "unusable", "no_verified_evidence"), "{row:?}");
    }
    let ratings = server.arrivals().into_iter().filter(|arrival| is_rating(&arrival.body)).count();
    assert_eq!(ratings, 4, "each of two questions is asked twice");
    let draws = folder.of_run("ratings.jsonl");
    assert!(!draws.contains("set an agenda for this hour"), "the quote is struck from the record");
    assert!(draws.contains("\"quotes_cited\":1") && draws.contains("\"quotes_verified\":0"), "{draws}");
    let asked = server.count();
    folder.words(RUN).ends(0);
    assert_eq!(server.count(), asked, "not believed is a result");
}

#[test]
fn items_about_a_session_do_not_apply_to_single_turns() {
    let folder = Folder::empty();
    let narrow = "run builtin:quickstart --limit 1 --filter-prompts helpert --filter-models warm";
    let turns = "--filter-items agenda,homework --display none --set run.bootstrap=100 --set ratings=[]";
    let mode = ["--set", "reconstruct.modes=[teacher_forced]"];
    folder.words(narrow).more(turns.split_whitespace()).more(mode).ends(0);
    let (forced, original): (Vec<Row>, Vec<Row>) =
        judged(&folder).into_iter().partition(|row| row["arm"] == "warm.helpert.teacher_forced");
    assert_eq!((forced.len(), original.len()), (2, 2));
    for row in forced {
        let why = (row["score"].as_str(), row["outcome"].as_str(), row["reason"].as_str());
        assert_eq!(why, ("", "not_applicable", "turn_level_mode"), "{row:?}");
    }
    assert!(original.iter().all(|row| row["outcome"] == "scored"));
    let flags = folder.lines_of_run("flags.jsonl");
    let of_arm = |flag: &&serde_json::Value| flag["session"] == "s01@warm.helpert.teacher_forced#1";
    assert!(flags.iter().filter(of_arm).count() > 0, "phrases are flagged turn by turn");
}

#[test]
fn ratings_of_another_text_are_counted_and_left_out() {
    let server = FaultServer::start(|arrival| reply(&arrival.body));
    let folder = Study::at(&server).rated(RATINGS).folder();
    folder.words(RUN).ends(0);
    let digests: Vec<(String, String)> = folder
        .lines_of_run("sessions.jsonl")
        .into_iter()
        .filter(|session| session["arm"] == "original")
        .map(|session| {
            let text = |key: &str| session[key].as_str().unwrap().to_owned();
            (text("id"), text("text_digest"))
        })
        .collect();
    let mut table = "session,arm,item,rater,score,text_digest\n".to_owned();
    for (session, digest) in &digests {
        // The second session was edited after it was rated.
        let digest = if session == "two" { "0".repeat(64) } else { digest.clone() };
        for rater in ["C1", "C2"] {
            writeln!(table, "{session},original,agenda,{rater},4,{digest}").unwrap();
        }
    }
    let folder = Study::at(&server).rated(table).folder();
    let ended = folder.words(RUN).ends(0);
    assert!(
        ended.stderr.contains("stale: 2 rows") || ended.stdout.contains("2 ratings excluded as stale"),
        "{ended}"
    );
    let findings = folder.json_of_run("findings.json");
    let stale = findings["excluded"]["stale"].as_array().unwrap();
    let counted: u64 = stale.iter().map(|group| group["count"].as_u64().unwrap()).sum();
    assert_eq!(counted, 2, "{}", findings["excluded"]);
    assert!(stale.iter().all(|group| group["session"] == "two"), "{}", findings["excluded"]);
    let rows = folder.rows_of_run("estimates.csv");
    let between =
        |row: &&Row| row["statistic"] == "mae" && row["raters"] == "C1+C2" && row["item"] == "agenda";
    let ns: Vec<&str> = rows.iter().filter(between).map(|row| row["n"].as_str()).collect();
    assert!(!ns.is_empty() && ns.iter().all(|n| *n == "3"), "three of four sessions: {ns:?}");
    assert_eq!(folder.rows_of_run("ratings.csv").iter().filter(|row| row["kind"] == "clinician").count(), 8);
}

const TWO_FORMS: &str = "judges=[{id: single, model: baseline/judge, form: single_call, draws: 2}, \
                         {id: item, model: baseline/judge}]";

#[test]
fn one_call_for_all_items_and_a_panel_beside_its_members() {
    let folder = Folder::empty();
    let narrow =
        "run builtin:quickstart --limit 2 --filter-prompts helpert --filter-models warm --display none";
    let few = "--filter-items agenda,homework,feedback --set run.bootstrap=100 --set ratings=[] --set flags.judge=item";
    let sets = ["--set", TWO_FORMS, "--set", "panel={id: both}"];
    let ended = folder.words(narrow).more(few.split_whitespace()).more(sets).ends(0);
    assert!(ended.stderr.contains("calls made"), "{ended}");
    let rows = judged(&folder);
    let of = |rater: &str| -> BTreeMap<(String, String), String> {
        let own = rows.iter().filter(|row| row["rater"] == rater);
        own.map(|row| ((row["session"].clone(), row["item"].clone()), row["score"].clone())).collect()
    };
    assert_eq!(of("single").len(), 4 * 3);
    assert_eq!(of("single"), of("item"), "the baseline's items do not lean on each other");
    assert_eq!(of("both"), of("item"), "the mean of two that agree");
    let manifest = folder.json_of_run("manifest.json");
    let order = manifest["item_order"]["s01"].as_array().unwrap();
    assert_eq!(order.len(), 3);
    assert!(manifest["judges"]["both"].is_string());
    let usage = folder.json_of_run("usage.json").to_string();
    assert!(usage.contains("\"ratings\""), "calls about all items are counted apart: {usage}");
    let halo: Vec<Row> =
        folder.rows_of_run("estimates.csv").into_iter().filter(|row| row["family"] == "halo").collect();
    assert_eq!(halo.iter().map(|row| row["judge"].as_str()).collect::<Vec<_>>(), ["single", "item", "both"]);
    let report = folder.of_run("report.html");
    assert!(report.contains("How far the items of one rater move together"));
}
