//! Reads what response headers say about a server's limits: how much is allowed, how much is left, when it is back.

use std::time::{Duration, SystemTime};

/// A window much longer than a minute is a quota of a day, not a pace.
const LONGEST_PACE: f64 = 600.0;
/// From here on a reset is the time in which an empty bucket of a minute fills up, not the end of a window.
const REFILL: Duration = Duration::from_secs(54);

/// What a server says of one of its limits. Every part may be absent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Allowance {
    /// Most in a window.
    pub limit: Option<u64>,
    /// What is left of it.
    pub remaining: Option<u64>,
    /// When all of it is back.
    pub reset: Option<Duration>,
    /// True when the window is known to be a minute.
    pub by_the_minute: bool,
}

/// What one response says of all limits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RateHint {
    /// Requests.
    pub requests: Allowance,
    /// Prompt and generated tokens together.
    pub tokens: Allowance,
    /// Prompt tokens.
    pub input_tokens: Allowance,
    /// Generated tokens.
    pub output_tokens: Allowance,
}

impl Allowance {
    /// What may be used per minute; none where nothing is said, or where the window is that of an hour or a day.
    ///
    /// `OpenAI` and its imitators do not say how long the window is, and some mean a day. Where a bucket refills
    /// steadily, the part that is used and the time until it is full tell.
    pub fn per_minute(&self) -> Option<u64> {
        let limit = self.limit.filter(|limit| *limit > 0)?;
        let window = || {
            let used = limit.checked_sub(self.remaining?).filter(|used| *used > 0)?;
            Some(self.reset?.as_secs_f64() * limit as f64 / used as f64)
        };
        let is_pace = self.by_the_minute || window().is_none_or(|window| window <= LONGEST_PACE);
        is_pace.then_some(limit)
    }

    /// How long nothing more is to be sent because nothing is left.
    pub fn exhausted(&self) -> Option<Duration> {
        let reset = self.reset.filter(|_| self.remaining == Some(0))?;
        match self.limit {
            // One more is back long before all of it.
            Some(limit) if reset >= REFILL && limit > 0 => Some(reset.div_f64(limit as f64)),
            _ => Some(reset),
        }
    }
}

impl RateHint {
    /// Reads the `x-ratelimit-*` and `anthropic-ratelimit-*` headers of a response seen at `now`. What cannot be read
    /// counts as not said.
    pub fn read<'h>(header: impl Fn(&str) -> Option<&'h str>, now: SystemTime) -> Self {
        let openai = |what: &str| Allowance {
            limit: header(&format!("x-ratelimit-limit-{what}")).and_then(count),
            remaining: header(&format!("x-ratelimit-remaining-{what}")).and_then(count),
            reset: header(&format!("x-ratelimit-reset-{what}")).and_then(duration),
            by_the_minute: false,
        };
        let anthropic = |what: &str| Allowance {
            limit: header(&format!("anthropic-ratelimit-{what}-limit")).and_then(count),
            remaining: header(&format!("anthropic-ratelimit-{what}-remaining")).and_then(count),
            reset: header(&format!("anthropic-ratelimit-{what}-reset")).and_then(|text| until(text, now)),
            by_the_minute: true,
        };
        let either = |what: &str| {
            let said = anthropic(what);
            if said.limit.is_some() || said.remaining.is_some() { said } else { openai(what) }
        };
        Self {
            requests: either("requests"),
            tokens: either("tokens"),
            input_tokens: either("input-tokens"),
            output_tokens: either("output-tokens"),
        }
    }

    /// The longest of the waits that used-up limits ask for.
    pub fn exhausted(&self) -> Option<Duration> {
        [&self.requests, &self.tokens, &self.input_tokens, &self.output_tokens]
            .into_iter()
            .filter_map(Allowance::exhausted)
            .max()
    }
}

fn count(text: &str) -> Option<u64> {
    text.trim().parse().ok()
}

/// `6m0s`, `1.5s`, `20ms`, `1h2m3s`; a bare number is seconds.
fn duration(text: &str) -> Option<Duration> {
    let text = text.trim();
    let seconds = |value: f64| (value >= 0.0).then(|| Duration::try_from_secs_f64(value).ok()).flatten();
    if let Ok(value) = text.parse() {
        return seconds(value);
    }
    let mut rest = text;
    let mut total = 0.0;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, tail) = rest.split_at(digits);
        let unit = tail.find(|c: char| c.is_ascii_digit()).unwrap_or(tail.len());
        let (unit, after) = tail.split_at(unit);
        let factor = match unit {
            "d" => 86_400.0,
            "h" => 3_600.0,
            "m" => 60.0,
            "s" => 1.0,
            "ms" => 1e-3,
            "us" | "µs" => 1e-6,
            "ns" => 1e-9,
            _ => return None,
        };
        total += number.parse::<f64>().ok()? * factor;
        rest = after;
    }
    seconds(total).filter(|_| !text.is_empty())
}

