//! Compares one figure with one limit, and estimates how much more data would settle an inconclusive result.

use super::{CheckedCriterion, GateOutcome};
use crate::analysis::phrase;
use crate::stats::Estimate;

/// A limit on a figure.
#[derive(Clone, Copy)]
pub(in crate::analysis) enum FigureLimit {
    Below(f64),
    AtMost(f64),
    AtLeast(f64),
    Within(f64),
    /// Both ends are included.
    Between(f64, f64),
}

impl FigureLimit {
    fn words(self) -> String {
        match self {
            Self::Below(limit) => format!("below {limit}"),
            Self::AtMost(limit) => format!("at most {limit}"),
            Self::AtLeast(limit) => format!("at least {limit}"),
            Self::Within(limit) => format!("within -{limit} to {limit}"),
            Self::Between(low, high) => format!("from {low} to {high}"),
        }
    }

    fn holds(self, value: f64) -> bool {
        match self {
            Self::Below(limit) => value < limit,
            Self::AtMost(limit) => value <= limit,
            Self::AtLeast(limit) => value >= limit,
            Self::Within(limit) => value.abs() < limit,
            Self::Between(low, high) => value >= low && value <= high,
        }
    }

    /// Pass if every value of the interval is allowed, fail if none is, otherwise inconclusive.
    fn decide(self, low: f64, high: f64) -> GateOutcome {
        let beyond = match self {
            Self::Within(limit) => low >= limit || high <= -limit,
            Self::Between(least, most) => low > most || high < least,
            _ => !self.holds(low) && !self.holds(high),
        };
        if self.holds(low) && self.holds(high) {
            GateOutcome::Pass
        } else if beyond {
            GateOutcome::Fail
        } else {
            GateOutcome::Inconclusive
        }
    }

    /// Distance of a value from the nearest limit, and the length of the interval toward that limit.
    fn reach(self, value: f64, low: f64, high: f64) -> (f64, f64) {
        match self {
            Self::Below(limit) | Self::AtMost(limit) | Self::AtLeast(limit) if value <= limit => {
                (limit - value, high - value)
            }
            Self::Below(limit) | Self::AtMost(limit) | Self::AtLeast(limit) => (value - limit, value - low),
            // Both limits count, so the interval must fit on the side with less room.
            Self::Within(limit) if value.abs() < limit && value >= 0.0 => (limit - value, high - value),
            Self::Within(limit) if value.abs() < limit => (limit + value, value - low),
            Self::Within(limit) if value > 0.0 => (value - limit, value - low),
            Self::Within(limit) => (-limit - value, high - value),
            Self::Between(least, _) if value < least => (least - value, high - value),
            Self::Between(_, most) if value > most => (value - most, value - low),
            Self::Between(least, most) if most - value <= value - least => (most - value, high - value),
            Self::Between(least, _) => (value - least, value - low),
        }
    }
}

/// Checks one figure against its limit.
pub(in crate::analysis) fn check(
    criterion: &str,
    judge: &str,
    subject: &str,
    value: &Estimate,
    limit: FigureLimit,
) -> CheckedCriterion {
    let mut checked = CheckedCriterion {
        criterion: criterion.to_owned(),
        judge: judge.to_owned(),
        subject: subject.to_owned(),
        value: value.clone(),
        limit: limit.words(),
        outcome: GateOutcome::Inconclusive,
        because: String::new(),
        settle: None,
    };
    match (value.value(), value.interval()) {
        (Err(reason), _) | (Ok(_), Err(reason)) => {
            checked.undecided(format!("undefined: {}", phrase::reason(reason)), "ratings that define it");
        }
        (Ok(value), Ok(interval)) => {
            let (low, high) = (interval.low(), interval.high());
            checked.outcome = limit.decide(low, high);
            match checked.outcome {
                GateOutcome::Pass => {}
                GateOutcome::Fail => {
                    "the whole interval lies beyond the limit".clone_into(&mut checked.because);
                }
                GateOutcome::Inconclusive => {
                    let settle = settled_by(limit.reach(value, low, high), checked.value.n_units());
                    checked.undecided("the interval reaches the limit".to_owned(), &settle);
                }
            }
        }
    }
    checked
}

