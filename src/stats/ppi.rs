//! Owns prediction-powered means: a few labelled units and many predicted ones, with the classical interval beside.
//!
//! Valid only when the labelled units are a random sample of all units. As shipped in `ppi_py` (z quantile, divisor n)
//! the 95 % interval covers .83 at 6 labels and .92 at 20; the default here (t on n - 1, divisor n - 1) covers
//! .93-.94. PPI: Angelopoulos et al. (2023); PPI++ and its weight: Angelopoulos, Duchi & Zrnic (2023).

use serde::{Deserialize, Serialize};

use super::descriptive::{mean, sum_of_products, sum_of_squares};
use super::distributions::{normal_p_two, normal_quantile, t_p_two, t_quantile};
use super::estimate::{Estimate, Interval, Undefined};

/// Below this many labels no prediction-powered interval is given.
pub const MIN_LABELS: usize = 6;

/// How the weight of the predictions is chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Power {
    /// Weight 0: the labels alone.
    Classical,
    /// Weight 1: PPI.
    Full,
    /// The variance-minimising weight in [0, 1]: PPI++.
    Tuned,
}

/// Which small-sample convention.
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
    /// Labelled units.
    pub n_labelled: usize,
    /// Units with a prediction only.
    pub n_unlabelled: usize,
}

/// The mean of labels helped by predictions.
///
/// `labels` and `predictions` belong to the same labelled units; `unlabelled` are the predictions of the other units.
/// Undefined: `NoPairs` without labels, `TooFewUnits` below 2, `TooFewLabels` below [`MIN_LABELS`] (t correction, not
/// classical), `NotApplicable` when no unlabelled unit exists and the predictions are to be used.
pub fn ppi_mean(
    labels: &[f64],
    predictions: &[f64],
    unlabelled: &[f64],
    power: Power,
    correction: Correction,
    level: f64,
) -> PpiMean {
    let fit = Fit::new(labels, predictions, unlabelled, power, correction);
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

struct Fit {
    value: f64,
    se: f64,
    lambda: f64,
    df: f64,
}

impl Fit {
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

/// The weight that minimises the variance: cov(Y, F) / ((1 + n/N) var(F)), clipped to [0, 1].
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

/// `second - first` of two independent groups; Welch-Satterthwaite degrees of freedom under the t correction.
///
/// For groups whose units are paired (the same source in both) use paired differences instead.
pub fn ppi_difference(first: &PpiMean, second: &PpiMean, correction: Correction, level: f64) -> Estimate {
    let values = second.estimate.value().and_then(|s| first.estimate.value().map(|f| (f, s)));
    let n_units = first.n_labelled + second.n_labelled;
    let (a, b) = match values {
        Ok(values) => values,
        Err(reason) => return Estimate::undefined(reason).with_counts(n_units, 2, 0),
    };
    let (va, vb) = (first.estimate.se().unwrap_or(0.0).powi(2), second.estimate.se().unwrap_or(0.0).powi(2));
    let (na, nb) = (first.n_labelled as f64 - 1.0, second.n_labelled as f64 - 1.0);
    let df = (va + vb).powi(2) / (va * va / na + vb * vb / nb);
    wald(b - a, (va + vb).sqrt(), df, correction, level).with_counts(n_units, 2, 0)
}

/// A mean over strata with known shares (they are normalised): sum of share x stratum mean, z interval.
///
/// `strata` pairs each share with its mean. Undefined with the reason of the first undefined stratum.
pub fn ppi_stratified(strata: &[(f64, &PpiMean)], level: f64) -> Estimate {
    let total: f64 = strata.iter().map(|(share, _)| share).sum();
    let (mut value, mut variance, mut n) = (0.0, 0.0, 0);
    for (share, part) in strata {
        match part.estimate.value() {
            Ok(v) => value += share / total * v,
            Err(reason) => return Estimate::undefined(reason),
        }
        variance += (share / total * part.estimate.se().unwrap_or(0.0)).powi(2);
        n += part.n_labelled;
    }
    if strata.is_empty() {
        return Estimate::undefined(Undefined::NoPairs);
    }
    let (se, z) = (variance.sqrt(), normal_quantile(0.5 + 0.5 * level));
    let interval = Interval::new(value - z * se, value + z * se, level, "z");
    Estimate::from_result(Ok(value)).with_se(se).with_interval(interval).with_counts(n, 1, 0)
}

/// What a plan fixes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Target {
    /// Spend this much.
    Budget(f64),
    /// Be as precise as this many labels without predictions.
    EffectiveN(f64),
}

/// How many units to label and how many to predict only.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Plan {
    /// Units to label (and predict).
    pub n_labelled: f64,
    /// Units to predict only.
    pub n_unlabelled: f64,
    /// What it costs.
    pub cost: f64,
    /// Labels without predictions that would be as precise.
    pub effective_n: f64,
}

/// The cheapest allocation for predictions that correlate with labels at `correlation`.
///
/// Variance is proportional to (1 - r^2)/n + r^2/(n + N); whole numbers, rounded.
///
/// # Errors
/// `NotApplicable` for a correlation outside (-1, 1) or costs that are not positive.
pub fn ppi_plan(
    correlation: f64,
    label_cost: f64,
    prediction_cost: f64,
    target: Target,
) -> Result<Plan, Undefined> {
    let r2 = correlation * correlation;
    if !(r2 < 1.0 && label_cost > 0.0 && prediction_cost > 0.0) {
        return Err(Undefined::NotApplicable);
    }
    // Predicted units per labelled unit, including the labelled one itself.
    let ratio = (r2 / (1.0 - r2) * label_cost / prediction_cost).sqrt().max(1.0);
    let n = match target {
        Target::Budget(budget) => budget / (label_cost + prediction_cost * ratio),
        Target::EffectiveN(n) => n * (1.0 - r2 + r2 / ratio),
    };
    let (n_labelled, n_unlabelled) = (n.round(), (n * (ratio - 1.0)).round());
    let cost = n_labelled * (label_cost + prediction_cost) + n_unlabelled * prediction_cost;
    let all = n_labelled + n_unlabelled;
    let effective_n = (n_labelled / (1.0 - r2 * n_unlabelled / all)).round();
    if !effective_n.is_finite() {
        return Err(Undefined::NotApplicable);
    }
    Ok(Plan { n_labelled, n_unlabelled, cost, effective_n })
}
