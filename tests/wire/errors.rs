//! What the errors of vendors, local servers and gateways mean: the kind that decides whether a run waits, stops or
//! advises, or the outcome of a turn. The sentences are written after their documents and sources.

use std::time::Duration;

use corater::{
    chat::{Chat, Failure, FailureKind, Finish, OutputFormat, Reply, Request},
    provider::{Dialect, Response},
};
use serde_json::{Value, json};

use crate::{
    Bench, question,
    support::{answer::Answer, server::FaultServer},
};

fn decoded(dialect: Dialect, status: u16, body: &Value) -> Result<Reply, Failure> {
    let response = Response { status, retry_after: None, body: body.to_string().into_bytes() };
    dialect.decode(&question("Hello."), &response)
}

/// The shapes in which a sentence comes.
fn shapes(sentence: &str) -> Vec<Value> {
    vec![
        json!({"error": {"message": sentence, "type": "invalid_request_error", "param": null, "code": null}}),
        json!({"error": {"message": sentence, "type": "BadRequestError", "code": 400}}),
        json!({"error": {"message": format!("litellm.BadRequestError: XException - {sentence}"), "code": "400"}}),
        json!({"error": {"message": "Provider returned error", "metadata": {"raw": sentence}}}),
        json!({"error": sentence}),
        json!({"error": "bad_request", "message": sentence}),
        json!({"object": "error", "message": sentence, "type": "error"}),
        json!({"detail": sentence}),
        json!({"detail": {"message": sentence}}),
        json!([{"error": {"message": sentence, "status": "INVALID_ARGUMENT"}}]),
        json!(sentence),
    ]
}

fn assert_kind(status: u16, sentences: &[&str], kind: FailureKind) {
    for sentence in sentences {
        for body in shapes(sentence) {
            for dialect in Dialect::ALL {
                let failure = decoded(dialect, status, &body).expect_err(sentence);
                assert_eq!(failure.kind, kind, "{dialect:?} {status} {body}");
            }
        }
    }
}

#[test]
fn a_prompt_that_does_not_fit_is_too_long_in_every_wording() {
    let sentences = [
        "The context length of this model is only 4096 tokens, you asked for 5000",
        "the request (5000 tokens) exceeds the available context size (4096 tokens)",
        "Requested tokens (5000) exceed context window of 4096",
        "The prompt (length 5000) exceeds the maximum model length of 4096",
        "prompt too long; exceeded max context length by 12 tokens",
        "Input validation error: `inputs` must have less than 1024 tokens. Given: 1200",
        "`inputs` tokens + `max_new_tokens` must be <= 2048",
        "too many tokens: the prompt can hold no more than 4081 of them",
        "Input is too long for requested model.",
        "Please reduce the length of the messages or completion.",
        "The input token count (40000) exceeds the maximum number of tokens allowed (32768).",
        "Current length is 9000 while limit is 8192",
    ];
    assert_kind(400, &sentences, FailureKind::TooLong);
    assert_kind(500, &sentences[..2], FailureKind::TooLong);
}

#[test]
fn used_up_money_and_days_are_told_from_a_busy_minute() {
    let gone = [
        "Your prepayment credits are depleted.",
        "The project has exceeded its monthly spending cap",
        "Budget has been exceeded! Current cost: 3.1, Max budget: 3.0",
        "Insufficient balance",
        "You have reached your specified API usage limits",
        "You exceeded your current quota, please check your plan and billing details",
        "Rate limit reached on tokens per day (TPD): Limit 100000, Used 99990, Requested 100",
        "Rate limit exceeded: free-models-per-day",
        "Daily limit of requests reached",
    ];
    for sentence in gone {
        let body = json!({"error": {"message": sentence, "code": 429}});
        let failure = decoded(Dialect::OpenaiChat, 429, &body).expect_err(sentence);
        assert_eq!(failure.kind, FailureKind::QuotaExhausted, "{sentence}");
    }
    for sentence in [
        "Rate limit reached on requests per min (RPM): Limit 3, Used 3, Requested 1.",
        "Too many requests",
        "The service is temporarily limited upstream",
    ] {
        let body = json!({"error": {"message": sentence, "code": 429}});
        let failure = decoded(Dialect::OpenaiChat, 429, &body).expect_err(sentence);
        assert_eq!(failure.kind, FailureKind::RateLimited, "{sentence}");
    }
    let quota = |id: &str| {
        json!({"error": {"code": 429, "status": "RESOURCE_EXHAUSTED",
            "message": "You exceeded your current quota, please check your plan and billing details.",
            "details": [{"violations": [{"quotaId": id}]}]}})
    };
    let kind = |id: &str| decoded(Dialect::GoogleGemini, 429, &quota(id)).expect_err(id).kind;
    assert_eq!(kind("GenerateContentInputTokensPerModelPerMinute"), FailureKind::RateLimited);
    assert_eq!(kind("GenerateRequestsPerDayPerProject"), FailureKind::QuotaExhausted);
}