/// How many more units would make the interval short enough, if spread and value stay the same: its length decreases
/// with the square root of their number.
fn settled_by((distance, half): (f64, f64), n: usize) -> String {
    let factor = (half / distance).powi(2);
    if !factor.is_finite() || factor > 50.0 {
        return "the value lies at the limit: more of the same data are unlikely to settle it".to_owned();
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "at most fifty times a count"
    )]
    let wanted = (factor * n as f64).ceil() as usize;
    format!("about {wanted} units in place of {n}, if value and spread stay as they are")
}

impl CheckedCriterion {
    /// Marks the criterion inconclusive, with the reason and the data that would settle it.
    pub(super) fn undecided(&mut self, because: String, settle: &str) {
        self.outcome = GateOutcome::Inconclusive;
        self.because = because;
        self.settle = Some(settle.to_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::{Interval, Undefined};

    fn estimate(low: f64, value: f64, high: f64) -> Estimate {
        Estimate::ok(value).with_interval(Interval::new(low, high, 0.95, "test")).with_counts(25, 3, 0)
    }

    fn outcome(low: f64, value: f64, high: f64, limit: FigureLimit) -> (GateOutcome, Option<String>) {
        let checked = check("c", "J", "total", &estimate(low, value, high), limit);
        (checked.outcome, checked.settle)
    }

    #[test]
    fn only_a_whole_interval_decides() {
        use GateOutcome::{Fail, Inconclusive, Pass};
        assert_eq!(outcome(-1.0, 0.0, 2.9, FigureLimit::Below(3.0)), (Pass, None));
        assert_eq!(outcome(3.0, 4.0, 5.0, FigureLimit::Below(3.0)).0, Fail);
        assert_eq!(outcome(-2.0, 1.0, 4.0, FigureLimit::Below(3.0)).0, Inconclusive);
        assert_eq!(outcome(0.0, 0.0, 0.05, FigureLimit::AtMost(0.05)).0, Pass);
        assert_eq!(outcome(0.91, 0.95, 0.99, FigureLimit::AtLeast(0.9)).0, Pass);
        assert_eq!(outcome(-3.5, -2.0, -0.5, FigureLimit::Within(3.0)).0, Inconclusive);
        assert_eq!(outcome(-6.0, -5.0, -4.0, FigureLimit::Within(3.0)).0, Fail);
        assert_eq!(outcome(-4.0, 0.0, 4.0, FigureLimit::Within(3.0)).0, Inconclusive);
    }

    #[test]
    fn what_would_settle_it_grows_with_the_square_of_the_missing_precision() {
        // The upper limit reaches twice as far as the margin: four times the sessions.
        let (_, settle) = outcome(-3.0, 1.0, 5.0, FigureLimit::Below(3.0));
        assert_eq!(
            settle.as_deref(),
            Some("about 100 units in place of 25, if value and spread stay as they are")
        );
        let (_, settle) = outcome(-1.0, 3.0, 7.0, FigureLimit::Below(3.0));
        assert!(settle.is_some_and(|text| text.contains("lies at the limit")));
    }

    #[test]
    fn between_counts_both_ends_and_fails_beyond_either() {
        let limit = FigureLimit::Between(0.3, 0.7);
        for (low, value, high, expected) in [
            (0.3, 0.5, 0.7, GateOutcome::Pass),
            (0.2, 0.5, 0.7, GateOutcome::Inconclusive),
            (0.71, 0.8, 0.9, GateOutcome::Fail),
            (0.1, 0.2, 0.29, GateOutcome::Fail),
        ] {
            assert_eq!(outcome(low, value, high, limit).0, expected, "{value}");
        }
        // The side with less room decides how many more are needed: twice as far as it reaches.
        let (_, settle) = outcome(0.2, 0.4, 0.6, limit);
        assert!(settle.is_some_and(|text| text.starts_with("about 100 units in place of 25")));
    }

    #[test]
    fn what_is_undefined_decides_nothing_and_says_why() {
        let checked =
            check("c", "J", "total", &Estimate::undefined(Undefined::ConstantRater), FigureLimit::Below(3.0));
        assert_eq!(checked.outcome, GateOutcome::Inconclusive);
        assert_eq!(checked.because, "undefined: one rater gave a single score throughout");
    }
}
