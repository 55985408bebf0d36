//! What a process may lack, and figures that no server means: a sentence and a code of the table, never a fault.

use serde_json::json;

use crate::support::{
    answer::Answer,
    program::{Ended, FEW_RESAMPLES, Folder, SMALL},
    server::FaultServer,
};

#[cfg(target_os = "linux")]
#[test]
fn few_open_files_are_said_at_every_limit() {
    let quickstart = format!("{} {FEW_RESAMPLES} --display none", SMALL.join(" "));
    for verb in ["run", "plan", "doctor"] {
        for limit in [4, 6, 7, 9, 12, 16, 20, 24] {
            let folder = Folder::empty();
            let program = env!("CARGO_BIN_EXE_corater");
            let what = if verb == "run" { quickstart.as_str() } else { "builtin:quickstart" };
            let mut shell = std::process::Command::new("sh");
            shell.args(["-c", &format!("ulimit -n {limit}; exec {program} {verb} {what}")]);
            let ended = Ended::of(shell.current_dir(folder.path("")).env_clear().output().unwrap());
            if limit < 20 {
                assert_eq!(ended.code, Some(1), "{verb} at {limit}: {ended}");
                assert!(ended.stderr.contains("too few files at once"), "{verb} at {limit}: {ended}");
                assert!(ended.stderr.contains("ulimit -n 256"), "{verb} at {limit}: {ended}");
            } else {
                assert!(matches!(ended.code, Some(0 | 1)), "{verb} at {limit}: {ended}");
            }
        }
    }
}

#[test]
fn absurd_token_counts_stay_at_the_largest() {
    let server = FaultServer::start(|arrival| {
        let response = Answer::usual(&arrival.body).response();
        let mut body: serde_json::Value = serde_json::from_slice(&response.body).unwrap();
        let most = u64::MAX;
        body["usage"] = json!({"prompt_tokens": most, "completion_tokens": most, "total_tokens": most,
            "prompt_tokens_details": {"cached_tokens": most}});
        Answer::json(200, &body)
    });
    let talk = "{\"session\": \"t1\", \"speaker\": \"thinker\", \"text\": \"I worry.\"}\n\
        {\"session\": \"t1\", \"speaker\": \"helper\", \"text\": \"What do you worry about?\"}\n";
    let experiment = format!(
        "endpoints: {{near: {{base_url: '{}'}}}}\n\
        models: [{{id: m, model: openai-api/near/m, decoding: {{max_tokens: 100}}}}]\n\
        prompts: [{{id: brief, file: 'builtin:helpert-brief'}}]\n\
        sessions: [{{id: talks, path: talks.jsonl, format: jsonl, roles: {{client: [thinker], counselor: [helper]}}, \
        counselor: human, client: human, language: en, consent: invented, public: false}}]\n\
        judges: [{{id: judge, model: openai-api/near/m}}]\nrubric: {{file: 'builtin:ctrs', items: [agenda, feedback]}}\n\
        epochs: 4\nrun: {{bootstrap: 100}}\n",
        server.base_url()
    );
    let folder = Folder::empty().file("talks.jsonl", talk).file("e.yaml", experiment);
    for line in ["run e.yaml --display plain", "run e.yaml --no-cache --display json", "plan e.yaml"] {
        let ended = folder.words(line).ended();
        assert!(matches!(ended.code, Some(0 | 1)), "{line}: {ended}");
    }
    let listed = folder.words("ledger list --json").ends(0).stdout;
    let found: serde_json::Value = serde_json::from_str(&listed).unwrap();
    assert_eq!(found["summary"]["tokens"]["prompt"], json!(i64::MAX));
}

/// One session and one question over a server.
fn one_question(server: &FaultServer, retries: u32) -> Folder {
    let talk = "{\"session\": \"t1\", \"speaker\": \"thinker\", \"text\": \"I worry.\"}\n\
        {\"session\": \"t1\", \"speaker\": \"helper\", \"text\": \"What do you worry about?\"}\n";
    let experiment = format!(
        "endpoints: {{near: {{base_url: '{}', limits: {{max_retries: {retries}}}}}}}\n\
        models: [{{id: warm, model: baseline/warm}}]\nprompts: [{{id: brief, file: 'builtin:helpert-brief'}}]\n\
        matrix: {{include: [{{model: warm}}]}}\n\
        sessions: [{{id: talks, path: talks.jsonl, format: jsonl, roles: {{client: [thinker], counselor: [helper]}}, \
        counselor: human, client: human, language: en, consent: invented, public: false}}]\n\
        judges: [{{id: judge, model: openai-api/near/m}}]\nrubric: {{file: 'builtin:ctrs', items: [agenda]}}\n\
        run: {{bootstrap: 100}}\n",
        server.base_url()
    );
    Folder::empty().file("talks.jsonl", talk).file("e.yaml", experiment)
}

#[test]
fn requests_that_were_sent_are_said_where_fewer_were_answered() {
    let server = FaultServer::start(|_| Answer::error(500, "down"));
    let ended = one_question(&server, 1).words("run e.yaml --display none").ends(1);
    let sent = server.count();
    assert!(sent > 2, "{sent}");
    // The scripted counselor's turn is a call too.
    let said = format!("1 calls made, 0 answered by the ledger, 2 failed, {} requests sent\n", sent + 1);
    assert!(ended.stderr.contains(&said), "{said}{ended}");
}

#[test]
fn a_wait_that_is_too_long_is_named() {
    let server = FaultServer::start(|_| {
        Answer::error(429, "slow_down").header("retry-after", "Fri, 31 Dec 9999 23:59:59 GMT")
    });
    let ended = one_question(&server, 3).words("run e.yaml --display none").ends(1);
    assert!(ended.stderr.contains("the server asks for a wait of 79"), "{ended}");
    assert!(ended.stderr.contains("which is not waited for"), "{ended}");
    assert!(server.count() <= 2, "{}", server.count());
}
