//! The row: one estimate with everything that identifies it, the unit of `estimates.csv` and of findings.

use serde::{Deserialize, Serialize};

use crate::stats::{Estimate, Interval, Undefined};

/// Number of leading columns that identify a row: the fields of its [`Key`].
pub const KEY_COLUMNS: usize = 9;

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

/// What identifies an estimate. An empty field means "not split by this": an empty arm is all arms together.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct EstimateKey {
    /// Family of the question: `agreement`, `ceiling`, `bias_by_arm` and so on.
    pub family: String,
    /// Statistic id.
    pub statistic: String,
    /// Item id, `total`, `total_complete` or `pooled`.
    pub item: String,
    /// Arm.
    pub arm: String,
    /// Condition.
    pub condition: String,
    /// The compared arms or groups, such as `a.p.replay - original`.
    pub contrast: String,
    /// Id of the judge concerned.
    pub judge: String,
    /// Rater ids joined by `+`, in the order used.
    pub raters: String,
    /// A rater id or `mean(C1|C2)`.
    pub reference: String,
}

impl EstimateKey {
    /// A key of this family with all other fields empty.
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

/// One row of the tidy table: the estimate as the analysis made it, and what identifies it.
#[derive(Debug, Clone, PartialEq)]
pub struct EstimateRow {
    /// What identifies it.
    pub key: EstimateKey,
    /// The estimate, or the reason there is none.
    pub estimate: Estimate,
    /// Name of the test behind the p value, if it does not belong to an interval; otherwise empty.
    pub test: String,
    /// p value adjusted within its family.
    pub p_adjusted: Option<f64>,
    /// Method of the adjustment; empty if not adjusted.
    pub adjust: String,
    /// Number of scores left out because they are outside the scale.
    pub n_out_of_scale: usize,
}

impl EstimateRow {
    /// A row without adjustment.
    pub fn new(key: EstimateKey, estimate: &Estimate) -> Self {
        Self {
            key,
            estimate: estimate.clone(),
            test: String::new(),
            p_adjusted: None,
            adjust: String::new(),
            n_out_of_scale: 0,
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

    /// The value, if defined.
    pub fn value(&self) -> Option<f64> {
        self.estimate.value().ok()
    }

    /// The interval, if defined.
    pub fn interval(&self) -> Option<&Interval> {
        self.estimate.interval().ok()
    }

    /// Method of the interval, or the name of the test; empty if there is neither.
    pub fn method(&self) -> &str {
        self.interval().map_or(&self.test, Interval::method)
    }

    /// The p value, if the statistic has one.
    pub fn p(&self) -> Option<f64> {
        self.estimate.p()
    }

    /// Number of units used.
    pub fn n(&self) -> usize {
        self.estimate.n_units()
    }

    /// Why there is no value or, if there is a value, why there is no interval.
    pub fn reason(&self) -> Option<Undefined> {
        self.estimate.value().err().or(self.estimate.interval().err())
    }
}
