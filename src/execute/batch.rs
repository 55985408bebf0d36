//! Questions that are asked in batches: the intent is journaled before anything is submitted, a
//! batch that may be there is looked for and never silently submitted twice, and what comes of it is recorded by call key,
//! as if each question had been asked alone.

mod desk;
mod error;
mod harvest;
mod settings;
mod submission;

use std::{
    collections::{BTreeMap, HashMap, HashSet, VecDeque},
    time::Duration,
};

use futures::FutureExt;

use self::{desk::Desk, submission::RecoveredBatch};
use super::{
    call::EndpointQueue,
    estimate,
    executor::Executor,
    spend::worst_case,
    stop::StopLevel,
    target::{Target, TargetLine},
};
pub use crate::execute::batch::error::BatchError;
pub use crate::execute::batch::settings::BatchSettings;
use crate::{
    chat::{CallKey, Origin, Request},
    domain::{Service, Usd},
    provider::batch::BatchWire,
    store::{BatchState, StoredBatch},
};

/// A batch that was created this long before its intent is someone else's, whatever the clocks say.
const CLOCK_SKEW: Duration = Duration::from_mins(5);

/// What the batches of a run came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct BatchSummary {
    /// Batches submitted in this run.
    pub submitted: u64,
    /// Batches of earlier runs that were found again.
    pub found_again: u64,
    /// Replies and failures recorded.
    pub recorded: u64,
    /// Items without a result, which take the ordinary path.
    pub without_result: u64,
    /// True when the run was told to stop before the end of a batch.
    pub interrupted: bool,
}

/// A question on its way into a batch.
struct BatchQuestion {
    key: CallKey,
    request: Request,
    /// Whose words it is made of.
    origins: Vec<Origin>,
}

impl Executor {
    /// True when questions to this model can be asked in a batch; none for a baseline.
    pub fn batches(&self, model: &str) -> Option<bool> {
        match &self.targets.get(model)?.line {
            TargetLine::Baseline(_) => None,
            TargetLine::Endpoint(gate, _) => Some(gate.dialect.batches().is_some()),
        }
    }

    /// Asks in batches what the ledger does not know, and returns when all of it is recorded. Batches of earlier runs
    /// that are still open come first.
    ///
    /// # Errors
    /// A server refuses, cannot be asked, or may hold a batch that cannot be told from others; the ledger failed.
    pub async fn batch(
        &self,
        requests: Vec<Request>,
        settings: BatchSettings,
    ) -> Result<BatchSummary, BatchError> {
        self.batch_of(requests.into_iter().map(|request| (None, request)).collect(), settings).await
    }

    /// As [`Executor::batch`], of questions made of the words of these origins.
    ///
    /// # Errors
    /// As [`Executor::batch`].
    pub async fn batch_of(
        &self,
        requests: Vec<(Option<Origin>, Request)>,
        settings: BatchSettings,
    ) -> Result<BatchSummary, BatchError> {
        let mut summary = BatchSummary::default();
        let mut open = Vec::new();
        let mut taken = HashSet::new();
        for stored in self.ledger.open_batches().await? {
            if stored.calls.is_empty() {
                // All of it was forgotten since.
                self.ledger.batch_is(&stored, BatchState::Abandoned).await?;
                continue;
            }
            let Some(target) = self.target_of(&stored) else { continue };
            taken.extend(stored.calls.iter().map(|(key, _)| key.clone()));
            let mut batch = desk(target, stored)?;
            match self.find_again(&mut batch, settings).await? {
                RecoveredBatch::There => summary.found_again += 1,
                RecoveredBatch::Submitted => summary.submitted += 1,
                RecoveredBatch::GivenUp => {
                    for (key, _) in &batch.stored.calls {
                        taken.remove(key);
                    }
                    continue;
                }
                RecoveredBatch::Interrupted => return Ok(BatchSummary { interrupted: true, ..summary }),
            }
            open.push(batch);
        }
        let mut queue = VecDeque::new();
        for (target, wanted) in self.unknown(requests, &taken).await? {
            queue.extend(in_parts(target, wanted).into_iter().map(|part| (target, part)));
        }
        let mut is_crowded = false;
        loop {
            self.send_off(&mut queue, &mut open, settings, &mut summary, is_crowded).await?;
            let refused = self.wait(std::mem::take(&mut open), settings, &mut summary).await?;
            // What the server's queue has no room for is sent again in halves, one after the other.
            is_crowded |= !refused.is_empty();
            for half in refused.into_iter().flat_map(halves).rev() {
                queue.push_front(half);
            }
            if queue.is_empty() || summary.interrupted {
                return Ok(summary);
            }
        }
    }

    /// Submits what is in the queue, as far as the run may spend what it may cost; the rest waits for what is under way.
    async fn send_off<'e>(
        &'e self,
        queue: &mut VecDeque<(&'e Target, Vec<BatchQuestion>)>,
        open: &mut Vec<Desk<'e>>,
        settings: BatchSettings,
        summary: &mut BatchSummary,
        one_by_one: bool,
    ) -> Result<(), BatchError> {
        while let Some((target, part)) = queue.pop_front() {
            if self.stop.level() > StopLevel::Run {
                summary.interrupted = true;
                return Ok(());
            }
            if one_by_one && !open.is_empty() {
                queue.push_front((target, part));
                return Ok(());
            }
            let hold = match self.spend.hold(worst(target, &part)).now_or_never() {
                Some(Ok(hold)) => hold,
                Some(Err(halt)) => {
                    self.stop.halt(halt);
                    summary.interrupted = true;
                    return Ok(());
                }
                None => {
                    queue.push_front((target, part));
                    return Ok(());
                }
            };
            let of = |wanted: &BatchQuestion| {
                wanted.origins.iter().map(|o| (wanted.key.clone(), o.clone())).collect::<Vec<_>>()
            };
            let links: Vec<_> = part.iter().flat_map(of).collect();
            let mut batch = desk(target, self.intent(target, part))?;
            batch.hold = Some(hold);
            self.ledger.intend(&batch.stored, &links).await?;
            if self.submit(&mut batch, settings).await? {
                summary.submitted += 1;
                open.push(batch);
            } else {
                for half in halves(batch).into_iter().rev() {
                    queue.push_front(half);
                }
            }
        }
        Ok(())
    }

