//! Owns the port's implementation: every question is answered by the ledger or by one recorded call.

use std::{
    collections::{BTreeMap, HashSet},
    num::NonZeroU32,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use secrecy::{ExposeSecret, SecretString};

use super::{
    call::{Ended, Gate, Question, Surroundings, cancelled},
    client::Client,
    clock::Clock,
    event::{Event, Source, Subject},
    in_flight::InFlight,
    limiter::{Budget, Limiter},
    retry::LONGEST_RETRY_AFTER,
    stop::{Level, Stop},
    transport::Transport,
    usage::Summary,
};
use crate::{
    baseline,
    chat::{CallKey, Capabilities, Chat, Failure, FailureKind, Reply, Request},
    config::{Endpoint, Model, Route},
    store::{CallRecord, Known, Ledger, StoreError},
};

type Outcome = Result<Reply, Failure>;
/// Who hears of every event.
pub type Listener = Box<dyn Fn(&Event) + Send + Sync>;

/// How known calls are treated.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Flags {
    /// Refuse every socket: what the ledger does not know fails as `Offline`.
    pub offline: bool,
    /// Ask again what the ledger knows, once per run; the newest reply wins. Without effect offline.
    pub no_cache: bool,
    /// Try calls again that failed for good.
    pub retry_errors: bool,
}

/// Limits of the command line; each replaces the one of every endpoint.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Overrides {
    /// Retries after the first try; 0 means none.
    pub max_retries: Option<u32>,
    /// Most calls in flight.
    pub concurrency: Option<u32>,
    /// Requests per minute.
    pub requests_per_minute: Option<NonZeroU32>,
    /// Tokens per minute.
    pub tokens_per_minute: Option<NonZeroU32>,
    /// Seconds a call may take.
    pub timeout_seconds: Option<u32>,
}

/// What an executor needs.
pub struct ExecutorOptions<'o> {
    /// Every model that may be asked.
    pub models: &'o [Model],
    /// Endpoints by id.
    pub endpoints: &'o BTreeMap<String, Endpoint>,
    /// The ledger.
    pub ledger: Ledger,
    /// Keys by the endpoint's id. One that is declared but not here fails a call that needs it, not the run: the
    /// ledger may know every call.
    pub keys: BTreeMap<String, SecretString>,
    /// The wall clock.
    pub clock: Clock,
    /// Seed of the jitter of retries.
    pub seed: u64,
    /// How known calls are treated.
    pub flags: Flags,
    /// Limits of the command line.
    pub overrides: Overrides,
    /// Who hears of every event.
    pub on_event: Listener,
    /// The switch that ends the run early.
    pub stop: Stop,
}

/// Why an executor cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum ExecuteError {
    /// A model names an endpoint that does not exist.
    #[error("model `{model}`: no endpoint with id `{endpoint}`")]
    UnknownEndpoint {
        /// The model.
        model: String,
        /// What it names.
        endpoint: String,
    },
    /// A base URL that is none.
    #[error("endpoint `{endpoint}`: base_url is not a URL: {message}")]
    BadUrl {
        /// The endpoint.
        endpoint: String,
        /// What is wrong with it.
        message: String,
    },
    /// No HTTP client.
    #[error("cannot set up HTTPS: {message}")]
    Client {
        /// What is wrong.
        message: String,
    },
    /// The ledger failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Who answers.
enum Line {
    Baseline(String),
    Endpoint(Arc<Gate>),
}

/// A model and all that a call to it needs.
struct Target {
    line: Line,
    /// What stands for the endpoint in call keys.
    identity: String,
    /// The endpoint's id in records.
    endpoint: String,
    wire_model: String,
    capabilities: Capabilities,
}

/// Answers questions. Shared by reference between all tasks of a run.
pub struct Executor {
    targets: BTreeMap<String, Target>,
    ledger: Ledger,
    in_flight: InFlight,
    /// Keys asked anew in this run, where flags ask for that: once is enough.
    asked_anew: Mutex<HashSet<CallKey>>,
    clock: Clock,
    seed: u64,
    flags: Flags,
    summary: Mutex<Summary>,
    on_event: Listener,
    stop: Stop,
}

impl std::fmt::Debug for Executor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Executor").field("models", &self.targets.keys()).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for ExecutorOptions<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ExecutorOptions").field("flags", &self.flags).finish_non_exhaustive()
    }
}

impl Executor {
    /// An executor for these models. Opens no connection.
    ///
    /// # Errors
    /// A model's endpoint is unknown or has no usable URL, or HTTPS cannot be set up.
    pub fn new(options: ExecutorOptions<'_>) -> Result<Self, ExecuteError> {
        let gates = gates(&options)?;
        let targets = options
            .models
            .iter()
            .map(|model| Ok((model.id.clone(), Target::of(model, options.endpoints, &gates)?)))
            .collect::<Result<_, ExecuteError>>()?;
        Ok(Self {
            targets,
            ledger: options.ledger,
            in_flight: InFlight::default(),
            asked_anew: Mutex::default(),
            clock: options.clock,
            seed: options.seed,
            flags: options.flags,
            summary: Mutex::default(),
            on_event: options.on_event,
            stop: options.stop,
        })
    }

