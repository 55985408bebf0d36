//! Carries one call to an endpoint from its place in the queue to its last try.

use std::{
    collections::BTreeMap,
    future::Future,
    sync::{Arc, Mutex, OnceLock, PoisonError},
    time::Duration,
};

use reqwest::Url;
use tokio::{
    sync::Semaphore,
    time::{Instant, sleep},
};

use super::{
    clock::Clock,
    estimate,
    event::{Event, Subject},
    limiter::{Admission, Limiter, PauseTooLong},
    opening::{First, Openings},
    retry::{RetryBudget, next_wait, too_long},
    spend::{Hold, Spend, worst_case},
    stop::{Halt, Stop, StopLevel},
    transport::{ServerResponse, Transport},
};
use crate::{
    chat::{CallKey, Capabilities, Failure, FailureKind, Reply, Request, Room},
    domain::{Price, Usd},
    provider::{Dialect, RateHint},
};

type CallOutcome = Result<Reply, Failure>;

/// How often a question is sent whose replies hold nothing, as servers give them in passing.
const TRIES_FOR_CONTENT: u32 = 3;
/// Most bytes of a failed response that are kept for audit.
const FAILED_BODY_BYTES: usize = 16 * 1024;

/// An endpoint at work: its queue and its connection.
#[derive(Debug)]
pub(super) struct EndpointQueue {
    pub(super) id: Arc<str>,
    pub(super) dialect: Dialect,
    pub(super) base_url: String,
    /// Maximum number of requests in one batch.
    pub(super) batch_items: usize,
    pub(super) limiter: Limiter,
    /// Places for questions that are prepared, waiting for their turn or in flight.
    pub(super) prepared: Semaphore,
    /// None when no network is allowed.
    pub(super) transport: Option<Transport>,
    pub(super) max_retries: u32,
    pub(super) retries: RetryBudget,
    /// The variable that should hold the key and does not.
    pub(super) missing_key: Option<String>,
    /// Set once a failure says that every later call would fail alike: the key is refused, or the credit is used up.
    pub(super) closed: OnceLock<Failure>,
    /// Models that the server refused, each by the first failure that said so.
    pub(super) refused_models: Mutex<BTreeMap<String, Failure>>,
    /// Models that have answered: their first call goes alone.
    pub(super) openings: Openings,
}

/// What one call is about.
#[derive(Debug, Clone, Copy)]
pub(super) struct CallContext<'q> {
    pub(super) key: &'q CallKey,
    pub(super) subject: &'q Subject,
    pub(super) request: &'q Request,
    pub(super) wire_model: &'q str,
    pub(super) url: &'q Url,
    pub(super) capabilities: &'q Capabilities,
    /// None where it is not known.
    pub(super) price: Option<&'q Price>,
}

impl CallContext<'_> {
    /// Which call it is, for messages.
    fn named(&self) -> String {
        let Subject { model, purpose } = self.subject;
        format!("call {} ({purpose} of `{model}`)", self.key)
    }
}

/// What a call needs of the run.
#[derive(Clone, Copy)]
pub(super) struct CallSettings<'s> {
    pub(super) clock: Clock,
    pub(super) seed: u64,
    pub(super) stop: &'s Stop,
    pub(super) spend: &'s Spend,
    pub(super) emit: &'s (dyn Fn(Event) + Send + Sync),
}

/// Leave to send one request, and the worst case that is held for it.
type Leave<'g> = (Admission<'g>, Hold<'g>);

/// How a call ended.
#[derive(Debug)]
pub(super) struct CallEnd {
    pub(super) outcome: Result<Reply, Failure>,
    /// The last body, if one came.
    pub(super) raw: Option<String>,
    /// When the first try began; none when nothing was sent.
    pub(super) started_at: Option<String>,
    /// Tries.
    pub(super) attempts: u32,
    /// From the first try to the end of the last.
    pub(super) latency: Duration,
}