#[test]
fn one_request_larger_than_a_minute_never_fits_and_is_no_matter_of_the_context() {
    let sentences = [
        "Request too large for m on tokens per minute (TPM): Limit 6000, Requested 7000",
        "Rate limit reached for m on tokens per min (TPM): Limit 30000, Used 0, Requested 43000.",
    ];
    for (status, sentence) in [413, 429].into_iter().zip(sentences) {
        let body = json!({"error": {"message": sentence, "type": "tokens", "code": "rate_limit_exceeded"}});
        let failure = decoded(Dialect::OpenaiChat, status, &body).expect_err(sentence);
        assert_eq!(failure.kind, FailureKind::TooLong);
        assert!(failure.message.contains("per minute") && !failure.message.contains("longer"), "{failure}");
    }
    let fits =
        json!({"error": {"message": "tokens per min (TPM): Limit 30000, Used 29000, Requested 4000."}});
    assert_eq!(decoded(Dialect::OpenaiChat, 429, &fits).expect_err("busy").kind, FailureKind::RateLimited);
}

#[test]
fn a_filter_is_an_outcome_of_the_turn_whoever_tells_of_it() {
    let sentences = [
        "Output blocked by content filtering policy",
        "Your prompt was flagged as potentially violating our usage policy, see https://example.org/reasoning#effort",
        "The response was filtered due to the prompt triggering a content management policy",
        "Your input was flagged by a moderation model",
        "The request was rejected because it was considered high risk",
        "Content violates usage guidelines. Failed check: SAFETY_CHECK",
        "Input data may contain inappropriate content.",
        "Content Exists Risk",
        "The request was blocked by a guardrail",
        "The prompt was blocked for self-harm",
    ];
    for status in [400, 403] {
        for sentence in sentences {
            for body in shapes(sentence) {
                for dialect in Dialect::ALL {
                    let reply = decoded(dialect, status, &body);
                    let finish = reply.map(|reply| reply.finish);
                    assert_eq!(finish, Ok(Finish::ContentFilter), "{dialect:?} {status} {body}");
                }
            }
        }
    }
    let told = [
        json!({"error": {"code": "content_policy_violation", "message": "no"}}),
        json!({"error": {"type": "content_filter", "message": "no"}}),
        json!({"error": {"code": "400", "message": "no", "innererror": {"code": "ResponsibleAIPolicyViolation"}}}),
        json!({"error": {"code": 403, "message": "no", "metadata": {"reasons": ["self-harm"], "flagged_input": "x"}}}),
        json!({"error": {"code": 403, "message": "no", "metadata": {"error_type": "content_policy_violation"}}}),
        json!({"error": {"code": 400, "message": "litellm.ContentPolicyViolationError: no"}}),
    ];
    for body in told {
        for status in [400, 403, 200] {
            let finish = decoded(Dialect::OpenaiChat, status, &body).map(|reply| reply.finish);
            if status == 200 && body["error"]["code"].is_null() {
                continue;
            }
            assert_eq!(finish, Ok(Finish::ContentFilter), "{status} {body}");
        }
    }
    for (status, sentence) in [
        (404, "No endpoints found matching your data policy"),
        (403, "Country, region, or territory not supported"),
        (403, "Your account was disabled for violating our usage policy"),
        (401, "Incorrect API key provided"),
    ] {
        let body = json!({"error": {"message": sentence}});
        decoded(Dialect::OpenaiChat, status, &body).expect_err("no filter");
    }
}

