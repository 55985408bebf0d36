//! The executor, which implements the chat port: every question is answered by the ledger or by one recorded call.

use std::{
    collections::{BTreeMap, HashSet},
    sync::{Mutex, PoisonError},
    time::Duration,
};

use super::{
    call::{CallContext, CallEnd, CallSettings, cancelled},
    clock::Clock,
    estimate,
    event::{AnswerSource, Event, Subject, ToldFault},
    in_flight::InFlight,
    options::{CallListener, ExecuteError, ExecutorOptions, LedgerPolicy},
    spend::Spend,
    stop::{Halt, Stop, StopLevel},
    target::{Target, TargetLine, gates},
    usage::UsageSummary,
};
use crate::{
    baseline,
    chat::{CallKey, Chat, Failure, FailureKind, Origin, Reply, Request, Room, Usage},
    domain::Usd,
    store::{CallRecord, Ledger, LedgerEntry, StoreError},
};

type CallResult = Result<Reply, Failure>;

/// A question, and whose words it is made of.
#[derive(Clone, Copy)]
struct CallMaterial<'q> {
    subject: &'q Subject,
    request: &'q Request,
    origin: Option<&'q Origin>,
}

/// Answers questions. Shared by reference between all tasks of a run.
pub struct Executor {
    pub(super) targets: BTreeMap<String, Target>,
    pub(super) ledger: Ledger,
    in_flight: InFlight,
    /// Keys asked anew in this run, where flags ask for that: once is enough.
    asked_anew: Mutex<HashSet<CallKey>>,
    pub(super) clock: Clock,
    seed: u64,
    flags: LedgerPolicy,
    pub(super) spend: Spend,
    summary: Mutex<UsageSummary>,
    on_event: CallListener,
    pub(super) stop: Stop,
}

