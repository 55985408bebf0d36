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
    task::coop::unconstrained,
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
        // Without tokio's budget per task: it would turn away the 129th call that one task polls, behind later ones.
        unconstrained(self.wait_for_turn(tokens)).await
    }

    async fn wait_for_turn(&self, tokens: u64) -> Result<Admission<'_>, Paused> {
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

#[cfg(test)]
mod tests {
    use super::*;
    use futures::future::join_all;

    fn limiter(requests: u32, tokens: u32, concurrency: u32) -> Limiter {
        Limiter::new(Budget {
            concurrency,
            requests_per_minute: NonZeroU32::new(requests),
            tokens_per_minute: NonZeroU32::new(tokens),
            longest_pause: Duration::from_mins(10),
        })
    }

    /// When each of `count` calls was let through, in seconds from now; each charges `tokens` and uses `used`.
    async fn admitted(limiter: &Limiter, count: usize, tokens: u64, used: u64) -> Vec<f64> {
        let start = Instant::now();
        let calls = (0..count).map(|_| async {
            let admission = limiter.admit(tokens).await.expect("no pause");
            let at = start.elapsed().as_secs_f64();
            sleep(Duration::from_millis(100)).await;
            admission.settle(used);
            at
        });
        join_all(calls).await
    }

    fn most_within_a_minute(times: &[f64]) -> usize {
        times.iter().map(|t| times.iter().filter(|u| **u >= *t && **u < t + 60.0).count()).max().unwrap_or(0)
    }

    #[tokio::test(start_paused = true)]
    async fn no_minute_holds_more_requests_than_allowed_and_order_is_kept() {
        let times = admitted(&limiter(60, 0, 1_000), 150, 0, 0).await;
        assert!(times.is_sorted(), "first in, first out");
        assert_eq!(most_within_a_minute(&times), 60);
        let last = times.last().expect("150 calls");
        assert!((148.0..151.0).contains(last), "the rate is used in full: {last}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_high_rate_bunches_up_by_a_tenth_of_a_second_at_most() {
        let times = admitted(&limiter(6_000, 0, 10_000), 12_000, 0, 0).await;
        assert!(most_within_a_minute(&times) <= 6_000 + 10, "{}", most_within_a_minute(&times));
        let last = times.last().expect("12000 calls");
        assert!((119.0..121.0).contains(last), "{last}");
    }

    #[tokio::test(start_paused = true)]
    async fn tokens_are_spread_over_the_minute() {
        let times = admitted(&limiter(0, 6_000, 1_000), 20, 1_000, 1_000).await;
        assert!(most_within_a_minute(&times) <= 6, "{times:?}");
        let last = times.last().expect("20 calls");
        assert!((195.0..201.0).contains(last), "{last}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_large_call_is_not_overtaken_by_small_ones() {
        let limiter = limiter(0, 6_000, 1_000);
        let order = Mutex::new(Vec::new());
        let calls = (0..100).map(|n| {
            let (limiter, order) = (&limiter, &order);
            async move {
                let tokens = if n == 10 { 3_000 } else { 30 };
                limiter.admit(tokens).await.expect("no pause");
                order.lock().expect("not poisoned").push(n);
            }
        });
        join_all(calls).await;
        assert_eq!(order.into_inner().expect("not poisoned"), (0..100).collect::<Vec<_>>());
    }

    #[tokio::test(start_paused = true)]
    async fn tokens_not_used_are_used_by_later_calls_and_overruns_are_paid() {
        // Each call counts on 1,000 tokens and uses 100: 60 a minute pass, not 6.
        let frugal = admitted(&limiter(0, 6_000, 4), 60, 1_000, 100).await;
        let last = frugal.last().expect("60 calls");
        assert!(*last < 100.0, "{last}");
        // Each counts on 100 and uses 1,000: once the first are through, the debt slows the rest down.
        let wasteful = admitted(&limiter(0, 6_000, 1), 30, 100, 1_000).await;
        assert!(*wasteful.last().expect("30 calls") > 280.0, "{wasteful:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn no_more_calls_are_in_flight_than_slots() {
        let times = admitted(&limiter(0, 0, 3), 9, 0, 0).await;
        for t in &times {
            assert!(times.iter().filter(|u| (**u - t).abs() < 0.09).count() <= 3, "{times:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn nothing_passes_during_a_pause_and_the_longer_pause_wins() {
        let limiter = limiter(0, 0, 10);
        limiter.pause(Duration::from_secs(5));
        limiter.pause(Duration::from_secs(2));
        let times = admitted(&limiter, 3, 0, 0).await;
        assert!(times.iter().all(|t| *t >= 5.0), "{times:?}");
        limiter.pause(Duration::from_hours(2));
        assert!(limiter.admit(0).await.is_err(), "hours are not waited");
    }

    #[tokio::test(start_paused = true)]
    async fn a_pause_that_comes_while_a_call_waits_its_turn_holds_it_back() {
        let limiter = limiter(6, 0, 10);
        let start = Instant::now();
        limiter.admit(0).await.expect("the first passes at once");
        let second = async {
            limiter.admit(0).await.expect("no long pause");
            start.elapsed()
        };
        let pause = async {
            sleep(Duration::from_secs(3)).await;
            limiter.pause(Duration::from_secs(20));
        };
        let (passed, ()) = tokio::join!(second, pause);
        assert!(passed >= Duration::from_secs(23), "{passed:?}");
    }
}
