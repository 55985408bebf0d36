//! One limit per minute as arithmetic: what is there, what is owed, how long to wait. Pure: time is handed in.
//!
//! A bucket fills steadily and holds little, so that no 60 seconds see more than the limit: it holds `cap`, fills by
//! `limit + 1 - cap` a minute, and `cap` is at most a two-hundredth of the limit, which is the price in throughput. What
//! it holds above one unit only makes up for sleeping a little too long.

use std::time::Duration;

/// The part of a minute's limit that the bucket holds.
const HOLDS: f64 = 200.0;
/// The least it holds: one unit, and the time that a sleep may last too long.
const LEAST: f64 = 1.05;
/// Unused units are kept up to this part of a minute's limit: more would come as a burst after a lull.
const CREDIT: f64 = 6.0;
/// Rounding that is not worth a wait.
const EPSILON: f64 = 1e-9;
/// Keeps rounding on the safe side of the limit.
const UNDER: f64 = 1.0 - 1e-6;

/// A limit per minute, stated by the user, learned from the server, or neither.
#[derive(Debug, Clone)]
pub(super) struct Bucket {
    stated: Option<f64>,
    learned: Option<f64>,
    /// What is there; below zero it is owed.
    level: f64,
    /// When the level was right.
    at: Duration,
}

impl Bucket {
    pub(super) fn new(stated: Option<u32>) -> Self {
        let mut bucket =
            Self { stated: stated.map(f64::from), learned: None, level: 0.0, at: Duration::ZERO };
        bucket.level = bucket.limit().map_or(0.0, cap);
        bucket
    }

    /// The limit in force: the lower of the stated and the learned one.
    pub(super) fn limit(&self) -> Option<f64> {
        lower(self.stated, self.learned)
    }

    /// Takes the server's word for its limit.
    pub(super) fn learn(&mut self, now: Duration, per_minute: u64) {
        let per_minute = per_minute.max(1) as f64;
        self.refill(now);
        let unlimited = self.limit().is_none();
        self.learned = Some(per_minute);
        self.level = if unlimited { 0.0 } else { self.level.min(self.limit().map_or(0.0, cap)) };
        self.at = now;
    }

    /// How long until `need` units may be used. More than the bucket holds is used from a full one and owed.
    pub(super) fn wait(&mut self, now: Duration, need: u64) -> Duration {
        self.refill(now);
        let Some(limit) = self.limit() else { return Duration::ZERO };
        let missing = (need as f64).min(cap(limit)) - self.level;
        if missing <= EPSILON { Duration::ZERO } else { Duration::from_secs_f64(missing / per_second(limit)) }
    }

    /// Uses `need` units; what was charged, none without a limit.
    pub(super) fn charge(&mut self, need: u64) -> Option<u64> {
        self.limit()?;
        self.level -= need as f64;
        Some(need)
    }

    /// Corrects a charge by what was used in the end. What was used before there was a limit is not held against it.
    pub(super) fn correct(&mut self, now: Duration, charged: Option<u64>, used: u64) {
        self.refill(now);
        let (Some(limit), Some(charged)) = (self.limit(), charged) else { return };
        let most = self.level.max(cap(limit) + limit / CREDIT);
        // A server that reports nonsense must not stop the run for hours.
        self.level = (self.level + charged as f64 - used as f64).clamp(-limit, most);
    }

    fn refill(&mut self, now: Duration) {
        if let Some(limit) = self.limit() {
            let gained = now.saturating_sub(self.at).as_secs_f64() * per_second(limit);
            self.level = self.level.max((self.level + gained).min(cap(limit)));
        }
        self.at = self.at.max(now);
    }
}

/// The lower of two limits, or the one there is.
pub(super) fn lower(one: Option<f64>, other: Option<f64>) -> Option<f64> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}

/// What a limit per minute holds at once.
pub(super) fn cap(limit: f64) -> f64 {
    (limit / HOLDS).max(LEAST)
}

/// How fast a limit per minute fills.
pub(super) fn per_second(limit: f64) -> f64 {
    (limit + 1.0 - cap(limit)) / 60.0 * UNDER
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Sends as many single units as the bucket lets through until `end`, each sleep `late` too long.
    fn sent(bucket: &mut Bucket, end: f64, late: f64) -> Vec<f64> {
        let (mut now, mut times) = (0.0, Vec::new());
        while now < end {
            let wait = bucket.wait(Duration::from_secs_f64(now), 1).as_secs_f64();
            if wait == 0.0 {
                bucket.charge(1);
                times.push(now);
            } else {
                now += wait + late;
            }
        }
        times
    }

    fn most_in_a_minute(times: &[f64]) -> usize {
        times
            .iter()
            .enumerate()
            .map(|(first, start)| times.partition_point(|time| *time < start + 60.0) - first)
            .max()
            .unwrap_or(0)
    }

    #[test]
    fn at_least_99_percent_of_the_limit_is_used_and_no_minute_sees_more() {
        for limit in [60, 600, 1_200, 6_000] {
            let times = sent(&mut Bucket::new(Some(limit)), 240.0, 0.001);
            assert!(most_in_a_minute(&times) <= limit as usize, "{limit}: {}", most_in_a_minute(&times));
            let used = times.len() as f64 / f64::from(limit * 4);
            assert!(used >= 0.99, "{limit}: {used}");
        }
    }

    #[test]
    fn the_lower_limit_is_in_force_and_the_server_may_raise_it_again() {
        let mut bucket = Bucket::new(Some(600));
        bucket.learn(Duration::ZERO, 60);
        assert_eq!(bucket.limit(), Some(60.0));
        bucket.learn(Duration::ZERO, 6_000);
        assert_eq!(bucket.limit(), Some(600.0));
        let mut learned = Bucket::new(None);
        assert_eq!(learned.wait(Duration::ZERO, 1_000_000), Duration::ZERO);
        learned.learn(Duration::from_secs(5), 60);
        let wait = learned.wait(Duration::from_secs(5), 1).as_secs_f64();
        assert!((1.0..1.01).contains(&wait), "{wait}");
    }

    #[test]
    fn a_large_need_is_owed_and_corrected() {
        let mut bucket = Bucket::new(Some(6_000));
        let at = Duration::from_secs;
        assert_eq!(bucket.wait(at(0), 1_000), Duration::ZERO);
        bucket.charge(1_000);
        let owed = bucket.wait(at(0), 1_000).as_secs_f64();
        assert!((9.9..10.2).contains(&owed), "{owed}");
        bucket.correct(at(0), Some(1_000), 100);
        let left = bucket.wait(at(0), 1_000).as_secs_f64();
        assert!((0.9..1.1).contains(&left), "{left}");
    }

    proptest! {
        /// However calls come, and however late sleeps end, no minute sees more than its limit.
        #[test]
        fn no_minute_sees_more_than_the_limit(limit in 1u32..3_000, lulls in prop::collection::vec(0.0f64..8.0, 1..40)) {
            let mut bucket = Bucket::new(Some(limit));
            let (mut now, mut times) = (0.0, Vec::new());
            for lull in lulls {
                now += lull;
                for _ in 0..40 {
                    let wait = bucket.wait(Duration::from_secs_f64(now), 1).as_secs_f64();
                    now += wait;
                    if wait == 0.0 {
                        bucket.charge(1);
                        times.push(now);
                    }
                }
            }
            prop_assert!(most_in_a_minute(&times) <= limit as usize);
        }
    }
}
