//! The queue in virtual time.

use super::*;
use crate::provider::Allowance;
use futures::future::join_all;

fn limiter(requests: u32, tokens: u32, concurrency: u32) -> Limiter {
    Limiter::new(EndpointLimits {
        concurrency,
        requests_per_minute: NonZeroU32::new(requests),
        tokens_per_minute: NonZeroU32::new(tokens),
        input_tokens_per_minute: None,
        output_tokens_per_minute: None,
        longest_pause: Duration::from_mins(10),
    })
}

fn of(tokens: u64) -> TokenCharge {
    TokenCharge { input: tokens, output: 0 }
}

/// When each of `count` calls was let through, in seconds from now; each charges `tokens` and uses `used`.
async fn admitted(limiter: &Limiter, count: usize, tokens: u64, used: u64) -> Vec<f64> {
    let start = Instant::now();
    let calls = (0..count).map(|_| async {
        let admission = limiter.admit(of(tokens)).await.expect("no pause");
        let at = start.elapsed().as_secs_f64();
        sleep(Duration::from_millis(100)).await;
        admission.settle(of(used), LoadSignal::Well);
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
    assert!((188.0..192.0).contains(last), "{last}");
}

#[tokio::test(start_paused = true)]
async fn a_large_call_is_not_overtaken_by_small_ones() {
    let limiter = limiter(0, 6_000, 1_000);
    let order = Mutex::new(Vec::new());
    let calls = (0..100).map(|n| {
        let (limiter, order) = (&limiter, &order);
        async move {
            let tokens = if n == 10 { 3_000 } else { 30 };
            limiter.admit(of(tokens)).await.expect("no pause");
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
    assert!(limiter.admit(of(0)).await.is_err(), "hours are not waited");
}

#[tokio::test(start_paused = true)]
async fn a_pause_that_comes_while_a_call_waits_its_turn_holds_it_back() {
    let limiter = limiter(6, 0, 10);
    let start = Instant::now();
    limiter.admit(of(0)).await.expect("the first passes at once");
    let second = async {
        limiter.admit(of(0)).await.expect("no long pause");
        start.elapsed()
    };
    let pause = async {
        sleep(Duration::from_secs(3)).await;
        limiter.pause(Duration::from_secs(20));
    };
    let (passed, ()) = tokio::join!(second, pause);
    assert!(passed >= Duration::from_secs(23), "{passed:?}");
}

#[tokio::test(start_paused = true)]
async fn input_and_output_have_limits_of_their_own() {
    let limiter = Limiter::new(EndpointLimits {
        concurrency: 100,
        requests_per_minute: None,
        tokens_per_minute: None,
        input_tokens_per_minute: NonZeroU32::new(600_000),
        output_tokens_per_minute: NonZeroU32::new(6_000),
        longest_pause: Duration::from_mins(10),
    });
    let start = Instant::now();
    for _ in 0..7 {
        let admission = limiter.admit(TokenCharge { input: 1_000, output: 1_000 }).await.expect("no pause");
        admission.settle(TokenCharge { input: 1_000, output: 1_000 }, LoadSignal::Well);
    }
    let last = start.elapsed().as_secs_f64();
    assert!((59.0..62.0).contains(&last), "the output decides: {last}");
    assert_eq!(limiter.in_force().tokens_per_minute, Some(606_000.0));
}

/// A server with a bucket of requests, as strict as it is told, that says so in its headers.
struct Server {
    per_minute: f64,
    capacity: f64,
    level: Mutex<(f64, Instant)>,
    served: Mutex<Vec<f64>>,
    refused: Mutex<usize>,
}

impl Server {
    fn new(per_minute: f64, burst_seconds: f64) -> Self {
        let capacity = per_minute / 60.0 * burst_seconds;
        let level = Mutex::new((capacity, Instant::now()));
        Self { per_minute, capacity, level, served: Mutex::default(), refused: Mutex::default() }
    }

    /// Serves or refuses one request that arrives now.
    fn ask(&self, start: Instant) -> (bool, RateHint) {
        let mut level = self.level.lock().expect("not poisoned");
        let gained = level.1.elapsed().as_secs_f64() * self.per_minute / 60.0;
        *level = ((level.0 + gained).min(self.capacity), Instant::now());
        let served = level.0 >= 1.0;
        if served {
            level.0 -= 1.0;
            self.served.lock().expect("not poisoned").push(start.elapsed().as_secs_f64());
        } else {
            *self.refused.lock().expect("not poisoned") += 1;
        }
        let reset = (self.capacity - level.0) / self.per_minute * 60.0;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "small and positive")]
        let requests = Allowance {
            limit: Some(self.per_minute as u64),
            remaining: Some(level.0 as u64),
            reset: Some(Duration::from_secs_f64(reset)),
            by_the_minute: false,
        };
        (served, RateHint { requests, ..RateHint::default() })
    }

    /// Calls without end for this long, refused ones again after a wait; (share of the allowance used in the steady
    /// state, share of requests refused).
    async fn under(&self, limiter: &Limiter, seconds: f64) -> (f64, f64) {
        let start = Instant::now();
        let client = |n: u64| async move {
            while start.elapsed().as_secs_f64() < seconds {
                let admission = limiter.admit(of(100)).await.expect("no long pause");
                sleep(Duration::from_millis(150 + n % 7 * 15)).await;
                let (served, hint) = self.ask(start);
                limiter.learn(&hint);
                admission.settle(of(100), if served { LoadSignal::Well } else { LoadSignal::TooMuch });
                if !served {
                    limiter.pause(Duration::from_millis(50));
                    sleep(Duration::from_millis(500)).await;
                }
            }
        };
        join_all((0..64).map(client)).await;
        let served = self.served.lock().expect("not poisoned");
        // The first seconds spend what the server's bucket held.
        let steady = served.iter().filter(|at| (10.0..seconds).contains(*at)).count() as f64;
        let refused = *self.refused.lock().expect("not poisoned") as f64;
        (steady / (self.per_minute * (seconds - 10.0) / 60.0), refused / (refused + served.len() as f64))
    }
}

#[tokio::test(start_paused = true)]
async fn a_stated_limit_is_used_to_99_percent_without_a_refusal() {
    for (per_minute, burst_seconds) in [(600, 60.0), (1_200, 1.0)] {
        let server = Server::new(f64::from(per_minute), burst_seconds);
        let (used, refused) = server.under(&limiter(per_minute, 0, 64), 120.0).await;
        assert!(used >= 0.99 && refused == 0.0, "{per_minute}: used {used}, refused {refused}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_limit_that_must_be_learned_is_used_to_95_percent_with_few_refusals() {
    // Enforced by the second, whatever is in flight before the first reply is refused beyond a second's worth.
    for (per_minute, burst_seconds, concurrency) in [(600, 60.0, 64), (1_200, 1.0, 16), (1_200, 5.0, 64)] {
        let server = Server::new(f64::from(per_minute), burst_seconds);
        let limiter = limiter(0, 0, concurrency);
        let (used, refused) = server.under(&limiter, 120.0).await;
        assert!(used >= 0.95 && refused <= 0.01, "{per_minute}: used {used}, refused {refused}");
        assert_eq!(limiter.in_force().requests_per_minute, Some(f64::from(per_minute)));
    }
}

#[tokio::test(start_paused = true)]
async fn a_stated_limit_above_the_servers_is_corrected() {
    let server = Server::new(600.0, 2.0);
    let limiter = limiter(6_000, 0, 16);
    let (used, refused) = server.under(&limiter, 120.0).await;
    assert!(used >= 0.95 && refused <= 0.01, "used {used}, refused {refused}");
}

#[tokio::test(start_paused = true)]
async fn a_window_that_is_used_up_is_waited_out() {
    let limiter = limiter(0, 0, 10);
    let used_up = Allowance {
        limit: Some(1_000),
        remaining: Some(0),
        reset: Some(Duration::from_secs(20)),
        by_the_minute: true,
    };
    limiter.learn(&RateHint { tokens: used_up, ..RateHint::default() });
    let times = admitted(&limiter, 1, 1, 1).await;
    assert!(times[0] >= 20.0, "{times:?}");
}
