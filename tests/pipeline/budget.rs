//! Money, time and credit as a user meets them: the run stops by itself, says why, and goes on later.

use serde_json::json;

use crate::{
    server::{is_rating, quoting, reply},
    study::{RUN, Study},
    support::{answer::Answer, program::Folder, server::FaultServer},
};

const PRICES: &str = "\
format: corater-prices/1
prices:
  - {model: local/small, input: 1000, output: 1000, as_of: 2026-11-26, source: invented}
";

/// A study of one session whose model has a price; a thousand tokens cost a dollar.
fn priced(server: &FaultServer) -> Folder {
    Study::at(server).of_one_session().folder().file("prices.yaml", PRICES)
}

/// What makes a limit of costs keepable.
const BOUNDED: [&str; 4] =
    ["--set", "budget.prices=prices.yaml", "--set", "models.small.decoding.max_tokens=100"];

/// The same with room for a rating.
const BOUNDED_JUDGE: [&str; 4] =
    ["--set", "budget.prices=prices.yaml", "--set", "models.small.decoding.max_tokens=500"];

#[test]
fn a_run_stops_before_it_costs_too_much_and_goes_on_with_more() {
    let server = FaultServer::start(|arrival| reply(&arrival.body));
    let folder = priced(&server);
    let planned = folder.words("plan experiment.yaml").more(BOUNDED).prints();
    assert!(planned.contains("cost       about "), "{planned}");
    assert!(planned.contains("at prices of 2026-11-26; retries come on top"), "{planned}");

    let stopped = folder.words(RUN).more(BOUNDED).more(["--max-cost", "0.5"]).ends(4);
    assert!(stopped.stderr.contains("error: stopped: the limit of 0.5000 USD would be passed"), "{stopped}");
    assert!(stopped.stderr.contains("higher --max-cost"), "{stopped}");
    assert_eq!(server.count(), 0, "the first call could have cost more");

    let whole = folder.words(RUN).more(BOUNDED).more(["--max-cost", "50"]).ends(0);
    assert!(whole.stderr.contains(" USD for the calls of this run"), "{whole}");
    assert!(whole.stderr.contains("prompt and ") && whole.stderr.contains("; forecast "), "{whole}");
    let usage = folder.json_of_run("usage.json");
    let (tokens, costs) = (&usage["total"]["tokens"], &usage["costs"]);
    let counted = tokens["prompt"].as_f64().unwrap() + tokens["completion"].as_f64().unwrap();
    assert!((costs["paid_usd"].as_f64().unwrap() - counted / 1_000.0).abs() < 1e-9, "{usage}");
    assert_eq!(costs["by_model"]["small"]["price"]["as_of"], "2026-11-26");
    assert!(usage["forecast"]["prompt_tokens"].as_u64().unwrap() > 0, "{usage}");
    assert!(folder.of_run("operations.html").contains("Cost"), "the page shows it");

    folder.reopen();
    let again = folder.words(RUN).more(BOUNDED).more(["--max-cost", "0"]).ends(0);
    assert!(
        again.stderr.contains("cost: 0.00 USD for the calls of this run"),
        "what is known is free: {again}"
    );
}

#[test]
fn second_asks_are_part_of_the_forecast_as_often_as_they_were_needed() {
    // Every first rating cites what nobody said.
    let server = FaultServer::start(|arrival| {
        if is_rating(&arrival.body) && arrival.seen == 0 {
            return quoting(&arrival.body, 2, "words that were never spoken here", 3);
        }
        reply(&arrival.body)
    });
    let folder = Study::at(&server).judged_by_the_model().folder().file("prices.yaml", PRICES);
    let forecast = |folder: &Folder| -> serde_json::Value {
        let plan = folder.words("plan experiment.yaml --json").more(BOUNDED_JUDGE).prints();
        serde_json::from_str::<serde_json::Value>(&plan).unwrap()["forecast"].clone()
    };
    let before = forecast(&folder);
    assert_eq!(before.get("second_asks"), None, "{before}");
    let cost = |forecast: &serde_json::Value| forecast["models"]["small"]["cost_usd"].as_f64().unwrap();
    assert!(before["worst_case_usd"].as_f64().unwrap() > cost(&before), "{before}");
    folder.words(RUN).more(BOUNDED_JUDGE).ends(0);
    let reasked = folder.json_of_run("usage.json")["content_faults"]["reasked"].as_u64().unwrap();
    assert!(reasked > 0);
    let after = forecast(&folder);
    assert_eq!(after["second_asks"].as_u64().unwrap(), reasked, "{after}");
}

