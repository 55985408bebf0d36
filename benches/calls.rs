//! What a judge call costs beside a bare loop, in CPU time: `cargo bench --bench calls [-- RATINGS [ROUNDS]]`, 2,002 ratings
//! and 5 rounds without arguments.
//!
//! A server on loopback, in a process of its own, answers at once. Against it run in turn, 64 calls at a time: the
//! program on an empty ledger, the program again with everything known (without `finished.json`, which would let it
//! do nothing), and a loop over the same HTTP library that sends prompts of the same length, parses and appends. CPU
//! seconds are those of each child process; medians over the rounds are printed.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a benchmark prints, reads its arguments, and stops at the first surprise"
)]

use std::{
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Child, Command, Stdio},
};

use axum::{Json, Router, routing::post};
use futures::{StreamExt, stream};
use nix::sys::resource::{UsageWho, getrusage};
use serde_json::{Value, json};

const AT_ONCE: usize = 64;
const ITEMS: usize = 11;
/// Exchanges of a session: few and long, because a scripted counselor answers each.
const EXCHANGES: usize = 2;
/// Bytes of the bare loop's prompts: about those of the program's, which hold a session and an item of the rubric.
const PROMPT: usize = 5_700;

fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with("--")).collect();
    let number = |at: usize, usual: usize| words.get(at).map_or(usual, |word| word.parse().unwrap_or(usual));
    match words.first().map(String::as_str) {
        Some("server") => serve(),
        Some("bare") => bare(&words[1], number(2, 0), number(3, 0), Path::new(&words[4])),
        _ => compare(number(0, 2_002), number(1, 5)),
    }
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

/// Answers chat completions at once; says its address on stdout.
fn serve() {
    runtime().block_on(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        println!("{}", listener.local_addr().unwrap());
        let app = Router::new().route("/v1/chat/completions", post(answer));
        axum::serve(listener, app).await.unwrap();
    });
}

/// A rating that quotes the counselor's first turn, so that none is asked again.
async fn answer(Json(request): Json<Value>) -> Json<Value> {
    let prompt = request["messages"][0]["content"].as_str().unwrap_or_default();
    let said = prompt.split("[2] counselor\n| ").nth(1).and_then(|rest| rest.lines().next()).unwrap_or("");
    let quote: Vec<&str> = said.split(' ').take(8).collect();
    let observed =
        json!({"turn": 2, "speaker": "counselor", "quote": quote.join(" "), "note": "asks about the week"});
    let item = &request["response_format"]["json_schema"]["schema"]["properties"]["item"]["const"];
    let reply = json!({
        "item": item, "positive": [observed], "negative": [], "absent": [],
        "reasoning": "The counselor asks and waits; the agenda is named late. ".repeat(4), "score": 3, "sure": "medium",
    });
    Json(json!({
        "id": "r", "object": "chat.completion", "model": "m",
        "choices": [{
            "index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": reply.to_string()},
        }],
        "usage": {"prompt_tokens": 1_430, "completion_tokens": 160, "total_tokens": 1_590},
    }))
}

/// The bare loop: prompts of the given length out, replies parsed and appended.
fn bare(address: &str, calls: usize, bytes: usize, out: &Path) {
    rustls::crypto::ring::default_provider().install_default().unwrap();
    let client = reqwest::Client::builder().build().unwrap();
    let url = format!("http://{address}/v1/chat/completions");
    let text = "How was the week, and what would you like to speak about first? ".repeat(bytes / 32);
    let mut out = std::io::BufWriter::new(std::fs::File::create(out).unwrap());
    runtime().block_on(async {
        let send = |number: usize| {
            let prompt = format!("{number} {}", &text[..bytes]);
            let request = client.post(&url).json(&json!({
                "model": "m", "temperature": 0, "max_tokens": 500, "messages": [{"role": "user", "content": prompt}],
            }));
            async move { request.send().await.unwrap().json::<Value>().await.unwrap() }
        };
        let mut replies = stream::iter(0..calls).map(send).buffer_unordered(AT_ONCE);
        while let Some(reply) = replies.next().await {
            let said = reply["choices"][0]["message"]["content"].as_str().unwrap();
            let rating: Value = serde_json::from_str(said).unwrap();
            assert_eq!(rating["score"], 3);
            writeln!(out, "{}", json!({"rating": rating, "usage": reply["usage"]})).unwrap();
        }
    });
}

/// CPU seconds of children that have ended.
fn children() -> f64 {
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).unwrap();
    let seconds = |time: nix::sys::time::TimeVal| time.tv_sec() as f64 + time.tv_usec() as f64 / 1e6;
    seconds(usage.user_time()) + seconds(usage.system_time())
}

