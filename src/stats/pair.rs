//! Plain agreement of two lists: exact, within a tolerance, absolute and squared error, bias.
//!
//! Differences are `b - a` throughout: `a` is the reference, and `b` is compared with it.

use super::descriptive::{mean, sd};
use super::distributions::{t_p_two, t_quantile};
use super::estimate::{Estimate, Interval, Undefined};
use super::table::Pairs;

/// Tolerance for comparing sums of fractions; far below any step of a rating scale.
const SLACK: f64 = 1e-9;

/// The share of pairs with equal values, in [0, 1].
pub fn exact(pairs: &Pairs) -> Estimate {
    within(pairs, 0.0)
}

/// The share of pairs no further apart than `tolerance`, in [0, 1].
pub fn within(pairs: &Pairs, tolerance: f64) -> Estimate {
    let hits: Vec<f64> =
        pairs.differences().iter().map(|d| f64::from(u8::from(d.abs() <= tolerance + SLACK))).collect();
    counted(pairs, mean(&hits))
}

/// Expected value of `within` if one side is randomly permuted: the chance level, in [0, 1].
///
/// Exact: the share of all n x n combinations that lie within the tolerance, by two moving bounds.
pub fn chance_within(pairs: &Pairs, tolerance: f64) -> Estimate {
    let n = pairs.len();
    let mut b = pairs.b().to_vec();
    b.sort_by(f64::total_cmp);
    let reach = tolerance + SLACK;
    let hits: usize = pairs
        .a()
        .iter()
        .map(|x| b.partition_point(|y| *y <= x + reach) - b.partition_point(|y| *y < x - reach))
        .sum();
    counted(pairs, (n > 0).then(|| hits as f64 / (n as f64 * n as f64)))
}

/// The mean absolute difference.
pub fn mae(pairs: &Pairs) -> Estimate {
    let d: Vec<f64> = pairs.differences().iter().map(|d| d.abs()).collect();
    counted(pairs, mean(&d))
}

/// The root of the mean squared difference.
pub fn rmse(pairs: &Pairs) -> Estimate {
    let d: Vec<f64> = pairs.differences().iter().map(|d| d * d).collect();
    counted(pairs, mean(&d).map(f64::sqrt))
}

/// The mean difference `b - a` with its standard error, 95 % t interval and paired t test.
pub fn bias(pairs: &Pairs) -> Estimate {
    let estimate = mean_t(&pairs.differences(), 0.95);
    let n_units = pairs.len();
    estimate.with_counts(n_units, 2, pairs.n_dropped())
}

/// The mean of `values` with standard error, t interval and the p value of the test against 0.
///
/// A spread of exactly zero gives an interval of zero width and no p value.
pub fn mean_t(values: &[f64], level: f64) -> Estimate {
    let Some(m) = mean(values) else { return Estimate::undefined(Undefined::NoPairs) };
    let n = values.len();
    let estimate = Estimate::ok(m).with_counts(n, 1, 0);
    let Some(s) = sd(values) else { return estimate.with_interval(Err(Undefined::TooFewUnits)) };
    let (se, df) = (s / (n as f64).sqrt(), (n - 1) as f64);
    let interval = match t_quantile(0.5 + 0.5 * level, df) {
        Some(t) => Interval::new(m - t * se, m + t * se, level, "t"),
        None => Err(Undefined::NotApplicable),
    };
    let p = if se > 0.0 { t_p_two(m / se, df).unwrap_or(f64::NAN) } else { f64::NAN };
    estimate.with_se(se).with_interval(interval).with_p(p)
}

/// The p value of the two one-sided tests that the mean of `values` lies inside +-`margin` (Schuirmann 1987).
///
/// # Errors
/// `NoPairs` when empty, `TooFewUnits` below 2, `NoVariance` when all are equal.
pub fn equivalence_p(values: &[f64], margin: f64) -> Result<f64, Undefined> {
    let m = mean(values).ok_or(Undefined::NoPairs)?;
    let s = sd(values).ok_or(Undefined::TooFewUnits)?;
    if s <= 0.0 {
        return Err(Undefined::NoVariance);
    }
    let (se, df) = (s / (values.len() as f64).sqrt(), (values.len() - 1) as f64);
    let upper_tail = |t: f64| super::distributions::t_sf(t, df).ok_or(Undefined::NotApplicable);
    Ok(upper_tail((m + margin) / se)?.max(upper_tail((margin - m) / se)?))
}

pub(super) fn counted(pairs: &Pairs, value: Option<f64>) -> Estimate {
    Estimate::from_result(value.ok_or(Undefined::NoPairs)).with_counts(pairs.len(), 2, pairs.n_dropped())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chance_counts_every_combination() {
        let pairs = Pairs::complete(&[0.0, 1.0, 5.0], &[0.0, 2.0, 2.0]);
        // 0~0; 1~0,2,2; 5~none.
        assert_eq!(chance_within(&pairs, 1.0).value(), Ok(4.0 / 9.0));
        assert_eq!(within(&pairs, 1.0).value(), Ok(2.0 / 3.0));
        assert_eq!(exact(&pairs).value(), Ok(1.0 / 3.0));
    }

    #[test]
    fn nothing_to_compare_is_a_reason() {
        let none = Pairs::new(&[None], &[Some(1.0)]);
        for e in [mae(&none), rmse(&none), bias(&none), exact(&none), chance_within(&none, 1.0)] {
            assert_eq!(e.value(), Err(Undefined::NoPairs));
        }
    }
}