impl CallEnd {
    /// Ended with this failure instead, after the tries so far.
    fn failing(self, failure: Failure) -> Self {
        Self { outcome: Err(Failure { attempts: self.attempts, ..failure }), ..self }
    }

    pub(super) fn unsent(failure: Failure) -> Self {
        Self { outcome: Err(failure), raw: None, started_at: None, attempts: 0, latency: Duration::ZERO }
    }
}

/// What a reply without content counts as while another try may bring one.
fn passing() -> Failure {
    Failure::new(FailureKind::Malformed, "a reply without content")
}

/// The failure of a call that was not made, or given up, because the run is being stopped.
pub(super) fn cancelled() -> Failure {
    Failure::new(FailureKind::Cancelled, "the run is being stopped")
}

/// Fewest questions that are prepared at once: looking replies up in the ledger has no other limit.
const FEWEST_PREPARED: u32 = 64;

/// Places for prepared questions of an endpoint that takes this many at once: as many again wait for their turn.
pub(super) fn prepared(concurrency: u32) -> Semaphore {
    let places = usize::try_from(concurrency.saturating_mul(2).max(FEWEST_PREPARED)).unwrap_or(usize::MAX);
    Semaphore::new(places.min(Semaphore::MAX_PERMITS))
}

impl EndpointQueue {
    /// Waits for a place among the prepared questions, first in, first out.
    pub(super) async fn room(&self) -> Room<'_> {
        Room::holding(self.prepared.acquire().await.expect("the semaphore is never closed"))
    }

    /// Sends a question until it has a reply, fails for good, or the run is stopped.
    pub(super) async fn call(&self, question: CallContext<'_>, around: CallSettings<'_>) -> CallEnd {
        let transport = match self.transport(|| question.named()) {
            Ok(transport) => transport,
            Err(failure) => return CallEnd::unsent(failure),
        };
        self.retries.call();
        let mut began = None;
        let mut ended = CallEnd::unsent(cancelled());
        let mut first = match self.opening(question, around).await {
            Ok(first) => first,
            Err(failure) => return CallEnd::unsent(failure),
        };
        loop {
            let leave = match self.leave(question, around).await {
                Ok(leave) => leave,
                Err(failure) => return ended.failing(failure),
            };
            ended.started_at.get_or_insert_with(|| around.clock.rfc3339());
            let first_try = *began.get_or_insert_with(Instant::now);
            ended.attempts += 1;
            let Some((outcome, raw)) = self.send(transport, leave, question, around).await else {
                return ended.failing(cancelled());
            };
            ended = CallEnd { outcome, raw, latency: first_try.elapsed(), ..ended };
            let mut failure = match &ended.outcome {
                Ok(reply) if reply.is_passing() && ended.attempts < TRIES_FOR_CONTENT => passing(),
                Ok(_) => {
                    First::is_answered(&mut first);
                    return ended;
                }
                Err(failure) => failure.clone(),
            };
            self.heed(&failure, question, around);
            First::is_answered(&mut first);
            let again = self.wait_to_retry(&mut failure, ended.attempts, question, around).await;
            let stopped = around.stop.level() > StopLevel::Run;
            if ended.outcome.is_ok() && (stopped || !again) {
                // It stands as what it is: an answer without content.
                return ended;
            }
            if !again {
                return ended.failing(failure);
            }
            if stopped {
                return ended.failing(cancelled());
            }
        }
    }

    /// Waits for the answer to the model's first call; that call gets what the others wait for.
    async fn opening(
        &self,
        question: CallContext<'_>,
        around: CallSettings<'_>,
    ) -> Result<Option<First>, Failure> {
        let passed = unless(around.stop.draining(), self.openings.pass(question.wire_model)).await;
        let first = passed.ok_or_else(cancelled)?;
        self.no_use(question.wire_model).map_or(Ok(first), Err)
    }

    /// One try; none when it is given up.
    async fn send(
        &self,
        transport: &Transport,
        (admission, hold): Leave<'_>,
        question: CallContext<'_>,
        around: CallSettings<'_>,
    ) -> Option<(CallOutcome, Option<String>)> {
        let landed = |tokens, rate_limited| {
            (around.emit)(Event::Landed { endpoint: Arc::clone(&self.id), tokens, rate_limited });
        };
        (around.emit)(Event::Sent { endpoint: Arc::clone(&self.id), limits: self.limiter.in_force() });
        // Written only now: bodies of calls that wait for their turn would stand in memory.
        let body = self.dialect.encode(question.request, question.wire_model, question.capabilities);
        let sending = transport.send(question.url, Box::<str>::from(body).into_boxed_bytes().into_vec());
        let Some(sent) = unless(around.stop.aborted(), sending).await else {
            landed(0, false);
            return None;
        };
        let (outcome, raw, hint) = self.read(question.request, sent);
        self.limiter.learn(&hint);
        let used = estimate::used(question.request, &outcome);
        admission.settle(used, estimate::felt(&outcome));
        hold.settle(cost(question, &outcome));
        let limited = matches!(&outcome, Err(failure) if failure.kind == FailureKind::RateLimited);
        landed(used.total(), limited);
        Some((outcome, raw))
    }

    pub(super) fn transport(&self, unknown: impl FnOnce() -> String) -> Result<&Transport, Failure> {
        let Some(transport) = &self.transport else {
            let message = format!("{} is not in the ledger, and no network is allowed (offline)", unknown());
            return Err(Failure::new(FailureKind::Offline, message));
        };
        match &self.missing_key {
            Some(variable) => {
                let message = format!("endpoint `{}`: its key's variable {variable} is not set", self.id);
                Err(Failure::new(FailureKind::Permanent, message))
            }
            None => Ok(transport),
        }
    }

    /// Waits for the call's turn under the endpoint's limits and those of the run.
    async fn leave<'g>(
        &'g self,
        question: CallContext<'_>,
        around: CallSettings<'g>,
    ) -> Result<Leave<'g>, Failure> {
        let joined = Instant::now();
        let expected = estimate::expected(question.request);
        let turn = unless(around.stop.draining(), self.limiter.admit(expected)).await;
        let admission = turn.ok_or_else(cancelled)?.map_err(|PauseTooLong(left)| self.paused(left))?;
        let worst = worst_case(question.price, expected, estimate::service(question.request));
        let held = unless(around.stop.draining(), around.spend.hold(worst)).await.ok_or_else(cancelled)?;
        let hold = held.map_err(|halt| {
            around.stop.halt(halt);
            cancelled()
        })?;
        // While calls in flight were waited for, one of them may have brought a pause.
        let passed = unless(around.stop.draining(), self.limiter.pass_pause()).await.ok_or_else(cancelled)?;
        passed.map_err(|PauseTooLong(left)| self.paused(left))?;
        if let Some(reason) = self.no_use(question.wire_model) {
            return Err(reason);
        }
        let waited = joined.elapsed();
        (around.emit)(Event::Queued { subject: question.subject.clone(), waited });
        Ok((admission, hold))
    }

    /// Why no call to the model can succeed any more; none where one may.
    fn no_use(&self, wire_model: &str) -> Option<Failure> {
        let refused =
            self.refused_models.lock().unwrap_or_else(PoisonError::into_inner).get(wire_model).cloned();
        let (whom, reason) = match (self.closed.get(), refused) {
            (Some(reason), _) => ("all", reason.clone()),
            (None, Some(reason)) => ("all of this model", reason),
            (None, None) => return None,
        };
        let message = format!("not sent, because an earlier call failed for {whom}: {}", reason.message);
        Some(Failure { message, ..reason })
    }

    fn paused(&self, left: Duration) -> Failure {
        let message =
            format!("endpoint `{}` asked for a pause of another {} s: not sent", self.id, left.as_secs());
        Failure {
            retry_after_ms: Some(milliseconds(left)),
            ..Failure::new(FailureKind::RateLimited, message)
        }
    }

    fn read(
        &self,
        request: &Request,
        sent: Result<ServerResponse, Failure>,
    ) -> (CallOutcome, Option<String>, RateHint) {
        let ServerResponse { response, hint } = match sent {
            Ok(arrived) => arrived,
            Err(failure) => return (Err(self.named(failure)), None, RateHint::default()),
        };
        let outcome = self.dialect.decode(request, &response).map_err(|failure| self.named(failure));
        let kept = if outcome.is_ok() { response.body.len() } else { FAILED_BODY_BYTES };
        let kept = &response.body[..kept.min(response.body.len())];
        (outcome, (!kept.is_empty()).then(|| String::from_utf8_lossy(kept).into_owned()), hint)
    }

    /// A failure that says which endpoint it came from.
    pub(super) fn named(&self, mut failure: Failure) -> Failure {
        failure.message = format!("endpoint `{}`: {}", self.id, failure.message);
        failure
    }

    /// Pauses the endpoint where its server asked for that, and closes it, or one of its models, where no call can succeed
    /// any more.
    fn heed(&self, failure: &Failure, question: CallContext<'_>, around: CallSettings<'_>) {
        if failure.kind == FailureKind::QuotaExhausted {
            around.stop.halt(Halt::Quota { message: failure.message.clone() });
        }
        if matches!(failure.kind, FailureKind::QuotaExhausted | FailureKind::KeyRefused) {
            self.closed.get_or_init(|| failure.clone());
        }
        if failure.of_model {
            let mut refused = self.refused_models.lock().unwrap_or_else(PoisonError::into_inner);
            refused.entry(question.wire_model.to_owned()).or_insert_with(|| failure.clone());
        }
        let asks = matches!(failure.kind, FailureKind::RateLimited | FailureKind::Overloaded);
        if let Some(wait) = failure.retry_after_ms.filter(|_| asks).map(Duration::from_millis) {
            self.limiter.pause(wait);
            (around.emit)(Event::RateLimited { endpoint: self.id.to_string(), wait });
        }
    }

    /// Waits before another try; false when there is to be none. Ends early when the run is being stopped.
    async fn wait_to_retry(
        &self,
        failure: &mut Failure,
        attempt: u32,
        question: CallContext<'_>,
        around: CallSettings<'_>,
    ) -> bool {
        let Some(wait) = next_wait(failure, attempt, self.max_retries, question.key, around.seed) else {
            if let Some(asked) = too_long(failure) {
                let asked = humantime::format_duration(asked).to_string();
                failure.message.extend([
                    " (the server asks for a wait of ",
                    &asked,
                    ", which is not waited for)",
                ]);
            }
            return false;
        };
        if !self.retries.take(failure.kind) {
            failure.message.push_str(
                " (not tried again: the endpoint fails so often that its retries, one for five calls, are used up)",
            );
            return false;
        }
        let subject = question.subject.clone();
        (around.emit)(Event::Retried { subject, kind: failure.kind, attempt, wait });
        unless(around.stop.draining(), sleep(wait)).await;
        true
    }
}

/// What `work` comes to, or none when `interrupt` comes first.
pub(super) async fn unless<T>(
    interrupt: impl Future<Output = ()>,
    work: impl Future<Output = T>,
) -> Option<T> {
    tokio::select! {
        biased;
        () = interrupt => None,
        done = work => Some(done),
    }
}

/// What a try cost, as far as its price is known. A reply that did not arrive may have been billed in full.
fn cost(question: CallContext<'_>, outcome: &CallOutcome) -> Usd {
    let Some(price) = question.price else { return Usd::ZERO };
    price.of(estimate::billed(question.request, outcome), estimate::service(question.request))
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
