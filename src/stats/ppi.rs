//! Prediction-powered means: a few labeled units and many predicted ones, reported beside the classical interval.
//!
//! Valid only if the labeled units are a random sample of all units. As shipped in `ppi_py` (z quantile, divisor n)
//! the 95 % interval covers 0.83 at 6 labels and 0.92 at 20; the default here (t on n - 1, divisor n - 1) covers
//! 0.93-0.94. PPI: Angelopoulos et al. (2023); PPI++ and its weight: Angelopoulos, Duchi & Zrnic (2023).

use serde::{Deserialize, Serialize};

use super::descriptive::{mean, sum_of_products, sum_of_squares};
use super::distributions::{normal_p_two, normal_quantile, t_p_two, t_quantile};
use super::estimate::{Estimate, Interval, Undefined};

/// Fewest labels for which a prediction-powered interval is computed.
pub const MIN_LABELS: usize = 6;

/// How the weight of the predictions is chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Power {
    /// Weight 0: the labels alone.
    Classical,
    /// Weight 1: PPI.
    Full,
    /// The variance-minimizing weight in [0, 1]: PPI++.
    Tuned,
}

/// Small-sample convention.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Correction {
    /// t quantile on n - 1 degrees of freedom, variances with divisor n - 1; refuses fewer than 6 labels.
    T,
    /// The `ppi_py` package: z quantile, divisor n, no minimum.
    PpiPy,
}

impl Correction {
    fn word(self) -> &'static str {
        match self {
            Self::T => "t",
            Self::PpiPy => "ppi_py",
        }
    }
}

/// A prediction-powered mean.
#[derive(Debug, Clone, PartialEq)]
pub struct PpiMean {
    /// The mean with standard error, interval and the p value against 0; `n_units` counts the labels.
    pub estimate: Estimate,
    /// The weight given to the predictions.
    pub lambda: Option<f64>,
    /// Labeled units.
    pub n_labelled: usize,
    /// Units that have a prediction only.
    pub n_unlabelled: usize,
}

/// The mean of the labels, improved by the predictions.
///
/// `labels` and `predictions` belong to the same labeled units; `unlabelled` are the predictions of the other units.
/// Undefined: `NoPairs` without labels, `TooFewUnits` below 2, `TooFewLabels` below [`MIN_LABELS`] (t correction, not
/// classical), `NotApplicable` if no unlabeled unit exists and the predictions are to be used.
pub fn ppi_mean(
    labels: &[f64],
    predictions: &[f64],
    unlabelled: &[f64],
    power: Power,
    correction: Correction,
    level: f64,
) -> PpiMean {
    let fit = PpiFit::new(labels, predictions, unlabelled, power, correction);
    let estimate = match &fit {
        Ok(fit) => fit.estimate(correction, level),
        Err(reason) => Estimate::undefined(*reason),
    };
    PpiMean {
        estimate: estimate.with_counts(labels.len(), 1, unlabelled.len()),
        lambda: fit.ok().map(|f| f.lambda),
        n_labelled: labels.len(),
        n_unlabelled: unlabelled.len(),
    }
}

struct PpiFit {
    value: f64,
    se: f64,
    lambda: f64,
    df: f64,
}

impl PpiFit {
    fn new(y: &[f64], f: &[f64], u: &[f64], power: Power, correction: Correction) -> Result<Self, Undefined> {
        let n = y.len();
        match n {
            0 => return Err(Undefined::NoPairs),
            1 => return Err(Undefined::TooFewUnits),
            _ => {}
        }
        if f.len() != n || (power != Power::Classical && u.is_empty()) {
            return Err(Undefined::NotApplicable);
        }
        if n < MIN_LABELS && correction == Correction::T && power != Power::Classical {
            return Err(Undefined::TooFewLabels);
        }
        let lambda = match power {
            Power::Classical => 0.0,
            Power::Full => 1.0,
            Power::Tuned => tuned_lambda(y, f, u),
        };
        let rectifier: Vec<f64> = y.iter().zip(f).map(|(y, f)| y - lambda * f).collect();
        let lost = if correction == Correction::T { 1.0 } else { 0.0 };
        let variance_of_mean = |v: &[f64]| {
            let m = v.len() as f64;
            sum_of_squares(v) / (m - lost).max(1.0) / m
        };
        let mut value = mean(&rectifier).ok_or(Undefined::NoPairs)?;
        let mut variance = variance_of_mean(&rectifier);
        if lambda > 0.0 {
            value += lambda * mean(u).ok_or(Undefined::NotApplicable)?;
            variance += lambda * lambda * variance_of_mean(u);
        }
        Ok(Self { value, se: variance.sqrt(), lambda, df: n as f64 - 1.0 })
    }

    fn estimate(&self, correction: Correction, level: f64) -> Estimate {
        wald(self.value, self.se, self.df, correction, level)
    }
}

/// The weight that minimizes the variance: cov(Y, F) / ((1 + n/N) var(F)), clipped to [0, 1].
///
/// The covariance has divisor n and the variance of all predictions divisor n + N - 1, as `ppi_py` has it.
fn tuned_lambda(y: &[f64], f: &[f64], u: &[f64]) -> f64 {
    let (n, m) = (y.len() as f64, u.len() as f64);
    let all: Vec<f64> = f.iter().chain(u).copied().collect();
    let variance = sum_of_squares(&all) / (n + m - 1.0);
    let lambda = sum_of_products(y, f) / n / ((1.0 + n / m) * variance);
    if lambda.is_finite() { lambda.clamp(0.0, 1.0) } else { 0.0 }
}

fn wald(value: f64, se: f64, df: f64, correction: Correction, level: f64) -> Estimate {
    let upper = 0.5 + 0.5 * level;
    let reach = match correction {
        Correction::T => t_quantile(upper, df).unwrap_or(f64::NAN),
        Correction::PpiPy => normal_quantile(upper),
    };
    let p = match correction {
        _ if se <= 0.0 => f64::NAN,
        Correction::T => t_p_two(value / se, df).unwrap_or(f64::NAN),
        Correction::PpiPy => normal_p_two(value / se),
    };
    let interval = Interval::new(value - reach * se, value + reach * se, level, correction.word());
    Estimate::ok(value).with_se(se).with_interval(interval).with_p(p)
}
