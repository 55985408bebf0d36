//! Owns the queue in front of an endpoint: first in, first out, through calls in flight, requests and tokens per
//! minute, and the pauses its server asks for.
//!
//! Budgets are spread evenly over the minute. `governor`'s `Quota::per_minute(60)` admits 119 requests in its first
//! minute (burst plus refill) and lets small requests overtake a large one for ever, hence a small burst and one
//! turn at a time. It cannot take tokens back either: what was charged too much or too little is carried over.

use std::{
    num::NonZeroU32,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use governor::{
    Quota, RateLimiter,
    clock::Clock as _,
    middleware::NoOpMiddleware,
    nanos::Nanos,
    state::{InMemoryState, NotKeyed},
};
use tokio::{
    sync::{Mutex as TurnLock, Semaphore, SemaphorePermit},
    time::{Instant, sleep, sleep_until},
};

/// Requests may bunch up over this part of a minute.
const REQUEST_BURST: u32 = 600;
/// Tokens may bunch up over this part of a minute.
const TOKEN_BURST: u32 = 60;
/// Unused tokens are kept up to this part of a minute: more would come as a burst after a lull.
const CREDIT: u32 = 6;

/// Limits of one endpoint, after overrides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Budget {
    pub(super) concurrency: u32,
    pub(super) requests_per_minute: Option<NonZeroU32>,
    pub(super) tokens_per_minute: Option<NonZeroU32>,
    /// A pause longer than this is not waited for.
    pub(super) longest_pause: Duration,
}

/// The queue of one endpoint.
#[derive(Debug)]
pub(super) struct Limiter {
    slots: Semaphore,
    turn: TurnLock<()>,
    requests: Option<Meter>,
    tokens: Option<TokenBudget>,
    paused_until: Mutex<Option<Instant>>,
    longest_pause: Duration,
}

/// Leave to send one request; the slot is free again when it is dropped.
#[derive(Debug)]
pub(super) struct Admission<'l> {
    limiter: &'l Limiter,
    charged: u64,
    _slot: SemaphorePermit<'l>,
}

/// The server asked for a pause too long to wait for; this much of it is left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Paused(pub(super) Duration);

impl Limiter {
    pub(super) fn new(budget: Budget) -> Self {
        let slots = usize::try_from(budget.concurrency.max(1)).unwrap_or(usize::MAX);
        Self {
            slots: Semaphore::new(slots.min(Semaphore::MAX_PERMITS)),
            turn: TurnLock::new(()),
            requests: budget.requests_per_minute.map(|rate| Meter::new(rate, REQUEST_BURST)),
            tokens: budget.tokens_per_minute.map(TokenBudget::new),
            paused_until: Mutex::default(),
            longest_pause: budget.longest_pause,
        }
    }

    /// Waits for a slot, then for its turn: no later call is admitted before this one.
    ///
    /// # Errors
    /// The endpoint is paused for longer than is worth waiting for.
    pub(super) async fn admit(&self, tokens: u64) -> Result<Admission<'_>, Paused> {
        let slot = self.slots.acquire().await.expect("the semaphore is never closed");
        let _turn = self.turn.lock().await;
        self.pass_pause().await?;
        if let Some(requests) = &self.requests {
            requests.take(NonZeroU32::MIN).await;
        }
        if let Some(budget) = &self.tokens {
            budget.take(tokens).await;
        }
        // A call that was in flight may have brought a pause meanwhile.
        self.pass_pause().await?;
        Ok(Admission { limiter: self, charged: tokens, _slot: slot })
    }

    /// Lets nothing out for `wait` from now, or longer where that was asked for before.
    pub(super) fn pause(&self, wait: Duration) {
        let until = Instant::now().checked_add(wait);
        let mut paused = self.paused_until.lock().unwrap_or_else(PoisonError::into_inner);
        *paused = (*paused).max(until);
    }

    async fn pass_pause(&self) -> Result<(), Paused> {
        loop {
            let until = *self.paused_until.lock().unwrap_or_else(PoisonError::into_inner);
            let Some(until) = until.filter(|until| *until > Instant::now()) else { return Ok(()) };
            let left = until.duration_since(Instant::now());
            if left > self.longest_pause {
                return Err(Paused(left));
            }
            sleep_until(until).await;
        }
    }
}

impl Admission<'_> {
    /// Corrects the charge by what the call used in the end.
    pub(super) fn settle(self, used: u64) {
        if let Some(budget) = &self.limiter.tokens {
            budget.correct(self.charged, used);
        }
    }
}

/// `governor` on tokio's clock.
#[derive(Debug, Clone)]
struct TokioClock(Instant);

impl governor::clock::Clock for TokioClock {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        self.0.elapsed().into()
    }
}

/// A rate without refunds.
#[derive(Debug)]
struct Meter {
    rate: RateLimiter<NotKeyed, InMemoryState, TokioClock, NoOpMiddleware<Nanos>>,
    clock: TokioClock,
    burst: NonZeroU32,
}

impl Meter {
    fn new(per_minute: NonZeroU32, burst_part: u32) -> Self {
        // Rounded up, so that the rate is never above the limit.
        let period = Duration::from_nanos(60_000_000_000_u64.div_ceil(u64::from(per_minute.get())));
        let burst = NonZeroU32::new(per_minute.get() / burst_part).unwrap_or(NonZeroU32::MIN);
        let quota = Quota::with_period(period).expect("the period is above zero").allow_burst(burst);
        let clock = TokioClock(Instant::now());
        Self { rate: RateLimiter::direct_with_clock(quota, clock.clone()), clock, burst }
    }

    /// Takes `cells`, at most the burst.
    async fn take(&self, cells: NonZeroU32) {
        while let Err(not_yet) = self.rate.check_n(cells).expect("no more cells than the burst") {
            sleep(not_yet.wait_time_from(self.clock.now())).await;
        }
    }
}

/// Tokens per minute: an estimate is taken before a call, the difference is carried over after it.
#[derive(Debug)]
struct TokenBudget {
    meter: Meter,
    per_minute: i64,
    /// Owed by the next call; below zero, tokens paid for and not used.
    owed: Mutex<i64>,
}

impl TokenBudget {
    fn new(per_minute: NonZeroU32) -> Self {
        let meter = Meter::new(per_minute, TOKEN_BURST);
        Self { meter, per_minute: i64::from(per_minute.get()), owed: Mutex::default() }
    }

    async fn take(&self, tokens: u64) {
        let mut needed = tokens;
        loop {
            needed = self.carry_over(needed);
            let most = u64::from(self.meter.burst.get());
            let Some(cells) = u32::try_from(needed.min(most)).ok().and_then(NonZeroU32::new) else { return };
            self.meter.take(cells).await;
            needed -= u64::from(cells.get());
        }
    }

    /// What is still to be taken once debts are added and credit is used.
    fn carry_over(&self, needed: u64) -> u64 {
        let mut owed = self.owed.lock().unwrap_or_else(PoisonError::into_inner);
        let total = i64::try_from(needed).unwrap_or(i64::MAX).saturating_add(*owed);
        *owed = total.min(0);
        u64::try_from(total).unwrap_or(0)
    }

    fn correct(&self, charged: u64, used: u64) {
        let signed = |tokens: u64| i64::try_from(tokens).unwrap_or(i64::MAX);
        let difference = signed(used).saturating_sub(signed(charged));
        let mut owed = self.owed.lock().unwrap_or_else(PoisonError::into_inner);
        // A server that reports nonsense must not stop the run for hours.
        *owed =
            owed.saturating_add(difference).clamp(-(self.per_minute / i64::from(CREDIT)), self.per_minute);
    }
}
