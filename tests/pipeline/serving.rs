//! What servers show beside words: judges that answer nothing usable, prompts that were cut, models that change.

use serde_json::{Value, json};

use crate::{
    server::{is_rating, reply},
    study::{RUN, Study},
    support::{answer::Answer, program::Folder, server::FaultServer},
};

/// A judge that says nothing in the field for what it says.
fn silent_judge() -> FaultServer {
    FaultServer::start(|arrival| {
        let thought =
            json!({"role": "assistant", "content": "", "reasoning_content": "I would rather not say."});
        if is_rating(&arrival.body) {
            Answer::message(&arrival.body, &thought, "stop")
        } else {
            reply(&arrival.body)
        }
    })
}

fn headline(folder: &Folder) -> Vec<(String, String)> {
    let findings = folder.json_of_run("findings.json");
    let word = |sentence: &Value, name: &str| sentence[name].as_str().unwrap().to_owned();
    let sentences = findings["headline"].as_array().unwrap().iter();
    sentences.map(|sentence| (word(sentence, "key"), word(sentence, "text"))).collect()
}

#[test]
fn a_judge_without_usable_ratings_is_the_first_line_of_everything() {
    let server = silent_judge();
    let folder = Study::at(&server).judged_by_the_model().folder();
    let ended = folder.words(RUN).ends(0);
    let first = ended.stdout.lines().next().unwrap();
    assert!(first.starts_with("*** JUDGE UNUSABLE: judge, 100 % of 8 ratings cannot be used"), "{ended}");
    assert_eq!(headline(&folder)[0].0, "judge_unusable");
    let report = folder.of_run("report.md");
    assert!(
        report.lines().find(|line| line.starts_with('>')).unwrap().contains("JUDGE UNUSABLE"),
        "{report}"
    );
    assert!(report.contains("only reasoning 8"), "how the replies ended stands in the report: {report}");
    assert!(folder.of_run("report.html").contains("only reasoning 8"));
}

#[test]
fn a_run_of_unusable_answers_warns_and_stops_where_the_experiment_says_so() {
    let server = silent_judge();
    let folder = Study::at(&server).judged_by_the_model().folder();
    let draws = ["--set", "judges.0.draws=10"];
    let ended = folder.words(RUN).more(draws).more(["-j", "1"]).ends(0);
    assert_eq!(ended.stderr.matches("warning: judge judge: 50 of 50 answers so far").count(), 1, "{ended}");

    let server = silent_judge();
    let folder = Study::at(&server).judged_by_the_model().folder();
    let stop = ["--set", "run.stop_when_unusable=0.9", "-j", "1"];
    let ended = folder.words(RUN).more(draws).more(stop).ends(3);
    assert!(
        ended.stderr.contains("JUDGE UNUSABLE: 50 of 50 answers of judge judge cannot be used"),
        "{ended}"
    );
    let judged = server.arrivals().iter().filter(|arrival| is_rating(&arrival.body)).count();
    assert!((50..80).contains(&judged), "{judged} of 80");
    let wrong = folder.words(RUN).more(["--set", "run.stop_when_unusable=0"]).ends(2);
    assert!(wrong.stderr.contains("run.stop_when_unusable"), "{wrong}");
}

#[test]
fn an_answer_in_a_field_beside_the_empty_one_is_read() {
    let beside: [fn(&str) -> Value; 6] = [
        |text| json!({"content": "", "reasoning_content": text}),
        |text| json!({"content": null, "reasoning": format!("```json\n{text}\n```")}),
        |text| json!({"content": null, "text": text}),
        |text| json!({"content": "", "output_text": text}),
        |text| json!({"content": null, "parsed": serde_json::from_str::<Value>(text).unwrap()}),
        |text| json!({"content": " \n", "reasoning": text}),
    ];
    for beside in beside {
        let server = FaultServer::start(move |arrival| {
            let usual = reply(&arrival.body);
            if !is_rating(&arrival.body) {
                return usual;
            }
            let body: Value = serde_json::from_slice(&usual.response().body).unwrap();
            let text = body.pointer("/choices/0/message/content").unwrap().as_str().unwrap().to_owned();
            Answer::message(&arrival.body, &beside(&text), "stop")
        });
        let folder = Study::at(&server).judged_by_the_model().folder();
        folder.words(RUN).ends(0);
        let rows = folder.rows_of_run("ratings.csv");
        let scored = rows.iter().filter(|row| row["kind"] == "judge" && row["outcome"] == "scored").count();
        assert_eq!(scored, 8, "{:?}", server.arrivals().last().unwrap().body);
    }
}

