//! The queue in front of an endpoint: first in, first out, through calls in flight, requests and tokens per
//! minute, and the pauses its server asks for. Limits come from the user, or from the server's headers.

use std::{
    num::NonZeroU32,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use tokio::{
    sync::{Mutex as TurnLock, Notify},
    task::coop::unconstrained,
    time::{Instant, sleep, sleep_until},
};

use super::{
    bucket::{Bucket, lower},
    event::InForce,
    pace::Pace,
    slots::{Slot, Slots},
};
use crate::provider::RateHint;

/// Limits of one endpoint, after overrides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct EndpointLimits {
    pub(super) concurrency: u32,
    pub(super) requests_per_minute: Option<NonZeroU32>,
    /// Prompt and generated tokens together.
    pub(super) tokens_per_minute: Option<NonZeroU32>,
    pub(super) input_tokens_per_minute: Option<NonZeroU32>,
    pub(super) output_tokens_per_minute: Option<NonZeroU32>,
    /// A pause longer than this is not waited for.
    pub(super) longest_pause: Duration,
}

/// Tokens of a call: counted on before it, or used by it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct TokenCharge {
    pub(super) input: u64,
    pub(super) output: u64,
}

impl TokenCharge {
    pub(super) fn total(self) -> u64 {
        self.input.saturating_add(self.output)
    }
}

/// What a call showed of its server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LoadSignal {
    /// It answered.
    Well,
    /// It had too much to do, or did not answer at all.
    TooMuch,
    /// Nothing about its load.
    Nothing,
}

/// The queue of one endpoint.
#[derive(Debug)]
pub(super) struct Limiter {
    slots: Slots,
    turn: TurnLock<()>,
    meters: Mutex<Meters>,
    /// Wakes the call whose turn it is when tokens come back.
    corrected: Notify,
    paused_until: Mutex<Option<Instant>>,
    longest_pause: Duration,
    start: Instant,
}

/// Leave to send one request; the slot is free again when it is dropped.
#[derive(Debug)]
pub(super) struct Admission<'l> {
    limiter: &'l Limiter,
    charged: ChargedTokens,
    slot: Slot<'l>,
}

/// The server asked for a pause too long to wait for; this much of it is left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct PauseTooLong(pub(super) Duration);

#[derive(Debug)]
struct Meters {
    requests: Pace,
    tokens: Bucket,
    input: Bucket,
    output: Bucket,
}

/// What each meter was charged; none where it had no limit.
#[derive(Debug, Clone, Copy)]
struct ChargedTokens {
    tokens: Option<u64>,
    input: Option<u64>,
    output: Option<u64>,
}

impl Meters {
    fn wait(&mut self, now: Duration, load: TokenCharge) -> Duration {
        self.requests
            .wait(now)
            .max(self.tokens.wait(now, load.total()))
            .max(self.input.wait(now, load.input))
            .max(self.output.wait(now, load.output))
    }

    fn charge(&mut self, load: TokenCharge) -> ChargedTokens {
        self.requests.charge();
        ChargedTokens {
            tokens: self.tokens.charge(load.total()),
            input: self.input.charge(load.input),
            output: self.output.charge(load.output),
        }
    }

    fn correct(&mut self, now: Duration, charged: ChargedTokens, used: TokenCharge) {
        self.tokens.correct(now, charged.tokens, used.total());
        self.input.correct(now, charged.input, used.input);
        self.output.correct(now, charged.output, used.output);
    }

    fn learn(&mut self, now: Duration, hint: &RateHint) {
        if let Some(per_minute) = hint.requests.per_minute() {
            self.requests.learn(now, per_minute);
        }
        for (bucket, allowance) in [
            (&mut self.tokens, &hint.tokens),
            (&mut self.input, &hint.input_tokens),
            (&mut self.output, &hint.output_tokens),
        ] {
            if let Some(per_minute) = allowance.per_minute() {
                bucket.learn(now, per_minute);
            }
        }
    }
}