#[test]
fn a_limit_of_costs_that_cannot_be_kept_is_refused() {
    let server = FaultServer::start(|arrival| reply(&arrival.body));
    let folder = priced(&server);
    let refused = folder.words(RUN).more(["--max-cost", "5"]).fails(2);
    assert!(refused.contains("the price of model `small` is not known"), "{refused}");
    assert!(refused.contains("add a row for `local/small`"), "{refused}");
    assert!(refused.contains("model `small` may generate without end"), "{refused}");
    assert_eq!(server.count(), 0);
}

#[test]
fn a_price_that_is_not_known_is_said_and_never_nothing() {
    let server = FaultServer::start(|arrival| reply(&arrival.body));
    let folder = Study::at(&server).of_one_session().folder();
    let planned = folder.words("plan experiment.yaml").prints();
    assert!(planned.contains("cost       unknown: no price for small"), "{planned}");
    let forecast: serde_json::Value =
        serde_json::from_str(&folder.words("plan experiment.yaml --json").prints()).unwrap();
    assert_eq!(forecast["forecast"]["models"]["small"]["cost_usd"], json!(null));
    let run = folder.words(RUN).ends(0);
    assert!(run.stderr.contains("cost unknown: no price for small"), "{run}");
    let costs = folder.json_of_run("usage.json")["costs"].clone();
    assert_eq!((&costs["paid_usd"], &costs["by_model"]["small"]), (&json!(null), &json!(null)));
}

#[test]
fn without_credit_the_run_ends_at_once_with_its_own_code_and_goes_on_later() {
    let server = FaultServer::start(|arrival| match arrival.nth {
        0 => Answer::error(429, "insufficient_quota"),
        _ => reply(&arrival.body),
    });
    let folder = Study::at(&server).wide().folder();
    let ended = folder.words(RUN).more(["-j", "1"]).ends(4);
    assert!(ended.stderr.contains("error: stopped: out of credit: endpoint `local`: HTTP 429"), "{ended}");
    assert!(ended.stderr.contains("hint: nothing is lost"), "{ended}");
    assert_eq!(server.count(), 1, "it is not asked again");
    folder.words(RUN).ends(0);
}

#[test]
fn time_that_is_up_stops_the_run_and_running_again_goes_on() {
    let server = FaultServer::start(|arrival| {
        Answer::Later(std::time::Duration::from_millis(300), Box::new(reply(&arrival.body)))
    });
    let folder = Study::at(&server).wide().folder();
    let ended = folder.words(RUN).more(["-j", "1", "--max-time", "1s"]).ends(4);
    assert!(ended.stderr.contains("error: stopped: the limit of 1s is reached"), "{ended}");
    let asked = server.count();
    assert!((1..=4).contains(&asked), "{asked} calls of 300 ms in a second");
    folder.words(RUN).ends(0);
    assert!(server.per_body().values().all(|times| *times == 1), "what was in flight was kept");
    let refused = folder.words(RUN).more(["--max-time", "soon"]).fails(2);
    assert!(refused.contains("such as `90s`, `45m` or `1h 30m`"), "{refused}");
}

#[test]
fn a_failed_task_is_a_row_with_its_reason_and_tries() {
    let server = FaultServer::start(|_| Answer::error(502, "down"));
    let folder = Study::at(&server).of_one_session().folder();
    folder.words(RUN).more(["--max-retries", "2"]).ends(1);
    let failures = folder.json_of_run("usage.json")["failures"].clone();
    assert_eq!(
        (&failures[0]["kind"], &failures[0]["attempts"]),
        (&json!("transient"), &json!(3)),
        "{failures}"
    );
    assert!(failures[0]["message"].as_str().unwrap().contains("HTTP 502"), "{failures}");
}

#[test]
fn progress_says_rates_against_limits_money_and_what_is_in_flight() {
    let server = FaultServer::start(|arrival| match arrival.nth {
        0 => Answer::error(429, "slow_down").header("retry-after-ms", "10"),
        _ => reply(&arrival.body),
    });
    let folder = priced(&server);
    let plain = "run experiment.yaml --display plain --max-retries 1 --rpm 600";
    let ended = folder.words(plain).more(BOUNDED).ends(0);
    let last = ended.stderr.lines().rfind(|line| line.contains(" of about ")).unwrap();
    for part in [
        "in flight",
        "local ",
        "/600 requests/min",
        " tokens/min",
        "1 x 429",
        "1 retried",
        "0 failed",
        " USD of about ",
    ] {
        assert!(last.contains(part), "{part}: {ended}");
    }
}
