//! Bland-Altman analysis of differences `b - a`: bias, limits of agreement, their intervals, proportional bias.

use serde::{Deserialize, Serialize};

use super::descriptive::{is_rounding, max_abs, mean, sd, sum_of_products, sum_of_squares};
use super::distributions::{noncentral_t_quantile, normal_quantile, t_p_two, t_quantile};
use super::estimate::{Estimate, Interval, Undefined};
use super::pair::mean_t;
use super::table::Pairs;

/// How the interval of a limit of agreement is made; a report must say which.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LimitMethod {
    /// Half width t sqrt(3/n) s (Bland & Altman 1986).
    Ba1986,
    /// Half width t s sqrt(1/n + z^2 / (2(n-1))) (Bland & Altman 1999).
    Ba1999,
    /// Exact under normality, by the noncentral t distribution (Carkeet 2015).
    Exact,
}

impl LimitMethod {
    /// The name used as interval method.
    pub fn word(self) -> &'static str {
        match self {
            Self::Ba1986 => "ba1986",
            Self::Ba1999 => "ba1999",
            Self::Exact => "exact",
        }
    }
}

/// The analysis of one pair of lists.
#[derive(Debug, Clone, PartialEq)]
pub struct BlandAltman {
    /// The mean difference with its t interval.
    pub bias: Estimate,
    /// The standard deviation of the differences, divisor n - 1.
    pub sd: Estimate,
    /// The lower limit: bias - z sd, holding the middle `level` of differences.
    pub low: Estimate,
    /// The upper limit.
    pub high: Estimate,
    /// The slope of the differences on the means, with the p value of the test against 0.
    pub slope: Estimate,
    /// The intercept of the same line.
    pub intercept: Estimate,
}

/// Bias, limits of agreement at `level` with intervals by `method` at the same level, and proportional bias.
///
/// Undefined: `NoPairs`; spread and limits `TooFewUnits` below 2; the slope below 3 or, when the means do not vary,
/// `NoVariance`.
pub fn bland_altman(pairs: &Pairs, level: f64, method: LimitMethod) -> BlandAltman {
    let d = pairs.differences();
    let counted = |e: Estimate| e.with_counts(pairs.len(), 2, pairs.n_dropped());
    let bias = mean_t(&d, level);
    let spread = sd(&d).ok_or(if d.is_empty() { Undefined::NoPairs } else { Undefined::TooFewUnits });
    let z = normal_quantile(0.5 + 0.5 * level);
    let limit = |side: f64| {
        let value = bias.value().and_then(|m| spread.map(|s| m + side * z * s));
        let interval = bias
            .value()
            .and_then(|m| spread.and_then(|s| limit_interval(m, s, d.len(), side, level, method)));
        counted(Estimate::from_result(value).with_interval(interval))
    };
    let (slope, intercept) = proportional_bias(pairs, &d);
    BlandAltman {
        low: limit(-1.0),
        high: limit(1.0),
        sd: counted(Estimate::from_result(spread)),
        bias: counted(bias),
        slope: counted(slope),
        intercept: counted(intercept),
    }
}

fn limit_interval(
    bias: f64,
    s: f64,
    count: usize,
    side: f64,
    level: f64,
    method: LimitMethod,
) -> Result<Interval, Undefined> {
    let (n, df, upper) = (count as f64, count as f64 - 1.0, 0.5 + 0.5 * level);
    let z = normal_quantile(upper);
    let t = t_quantile(upper, df).ok_or(Undefined::TooFewUnits)?;
    let centre = bias + side * z * s;
    let around = |half: f64| Interval::new(centre - half, centre + half, level, method.word());
    match method {
        LimitMethod::Ba1986 => around(t * (3.0 / n).sqrt() * s),
        LimitMethod::Ba1999 => around(t * (1.0 / n + z * z / (2.0 * df)).sqrt() * s),
        LimitMethod::Exact => {
            let reach = |p: f64| {
                let q = noncentral_t_quantile(p, df, z * n.sqrt()).ok_or(Undefined::NotApplicable)?;
                Ok::<f64, Undefined>(bias + side * s * q / n.sqrt())
            };
            Interval::new(reach(1.0 - upper)?, reach(upper)?, level, method.word())
        }
    }
}

/// Slope and intercept of differences on means.
fn proportional_bias(pairs: &Pairs, d: &[f64]) -> (Estimate, Estimate) {
    let means: Vec<f64> = pairs.a().iter().zip(pairs.b()).map(|(a, b)| 0.5 * (a + b)).collect();
    let reason = match d.len() {
        0 => Some(Undefined::NoPairs),
        1 | 2 => Some(Undefined::TooFewUnits),
        n => is_rounding(sum_of_squares(&means), n, max_abs(&means)).then_some(Undefined::NoVariance),
    };
    if let Some(reason) = reason {
        return (Estimate::undefined(reason), Estimate::undefined(reason));
    }
    let (sxx, sxy, syy) = (sum_of_squares(&means), sum_of_products(&means, d), sum_of_squares(d));
    let slope = sxy / sxx;
    let df = d.len() as f64 - 2.0;
    let residual = (syy - slope * sxy).max(0.0);
    let intercept = mean(d).unwrap_or(0.0) - slope * mean(&means).unwrap_or(0.0);
    let estimate = Estimate::ok(slope);
    let estimate = if slope.abs() <= 0.0 {
        estimate.with_se((residual / df / sxx).sqrt()).with_p(1.0)
    } else if residual <= 1e-14 * syy {
        estimate.with_se(0.0).with_p(0.0)
    } else {
        let se = (residual / df / sxx).sqrt();
        estimate.with_se(se).with_p(t_p_two(slope / se, df).unwrap_or(f64::NAN))
    };
    (estimate, Estimate::ok(intercept))
}
