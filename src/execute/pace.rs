//! Keeps to requests per minute: `governor`'s cell rate at a limit stated by the user or learned from the server. Requests
//! are never given back, so nothing has to be corrected. Time is handed in.

use std::{num::NonZeroU32, time::Duration};

use governor::{
    Quota, RateLimiter,
    clock::{Clock as _, FakeRelativeClock},
    middleware::NoOpMiddleware,
    nanos::Nanos,
    state::{InMemoryState, NotKeyed},
};

use super::bucket::{cap, lower, per_second};

/// A limit of requests per minute, stated by the user, learned from the server, or neither.
#[derive(Debug)]
pub(super) struct Pace {
    stated: Option<f64>,
    learned: Option<f64>,
    gate: Option<StatedRate>,
    /// Leave that was given and not used yet: a call may wait for tokens after it.
    held: bool,
}

/// The limiter of one limit, with the clock that it reads.
#[derive(Debug)]
struct StatedRate {
    limit: f64,
    rate: RateLimiter<NotKeyed, InMemoryState, FakeRelativeClock, NoOpMiddleware<Nanos>>,
    clock: FakeRelativeClock,
    at: Duration,
}

impl Pace {
    pub(super) fn new(stated: Option<u32>) -> Self {
        let stated = stated.map(f64::from);
        Self {
            stated,
            learned: None,
            gate: stated.map(|limit| StatedRate::new(limit, Duration::ZERO)),
            held: false,
        }
    }

    /// The limit in force: the lower of the stated and the learned one.
    pub(super) fn limit(&self) -> Option<f64> {
        lower(self.stated, self.learned)
    }

    /// Takes the server's word for its limit. A limiter cannot change its rate, so another takes its place, empty: what
    /// was sent before counts at the server.
    pub(super) fn learn(&mut self, now: Duration, per_minute: u64) {
        self.learned = Some(per_minute.max(1) as f64);
        let changed = |gate: &StatedRate| self.limit().is_some_and(|limit| (gate.limit - limit).abs() > 0.5);
        if self.gate.as_ref().is_none_or(changed) {
            self.gate = self.limit().map(|limit| StatedRate::new(limit, now).emptied());
        }
    }

    /// How long until one more request may be sent; leave that is given is kept until it is used.
    pub(super) fn wait(&mut self, now: Duration) -> Duration {
        let Some(gate) = self.gate.as_mut().filter(|_| !self.held) else { return Duration::ZERO };
        let wait = gate.take(now);
        self.held = wait.is_zero();
        wait
    }

    /// Uses the leave.
    pub(super) fn charge(&mut self) {
        self.held = false;
    }
}

impl StatedRate {
    fn new(limit: f64, at: Duration) -> Self {
        let clock = FakeRelativeClock::default();
        let period = Duration::from_secs_f64(1.0 / per_second(limit));
        let quota = Quota::with_period(period).expect("a limit has a period").allow_burst(burst(limit));
        Self { limit, rate: RateLimiter::direct_with_clock(quota, clock.clone()), clock, at }
    }

    /// The same with nothing left of what it holds.
    fn emptied(self) -> Self {
        // No more than it holds is asked for, so it is granted.
        let _ = self.rate.check_n(burst(self.limit));
        self
    }

    /// Takes one, or says how long it is until there is one.
    fn take(&mut self, now: Duration) -> Duration {
        self.clock.advance(now.saturating_sub(self.at));
        self.at = self.at.max(now);
        match self.rate.check() {
            Ok(()) => Duration::ZERO,
            // Never none: the caller would ask again at the same instant.
            Err(not_yet) => not_yet.wait_time_from(self.clock.now()).max(Duration::from_nanos(1)),
        }
    }
}

/// Whole requests that may go at once: they only make up for sleeping a little too long.
fn burst(limit: f64) -> NonZeroU32 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a small positive number")]
    let whole = cap(limit) as u32;
    NonZeroU32::new(whole).unwrap_or(NonZeroU32::MIN)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sends as many requests as the pace lets through until `end`, each sleep `late` too long.
    fn sent(pace: &mut Pace, end: f64, late: f64) -> Vec<f64> {
        let (mut now, mut times) = (0.0, Vec::new());
        while now < end {
            let wait = pace.wait(Duration::from_secs_f64(now)).as_secs_f64();
            if wait == 0.0 {
                pace.charge();
                times.push(now);
            } else {
                now += wait + late;
            }
        }
        times
    }

    #[test]
    fn at_least_99_percent_of_the_limit_is_used_and_no_minute_sees_more() {
        for limit in [60, 600, 1_200, 6_000] {
            let times = sent(&mut Pace::new(Some(limit)), 240.0, 0.001);
            let in_a_minute =
                |(first, start): (usize, &f64)| times.partition_point(|time| *time < start + 60.0) - first;
            let most = times.iter().enumerate().map(in_a_minute).max().unwrap_or(0);
            assert!(most <= limit as usize, "{limit}: {most}");
            let used = times.len() as f64 / f64::from(limit * 4);
            assert!(used >= 0.99, "{limit}: {used}");
        }
    }

    #[test]
    fn the_lower_limit_is_in_force_and_a_new_one_starts_empty() {
        let mut pace = Pace::new(Some(600));
        pace.learn(Duration::ZERO, 60);
        assert_eq!(pace.limit(), Some(60.0));
        assert!(pace.wait(Duration::ZERO) > Duration::from_millis(900));
        pace.learn(Duration::from_secs(1), 6_000);
        assert_eq!(pace.limit(), Some(600.0), "what the user states is not exceeded");
        let mut unlimited = Pace::new(None);
        assert_eq!((unlimited.wait(Duration::ZERO), unlimited.limit()), (Duration::ZERO, None));
    }

    #[test]
    fn leave_that_was_not_used_is_used_by_the_next() {
        let mut pace = Pace::new(Some(60));
        assert!(pace.wait(Duration::ZERO).is_zero() && pace.wait(Duration::ZERO).is_zero());
        pace.charge();
        assert!(!pace.wait(Duration::ZERO).is_zero());
    }
}
