//! State of a running run: stages, rates against limits, faults, money, time left. Pure: the time is passed in, and
//! nothing is printed.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
    time::Duration,
};

use serde::Serialize;

use crate::{
    domain::{Price, Usd},
    execute::{AnswerSource, Event, InForce},
};

/// Period over which rates are computed, in seconds.
const WINDOW: u64 = 60;
/// Time before which no estimate of the time left is given.
const FIRST_GUESS: Duration = Duration::from_secs(5);

/// Expected work of a run.
#[derive(Debug, Clone, Default)]
pub(in crate::cli) struct WorkForecast {
    /// Number of calls that write counselor turns, rate items, check flags, grade coherence.
    pub(in crate::cli) calls: [u64; 4],
    /// Their expected cost; `None` if a price is unknown or nothing costs money.
    pub(in crate::cli) cost: Option<Usd>,
    /// Prices by model id.
    pub(in crate::cli) prices: BTreeMap<String, Price>,
}

/// Names of the stages, in the order in which a session passes them.
const STAGES: [&str; 4] = ["turns", "ratings", "flags", COHERENCE];
/// Name of a stage that most runs do not have.
const COHERENCE: &str = "coherence";

/// State so far.
#[derive(Debug, Default)]
pub(super) struct Meter {
    expected: WorkForecast,
    done: [u64; 4],
    from_ledger: u64,
    failed: u64,
    retried: u64,
    rate_limited: u64,
    spent: Usd,
    endpoints: BTreeMap<Arc<str>, Traffic>,
    /// Number of calls answered, by second.
    answered: Window,
}

#[derive(Debug, Default)]
struct Traffic {
    in_flight: u64,
    requests: Window,
    tokens: Window,
    limits: InForce,
}

/// Values of the last minute, summed by second.
#[derive(Debug, Default)]
struct Window(VecDeque<(u64, u64)>);

impl Window {
    fn add(&mut self, second: u64, amount: u64) {
        match self.0.back_mut() {
            Some((last, sum)) if *last == second => *sum = sum.saturating_add(amount),
            _ => self.0.push_back((second, amount)),
        }
        while self.0.front().is_some_and(|(first, _)| first + WINDOW <= second) {
            self.0.pop_front();
        }
    }

    fn sum(&self, second: u64) -> u64 {
        let lately = self.0.iter().filter(|(at, _)| at + WINDOW > second);
        lately.fold(0, |sum, (_, amount)| sum.saturating_add(*amount))
    }
}

/// Snapshot of a run, for display.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct MeterView {
    pub(super) stages: Vec<StageView>,
    pub(super) from_ledger: u64,
    pub(super) failed: u64,
    pub(super) retried: u64,
    pub(super) rate_limited: u64,
    pub(super) in_flight: u64,
    pub(super) endpoints: Vec<EndpointView>,
    pub(super) spent_usd: Option<Usd>,
    pub(super) forecast_usd: Option<Usd>,
    pub(super) seconds_left: Option<u64>,
}

/// Progress of one stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(super) struct StageView {
    pub(super) stage: &'static str,
    pub(super) done: u64,
    pub(super) expected: u64,
}

/// Rates of one endpoint over the last minute.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct EndpointView {
    pub(super) endpoint: String,
    pub(super) in_flight: u64,
    pub(super) concurrency: u32,
    pub(super) requests: u64,
    pub(super) requests_per_minute: Option<f64>,
    pub(super) tokens: u64,
    pub(super) tokens_per_minute: Option<f64>,
}

impl Meter {
    pub(super) fn new(expected: WorkForecast) -> Self {
        Self { expected, ..Self::default() }
    }

    /// Number of calls answered, including failed ones, and number expected.
    pub(super) fn answered(&self) -> (u64, u64) {
        (self.done.iter().sum(), self.expected.calls.iter().sum())
    }