/// The time from now to a moment in RFC 3339; a moment that is over is no time.
fn until(text: &str, now: SystemTime) -> Option<Duration> {
    let moment = humantime::parse_rfc3339_weak(text.trim()).ok()?;
    Some(moment.duration_since(now).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hint(headers: &[(&str, &str)]) -> RateHint {
        let now = humantime::parse_rfc3339("2026-11-05T10:00:00Z").expect("a moment");
        RateHint::read(
            |wanted| headers.iter().find(|(name, _)| *name == wanted).map(|(_, value)| *value),
            now,
        )
    }

    #[test]
    fn durations_are_read_as_servers_write_them() {
        let cases = [
            ("6m0s", Some(360_000)),
            ("1s", Some(1_000)),
            ("20ms", Some(20)),
            ("2m59.56s", Some(179_560)),
            ("1h0m1s", Some(3_601_000)),
            ("0", Some(0)),
            ("1.5", Some(1_500)),
            ("", None),
            ("soon", None),
            ("5", Some(5_000)),
            ("5x", None),
            ("s", None),
            ("-1s", None),
            ("1e400", None),
        ];
        for (text, milliseconds) in cases {
            assert_eq!(duration(text).map(|d| d.as_millis()), milliseconds, "{text}");
        }
    }

    #[test]
    fn openai_headers() {
        let hint = hint(&[
            ("x-ratelimit-limit-requests", "600"),
            ("x-ratelimit-remaining-requests", "599"),
            ("x-ratelimit-reset-requests", "100ms"),
            ("x-ratelimit-limit-tokens", "200000"),
            ("x-ratelimit-remaining-tokens", "0"),
            ("x-ratelimit-reset-tokens", "6s"),
        ]);
        assert_eq!((hint.requests.per_minute(), hint.tokens.per_minute()), (Some(600), Some(200_000)));
        assert_eq!(hint.input_tokens, Allowance::default());
        assert_eq!(hint.exhausted(), Some(Duration::from_secs(6)));
    }

    #[test]
    fn anthropic_headers_tell_input_from_output() {
        let hint = hint(&[
            ("anthropic-ratelimit-requests-limit", "4000"),
            ("anthropic-ratelimit-requests-remaining", "3999"),
            ("anthropic-ratelimit-requests-reset", "2026-11-05T10:00:01Z"),
            ("anthropic-ratelimit-input-tokens-limit", "400000"),
            ("anthropic-ratelimit-input-tokens-remaining", "399000"),
            ("anthropic-ratelimit-output-tokens-limit", "80000"),
            ("anthropic-ratelimit-output-tokens-remaining", "0"),
            ("anthropic-ratelimit-output-tokens-reset", "2026-11-05T10:00:12Z"),
        ]);
        assert_eq!(hint.requests.per_minute(), Some(4_000), "rounded resets do not make a minute a day");
        assert_eq!(hint.input_tokens.per_minute(), Some(400_000));
        assert_eq!(hint.output_tokens.exhausted(), Some(Duration::from_secs(12)));
    }

    #[test]
    fn a_quota_of_a_day_is_not_a_pace() {
        let allowance = |remaining, reset| Allowance {
            limit: Some(14_400),
            remaining: Some(remaining),
            reset: Some(Duration::from_secs_f64(reset)),
            by_the_minute: false,
        };
        assert_eq!(allowance(14_370, 179.56).per_minute(), None);
        assert_eq!(allowance(14_370, 0.125).per_minute(), Some(14_400));
        assert_eq!(allowance(14_400, 0.0).per_minute(), Some(14_400), "nothing is used yet");
    }

    #[test]
    fn an_empty_bucket_is_waited_for_only_until_one_more_is_there() {
        let allowance = |reset| Allowance {
            limit: Some(600),
            remaining: Some(0),
            reset: Some(Duration::from_secs(reset)),
            by_the_minute: false,
        };
        assert_eq!(allowance(60).exhausted(), Some(Duration::from_millis(100)));
        assert_eq!(allowance(20).exhausted(), Some(Duration::from_secs(20)), "a window that ends then");
        assert_eq!(Allowance { remaining: Some(1), ..allowance(20) }.exhausted(), None);
    }
}