/// A server with room for so many tokens, which it counts as four for three words, and which says nothing of it.
fn cutting(room: u64) -> FaultServer {
    FaultServer::start(move |arrival| {
        let messages = arrival.body["messages"].as_array().unwrap().iter();
        let words = messages.map(|message| message["content"].as_str().unwrap().split_whitespace().count());
        let tokens = u64::try_from(words.sum::<usize>()).unwrap() * 4 / 3;
        let mut body: Value = serde_json::from_slice(&reply(&arrival.body).response().body).unwrap();
        body["usage"]["prompt_tokens"] = json!(tokens.min(room));
        Answer::json(200, &body)
    })
}

#[test]
fn a_server_that_cuts_prompts_is_a_fault_and_nothing_is_concluded() {
    let whole = cutting(u64::MAX);
    let folder = Study::at(&whole).judged_by_the_model().folder();
    folder.words(RUN).ends(0);
    assert!(headline(&folder).iter().all(|(key, _)| key != "prompts_cut"));

    let server = cutting(400);
    let folder = Study::at(&server).judged_by_the_model().folder();
    let ended = folder.words(RUN).ends(1);
    assert!(
        ended.stdout.starts_with("*** PROMPTS CUT: the server of model small did not read all"),
        "{ended}"
    );
    assert!(ended.stderr.contains("error: the server of model small did not read all"), "{ended}");
    assert!(ended.stderr.contains("OLLAMA_CONTEXT_LENGTH"), "{ended}");
    folder.words(RUN).ends(1);
    let rows = folder.rows_of_run("estimates.csv");
    let row = rows.iter().find(|row| row["statistic"] == "n.cut_prompts" && row["judge"] == "judge").unwrap();
    assert!(row["value"].parse::<f64>().unwrap() >= 1.0, "{row:?}");
    let folder = folder.file("criteria.yaml", "verified_quote_rate: {min: 0.0}\n");
    let gate = folder.words("gate latest --criteria criteria.yaml").ends(3);
    assert!(gate.stdout.contains("did not read all that was sent"), "{gate}");

    let unchecked = ["--set", "models.0.capabilities.check_prompt_tokens=false"];
    let count = server.count();
    let ended = folder.words(RUN).more(unchecked).ends(0);
    assert_eq!(server.count(), count, "what is believed of counts changes no question: {ended}");
}

#[test]
fn no_call_that_does_not_fit_its_context_leaves() {
    let server = FaultServer::start(|arrival| reply(&arrival.body));
    let folder = Study::at(&server).folder();
    let small = ["--set", "models.0.capabilities.context_tokens=256"];
    let ended = folder.words(RUN).more(small).ends(1);
    assert_eq!(server.count(), 0, "{ended}");
    assert!(ended.stderr.contains("the prompt does not fit model small: about "), "{ended}");
}

/// A server whose model changes after so many calls.
fn changing(after: usize) -> FaultServer {
    FaultServer::start(move |arrival| {
        let mut body: Value = serde_json::from_slice(&reply(&arrival.body).response().body).unwrap();
        body["model"] = json!(if arrival.nth < after { "small-v0" } else { "small-v1" });
        Answer::json(200, &body)
    })
}

#[test]
fn a_model_that_changes_within_a_run_is_told_of_and_fails_its_criterion() {
    let criteria = "one_judge_version: true\n";
    let server = changing(15);
    let folder = Study::at(&server).judged_by_the_model().folder().file("criteria.yaml", criteria);
    let ended = folder.words(RUN).more(["-j", "1"]).ends(0);
    assert!(ended.stdout.contains("answered by several models: small-v0 (15), small-v1 (5)"), "{ended}");
    let rows = folder.rows_of_run("estimates.csv");
    let row = rows.iter().find(|row| row["statistic"] == "n.answering_models" && row["judge"] == "judge");
    assert_eq!(row.unwrap()["value"], "2");
    assert_eq!(folder.json_of_run("usage.json")["total"]["answered_by"]["small-v1"], 5);
    folder.words("gate latest --criteria criteria.yaml").ends(100);
    folder.reopen();
    folder.words(RUN).ends(0);
    assert_eq!(
        headline(&folder).iter().filter(|(key, _)| key == "several_models").count(),
        1,
        "from the ledger too"
    );

    let server = changing(99);
    let folder = Study::at(&server).judged_by_the_model().folder().file("criteria.yaml", criteria);
    folder.words(RUN).ends(0);
    folder.words("gate latest --criteria criteria.yaml").ends(0);
}
