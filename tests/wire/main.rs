//! What reaches a server and what comes back, against a server that misbehaves in every way we know.

#[path = "../support/mod.rs"]
mod support;

mod batches;
mod dialects;
mod errors;
mod faults;
mod ledger;
mod limits;
mod retries;
mod secrets;
mod spending;
mod stopping;
mod storm;
mod unfinished;

use std::{
    collections::BTreeMap,
    num::NonZeroU32,
    sync::{Arc, Mutex},
};

use corater::{
    chat::{Capabilities, Chat, Decoding, Failure, Message, OutputFormat, Reply, Request},
    config::{Endpoint, Limits, Model, Route},
    domain::{Price, Usd},
    execute::{Clock, Event, Executor, ExecutorOptions, LedgerPolicy, Overrides, SpendLimits, Stop},
    provider::Dialect,
    store::Ledger,
};
use secrecy::SecretString;
use tempfile::TempDir;

use support::server::FaultServer;

/// The key that every bench sends, and that must be found nowhere else.
const KEY: &str = "sk-test-0123456789abcdef";

/// An executor with one model behind one server, built step by step.
#[must_use]
struct Bench {
    base_url: String,
    folder: Arc<TempDir>,
    overrides: Overrides,
    flags: LedgerPolicy,
    stop: Stop,
    events: Arc<Mutex<Vec<Event>>>,
    capabilities: Capabilities,
    key: Option<String>,
    dialect: Dialect,
    prices: Vec<Price>,
    spend: SpendLimits,
    batch_items: u32,
    extra_headers: BTreeMap<String, String>,
}

impl Bench {
    fn new(server: &FaultServer) -> Self {
        Self {
            base_url: server.base_url(),
            folder: Arc::new(tempfile::tempdir().expect("a folder")),
            overrides: Overrides { max_retries: Some(0), ..Overrides::default() },
            flags: LedgerPolicy::default(),
            stop: Stop::default(),
            events: Arc::default(),
            capabilities: Capabilities::default(),
            key: Some(KEY.into()),
            dialect: Dialect::OpenaiChat,
            prices: Vec::new(),
            spend: SpendLimits::default(),
            batch_items: 2_000,
            extra_headers: BTreeMap::new(),
        }
    }

    fn retries(mut self, most: u32) -> Self {
        self.overrides.max_retries = Some(most);
        self
    }

    fn timeout_seconds(mut self, seconds: u32) -> Self {
        self.overrides.timeout_seconds = Some(seconds);
        self
    }

    fn concurrency(mut self, most: u32) -> Self {
        self.overrides.concurrency = Some(most);
        self
    }

    fn requests_per_minute(mut self, rate: u32) -> Self {
        self.overrides.requests_per_minute = NonZeroU32::new(rate);
        self
    }

    fn tokens_per_minute(mut self, rate: u32) -> Self {
        self.overrides.tokens_per_minute = NonZeroU32::new(rate);
        self
    }

    fn batch_items(mut self, most: u32) -> Self {
        self.batch_items = most;
        self
    }

    fn header(mut self, name: &str, value: &str) -> Self {
        self.extra_headers.insert(name.into(), value.into());
        self
    }

    fn moved_to(mut self, server: &FaultServer) -> Self {
        self.base_url = server.base_url();
        self
    }

    fn dialect(mut self, dialect: Dialect) -> Self {
        self.dialect = dialect;
        self
    }

    /// The model's price, in dollars per million prompt and generated tokens, and the most a run may cost.
    fn priced(mut self, input: f64, output: f64, max_cost: f64) -> Self {
        self.prices = vec![Price {
            model: "local/small".into(),
            input,
            cached_input: None,
            cache_write: None,
            output,
            batch: None,
            flex: None,
            long_context: None,
            as_of: "2026-11-26".into(),
            source: "invented".into(),
        }];
        self.spend.max_cost = Usd::from_dollars(max_cost);
        self
    }

    fn flags(mut self, flags: LedgerPolicy) -> Self {
        self.flags = flags;
        self
    }

    /// The same bench over the same ledger, as a later run.
    fn again(&self) -> Self {
        Self {
            base_url: self.base_url.clone(),
            folder: Arc::clone(&self.folder),
            overrides: self.overrides,
            flags: self.flags,
            stop: Stop::default(),
            events: Arc::default(),
            capabilities: self.capabilities.clone(),
            key: self.key.clone(),
            dialect: self.dialect,
            prices: self.prices.clone(),
            spend: self.spend,
            batch_items: self.batch_items,
            extra_headers: self.extra_headers.clone(),
        }
    }

    async fn ledger(&self) -> Ledger {
        Ledger::open(&self.folder.path().join("ledger.db")).await.expect("a ledger")
    }

    async fn executor(&self) -> Executor {
        let endpoint = Endpoint {
            id: "local".into(),
            dialect: self.dialect,
            base_url: self.base_url.clone(),
            api_version: None,
            identity: format!("{}|lab", self.dialect.name()),
            api_key_env: Some("LOCAL_API_KEY".into()),
            extra_body: serde_json::Map::new(),
            extra_headers: self.extra_headers.clone(),
            limits: Limits {
                requests_per_minute: None,
                tokens_per_minute: None,
                input_tokens_per_minute: None,
                output_tokens_per_minute: None,
                concurrency: 100,
                timeout_seconds: 20,
                max_retries: 0,
                batch_items: self.batch_items,
            },
        };
        let model = |id: &str, route| Model {
            id: id.into(),
            route,
            decoding: Decoding::default(),
            capabilities: self.capabilities.clone(),
        };
        let local = Route::Endpoint { endpoint: "local".into(), model: "small".into() };
        let models = [model("m", local), model("none", Route::Baseline { name: "no such baseline".into() })];
        let events = Arc::clone(&self.events);
        Executor::new(ExecutorOptions {
            models: &models,
            endpoints: &BTreeMap::from([("local".to_owned(), endpoint)]),
            ledger: self.ledger().await,
            keys: self.key.iter().map(|key| ("local".to_owned(), SecretString::from(key.as_str()))).collect(),
            clock: Clock::System,
            seed: 7,
            flags: self.flags,
            overrides: self.overrides,
            prices: &self.prices,
            spend: self.spend,
            local_only: true,
            on_event: Box::new(move |event| events.lock().expect("not poisoned").push(event.clone())),
            stop: self.stop.clone(),
        })
        .expect("an executor")
    }

    /// Asks one question with a fresh executor and closes it.
    async fn ask(&self, question: Request) -> Result<Reply, Failure> {
        let executor = self.executor().await;
        let outcome = executor.ask(question).await;
        executor.close().await.expect("a ledger that closes");
        outcome
    }
}

/// A question whose text is like nothing else.
fn question(text: &str) -> Request {
    Request {
        model: "m".into(),
        messages: vec![Message::system("You are a counselor."), Message::user(text)],
        decoding: Decoding { max_tokens: Some(50), ..Decoding::default() },
        output: OutputFormat::Text,
        logprobs: None,
        repeat: 0,
    }
}

/// The same question, told apart by its repeat: the server sees one body.
fn repeats(count: u64) -> Vec<Request> {
    (0..count).map(|repeat| Request { repeat, ..question("Hello.") }).collect()
}
