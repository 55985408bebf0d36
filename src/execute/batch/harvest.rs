//! What comes of batches: they are looked after until each is at its end, and every result is recorded by call key.

use std::{collections::BTreeMap, time::Duration};

use tokio::time::sleep;

use super::{BatchError, BatchSettings, BatchSummary, Executor, desk::Desk, submission::RecoveredBatch};
use crate::{
    chat::{CallKey, Request},
    domain::{Service, Usd},
    execute::{
        call::unless,
        estimate,
        event::{AnswerSource, Event, Subject},
        stop::StopLevel,
    },
    provider::{
        Response,
        batch::{ItemOutcome, Phase, RemoteBatch},
    },
    store::{BatchState, CallRecord},
};

/// What a look at a batch found.
enum BatchLook {
    AtWork,
    /// It is at its end, and recorded.
    Recorded,
    /// The server refused it for its size; nothing of it is paid for.
    TooLarge,
}

/// True for codes with which servers refuse a batch for its size or for the tokens already in their queue.
fn is_size(code: &str) -> bool {
    ["token_limit", "too_large", "too_many"].iter().any(|word| code.contains(word))
}

impl Executor {
    /// Looks after open batches until each is recorded, or the run is being stopped. Returns those that were too large.
    pub(super) async fn wait<'e>(
        &self,
        mut open: Vec<Desk<'e>>,
        settings: BatchSettings,
        summary: &mut BatchSummary,
    ) -> Result<Vec<Desk<'e>>, BatchError> {
        let mut refused = Vec::new();
        while !open.is_empty() {
            if self.stop.level() > StopLevel::Run {
                summary.interrupted = true;
                return Ok(refused);
            }
            let mut left = Vec::new();
            for mut batch in open {
                match self.look_after(&mut batch, settings, summary).await? {
                    BatchLook::AtWork => left.push(batch),
                    BatchLook::Recorded => {}
                    BatchLook::TooLarge => refused.push(batch),
                }
            }
            open = left;
            if !open.is_empty() {
                unless(self.stop.draining(), sleep(settings.poll)).await;
            }
        }
        Ok(refused)
    }

    /// One look at a batch.
    async fn look_after(
        &self,
        batch: &mut Desk<'_>,
        settings: BatchSettings,
        summary: &mut BatchSummary,
    ) -> Result<BatchLook, BatchError> {
        let remote = match batch.status().await {
            Ok(remote) => remote,
            Err(failure) if failure.kind.is_retryable() => return Ok(BatchLook::AtWork),
            Err(failure) => return Err(BatchError::Call(batch.gate.named(failure))),
        };
        let total = batch.stored.calls.len() as u64;
        let endpoint = batch.stored.endpoint.clone();
        self.emit(&Event::Batch { endpoint, done: remote.done, total: remote.total.unwrap_or(total) });
        match &remote.phase {
            Phase::Working => Ok(BatchLook::AtWork),
            Phase::Failed(code) => {
                self.ledger.batch_is(&batch.stored, BatchState::Abandoned).await?;
                if is_size(code) && batch.stored.calls.len() > 1 {
                    batch.hold = None;
                    return Ok(BatchLook::TooLarge);
                }
                Err(batch.refused(code.clone()))
            }
            Phase::Ended => {
                let recorded = self.bring_in(batch, &remote, settings, summary).await?;
                Ok(if recorded { BatchLook::Recorded } else { BatchLook::AtWork })
            }
        }
    }

    async fn bring_in(
        &self,
        batch: &mut Desk<'_>,
        remote: &RemoteBatch,
        settings: BatchSettings,
        summary: &mut BatchSummary,
    ) -> Result<bool, BatchError> {
        let items = match batch.results(remote).await {
            Ok(items) => items,
            Err(failure) if failure.kind.is_retryable() => return Ok(false),
            Err(failure) => return Err(BatchError::Call(batch.gate.named(failure))),
        };
        let is_ours = |key: &str| batch.stored.calls.iter().any(|(ours, _)| ours.as_str() == key);
        if !items.is_empty() && !items.iter().any(|(key, _)| is_ours(key)) {
            // Found by listing, and someone else's after all: look on.
            batch.stored.excluded.extend(batch.stored.remote.take());
            self.ledger.batch_is(&batch.stored, BatchState::Intended).await?;
            return match self.find_again(batch, settings).await? {
                RecoveredBatch::GivenUp => Ok(true),
                _ => Ok(false),
            };
        }
        let mut outcomes: BTreeMap<String, ItemOutcome> = items.into_iter().collect();
        for (key, request) in &batch.stored.calls {
            match outcomes.remove(key.as_str()) {
                Some(ItemOutcome::Answered(response)) => {
                    self.take_down(batch, key, request, response, remote).await?;
                    summary.recorded += 1;
                }
                Some(ItemOutcome::Nothing) | None => summary.without_result += 1,
            }
        }
        self.ledger.batch_is(&batch.stored, BatchState::Done).await?;
        batch.hold = None;
        Ok(true)
    }

    /// Records one item as a call. What an earlier run recorded before it was killed is there already.
    async fn take_down(
        &self,
        batch: &Desk<'_>,
        key: &CallKey,
        request: &Request,
        response: Response,
        remote: &RemoteBatch,
    ) -> Result<(), BatchError> {
        if self.known(key, None).await?.is_some() {
            return Ok(());
        }
        let decoded = batch.gate.dialect.decode(request, &response);
        let outcome = decoded.map_err(|failure| batch.gate.named(failure));
        let billed = estimate::billed(request, &outcome);
        self.spend
            .bill(batch.target.price.as_ref().map_or(Usd::ZERO, |price| price.of(billed, Service::Batch)));
        let subject = Subject::of(request);
        let raw = String::from_utf8_lossy(&response.body).into_owned();
        let started_at = remote.created_at.clone().unwrap_or_else(|| batch.stored.created_at.clone());
        let source = AnswerSource::Call { attempts: 1, latency: Duration::ZERO };
        let event = match &outcome {
            Ok(reply) => Some(Event::CallFinished {
                subject: subject.clone(),
                source,
                usage: reply.usage,
                cost: (batch.target.price.as_ref())
                    .map(|price| price.of(estimate::reported(&reply.usage), Service::Batch)),
                // What it shows is told by the question that finds it in the ledger.
                told: None,
            }),
            // It is asked again by itself, and counted then.
            Err(failure) if !failure.kind.is_permanent() => None,
            Err(failure) => {
                Some(Event::CallFailed { subject: subject.clone(), kind: failure.kind, source: Some(source) })
            }
        };
        let record = CallRecord {
            key: key.clone(),
            endpoint: batch.stored.endpoint.clone(),
            model: batch.stored.model.clone(),
            purpose: subject.purpose,
            request: request.clone(),
            outcome,
            raw: Some(raw),
            attempts: 1,
            started_at,
            latency_ms: 0,
        };
        self.ledger.record(record).await?;
        if let Some(event) = event {
            self.emit(&event);
        }
        Ok(())
    }
}