    /// Adds an event that happened `at` this time since the start.
    pub(super) fn absorb(&mut self, at: Duration, event: &Event) {
        let second = at.as_secs();
        match event {
            Event::CallStarted { .. }
            | Event::Queued { .. }
            | Event::RateLimited { .. }
            | Event::Damaged { .. }
            | Event::Unusable { .. }
            | Event::Batch { .. } => {}
            Event::CallFinished { subject, source, cost, .. } => {
                self.done[stage(&subject.purpose)] += 1;
                if matches!(source, AnswerSource::Ledger) {
                    self.from_ledger += 1;
                    return;
                }
                self.answered.add(second, 1);
                self.spent += cost.unwrap_or_default();
            }
            Event::CallFailed { subject, .. } => {
                self.done[stage(&subject.purpose)] += 1;
                self.failed += 1;
            }
            Event::Retried { .. } => self.retried += 1,
            Event::Sent { endpoint, limits } => {
                let traffic = self.endpoints.entry(Arc::clone(endpoint)).or_default();
                traffic.in_flight += 1;
                traffic.requests.add(second, 1);
                traffic.limits = *limits;
            }
            Event::Landed { endpoint, tokens, rate_limited } => {
                let traffic = self.endpoints.entry(Arc::clone(endpoint)).or_default();
                traffic.in_flight = traffic.in_flight.saturating_sub(1);
                traffic.tokens.add(second, *tokens);
                self.rate_limited += u64::from(*rate_limited);
            }
        }
    }

    /// Snapshot at this time since the start.
    pub(super) fn view(&self, at: Duration) -> MeterView {
        let second = at.as_secs();
        let stages = STAGES.into_iter().zip(self.done.into_iter().zip(self.expected.calls));
        let priced = !self.expected.prices.is_empty();
        MeterView {
            stages: stages
                .map(|(stage, (done, expected))| StageView { stage, done, expected })
                .filter(|view| view.stage != COHERENCE || view.done + view.expected > 0)
                .collect(),
            from_ledger: self.from_ledger,
            failed: self.failed,
            retried: self.retried,
            rate_limited: self.rate_limited,
            in_flight: self.endpoints.values().map(|traffic| traffic.in_flight).sum(),
            endpoints: self.endpoints.iter().map(|(id, traffic)| traffic.view(id, second)).collect(),
            spent_usd: priced.then_some(self.spent),
            forecast_usd: self.expected.cost,
            seconds_left: self.left(at),
        }
    }

    /// Estimated seconds left at the pace of the last minute; `None` before there is one.
    fn left(&self, at: Duration) -> Option<u64> {
        let (done, expected) = self.answered();
        let lately = self.answered.sum(at.as_secs());
        if at < FIRST_GUESS || lately == 0 {
            return None;
        }
        let over = at.as_secs().clamp(1, WINDOW);
        Some(expected.saturating_sub(done) * over / lately)
    }
}

impl Traffic {
    fn view(&self, id: &str, second: u64) -> EndpointView {
        EndpointView {
            endpoint: id.to_owned(),
            in_flight: self.in_flight,
            concurrency: self.limits.concurrency,
            requests: self.requests.sum(second),
            requests_per_minute: self.limits.requests_per_minute,
            tokens: self.tokens.sum(second),
            tokens_per_minute: self.limits.tokens_per_minute,
        }
    }
}

fn stage(purpose: &str) -> usize {
    match purpose {
        "turn" | "align" => 0,
        "flags" => 2,
        COHERENCE => 3,
        _ => 1,
    }
}

impl MeterView {
    /// Everything except the stages, in one line.
    pub(super) fn status(&self) -> String {
        let mut parts = Vec::new();
        if !self.endpoints.is_empty() {
            parts.push(format!("{} in flight", self.in_flight));
        }
        parts.extend(self.endpoints.iter().map(EndpointView::status));
        for (count, what) in [(self.rate_limited, "x 429"), (self.retried, "retried")] {
            if count > 0 {
                parts.push(format!("{count} {what}"));
            }
        }
        parts.push(format!("{} failed", self.failed));
        match (self.spent_usd, self.forecast_usd) {
            (Some(spent), Some(forecast)) => parts.push(format!("{spent} of about {forecast}")),
            (Some(spent), None) => parts.push(spent.to_string()),
            (None, _) => {}
        }
        parts.extend(self.seconds_left.map(|seconds| format!("{} left", span(seconds))));
        parts.join(", ")
    }
}