#[test]
fn keys_that_were_withdrawn_are_refused_and_models_that_do_not_load_stay_unloaded() {
    let withdrawn = [
        "Your API key was reported as leaked.",
        "API key expired. Please renew the API key.",
        "Consumer 'api_key:x' has been suspended.",
        "This organization has been disabled.",
        "Your account has been deactivated",
    ];
    assert_kind(403, &withdrawn, FailureKind::KeyRefused);
    let memory = [
        "model requires more system memory (20 GiB) than is available (15 GiB)",
        "Model loading was stopped due to insufficient system resources",
        "unable to load model: /models/m.gguf",
    ];
    assert_kind(500, &memory, FailureKind::Permanent);
}

#[test]
fn a_cut_told_as_an_error_is_a_cut() {
    let body = json!({"error": {"type": "invalid_request_error", "message":
        "Could not finish the message because max_tokens or model output limit was reached."}});
    for dialect in Dialect::ALL {
        assert_eq!(decoded(dialect, 400, &body).expect("a reply").finish, Finish::Length);
    }
}

#[tokio::test]
async fn json_that_the_server_refuses_is_asked_again_and_then_an_answer() {
    let refused = json!({"error": {"code": "json_validate_failed", "message": "Failed to validate JSON",
        "failed_generation": "{\"item\": 1"}});
    let server = FaultServer::answering(vec![Answer::json(400, &refused); 9]);
    let rating = OutputFormat::Json { name: "rating".into(), schema: json!({"type": "object"}).into() };
    let bench = Bench::new(&server).retries(1);
    let executor = bench.executor().await;
    let reply = executor.ask(Request { output: rating, ..question("Hello.") }).await.expect("an answer");
    assert_eq!((reply.text.as_str(), server.count()), ("{\"item\": 1", 2));
    let total = executor.summary().total();
    assert_eq!(total.endings["invalid_json"], 1);
    let turn = executor.ask(question("Hello.")).await.expect_err("no words");
    assert_eq!(turn.kind, FailureKind::Malformed);
}

#[tokio::test]
async fn a_stop_without_any_content_is_asked_again_and_then_counted_apart() {
    let empty = json!({"candidates": [{"content": {"role": "model"}, "finishReason": "STOP"}]});
    let whole = json!({"candidates": [{"content": {"parts": [{"text": "Go on."}]}, "finishReason": "STOP"}]});
    let passing = FaultServer::answering(vec![Answer::json(200, &empty), Answer::json(200, &whole)]);
    let bench = Bench::new(&passing).dialect(Dialect::GoogleGemini).retries(3);
    assert_eq!(bench.ask(question("Hello.")).await.expect("a reply").text, "Go on.");

    let lasting = FaultServer::answering(vec![Answer::json(200, &empty); 9]);
    let bench = Bench::new(&lasting).dialect(Dialect::GoogleGemini).retries(9);
    let executor = bench.executor().await;
    let reply = executor.ask(question("Hello.")).await.expect("an empty turn");
    assert_eq!((reply.text.as_str(), lasting.count()), ("", 3));
    assert_eq!(executor.summary().total().endings["no_content"], 1);
    executor.close().await.expect("closed");
    assert_eq!(bench.again().ask(question("Hello.")).await, Ok(reply), "an answer like any other");
}

