//! Limits what a run may spend: no call leaves that could pass the limit of costs or of time, the worst case of all calls
//! in flight included.

use std::{
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::{sync::Notify, time::Instant};

use super::{limiter::TokenCharge, stop::Halt};
use crate::domain::{Price, Service, Usd};

/// Fewest bytes of text per token that are reckoned with: half of what is usual.
const FEWEST_BYTES_PER_TOKEN: u64 = 2;
/// The estimate of a prompt counts this many bytes per token.
const USUAL_BYTES_PER_TOKEN: u64 = 4;

/// Limits of one invocation.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SpendLimits {
    /// Most that its calls may cost.
    pub max_cost: Option<Usd>,
    /// Longest that it may take.
    pub max_time: Option<Duration>,
}

/// What a run has spent so far.
#[derive(Debug)]
pub(super) struct Spend {
    limits: SpendLimits,
    start: Instant,
    /// The slowest reply so far, in milliseconds: the next one may take as long.
    slowest: AtomicU64,
    purse: Mutex<Purse>,
    settled: Notify,
}

#[derive(Debug, Default)]
struct Purse {
    spent: Usd,
    /// Worst cases of calls in flight.
    held: Usd,
}

/// The worst case of one call, held until it is known what it cost.
#[derive(Debug)]
pub(super) struct Hold<'s> {
    spend: &'s Spend,
    worst: Usd,
    since: Instant,
}

impl Spend {
    pub(super) fn new(limits: SpendLimits) -> Self {
        Self {
            limits,
            start: Instant::now(),
            slowest: AtomicU64::new(0),
            purse: Mutex::default(),
            settled: Notify::new(),
        }
    }

    /// Holds the worst case of a call; waits while calls in flight may turn out cheaper than theirs.
    ///
    /// # Errors
    /// The call could pass a limit, whatever those in flight will have cost.
    pub(super) async fn hold(&self, worst: Usd) -> Result<Hold<'_>, Halt> {
        loop {
            let settled = self.settled.notified();
            if let Some(limit) = self.out_of_time() {
                return Err(Halt::Time { limit });
            }
            match self.try_hold(worst)? {
                Some(hold) => return Ok(hold),
                None => settled.await,
            }
        }
    }

    /// None when it must be seen first what calls in flight cost.
    fn try_hold(&self, worst: Usd) -> Result<Option<Hold<'_>>, Halt> {
        let mut purse = self.purse();
        if let Some(limit) = self.limits.max_cost {
            if purse.spent.plus(worst) > limit {
                return Err(Halt::Cost { limit, spent: purse.spent, next: worst });
            }
            if purse.spent.plus(purse.held).plus(worst) > limit {
                return Ok(None);
            }
        }
        purse.held += worst;
        Ok(Some(Hold { spend: self, worst, since: Instant::now() }))
    }

    /// The limit of time, when a call as slow as the slowest so far would pass it.
    fn out_of_time(&self) -> Option<Duration> {
        let slowest = Duration::from_millis(self.slowest.load(Ordering::Relaxed));
        self.limits.max_time.filter(|limit| self.start.elapsed() + slowest > *limit)
    }

    /// Adds what something cost that was not held back call by call.
    pub(super) fn bill(&self, cost: Usd) {
        self.purse().spent += cost;
    }

    /// Spent so far.
    pub(super) fn spent(&self) -> Usd {
        self.purse().spent
    }

    fn purse(&self) -> std::sync::MutexGuard<'_, Purse> {
        self.purse.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Hold<'_> {
    /// Settles what the call cost.
    pub(super) fn settle(self, cost: Usd) {
        let took = u64::try_from(self.since.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.spend.slowest.fetch_max(took, Ordering::Relaxed);
        self.spend.purse().spent += cost;
    }
}

impl Drop for Hold<'_> {
    fn drop(&mut self) {
        let mut purse = self.spend.purse();
        purse.held = purse.held.minus(self.worst);
        drop(purse);
        self.spend.settled.notify_waiters();
    }
}

/// The most that a call can cost: its prompt at half the usual length of a token, written to a cache if that costs more,
/// and all that may be generated.
pub(super) fn worst_case(price: Option<&Price>, expected: TokenCharge, service: Service) -> Usd {
    let input = expected.input.saturating_mul(USUAL_BYTES_PER_TOKEN / FEWEST_BYTES_PER_TOKEN);
    price.map_or(Usd::ZERO, |price| price.most(input, expected.output, service))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn usd(dollars: f64) -> Usd {
        Usd::from_dollars(dollars).expect("an amount")
    }

    fn spend(max_cost: f64) -> Spend {
        Spend::new(SpendLimits { max_cost: Usd::from_dollars(max_cost), max_time: None })
    }

    #[tokio::test(start_paused = true)]
    async fn the_worst_case_of_calls_in_flight_is_held_back() {
        let spend = spend(1.0);
        let first = spend.hold(usd(0.6)).await.expect("there is room");
        let waiting = spend.hold(usd(0.6));
        tokio::pin!(waiting);
        assert!(futures::poll!(waiting.as_mut()).is_pending(), "both could cost 1.2");
        first.settle(usd(0.1));
        let second = waiting.await.expect("the first was cheaper");
        second.settle(usd(0.5));
        let halt = spend.hold(usd(0.6)).await.expect_err("0.6 are spent");
        assert_eq!(halt, Halt::Cost { limit: usd(1.0), spent: usd(0.6), next: usd(0.6) });
        assert_eq!(
            halt.to_string(),
            "the limit of 1.00 USD would be passed: 0.6000 USD spent, and the next call may cost 0.6000 USD"
        );
        drop(spend.hold(usd(0.4)).await.expect("a cheaper one still fits"));
        assert_eq!(spend.spent(), usd(0.6), "a call that was not sent costs nothing");
    }

    #[tokio::test(start_paused = true)]
    async fn no_call_starts_that_would_end_too_late() {
        let limit = Duration::from_mins(1);
        let spend = Spend::new(SpendLimits { max_cost: None, max_time: Some(limit) });
        let slow = spend.hold(Usd::ZERO).await.expect("in time");
        tokio::time::advance(Duration::from_secs(40)).await;
        slow.settle(Usd::ZERO);
        let halt = spend.hold(Usd::ZERO).await.expect_err("the next may take 40 s too");
        assert_eq!(halt, Halt::Time { limit });
    }
}