    /// The operational figures so far.
    pub fn summary(&self) -> Summary {
        self.summary.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Closes the ledger once everything in it is on disk.
    ///
    /// # Errors
    /// The ledger cannot be closed.
    pub async fn close(self) -> Result<Summary, ExecuteError> {
        let summary = self.summary();
        self.ledger.close().await?;
        Ok(summary)
    }

    fn emit(&self, event: &Event) {
        self.summary.lock().unwrap_or_else(PoisonError::into_inner).absorb(event);
        (self.on_event)(event);
    }

    fn report(&self, subject: &Subject, outcome: &Outcome, source: Option<Source>) {
        let subject = subject.clone();
        match (outcome, source) {
            (Ok(reply), source) => {
                let source = source.unwrap_or(Source::Ledger);
                self.emit(&Event::CallFinished { subject, source, usage: reply.usage });
            }
            (Err(failure), source) => self.emit(&Event::CallFailed { subject, kind: failure.kind, source }),
        }
    }

    /// One question that nobody else is asking right now.
    async fn answer(&self, target: &Target, key: &CallKey, subject: &Subject, request: &Request) -> Outcome {
        if self.stop.level() > Level::Run {
            let outcome = Err(cancelled());
            self.report(subject, &outcome, None);
            return outcome;
        }
        match self.known(key).await {
            Ok(Some(outcome)) => {
                self.report(subject, &outcome, Some(Source::Ledger));
                return outcome;
            }
            Ok(None) => {}
            Err(error) => return self.lose_ledger(subject, &error),
        }
        self.emit(&Event::CallStarted { subject: subject.clone() });
        let ended = self.call(target, key, subject, request).await;
        let source =
            (ended.attempts > 0).then_some(Source::Call { attempts: ended.attempts, latency: ended.latency });
        let outcome = ended.outcome.clone();
        if let Err(error) = self.record(target, key, subject, request, ended).await {
            return self.lose_ledger(subject, &error);
        }
        self.report(subject, &outcome, source);
        outcome
    }

    /// The ledger's answer, unless the flags ask for another.
    async fn known(&self, key: &CallKey) -> Result<Option<Outcome>, StoreError> {
        let asked_anew = self.asked_anew.lock().unwrap_or_else(PoisonError::into_inner).contains(key);
        let again = self.flags.no_cache && !self.flags.offline && !asked_anew;
        let again_after_failure = again || (self.flags.retry_errors && !self.flags.offline && !asked_anew);
        Ok(match self.ledger.lookup(key).await? {
            Known::Reply(reply) if !again => Some(Ok(*reply)),
            Known::Failed(failure) if failure.kind.is_permanent() && !again_after_failure => {
                Some(Err(failure))
            }
            Known::Reply(_) | Known::Failed(_) | Known::Unknown => None,
        })
    }

    async fn call(&self, target: &Target, key: &CallKey, subject: &Subject, request: &Request) -> Ended {
        match &target.line {
            Line::Baseline(name) => Ended {
                outcome: baseline::answer(name, request),
                raw: None,
                started_at: Some(self.clock.rfc3339()),
                attempts: 1,
                latency: Duration::ZERO,
            },
            Line::Endpoint(gate) => {
                let (wire_model, capabilities) = (target.wire_model.as_str(), &target.capabilities);
                let question = Question { key, subject, request, wire_model, capabilities };
                let emit = |event: Event| self.emit(&event);
                let around =
                    Surroundings { clock: self.clock, seed: self.seed, stop: &self.stop, emit: &emit };
                gate.call(question, around).await
            }
        }
    }

    /// Writes a call down. What was not sent, or given up, is not a call.
    async fn record(
        &self,
        target: &Target,
        key: &CallKey,
        subject: &Subject,
        request: &Request,
        ended: Ended,
    ) -> Result<(), StoreError> {
        let given_up = matches!(&ended.outcome, Err(failure) if failure.kind == FailureKind::Cancelled);
        let (Some(started_at), false) = (ended.started_at, given_up) else { return Ok(()) };
        if self.flags.no_cache || self.flags.retry_errors {
            self.asked_anew.lock().unwrap_or_else(PoisonError::into_inner).insert(key.clone());
        }
        let record = CallRecord {
            key: key.clone(),
            endpoint: target.endpoint.clone(),
            model: target.wire_model.clone(),
            purpose: subject.purpose.clone(),
            request: request.clone(),
            outcome: ended.outcome,
            raw: ended.raw,
            attempts: ended.attempts,
            started_at,
            latency_ms: u64::try_from(ended.latency.as_millis()).unwrap_or(u64::MAX),
        };
        self.ledger.record(record).await
    }

    /// Without its ledger a run would pay for replies it loses: it ends.
    fn lose_ledger(&self, subject: &Subject, error: &StoreError) -> Outcome {
        self.stop.drain();
        let outcome = Err(Failure::new(FailureKind::Ledger, error.to_string()));
        self.report(subject, &outcome, None);
        outcome
    }
}

impl Chat for Executor {
    async fn ask(&self, request: Request) -> Outcome {
        let subject = Subject::of(&request);
        let Some(target) = self.targets.get(&request.model) else {
            let message = format!("no model with id `{}` in the experiment", request.model);
            let outcome = Err(Failure::new(FailureKind::Unsupported, message));
            self.report(&subject, &outcome, None);
            return outcome;
        };
        let key = CallKey::of(&request, &target.identity, &target.wire_model, &target.capabilities);
        let answer = Box::pin(self.answer(target, &key, &subject, &request));
        let (outcome, led) = self.in_flight.once(&key, answer).await;
        if !led {
            self.report(&subject, &outcome, outcome.is_ok().then_some(Source::Ledger));
        }
        outcome
    }
}

impl Target {
    fn of(
        model: &Model,
        endpoints: &BTreeMap<String, Endpoint>,
        gates: &BTreeMap<&str, Arc<Gate>>,
    ) -> Result<Self, ExecuteError> {
        match &model.route {
            Route::Baseline { name } => Ok(Self {
                line: Line::Baseline(name.clone()),
                identity: format!("baseline/{name}/{}", baseline::BASELINE_VERSION),
                endpoint: "baseline".into(),
                wire_model: name.clone(),
                capabilities: Capabilities::default(),
            }),
            Route::Endpoint { endpoint, model: wire_model } => {
                let known = endpoints.get(endpoint).zip(gates.get(endpoint.as_str()));
                let (declared, gate) = known.ok_or_else(|| ExecuteError::UnknownEndpoint {
                    model: model.id.clone(),
                    endpoint: endpoint.clone(),
                })?;
                Ok(Self {
                    line: Line::Endpoint(Arc::clone(gate)),
                    identity: declared.identity.clone(),
                    endpoint: endpoint.clone(),
                    wire_model: wire_model.clone(),
                    capabilities: model.capabilities.clone(),
                })
            }
        }
    }
}

/// One gate per endpoint; the HTTP client is made only where it may be used.
fn gates<'o>(options: &ExecutorOptions<'o>) -> Result<BTreeMap<&'o str, Arc<Gate>>, ExecuteError> {
    let wanted = !options.flags.offline && !options.endpoints.is_empty();
    let client = wanted.then(Client::new).transpose().map_err(|message| ExecuteError::Client { message })?;
    let gate = |endpoint: &'o Endpoint| {
        Ok((endpoint.id.as_str(), Arc::new(gate(endpoint, client.as_ref(), options)?)))
    };
    options.endpoints.values().map(gate).collect()
}