/// Runs a command to its end; its CPU seconds.
fn timed(command: &mut Command) -> f64 {
    let before = children();
    let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap();
    assert!(status.success(), "{command:?}");
    children() - before
}

struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

fn start() -> (Server, String) {
    let mut child =
        Command::new(std::env::current_exe().unwrap()).arg("server").stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    (Server(child), line.trim().to_owned())
}

fn sessions(count: usize) -> String {
    let line = |session: usize, order: usize| {
        let (speaker, text) = if order % 2 == 1 {
            (
                "thinker",
                "I kept going over the call, and each time I found another thing I should have said. ",
            )
        } else {
            ("helper", "How was it when the call ended, and what went through your mind just then? ")
        };
        let text = format!("{}({session}.{order})", text.repeat(7));
        json!({"session": format!("s{session:05}"), "speaker": speaker, "text": text, "order": order})
            .to_string()
            + "\n"
    };
    (0..count).flat_map(|s| (1..=2 * EXCHANGES).map(move |order| line(s, order))).collect()
}

fn experiment(address: &str) -> String {
    format!(
        "endpoints: {{here: {{base_url: 'http://{address}/v1', limits: {{concurrency: {AT_ONCE}}}}}}}\n\
         models: [{{id: m, model: openai-api/here/m, decoding: {{temperature: 0, max_tokens: 500}}}}, {{id: warm, model: \
         baseline/warm}}]\nprompts: [{{id: p, file: 'builtin:helpert-brief'}}]\nmatrix: {{include: [{{model: warm}}]}}\n\
         sessions: [{{id: s, path: s.jsonl, format: jsonl, columns: {{session: session, speaker: speaker, text: text, \
         order: order}}, roles: {{client: [thinker], counselor: [helper]}}, counselor: human, client: human, language: en, \
         licence: invented, public: true, synthetic: true}}]\n\
         judges: [{{id: j, model: m, observations: 1}}]\nrubric: {{file: 'builtin:ctrs'}}\n\
         run: {{name: calls, concurrency: {AT_ONCE}, bootstrap: 100}}\n"
    )
}

fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}

fn compare(ratings: usize, rounds: usize) {
    let (server, address) = start();
    // Each session is rated as it was recorded and as the scripted counselor has it.
    let count = ratings.div_ceil(2 * ITEMS);
    let calls = count * 2 * ITEMS;
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("s.jsonl"), sessions(count)).unwrap();
    std::fs::write(folder.path().join("e.yaml"), experiment(&address)).unwrap();
    let runs = folder.path().join("runs");
    let run = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_corater"));
        timed(command.args(["run", "e.yaml", "--display", "none"]).current_dir(folder.path()))
    };
    let (mut fresh, mut known, mut loops) = (Vec::new(), Vec::new(), Vec::new());
    let mut stored = 0;
    for _ in 0..rounds {
        if runs.exists() {
            std::fs::remove_dir_all(&runs).unwrap();
        }
        fresh.push(run());
        stored = std::fs::metadata(runs.join("ledger.db")).unwrap().len();
        for entry in std::fs::read_dir(&runs).unwrap() {
            let note = entry.unwrap().path().join("finished.json");
            if note.exists() {
                std::fs::remove_file(note).unwrap();
            }
        }
        known.push(run());
        let mut command = Command::new(std::env::current_exe().unwrap());
        let out = folder.path().join("bare.jsonl");
        loops.push(timed(command.args(["bare", &address, &calls.to_string(), &PROMPT.to_string()]).arg(out)));
    }
    drop(server);
    let per_call = |seconds: f64| seconds / calls as f64 * 1e3;
    let (fresh, known, bare) = (median(fresh), median(known), median(loops));
    println!(
        "{calls} judge calls and {} scripted ones, {AT_ONCE} at once; CPU seconds, median of {rounds} rounds",
        count * EXCHANGES
    );
    println!("whole run, empty ledger   {fresh:.3} s  {:.4} ms a call", per_call(fresh));
    println!("the same, all known       {known:.3} s  {:.4} ms a call", per_call(known));
    println!("the calls alone           {:.3} s  {:.4} ms a call", fresh - known, per_call(fresh - known));
    println!("bare loop                 {bare:.3} s  {:.4} ms a call", per_call(bare));
    println!(
        "calls per CPU second beside the bare loop: {:.0} % for the calls alone, {:.0} % for the whole run",
        100.0 * bare / (fresh - known),
        100.0 * bare / fresh
    );
    println!("ledger: {} bytes a call", stored / calls as u64);
}