    /// A model of this experiment behind the endpoint that a batch went to.
    fn target_of(&self, stored: &StoredBatch) -> Option<&Target> {
        let is_its = |target: &&Target| {
            target.addressee.endpoint() == stored.identity && target.wire_model == stored.model
        };
        self.targets.values().find(is_its)
    }

    /// What the ledger does not know and no open batch holds, by endpoint and model.
    async fn unknown(
        &self,
        requests: Vec<(Option<Origin>, Request)>,
        taken: &HashSet<CallKey>,
    ) -> Result<Vec<(&Target, Vec<BatchQuestion>)>, BatchError> {
        let mut by_target: BTreeMap<(&str, &str), (&Target, Vec<BatchQuestion>)> = BTreeMap::new();
        let mut seen: HashMap<CallKey, Option<usize>> = HashMap::new();
        for (origin, request) in requests {
            let Some(target) = self.targets.get(&request.model) else { continue };
            let TargetLine::Endpoint(gate, _) = &target.line else { continue };
            wire(gate)?;
            let key = CallKey::of(&request, &target.addressee);
            let group = by_target.entry((target.addressee.endpoint(), &target.wire_model));
            let (_, wanted) = group.or_insert_with(|| (target, Vec::new()));
            if let Some(place) = seen.get(&key) {
                if let Some(place) = *place {
                    wanted[place].origins.extend(origin);
                }
                continue;
            }
            let is_open = taken.contains(&key) || self.known(&key, origin.as_ref()).await?.is_some();
            seen.insert(key.clone(), (!is_open).then_some(wanted.len()));
            if !is_open {
                wanted.push(BatchQuestion { key, request, origins: origin.into_iter().collect() });
            }
        }
        Ok(by_target.into_values().filter(|(_, wanted)| !wanted.is_empty()).collect())
    }

    fn intent(&self, target: &Target, part: Vec<BatchQuestion>) -> StoredBatch {
        let created_at = self.clock.rfc3339();
        let mut hasher = blake3::Hasher::new();
        hasher.update(created_at.as_bytes()).update(&std::process::id().to_le_bytes());
        for wanted in &part {
            hasher.update(wanted.key.as_str().as_bytes());
        }
        StoredBatch {
            id: hasher.finalize().to_hex().as_str()[..32].to_owned(),
            identity: target.addressee.endpoint().to_owned(),
            endpoint: target.endpoint.clone(),
            model: target.wire_model.clone(),
            remote: None,
            excluded: Vec::new(),
            created_at,
            not_before: self.clock.rfc3339_before(CLOCK_SKEW),
            items: part.len() as u64,
            calls: part.into_iter().map(|wanted| (wanted.key, wanted.request)).collect(),
        }
    }
}

/// The questions of a batch in two parts. Whose words they are made of is already recorded.
fn halves(batch: Desk<'_>) -> [(&Target, Vec<BatchQuestion>); 2] {
    let target = batch.target;
    let calls = batch.stored.calls.into_iter();
    let mut first: Vec<BatchQuestion> =
        calls.map(|(key, request)| BatchQuestion { key, request, origins: Vec::new() }).collect();
    let second = first.split_off(first.len().div_ceil(2));
    [(target, first), (target, second)]
}

fn desk(target: &Target, stored: StoredBatch) -> Result<Desk<'_>, BatchError> {
    let TargetLine::Endpoint(gate, _) = &target.line else { unreachable!("baselines are never batched") };
    let transport = gate.transport(|| "a batch".into()).map_err(BatchError::Call)?;
    Ok(Desk { gate, wire: wire(gate)?, transport, target, stored, hold: None })
}

fn wire(gate: &EndpointQueue) -> Result<BatchWire, BatchError> {
    let dialect = gate.dialect;
    dialect
        .batches()
        .ok_or_else(|| BatchError::NotOffered { endpoint: gate.id.to_string(), dialect: dialect.name() })
}

/// The most that a batch can cost.
fn worst(target: &Target, part: &[BatchQuestion]) -> Usd {
    let of = |wanted: &BatchQuestion| {
        worst_case(target.price.as_ref(), estimate::expected(&wanted.request), Service::Batch)
    };
    part.iter().map(of).fold(Usd::ZERO, Usd::plus)
}

/// The questions in parts, each as large as a batch of the endpoint may be.
fn in_parts(target: &Target, mut wanted: Vec<BatchQuestion>) -> Vec<Vec<BatchQuestion>> {
    let most = match &target.line {
        TargetLine::Endpoint(gate, _) => gate.batch_items,
        TargetLine::Baseline(_) => wanted.len().max(1),
    };
    let mut parts = Vec::new();
    while !wanted.is_empty() {
        let rest = wanted.split_off(wanted.len().min(most));
        parts.push(std::mem::replace(&mut wanted, rest));
    }
    parts
}