fn gate(
    endpoint: &Endpoint,
    client: Option<&Client>,
    options: &ExecutorOptions<'_>,
) -> Result<Gate, ExecuteError> {
    let (limits, overrides) = (&endpoint.limits, &options.overrides);
    let key = options.keys.get(&endpoint.id).filter(|key| !key.expose_secret().trim().is_empty());
    let transport = |client: &Client| -> Result<Transport, ExecuteError> {
        let url = format!("{}{}", endpoint.base_url, endpoint.dialect.path());
        let url = url.parse().map_err(|error| bad_url(endpoint, &error))?;
        let seconds = overrides.timeout_seconds.unwrap_or(limits.timeout_seconds);
        let timeout = Duration::from_secs(u64::from(seconds));
        Ok(Transport { client: client.clone(), url, key: key.cloned(), timeout, clock: options.clock })
    };
    Ok(Gate {
        id: endpoint.id.clone(),
        dialect: endpoint.dialect,
        limiter: Limiter::new(Budget {
            concurrency: overrides.concurrency.unwrap_or(limits.concurrency),
            requests_per_minute: overrides
                .requests_per_minute
                .or(limits.requests_per_minute.and_then(NonZeroU32::new)),
            tokens_per_minute: overrides
                .tokens_per_minute
                .or(limits.tokens_per_minute.and_then(NonZeroU32::new)),
            longest_pause: LONGEST_RETRY_AFTER,
        }),
        transport: client.map(transport).transpose()?,
        max_retries: overrides.max_retries.unwrap_or(limits.max_retries),
        missing_key: endpoint.api_key_env.clone().filter(|_| key.is_none()),
    })
}

fn bad_url(endpoint: &Endpoint, error: &dyn std::fmt::Display) -> ExecuteError {
    ExecuteError::BadUrl { endpoint: endpoint.id.clone(), message: error.to_string() }
}
