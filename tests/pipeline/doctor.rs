//! `doctor`, against servers that answer, refuse, limit and are not there.

use serde_json::{Value, json};

use crate::{
    server::{is_rating, reply},
    study::Study,
    support::{
        answer::Answer,
        program::{Ended, Folder},
        server::FaultServer,
    },
};

const DOCTOR: &str = "doctor experiment.yaml";

/// The study with a key's variable for its endpoint.
fn keyed(server: &FaultServer) -> Folder {
    let folder = Study::at(server).judged_by_the_model().folder();
    let yaml = folder.read("experiment.yaml").replace("limits:", "api_key_env: LAB_KEY, limits:");
    folder.file("experiment.yaml", yaml)
}

/// What was printed, with ports, times and versions masked.
fn masked(ended: &Ended) -> String {
    let mask = |pattern: &str, by: &str, text: &str| {
        regex_lite::Regex::new(pattern).unwrap().replace_all(text, by).into_owned()
    };
    let text = mask(r"127\.0\.0\.1:\d+", "127.0.0.1:[port]", &ended.stdout);
    let text = mask(r"in \d+\.\d s", "in [time]", &text);
    let text = mask(r"latency_ms: \d+", "latency_ms: [time]", &text);
    mask(r"corater \d+\.\d+\.\d+", "corater [version]", &text)
}