impl std::fmt::Debug for Executor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Executor").field("models", &self.targets.keys()).finish_non_exhaustive()
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
            .map(|model| {
                Ok((model.id.clone(), Target::of(model, options.endpoints, &gates, options.prices)?))
            })
            .collect::<Result<_, ExecuteError>>()?;
        Ok(Self {
            targets,
            ledger: options.ledger,
            in_flight: InFlight::default(),
            asked_anew: Mutex::default(),
            clock: options.clock,
            seed: options.seed,
            flags: options.flags,
            spend: Spend::new(options.spend),
            summary: Mutex::default(),
            on_event: options.on_event,
            stop: options.stop,
        })
    }

    /// The operational figures so far.
    pub fn summary(&self) -> UsageSummary {
        self.summary.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What the calls of this run cost, as far as prices are known: replies by their reported tokens, replies without any
    /// by their length, replies that did not arrive as if they had been generated in full.
    pub fn spent(&self) -> Usd {
        self.spend.spent()
    }

    /// Closes the ledger once everything in it is on disk.
    ///
    /// # Errors
    /// The ledger cannot be closed.
    pub async fn close(self) -> Result<UsageSummary, ExecuteError> {
        let summary = self.summary();
        self.ledger.close().await?;
        Ok(summary)
    }

    /// Tells listeners what was noticed outside of calls.
    pub fn tell(&self, event: &Event) {
        self.emit(event);
    }

    pub(super) fn emit(&self, event: &Event) {
        self.summary.lock().unwrap_or_else(PoisonError::into_inner).absorb(event);
        (self.on_event)(event);
    }

    /// What a reply costs that was asked for alone.
    fn cost(&self, request: &Request, usage: &Usage) -> Option<Usd> {
        let price = self.targets.get(&request.model)?.price.as_ref()?;
        Some(price.of(estimate::reported(usage), estimate::service(request)))
    }

    fn report(&self, asked: CallMaterial<'_>, outcome: &CallResult, source: Option<AnswerSource>) {
        let subject = asked.subject.clone();
        self.emit(&match outcome {
            Ok(reply) => Event::CallFinished {
                subject,
                source: source.unwrap_or(AnswerSource::Ledger),
                usage: reply.usage,
                cost: self.cost(asked.request, &reply.usage),
                told: Some(ToldFault::of(asked.request, reply)),
            },
            Err(failure) => Event::CallFailed { subject, kind: failure.kind, source },
        });
    }

    /// One question that nobody else is asking right now.
    async fn answer(&self, target: &Target, key: &CallKey, asked: CallMaterial<'_>) -> CallResult {
        let CallMaterial { subject, request, origin } = asked;
        if self.stop.level() > StopLevel::Run {
            let outcome = Err(cancelled());
            self.report(asked, &outcome, None);
            return outcome;
        }
        match self.known(key, origin).await {
            Ok(Some(outcome)) => {
                if let (Ok(_), TargetLine::Endpoint(gate, _)) = (&outcome, &target.line) {
                    gate.openings.open(&target.wire_model);
                }
                self.report(asked, &outcome, Some(AnswerSource::Ledger));
                return outcome;
            }
            Ok(None) => {}
            Err(error) => return self.lose_ledger(asked, &error),
        }
        if let Err(failure) = request.fits(target.capabilities.context_tokens, "the prompt") {
            let outcome = Err(failure);
            self.report(asked, &outcome, None);
            return outcome;
        }
        self.emit(&Event::CallStarted { subject: subject.clone() });
        let ended = self.call(target, key, subject, request).await;
        let source = (ended.attempts > 0)
            .then_some(AnswerSource::Call { attempts: ended.attempts, latency: ended.latency });
        let outcome = ended.outcome.clone();
        if let Err(error) = self.record(target, key, asked, ended).await {
            return self.lose_ledger(asked, &error);
        }
        self.report(asked, &outcome, source);
        outcome
    }

    /// The ledger's answer, unless the flags ask for another.
    pub(super) async fn known(
        &self,
        key: &CallKey,
        origin: Option<&Origin>,
    ) -> Result<Option<CallResult>, StoreError> {
        let asked_anew = self.asked_anew.lock().unwrap_or_else(PoisonError::into_inner).contains(key);
        let again = self.flags.no_cache && !self.flags.offline && !asked_anew;
        let again_after_failure = again || (self.flags.retry_errors && !self.flags.offline && !asked_anew);
        Ok(match self.ledger.lookup(key, origin).await? {
            // What did not end as a reply was recorded as one by earlier versions: it is asked again.
            LedgerEntry::Reply(reply) if !again && reply.is_whole() => Some(Ok(*reply)),
            LedgerEntry::Failed(failure) if failure.kind.is_permanent() && !again_after_failure => {
                Some(Err(failure))
            }
            LedgerEntry::Damaged { call } => {
                self.emit(&Event::Damaged { call });
                let message = format!(
                    "call {call} in the ledger is damaged: what it holds is not what was recorded, and no network is allowed \
                     (offline) to ask again"
                );
                self.flags.offline.then(|| Err(Failure::new(FailureKind::Offline, message)))
            }
            LedgerEntry::Reply(_) | LedgerEntry::Failed(_) | LedgerEntry::Unknown => None,
        })
    }

    async fn call(&self, target: &Target, key: &CallKey, subject: &Subject, request: &Request) -> CallEnd {
        match &target.line {
            TargetLine::Baseline(name) => CallEnd {
                outcome: baseline::answer(name, request),
                raw: None,
                started_at: Some(self.clock.rfc3339()),
                attempts: 1,
                latency: Duration::ZERO,
            },
            TargetLine::Endpoint(gate, url) => {
                let (wire_model, capabilities) = (target.wire_model.as_str(), &target.capabilities);
                let price = target.price.as_ref();
                let question = CallContext { key, subject, request, wire_model, url, capabilities, price };
                let emit = |event: Event| self.emit(&event);
                let around = CallSettings {
                    clock: self.clock,
                    seed: self.seed,
                    stop: &self.stop,
                    spend: &self.spend,
                    emit: &emit,
                };
                gate.call(question, around).await
            }
        }
    }

    /// Writes a call down. What was not sent, or given up, is not a call.
    async fn record(
        &self,
        target: &Target,
        key: &CallKey,
        CallMaterial { subject, request, origin }: CallMaterial<'_>,
        ended: CallEnd,
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
        self.ledger.record_of(record, origin).await
    }

    /// Without its ledger a run would pay for replies it loses: it ends.
    fn lose_ledger(&self, asked: CallMaterial<'_>, error: &StoreError) -> CallResult {
        self.stop.halt(Halt::Ledger { message: error.to_string() });
        let outcome = Err(Failure::new(FailureKind::Ledger, error.to_string()));
        self.report(asked, &outcome, None);
        outcome
    }
}

impl Chat for Executor {
    async fn room<'c>(&'c self, model: &str) -> Room<'c> {
        match self.targets.get(model).map(|target| &target.line) {
            Some(TargetLine::Endpoint(gate, _)) => gate.room().await,
            Some(TargetLine::Baseline(_)) | None => Room::unlimited(),
        }
    }

    async fn ask(&self, request: Request) -> CallResult {
        self.ask_once(None, request).await
    }

    async fn ask_of(&self, origin: &Origin, request: Request) -> CallResult {
        self.ask_once(Some(origin), request).await
    }
}

impl Executor {
    /// Asks, or waits for the answer to the same question that somebody else is asking right now.
    async fn ask_once(&self, origin: Option<&Origin>, request: Request) -> CallResult {
        let subject = &Subject::of(&request);
        let asked = CallMaterial { subject, request: &request, origin };
        let Some(target) = self.targets.get(&request.model) else {
            let message = format!("no model with id `{}` in the experiment", request.model);
            let outcome = Err(Failure::new(FailureKind::Unsupported, message));
            self.report(asked, &outcome, None);
            return outcome;
        };
        let key = CallKey::of(&request, &target.addressee);
        let answer = Box::pin(self.answer(target, &key, asked));
        let (outcome, led) = self.in_flight.once(&key, answer).await;
        if !led {
            if let Some(origin) = origin
                && let Err(error) = self.ledger.link(&key, origin).await
            {
                return self.lose_ledger(asked, &error);
            }
            self.report(asked, &outcome, outcome.is_ok().then_some(AnswerSource::Ledger));
        }
        outcome
    }
}
