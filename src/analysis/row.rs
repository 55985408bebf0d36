//! Owns the tidy row: one statistic with everything that identifies it, the unit of `estimates.csv`.

use serde::{Deserialize, Serialize};

use crate::stats::{Estimate, Interval, Undefined};

/// The columns of `estimates.csv`, in order.
pub const COLUMNS: [&str; 24] = [
    "family",
    "statistic",
    "item",
    "arm",
    "condition",
    "contrast",
    "judge",
    "raters",
    "reference",
    "value",
    "se",
    "ci_low",
    "ci_high",
    "ci_level",
    "ci_method",
    "ci_status",
    "p",
    "p_adjusted",
    "adjust",
    "n",
    "n_dropped",
    "n_out_of_scale",
    "status",
    "reason",
];

/// `ok`, or `undefined` with a reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// There is a value.
    Ok,
    /// There is none, and the reason says why.
    Undefined,
}

impl Status {
    /// The word used in tables.
    pub fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Undefined => "undefined",
        }
    }
}

/// What identifies an estimate. An empty field means "not split by this": an empty arm is all arms together.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Key {
    /// Which question: `agreement`, `ceiling`, `bias_by_arm` and so on.
    pub family: String,
    /// Statistic id.
    pub statistic: String,
    /// Item id, `total`, `total_complete` or `pooled`.
    pub item: String,
    /// Arm.
    pub arm: String,
    /// Condition.
    pub condition: String,
    /// What is compared with what, such as `a.p.replay - original`.
    pub contrast: String,
    /// The judge concerned.
    pub judge: String,
    /// Rater ids joined by `+`, in the order used.
    pub raters: String,
    /// A rater id or `mean(C1|C2)`.
    pub reference: String,
}

impl Key {
    /// A key of this family; the other fields are filled by the `with` functions or by field.
    pub fn of(family: &str) -> Self {
        Self { family: family.to_owned(), ..Self::default() }
    }

    /// The same key for another statistic.
    pub fn statistic(&self, statistic: &str) -> Self {
        Self { statistic: statistic.to_owned(), ..self.clone() }
    }

    /// The same key for another item.
    pub fn item(&self, item: &str) -> Self {
        Self { item: item.to_owned(), ..self.clone() }
    }
}

/// One row of the tidy table. Value and limits are finite or absent, never NaN.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EstimateRow {
    /// What it is.
    #[serde(flatten)]
    pub key: Key,
    /// The value.
    pub value: Option<f64>,
    /// Standard error.
    pub se: Option<f64>,
    /// Lower limit.
    pub ci_low: Option<f64>,
    /// Upper limit.
    pub ci_high: Option<f64>,
    /// Nominal coverage.
    pub ci_level: Option<f64>,
    /// How the interval was made.
    pub ci_method: String,
    /// Whether there is an interval; empty where the statistic has none by its nature.
    pub ci_status: Status,
    /// p value.
    pub p: Option<f64>,
    /// p value adjusted within its family.
    pub p_adjusted: Option<f64>,
    /// How it was adjusted.
    pub adjust: String,
    /// Units used.
    pub n: usize,
    /// Units left out for missing values.
    pub n_dropped: usize,
    /// Scores left out because they are outside the scale.
    pub n_out_of_scale: usize,
    /// Whether there is a value.
    pub status: Status,
    /// Why there is no value, or, with a value, why there is no interval.
    pub reason: Option<Undefined>,
}

impl EstimateRow {
    /// The row of an estimate.
    pub fn new(key: Key, estimate: &Estimate) -> Self {
        let interval = estimate.interval();
        let limits = interval.as_ref().ok();
        Self {
            key,
            value: estimate.value().ok(),
            se: estimate.se(),
            ci_low: limits.map(|i| i.low()),
            ci_high: limits.map(|i| i.high()),
            ci_level: limits.map(|i| i.level()),
            ci_method: limits.map(|i| i.method().to_owned()).unwrap_or_default(),
            ci_status: if interval.is_ok() { Status::Ok } else { Status::Undefined },
            p: estimate.p(),
            p_adjusted: None,
            adjust: String::new(),
            n: estimate.n_units(),
            n_dropped: estimate.n_dropped(),
            n_out_of_scale: 0,
            status: if estimate.value().is_ok() { Status::Ok } else { Status::Undefined },
            reason: estimate.value().err().or(interval.err()),
        }
    }

    /// The same row with the count of scores outside the scale.
    pub fn with_out_of_scale(mut self, count: usize) -> Self {
        self.n_out_of_scale = count;
        self
    }

    /// The same row with an adjusted p value.
    pub fn with_adjusted(mut self, p: Option<f64>, method: &str) -> Self {
        if p.is_some() {
            method.clone_into(&mut self.adjust);
        }
        self.p_adjusted = p;
        self
    }

    /// The estimate this row was made of.
    pub fn estimate(&self) -> Estimate {
        let reason = self.reason.unwrap_or(Undefined::NotApplicable);
        let interval = match (self.ci_low, self.ci_high, self.ci_level) {
            (Some(low), Some(high), Some(level)) => Interval::new(low, high, level, &self.ci_method),
            _ => Err(reason),
        };
        let estimate = Estimate::from_result(self.value.ok_or(reason)).with_interval(interval).with_counts(
            self.n,
            0,
            self.n_dropped,
        );
        let estimate = match self.se {
            Some(se) => estimate.with_se(se),
            None => estimate,
        };
        match self.p {
            Some(p) => estimate.with_p(p),
            None => estimate,
        }
    }
}
