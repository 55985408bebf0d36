//! Decides whether a failed try is followed by another, and when. Pure but for a count: the jitter comes from
//! a seed.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::chat::{CallKey, Failure, FailureKind};

/// The wait after the first failed try, doubled after each further one.
const FIRST_WAIT: Duration = Duration::from_millis(500);
/// The longest wait of our own choosing.
const LONGEST_WAIT: Duration = Duration::from_secs(30);
/// A server that asks for more than this is out of capacity for this run, which can be resumed later.
pub(super) const LONGEST_RETRY_AFTER: Duration = Duration::from_mins(10);

/// Of this many calls, the retries of one may be spent on transport faults: an endpoint that fails more often is down,
/// and trying harder keeps it there.
const CALLS_PER_RETRY: u64 = 5;
/// Retries that a short run has all the same.
const LEAST_RETRIES: u64 = 20;

/// The retries that an endpoint's transport faults may use. A server that asks to slow down is not at fault: its waits
/// and the limits answer that.
#[derive(Debug, Default)]
pub(super) struct RetryBudget(Mutex<RetryUse>);

#[derive(Debug, Clone, Copy, Default)]
struct RetryUse {
    calls: u64,
    retries: u64,
}

impl RetryUse {
    fn allows_another(self) -> bool {
        self.retries < LEAST_RETRIES + self.calls / CALLS_PER_RETRY
    }
}

impl RetryBudget {
    /// Counts a call, whatever its tries.
    pub(super) fn call(&self) {
        self.used().calls += 1;
    }

    /// Takes a retry for a failure of this kind; false when there is none left.
    pub(super) fn take(&self, kind: FailureKind) -> bool {
        if !kind.is_transport_fault() {
            return true;
        }
        let mut used = self.used();
        let allowed = used.allows_another();
        used.retries += u64::from(allowed);
        allowed
    }

    fn used(&self) -> std::sync::MutexGuard<'_, RetryUse> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether to try again after try number `attempt` (from 1) failed, and after what wait; none stops.
///
/// The wait is never shorter than what the server asked for. Our own waits are between half and all of the doubled
/// wait, so that calls that failed together do not return together.
pub(super) fn next_wait(
    failure: &Failure,
    attempt: u32,
    max_retries: u32,
    key: &CallKey,
    seed: u64,
) -> Option<Duration> {
    if !failure.kind.is_retryable() || attempt > max_retries {
        return None;
    }
    let doubled =
        FIRST_WAIT.saturating_mul(1_u32.checked_shl(attempt - 1).unwrap_or(u32::MAX)).min(LONGEST_WAIT);
    let own = doubled.mul_f64(share(key, attempt, seed));
    match failure.retry_after_ms.map(Duration::from_millis) {
        Some(asked) if asked > LONGEST_RETRY_AFTER => None,
        // The endpoint is paused anyway; a little spread keeps the calls that return from doing so at once.
        Some(asked) => Some(asked + own / 10),
        None => Some(own),
    }
}

/// The wait that the server asks for, in whole seconds, where it is longer than is waited for.
pub(super) fn too_long(failure: &Failure) -> Option<Duration> {
    let asked = failure.retry_after_ms.map(Duration::from_millis)?;
    (failure.kind.is_retryable() && asked > LONGEST_RETRY_AFTER).then(|| Duration::from_secs(asked.as_secs()))
}

/// A number from 0.5 to 1 that depends on nothing but its arguments.
fn share(key: &CallKey, attempt: u32, seed: u64) -> f64 {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&seed.to_le_bytes()).update(&attempt.to_le_bytes()).update(key.as_str().as_bytes());
    ChaCha8Rng::from_seed(*hasher.finalize().as_bytes()).random_range(0.5..=1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::FailureKind::{self, *};

    fn wait(kind: FailureKind, retry_after: Option<u64>, attempt: u32, max_retries: u32) -> Option<Duration> {
        let failure = Failure { retry_after_ms: retry_after, ..Failure::new(kind, "") };
        next_wait(&failure, attempt, max_retries, &CallKey::from_stored("k".into()), 1)
    }

    #[test]
    fn a_short_run_may_retry_and_a_long_one_up_to_a_fifth_of_its_calls() {
        let budget = RetryBudget::default();
        let taken = |most: usize| (0..most).filter(|_| budget.take(Transient)).count();
        budget.call();
        assert_eq!(taken(100), 20);
        for _ in 1..1_000 {
            budget.call();
        }
        assert_eq!(taken(1_000), 200);
        assert!(!budget.take(Malformed) && !budget.take(Overloaded));
        assert!(budget.take(RateLimited), "waiting for one's turn is no fault");
    }

    #[test]
    fn only_what_may_pass_is_tried_again() {
        for kind in [RateLimited, Overloaded, Transient, Malformed] {
            assert!(wait(kind, None, 1, 3).is_some(), "{kind:?}");
            assert_eq!(wait(kind, None, 4, 3), None, "{kind:?}");
            assert_eq!(wait(kind, None, 1, 0), None, "zero retries are none");
        }
        for kind in [QuotaExhausted, Permanent, Cancelled, Offline, Unsupported] {
            assert_eq!(wait(kind, None, 1, 3), None, "{kind:?}");
        }
    }

    #[test]
    fn waits_double_up_to_a_ceiling_and_repeat_with_the_seed() {
        for (attempt, most) in [(1, 500), (2, 1_000), (3, 2_000), (20, 30_000), (200, 30_000)] {
            let wait = wait(Transient, None, attempt, 1_000).expect("another try").as_millis();
            assert!((most / 2..=most).contains(&wait), "{attempt}: {wait}");
        }
        assert_eq!(wait(Transient, None, 2, 3), wait(Transient, None, 2, 3));
    }

    #[test]
    fn the_servers_wait_is_a_minimum_and_hours_are_not_waited() {
        let asked = wait(RateLimited, Some(3_000), 1, 3).expect("another try");
        assert!(asked >= Duration::from_secs(3) && asked < Duration::from_millis(3_100), "{asked:?}");
        assert_eq!(wait(RateLimited, Some(3_600_000), 1, 3), None);
    }
}