#[tokio::test]
async fn a_model_that_is_not_there_is_asked_for_once() {
    let unknown = [
        (404, json!({"error": {"code": "model_not_found", "message": "The model `m` does not exist"}})),
        (400, json!({"error": {"message": "Invalid model name passed in model=m"}})),
        (404, json!({"type": "error", "error": {"type": "not_found_error", "message": "model: m"}})),
        (500, json!({"error": "model requires more system memory (20 GiB) than is available"})),
    ];
    for (status, body) in unknown {
        let server = FaultServer::answering(vec![Answer::json(status, &body)]);
        let bench = Bench::new(&server);
        let executor = bench.executor().await;
        for number in 0..50 {
            let failure = executor.ask(question(&format!("Question {number}."))).await.expect_err("no model");
            assert_eq!(failure.kind, FailureKind::Permanent, "{body}");
            assert_eq!(number > 0, failure.message.contains("failed for all of this model"), "{failure}");
        }
        assert_eq!(server.count(), 1, "{body}");
        executor.close().await.expect("closed");
        bench.again().ask(question("Question 9.")).await.expect("the next run asks anew");
    }
    let parameter = json!({"error": {"message": "logprobs is not available for this model"}});
    let server = FaultServer::answering(vec![Answer::json(400, &parameter)]);
    let executor = Bench::new(&server).executor().await;
    executor.ask(question("1")).await.expect_err("a parameter");
    executor.ask(question("2")).await.expect("the model is there");
}

#[tokio::test]
async fn fifty_calls_at_once_to_a_model_that_is_not_there_send_one_request() {
    let unknown = json!({"error": {"code": "model_not_found", "message": "The model `m` does not exist"}});
    let server = FaultServer::start(move |_| {
        Answer::Later(Duration::from_millis(100), Box::new(Answer::json(404, &unknown)))
    });
    let executor = Bench::new(&server).concurrency(50).executor().await;
    let questions = (0..50).map(|number| executor.ask(question(&format!("Question {number}."))));
    for answer in questions_at_once(questions).await {
        assert_eq!(answer.expect_err("no model").kind, FailureKind::Permanent);
    }
    assert_eq!(server.count(), 1);

    let server = FaultServer::start(|arrival| {
        Answer::Later(Duration::from_millis(100), Box::new(Answer::usual(&arrival.body)))
    });
    let bench = Bench::new(&server).concurrency(50);
    let executor = bench.executor().await;
    let questions = (0..50).map(|number| executor.ask(question(&format!("Question {number}."))));
    assert!(questions_at_once(questions).await.iter().all(Result::is_ok));
    assert!(
        server.most_in_flight() >= 40,
        "after the first answer all go at once: {}",
        server.most_in_flight()
    );
    let arrivals = server.arrivals();
    assert!(arrivals[1].at - arrivals[0].at >= Duration::from_millis(90), "the first goes alone");
    executor.close().await.expect("closed");

    // A model that answered before does not have to prove itself again.
    let executor = bench.again().executor().await;
    let questions = (0..60).map(|number| executor.ask(question(&format!("Question {number}."))));
    assert!(questions_at_once(questions).await.iter().all(Result::is_ok));
    let late: Vec<_> = server.arrivals()[50..].iter().map(|arrival| arrival.at).collect();
    assert_eq!(late.len(), 10);
    assert!(late.iter().all(|at| *at - late[0] < Duration::from_millis(90)));
}

async fn questions_at_once<F: Future<Output = Result<Reply, Failure>>>(
    questions: impl Iterator<Item = F>,
) -> Vec<Result<Reply, Failure>> {
    futures::future::join_all(questions).await
}

#[tokio::test]
async fn what_can_be_read_is_not_paid_twice() {
    let body = "\u{feff}{\"choices\": [{\"finish_reason\": \"stop\", \"message\": {\"content\": \"Go on \\ud83d\"}}],
        \"usage\": {\"prompt_tokens\": NaN, \"completion_tokens\": 3}}";
    let server = FaultServer::answering(vec![Answer::bytes(200, "application/json", body)]);
    let reply = Bench::new(&server).ask(question("Hello.")).await.expect("a reply");
    assert_eq!((reply.text.as_str(), server.count()), ("Go on \u{fffd}", 1));
    assert_eq!((reply.usage.prompt_tokens, reply.usage.completion_tokens), (None, Some(3)));
}