impl EndpointView {
    fn status(&self) -> String {
        let of = |count: u64, limit: Option<f64>, what: &str| match limit {
            Some(limit) => format!("{count}/{limit:.0} {what}/min"),
            None => format!("{count} {what}/min"),
        };
        format!(
            "{} {} {}",
            self.endpoint,
            of(self.requests, self.requests_per_minute, "requests"),
            of(self.tokens, self.tokens_per_minute, "tokens")
        )
    }
}

fn span(seconds: u64) -> String {
    match seconds {
        0..=99 => format!("{seconds} s"),
        100..=7_199 => format!("{} min", seconds.div_ceil(60)),
        _ => format!("{} h {} min", seconds / 3_600, seconds % 3_600 / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::execute::Subject;

    fn price() -> Price {
        Price {
            model: "lab/m".into(),
            input: 1.0,
            cached_input: None,
            cache_write: None,
            output: 10.0,
            batch: None,
            flex: None,
            long_context: None,
            as_of: "2026-11-26".into(),
            source: "invented".into(),
        }
    }

    fn meter() -> Meter {
        Meter::new(WorkForecast {
            calls: [10, 100, 0, 0],
            cost: Usd::from_dollars(2.0),
            prices: BTreeMap::from([("m".to_owned(), price())]),
        })
    }

    fn blank<T: Default>() -> T {
        T::default()
    }

    fn finished(purpose: &str, generated: u64) -> Event {
        let subject = Subject { model: "m".into(), purpose: purpose.into() };
        let source = AnswerSource::Call { attempts: 1, latency: Duration::ZERO };
        let cost = Usd::from_dollars(generated as f64 * 10.0 / 1e6);
        let mut event = Event::CallFinished { subject, source, usage: blank(), cost, told: None };
        if let Event::CallFinished { usage, .. } = &mut event {
            usage.completion_tokens = Some(generated);
        }
        event
    }

    #[test]
    fn a_run_under_way_in_one_line() {
        let mut meter = meter();
        let endpoint: Arc<str> = "lab".into();
        let limits = InForce { requests_per_minute: Some(600.0), tokens_per_minute: None, concurrency: 4 };
        for second in 0..20 {
            let at = Duration::from_secs(second);
            meter.absorb(at, &Event::Sent { endpoint: Arc::clone(&endpoint), limits });
            let landed =
                Event::Landed { endpoint: Arc::clone(&endpoint), tokens: 50, rate_limited: second == 3 };
            meter.absorb(at, &landed);
            meter.absorb(at, &finished(if second < 5 { "turn" } else { "rating" }, 10_000));
        }
        meter.absorb(Duration::from_secs(20), &Event::Sent { endpoint, limits });
        let view = meter.view(Duration::from_secs(20));
        let done: Vec<(u64, u64)> = view.stages.iter().map(|stage| (stage.done, stage.expected)).collect();
        assert_eq!(done, [(5, 10), (15, 100), (0, 0)]);
        assert_eq!(
            view.status(),
            "1 in flight, lab 21/600 requests/min 1000 tokens/min, 1 x 429, 0 failed, 2.00 USD of about 2.00 USD, 90 s left"
        );
        let later = meter.view(Duration::from_secs(75));
        assert_eq!(later.endpoints[0].requests, 5, "only the last minute counts");
    }

    #[test]
    fn nothing_is_guessed_from_nothing() {
        let view = meter().view(Duration::from_mins(1));
        assert_eq!(view.seconds_left, None);
        assert_eq!(
            Meter::new(WorkForecast::default()).view(Duration::ZERO).spent_usd,
            None,
            "no price, no sum"
        );
        assert_eq!((span(99), span(601), span(7_260)), ("99 s".into(), "11 min".into(), "2 h 1 min".into()));
    }
}
