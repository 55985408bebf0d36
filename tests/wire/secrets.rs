//! The key is sent to its endpoint and found nowhere else.

use corater::chat::FailureKind;
use walkdir::WalkDir;

use crate::{
    Bench, KEY, question,
    support::{answer::Answer, server::FaultServer},
};

/// Files below the bench's folder that hold the key.
fn leaks(bench: &Bench) -> Vec<String> {
    let files = WalkDir::new(bench.folder.path()).into_iter().map(|entry| entry.expect("an entry"));
    files
        .filter(|entry| entry.file_type().is_file())
        .filter(|entry| {
            #[expect(clippy::disallowed_methods, reason = "a test looks at what was written")]
            let bytes = std::fs::read(entry.path()).expect("a file");
            bytes.windows(KEY.len()).any(|window| window == KEY.as_bytes())
        })
        .map(|entry| entry.path().display().to_string())
        .collect()
}

#[tokio::test]
async fn a_key_is_sent_as_a_bearer_and_never_written_or_said() {
    let server = FaultServer::start(|arrival| match arrival.nth {
        0 => Answer::error(401, &format!("Incorrect API key provided: {KEY}")),
        _ => Answer::text(&arrival.body, &format!("You sent {KEY}")),
    });
    let bench = Bench::new(&server);
    let failure = bench.ask(question("Hello.")).await.expect_err("unauthorized");
    assert!(!format!("{failure:?}").contains("sk-test"), "{failure:?}");
    let reply = bench.ask(question("Goodbye.")).await.expect("a reply");
    assert_eq!(reply.text, "You sent [key]");
    assert_eq!(server.arrivals()[0].header("authorization"), Some(format!("Bearer {KEY}").as_str()));
    assert_eq!(server.arrivals()[0].path, "/v1/chat/completions");
    assert_eq!(leaks(&bench), Vec::<String>::new());
    assert!(!format!("{:?}", bench.executor().await).contains("sk-test"));
}

#[tokio::test]
async fn a_key_that_is_not_set_fails_the_call_and_is_not_remembered() {
    let server = FaultServer::usual();
    let mut keyless = Bench::new(&server);
    keyless.key = None;
    let failure = keyless.ask(question("Hello.")).await.expect_err("no key");
    assert_eq!(failure.kind, FailureKind::Permanent);
    assert_eq!(failure.message, "endpoint `local`: its key's variable LOCAL_API_KEY is not set");
    assert_eq!(server.connections(), 0);
    let mut keyed = keyless.again();
    keyed.key = Some(KEY.into());
    keyed.ask(question("Hello.")).await.expect("once the key is set, the same run goes on");
}

#[tokio::test]
async fn a_key_that_no_header_can_carry_is_not_echoed() {
    let server = FaultServer::usual();
    let mut bench = Bench::new(&server);
    bench.key = Some("sk-test\nsecond line".into());
    let failure = bench.ask(question("Hello.")).await.expect_err("not a header");
    assert_eq!(failure.message, "endpoint `local`: the key has characters that no HTTP header can carry");
    assert_eq!(server.connections(), 0);
}