#[test]
fn a_healthy_study_costs_one_request_for_each_endpoint() {
    let server = FaultServer::start(|arrival| {
        let answer = reply(&arrival.body).header("x-ratelimit-limit-requests", "60");
        answer.header("x-ratelimit-remaining-requests", "59").header("x-request-id", "req-1")
    });
    let folder = keyed(&server);
    let ended = folder.words(DOCTOR).env("LAB_KEY", "sk-secret-0123456789").ends(0);
    insta::assert_snapshot!(masked(&ended), @r#"
    corater [version]
    ok   ledger    runs/ledger.db: none yet; . can be written
    ok   key       LAB_KEY: set
    ok   endpoint  local: `small` answered in [time], in the form of judge judge
         address: http://127.0.0.1:[port]/v1
         answered_by: small
         dialect: openai_chat
         latency_ms: [time]
         x-ratelimit-limit-requests: 60
         x-ratelimit-remaining-requests: 59
    "#);
    assert!(ended.stderr.is_empty() && !ended.stdout.contains("secret"), "{ended}");
    assert_eq!(server.count(), 1, "one request, although the model counsels and judges");
    let body = &server.arrivals()[0].body;
    assert!(is_rating(body) && body["messages"].as_array().unwrap().len() == 1, "{body}");
    assert!(!body.to_string().contains("stairs"), "nothing of the study is sent");
    assert_eq!(folder.names("runs"), Vec::<String>::new(), "nothing is left behind");
}

#[test]
fn what_stands_in_the_way_is_told_with_its_reason() {
    let server = FaultServer::start(|_| Answer::error(401, "invalid_api_key"));
    let folder = keyed(&server);
    let without = folder.words(DOCTOR).ends(1);
    insta::assert_snapshot!(masked(&without), @r#"
    corater [version]
    ok   ledger    runs/ledger.db: none yet; . can be written
    FAIL key       LAB_KEY: not set; endpoint `local` needs it, in the environment or an env file
    -    endpoint  local: not asked without its key
         address: http://127.0.0.1:[port]/v1
         dialect: openai_chat
    "#);
    assert_eq!(server.connections(), 0, "nothing is sent without the key");

    let refused = folder.words(DOCTOR).env("LAB_KEY", "sk-secret-0123456789").ends(1);
    assert!(refused.stdout.contains("HTTP 401 (invalid_api_key)"), "{refused}");
    drop(server);
    let gone = folder.words(DOCTOR).env("LAB_KEY", "k").ends(1);
    assert!(gone.stdout.contains("FAIL endpoint  local: cannot connect to 127.0.0.1"), "{gone}");
}

#[test]
fn a_judge_whose_form_is_refused_or_not_kept_fails() {
    let chatty = FaultServer::start(|arrival| Answer::text(&arrival.body, "Gladly."));
    let ended = keyed(&chatty).words(DOCTOR).env("LAB_KEY", "k").ends(1);
    assert!(ended.stdout.contains("the reply is not in the form of judge judge"), "{ended}");
    let strict = FaultServer::start(|arrival| match arrival.body.get("response_format") {
        Some(_) => Answer::json(
            400,
            &json!({"error": {"type": "invalid_request_error", "param": "response_format",
                "message": "response_format is not supported by this model"}}),
        ),
        None => reply(&arrival.body),
    });
    let ended = keyed(&strict).words(DOCTOR).env("LAB_KEY", "k").ends(1);
    assert!(ended.stdout.contains("FAIL endpoint  local"), "{ended}");
    assert!(ended.stdout.contains("structured_output"), "{ended}");
    let without = FaultServer::start(|arrival| reply(&arrival.body));
    let folder = keyed(&without);
    let able = ["--set", "models.0.capabilities.logprobs=true", "--set", "judges.0.logprobs=5"];
    let ended = folder.words(DOCTOR).more(able).env("LAB_KEY", "k").ends(1);
    assert!(ended.stdout.contains("log-probabilities were asked for and not given"), "{ended}");
}

#[test]
fn a_model_that_thinks_has_room_for_a_word_and_one_without_words_fails() {
    let thinking = |enough: u64| {
        FaultServer::start(move |arrival| {
            let most = arrival.body["max_tokens"].as_u64().unwrap_or(0);
            if most >= enough {
                return Answer::text(&arrival.body, "yes");
            }
            let thoughts = json!({"role": "assistant", "content": "", "reasoning_content": "Hm, well"});
            Answer::message(&arrival.body, &thoughts, "length")
        })
    };
    let server = thinking(1_000);
    Study::at(&server).folder().words(DOCTOR).ends(0);
    let asked: Vec<u64> =
        server.arrivals().iter().map(|arrival| arrival.body["max_tokens"].as_u64().unwrap()).collect();
    assert_eq!(asked, [16, 2_048]);
    let ended = Study::at(&thinking(u64::MAX)).folder().words(DOCTOR).ends(1);
    assert!(ended.stdout.contains("the reply has no words (it ended: length)"), "{ended}");
}

#[test]
fn offline_it_looks_at_keys_and_ledger_only_and_speaks_json() {
    let server = FaultServer::usual();
    let folder = keyed(&server).file("runs/ledger.db", "this is no database, and never was one");
    let ended = folder.words(DOCTOR).more(["--offline", "--json"]).env("LAB_KEY", "k").ends(1);
    let found: Value = serde_json::from_str(&ended.stdout).unwrap();
    let states: Vec<(&str, &str)> = found["checks"]
        .as_array()
        .unwrap()
        .iter()
        .map(|check| (check["check"].as_str().unwrap(), check["state"].as_str().unwrap()))
        .collect();
    assert_eq!(states, [("ledger", "failed"), ("key", "passed"), ("endpoint", "skipped")]);
    assert_eq!((&found["format"], &found["healthy"]), (&"corater-doctor/1".into(), &Value::Bool(false)));
    assert_eq!(server.connections(), 0);
}

#[test]
fn a_proxy_in_use_is_named_without_its_password_and_a_run_says_so_too() {
    let proxy = "http://me:hunter2@proxy.example:3128";
    let folder = Study::at_url("http://gpu.example:8000/v1").of_one_session().folder();
    let ended = folder.words(DOCTOR).more(["--offline"]).env("HTTP_PROXY", proxy).ends(0);
    assert!(ended.stdout.contains("proxy: proxy.example:3128 (HTTP_PROXY)"), "{ended}");
    let run = "run experiment.yaml --display none --max-retries 0 --timeout 1";
    let ended = folder.words(run).env("HTTP_PROXY", proxy).ends(1);
    let said =
        "destination: http://gpu.example:8000/v1 (local), through the proxy proxy.example:3128 of HTTP_PROXY";
    assert!(ended.stderr.contains(said) && !ended.stderr.contains("hunter2"), "{ended}");
}

#[test]
fn without_an_experiment_the_ledger_is_looked_at_and_a_broken_experiment_is_a_usage_error() {
    let folder = Folder::empty().file("broken.yaml", "models: []\n");
    assert!(folder.words("doctor").prints().contains("ok   ledger"));
    assert!(folder.words("doctor broken.yaml").fails(2).contains("broken.yaml"));
}
