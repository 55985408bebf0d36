//! A simulated client: written by a model, marked, and in no figure.

use crate::{
    server::reply,
    study::{RUN, Study},
    support::{answer::Answer, program::Row, server::FaultServer},
};

/// The mode, with the study's own model as the client.
const SIMULATED: [&str; 4] = [
    "--set",
    "reconstruct.modes=[replay, simulated_client]",
    "--set",
    "reconstruct.simulated_client={model: small, exchanges: 2}",
];

#[test]
fn sessions_with_a_simulated_client_are_marked_and_compared_with_nobody() {
    let server = FaultServer::start(|arrival| {
        let system = arrival.body["messages"][0]["content"].as_str().unwrap_or_default();
        if system.starts_with("You play the client") {
            return Answer::text(&arrival.body, "well, it got worse after that");
        }
        reply(&arrival.body)
    });
    let folder = Study::at(&server).of_one_session().folder();
    folder.words(RUN).more(SIMULATED).ends(0);
    let sessions = folder.lines_of_run("sessions.jsonl");
    let written = sessions.iter().find(|session| session["mode"] == "simulated_client").unwrap();
    assert_eq!(written["provenance"]["client"], "simulated");
    let client: Vec<(&str, bool)> = written["turns"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|turn| turn["speaker"] == "client")
        .map(|turn| (turn["text"].as_str().unwrap(), turn["generated"].as_bool().unwrap()))
        .collect();
    assert_eq!(client.len(), 2);
    assert!(!client[0].1 && client[1] == ("well, it got worse after that", true), "{client:?}");
    let findings = folder.of_run("findings.json");
    assert!(findings.contains("SIMULATED CLIENT: in 1 session"), "{findings}");
    assert!(!findings.contains("small.helpert.simulated_client"), "no figure names the arm");
    assert!(!folder.of_run("estimates.csv").contains("simulated_client"));
    assert!(folder.of_run("report.html").contains("SIMULATED CLIENT (a model wrote the client"));
    let compare = folder.words("label-budget latest").ended();
    assert!(!compare.stdout.contains("simulated_client"), "{compare}");
}

#[test]
fn what_a_counselor_could_not_know_is_marked_and_counted_by_arm() {
    let server = FaultServer::start(|arrival| {
        let asked = arrival.body.to_string();
        let says = if asked.contains("My sister stopped") {
            "You miss your husband, and Miriam too."
        } else {
            "What happened then?"
        };
        Answer::text(&arrival.body, says)
    });
    let folder = Study::at(&server).folder();
    folder.words(RUN).ends(0);
    let rows = folder.rows_of_run("estimates.csv");
    let hits = |arm: &str, item: &str| {
        let fits = |row: &&Row| {
            row["family"] == "grounding"
                && row["statistic"] == "n.hits"
                && row["arm"] == arm
                && row["item"] == item
        };
        rows.iter().find(fits).unwrap()["value"].clone()
    };
    assert_eq!((hits("original", "any").as_str(), hits("small.helpert.replay", "any").as_str()), ("0", "2"));
    assert_eq!(hits("small.helpert.replay", "kinship"), "1");
    let page = folder.of_run("report.html");
    assert!(
        page.contains("not heard before: kinship (proxy)") && page.contains("not heard before: name (proxy)")
    );
    assert!(!folder.of_run("findings.json").contains("Miriam"), "places only");
    folder.words(RUN).more(["--set", "grounding=[]"]).ends(0);
    assert!(!folder.of_run("findings.json").contains("grounding"));
}
