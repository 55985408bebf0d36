//! The result of a statistic: a finite value or a typed reason why there is none, with its interval and counts.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Why a value or an interval does not exist. Every report prints these words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Undefined {
    /// Fewer units than the statistic needs.
    TooFewUnits,
    /// Fewer raters than the statistic needs.
    TooFewRaters,
    /// No unit has two values that could be compared.
    NoPairs,
    /// Every value is the same, so agreement cannot be distinguished from chance.
    NoVariance,
    /// One rater gave a single value throughout.
    ConstantRater,
    /// Units do not differ on average, so an F interval has no meaning.
    NoBetweenVariance,
    /// The residual is zero, so an F interval has no width to estimate.
    ZeroResidual,
    /// Too few items have a score to form a total.
    TooFewItems,
    /// Too few labeled units for a correction.
    TooFewLabels,
    /// Values lie outside the declared categories.
    NotCategorical,
    /// The design is incomplete where a complete one is required.
    IncompleteDesign,
    /// The compared rater gave no usable value.
    NoUsableRatings,
    /// The values belong to an older version of the rated text.
    StaleRatings,
    /// The statistic does not apply here, or was not requested.
    NotApplicable,
    /// A word list for the language is missing.
    NoLexiconForLanguage,
    /// No times are known.
    NoTimestamps,
    /// Only a judge that reads meaning can find it, and none was asked.
    NeedsJudge,
}

impl Undefined {
    /// The word used in tables and JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::TooFewUnits => "too_few_units",
            Self::TooFewRaters => "too_few_raters",
            Self::NoPairs => "no_pairs",
            Self::NoVariance => "no_variance",
            Self::ConstantRater => "constant_rater",
            Self::NoBetweenVariance => "no_between_variance",
            Self::ZeroResidual => "zero_residual",
            Self::TooFewItems => "too_few_items",
            Self::TooFewLabels => "too_few_labels",
            Self::NotCategorical => "not_categorical",
            Self::IncompleteDesign => "incomplete_design",
            Self::NoUsableRatings => "no_usable_ratings",
            Self::StaleRatings => "stale_ratings",
            Self::NotApplicable => "not_applicable",
            Self::NoLexiconForLanguage => "no_lexicon_for_language",
            Self::NoTimestamps => "no_timestamps",
            Self::NeedsJudge => "needs_judge",
        }
    }
}

impl fmt::Display for Undefined {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// A two-sided interval with finite limits, low <= high, and the name of the method that made it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    low: f64,
    high: f64,
    level: f64,
    method: String,
}

impl Interval {
    /// An interval, or `NotApplicable` when a limit is not finite.
    ///
    /// # Errors
    /// `NotApplicable` if a limit or the level is not a finite number.
    pub fn new(low: f64, high: f64, level: f64, method: &str) -> Result<Self, Undefined> {
        if !(low.is_finite() && high.is_finite() && level.is_finite()) {
            return Err(Undefined::NotApplicable);
        }
        let (low, high) = if low <= high { (low, high) } else { (high, low) };
        Ok(Self { low, high, level, method: method.to_owned() })
    }

    /// The lower limit.
    pub fn low(&self) -> f64 {
        self.low
    }

    /// The upper limit.
    pub fn high(&self) -> f64 {
        self.high
    }

    /// The nominal coverage, such as 0.95.
    pub fn level(&self) -> f64 {
        self.level
    }

    /// The name of the method.
    pub fn method(&self) -> &str {
        &self.method
    }

    /// True if the interval contains `x`.
    pub fn contains(&self, x: f64) -> bool {
        self.low <= x && x <= self.high
    }
}

/// One statistic: value or reason, standard error, interval or reason, p value and counts.
/// Holds no NaN and no infinity; an undefined value never has an interval.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(into = "Flat", from = "Flat")]
pub struct Estimate {
    value: Result<f64, Undefined>,
    se: Option<f64>,
    interval: Result<Interval, Undefined>,
    p: Option<f64>,
    n_units: usize,
    n_raters: usize,
    n_dropped: usize,
}

impl Estimate {
    /// A defined value; a non-finite one becomes `undefined(not_applicable)`.
    pub fn ok(value: f64) -> Self {
        Self::from_result(if value.is_finite() { Ok(value) } else { Err(Undefined::NotApplicable) })
    }

    /// An undefined value and why.
    pub fn undefined(reason: Undefined) -> Self {
        Self::from_result(Err(reason))
    }

    /// A value or a reason, with no interval yet (`not_applicable`) and zero counts.
    pub fn from_result(value: Result<f64, Undefined>) -> Self {
        let value = value.and_then(|v| if v.is_finite() { Ok(v) } else { Err(Undefined::NotApplicable) });
        let interval = Err(value.err().unwrap_or(Undefined::NotApplicable));
        Self { value, se: None, interval, p: None, n_units: 0, n_raters: 0, n_dropped: 0 }
    }