impl Limiter {
    pub(super) fn new(budget: EndpointLimits) -> Self {
        let bucket = |rate: Option<NonZeroU32>| Bucket::new(rate.map(NonZeroU32::get));
        Self {
            slots: Slots::new(budget.concurrency),
            turn: TurnLock::new(()),
            meters: Mutex::new(Meters {
                requests: Pace::new(budget.requests_per_minute.map(NonZeroU32::get)),
                tokens: bucket(budget.tokens_per_minute),
                input: bucket(budget.input_tokens_per_minute),
                output: bucket(budget.output_tokens_per_minute),
            }),
            corrected: Notify::new(),
            paused_until: Mutex::default(),
            longest_pause: budget.longest_pause,
            start: Instant::now(),
        }
    }

    /// Waits for a slot, then for its turn: no later call is admitted before this one.
    ///
    /// # Errors
    /// The endpoint is paused for longer than is worth waiting for.
    pub(super) async fn admit(&self, load: TokenCharge) -> Result<Admission<'_>, PauseTooLong> {
        // Without tokio's budget per task: it would turn away the 129th call that one task polls, behind later ones.
        unconstrained(self.wait_for_turn(load)).await
    }

    async fn wait_for_turn(&self, load: TokenCharge) -> Result<Admission<'_>, PauseTooLong> {
        let slot = self.slots.acquire().await;
        let _turn = self.turn.lock().await;
        loop {
            // A call that was in flight may have brought a pause or a limit meanwhile.
            self.pass_pause().await?;
            let wait = self.meters().wait(self.now(), load);
            if wait.is_zero() {
                let charged = self.meters().charge(load);
                return Ok(Admission { limiter: self, charged, slot });
            }
            tokio::select! {
                () = sleep(wait) => {}
                () = self.corrected.notified() => {}
            }
        }
    }

    /// Lets nothing out for `wait` from now, or longer where that was asked for before.
    pub(super) fn pause(&self, wait: Duration) {
        let until = Instant::now().checked_add(wait);
        let mut paused = self.paused_until.lock().unwrap_or_else(PoisonError::into_inner);
        *paused = (*paused).max(until);
    }

    /// Waits until no pause is in force.
    ///
    /// # Errors
    /// It is longer than is worth waiting for.
    pub(super) async fn pass_pause(&self) -> Result<(), PauseTooLong> {
        loop {
            let until = *self.paused_until.lock().unwrap_or_else(PoisonError::into_inner);
            let Some(until) = until.filter(|until| *until > Instant::now()) else { return Ok(()) };
            let left = until.duration_since(Instant::now());
            if left > self.longest_pause {
                return Err(PauseTooLong(left));
            }
            sleep_until(until).await;
        }
    }

    /// Takes over what the server says of its limits.
    pub(super) fn learn(&self, hint: &RateHint) {
        self.meters().learn(self.now(), hint);
        if let Some(wait) = hint.exhausted() {
            self.pause(wait);
        }
    }

    /// The limits in force.
    pub(super) fn in_force(&self) -> InForce {
        let meters = self.meters();
        let apart = meters.input.limit().zip(meters.output.limit()).map(|(input, output)| input + output);
        InForce {
            requests_per_minute: meters.requests.limit(),
            tokens_per_minute: lower(meters.tokens.limit(), apart),
            concurrency: self.slots.current(),
        }
    }

    fn meters(&self) -> std::sync::MutexGuard<'_, Meters> {
        self.meters.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> Duration {
        self.start.elapsed()
    }
}

impl Admission<'_> {
    /// Corrects the charge by what the call used in the end, and the calls in flight by how it went.
    pub(super) fn settle(self, used: TokenCharge, felt: LoadSignal) {
        self.limiter.meters().correct(self.limiter.now(), self.charged, used);
        self.limiter.corrected.notify_one();
        match felt {
            LoadSignal::Well => self.slot.went_well(),
            LoadSignal::TooMuch => self.slot.too_much(),
            LoadSignal::Nothing => {}
        }
    }
}

#[cfg(test)]
mod tests;