    /// Sets the standard error; a non-finite or negative one is left out.
    pub fn with_se(mut self, se: f64) -> Self {
        self.se = (self.value.is_ok() && se.is_finite() && se >= 0.0).then_some(se);
        self
    }

    /// Sets the interval or the reason there is none; ignored if the value itself is undefined.
    pub fn with_interval(mut self, interval: Result<Interval, Undefined>) -> Self {
        if self.value.is_ok() {
            self.interval = interval;
        }
        self
    }

    /// Removes standard error and interval, for the given reason.
    pub fn without_spread(mut self, reason: Undefined) -> Self {
        self.se = None;
        self.with_interval(Err(reason))
    }

    /// Sets the p value; a non-finite one is left out, and rounding outside [0, 1] is clamped.
    pub fn with_p(mut self, p: f64) -> Self {
        self.p = (self.value.is_ok() && p.is_finite()).then(|| p.clamp(0.0, 1.0));
        self
    }

    /// Sets the number of units used, raters compared and units dropped for missing values.
    pub fn with_counts(mut self, n_units: usize, n_raters: usize, n_dropped: usize) -> Self {
        self.n_units = n_units;
        self.n_raters = n_raters;
        self.n_dropped = n_dropped;
        self
    }

    /// The value or the reason.
    ///
    /// # Errors
    /// The reason why the value does not exist.
    pub fn value(&self) -> Result<f64, Undefined> {
        self.value
    }

    /// The standard error, if the method has one.
    pub fn se(&self) -> Option<f64> {
        self.se
    }

    /// The interval or the reason.
    ///
    /// # Errors
    /// The reason why the interval does not exist.
    pub fn interval(&self) -> Result<&Interval, Undefined> {
        self.interval.as_ref().map_err(|reason| *reason)
    }

    /// The p value, if the method has one.
    pub fn p(&self) -> Option<f64> {
        self.p
    }

    /// Number of units used.
    pub fn n_units(&self) -> usize {
        self.n_units
    }

    /// Number of raters compared.
    pub fn n_raters(&self) -> usize {
        self.n_raters
    }

    /// Number of units left out for missing values.
    pub fn n_dropped(&self) -> usize {
        self.n_dropped
    }
}

/// The serialized form: `Result` would serialize as `{"Ok": ..}`.
#[derive(Serialize, Deserialize)]
struct Flat {
    #[serde(skip_serializing_if = "Option::is_none", default)]
    value: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    reason: Option<Undefined>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    se: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    interval: Option<Interval>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    interval_reason: Option<Undefined>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    p: Option<f64>,
    n_units: usize,
    /// Absent where a figure has no raters by its nature.
    #[serde(skip_serializing_if = "is_zero", default)]
    n_raters: usize,
    n_dropped: usize,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
fn is_zero(count: &usize) -> bool {
    *count == 0
}

impl From<Estimate> for Flat {
    fn from(e: Estimate) -> Self {
        let interval_reason = e.interval.as_ref().err().copied();
        Self {
            value: e.value.ok(),
            reason: e.value.err(),
            se: e.se,
            interval: e.interval.ok(),
            interval_reason,
            p: e.p,
            n_units: e.n_units,
            n_raters: e.n_raters,
            n_dropped: e.n_dropped,
        }
    }
}

impl From<Flat> for Estimate {
    fn from(f: Flat) -> Self {
        let value = f.value.ok_or(f.reason.unwrap_or(Undefined::NotApplicable));
        let interval = f.interval.ok_or(f.interval_reason.unwrap_or(Undefined::NotApplicable));
        let mut estimate =
            Self::from_result(value).with_interval(interval).with_counts(f.n_units, f.n_raters, f.n_dropped);
        if let Some(se) = f.se {
            estimate = estimate.with_se(se);
        }
        if let Some(p) = f.p {
            estimate = estimate.with_p(p);
        }
        estimate
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_non_finite_value_becomes_a_reason() {
        assert_eq!(Estimate::ok(f64::NAN).value(), Err(Undefined::NotApplicable));
        assert_eq!(Interval::new(0.0, f64::INFINITY, 0.95, "x"), Err(Undefined::NotApplicable));
    }

    #[test]
    fn json_round_trips_and_holds_words() {
        let e = Estimate::ok(0.5)
            .with_se(0.1)
            .with_interval(Interval::new(0.3, 0.7, 0.95, "f"))
            .with_p(0.01)
            .with_counts(10, 3, 1);
        let text = serde_json::to_string(&e).expect("plain data");
        assert_eq!(serde_json::from_str::<Estimate>(&text).expect("own output"), e);
        let u = serde_json::to_string(&Estimate::undefined(Undefined::NoPairs)).expect("plain data");
        assert_eq!(u, r#"{"reason":"no_pairs","interval_reason":"no_pairs","n_units":0,"n_dropped":0}"#);
    }
}
