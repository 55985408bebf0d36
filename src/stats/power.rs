//! Power and sample size: what a study of a given size can detect, and what size a study needs.

use super::distributions::{noncentral_t_cdf, normal_quantile, t_quantile};
use super::estimate::Undefined;

/// The true mean difference that a two-sided paired t test at `alpha` detects with probability `power`, from n
/// differences of standard deviation `sd`: by the noncentral t distribution (Cohen 1988, chapter 2), in the unit of
/// the differences.
///
/// # Errors
/// `TooFewUnits` below 2 differences, `NoVariance` when `sd` is 0, `NotApplicable` when `alpha` or `power` is not
/// inside 0 to 1 or the power is below `alpha`.
pub fn minimum_detectable_difference(n: usize, sd: f64, alpha: f64, power: f64) -> Result<f64, Undefined> {
    if n < 2 {
        return Err(Undefined::TooFewUnits);
    }
    if sd.is_nan() || sd <= 0.0 {
        return Err(Undefined::NoVariance);
    }
    let inside = |share: f64| share > 0.0 && share < 1.0;
    if !inside(alpha) || !inside(power) || power <= alpha {
        return Err(Undefined::NotApplicable);
    }
    let df = n as f64 - 1.0;
    let critical = t_quantile(1.0 - alpha / 2.0, df).ok_or(Undefined::NotApplicable)?;
    let reached = |shift: f64| -> Option<f64> {
        let above = 1.0 - noncentral_t_cdf(critical, df, shift)?;
        Some(above + noncentral_t_cdf(-critical, df, shift)?)
    };
    let (mut low, mut high) = (0.0, critical + 10.0);
    for _ in 0..60 {
        let middle = f64::midpoint(low, high);
        if reached(middle).ok_or(Undefined::NotApplicable)? < power { low = middle } else { high = middle }
    }
    Ok(high * sd / (n as f64).sqrt())
}

/// Power of a two-sided paired t test: n differences with mean `dz` standard deviations from 0, by the noncentral t.
///
/// # Errors
/// `TooFewUnits` below 2 differences, `NotApplicable` when `alpha` is not inside 0 to 1. `n` may be a fraction, so
/// that a sample size can be solved for.
pub fn power_of_paired_t(dz: f64, n: f64, alpha: f64) -> Result<f64, Undefined> {
    if n < 2.0 {
        return Err(Undefined::TooFewUnits);
    }
    let df = n - 1.0;
    let critical = t_quantile(1.0 - alpha / 2.0, df).ok_or(Undefined::NotApplicable)?;
    let shift = dz * n.sqrt();
    let above = 1.0 - noncentral_t_cdf(critical, df, shift).ok_or(Undefined::NotApplicable)?;
    Ok(above + noncentral_t_cdf(-critical, df, shift).ok_or(Undefined::NotApplicable)?)
}

/// Number of sessions at which a two-sided paired t test detects an effect of `dz` standard deviations with probability
/// `power`; a fraction, to be rounded up.
///
/// # Errors
/// `NotApplicable` when `dz` is 0, or `alpha` or `power` is not inside 0 to 1.
pub fn pairs_for_paired_t(dz: f64, alpha: f64, power: f64) -> Result<f64, Undefined> {
    let inside = |share: f64| share > 0.0 && share < 1.0;
    if dz.is_nan() || dz == 0.0 || !inside(alpha) || !inside(power) {
        return Err(Undefined::NotApplicable);
    }
    let (mut low, mut high) = (2.0, 4.0);
    while power_of_paired_t(dz, high, alpha)? < power {
        (low, high) = (high, 2.0 * high);
        if high > MOST_UNITS {
            return Err(Undefined::NotApplicable);
        }
    }
    for _ in 0..80 {
        let middle = f64::midpoint(low, high);
        if power_of_paired_t(dz, middle, alpha)? < power { low = middle } else { high = middle }
    }
    Ok(high)
}

/// Upper bound of the search: more units than anyone will rate.
const MOST_UNITS: f64 = 1e7;

/// Sessions for a confidence interval of an ICC(1,1) of full width `width`: Bonett (2002), with his correction of five
/// times the ICC for two raters and an ICC of 0.7 or more. First the exact figure, then whole sessions.
///
/// # Errors
/// `NotApplicable` unless the ICC lies in 0 to 1, the width is positive and there are two raters or more.
pub fn sessions_for_icc_width(
    icc: f64,
    raters: usize,
    width: f64,
    level: f64,
) -> Result<(f64, f64), Undefined> {
    if !(0.0..1.0).contains(&icc) || width.is_nan() || width <= 0.0 || raters < 2 {
        return Err(Undefined::NotApplicable);
    }
    let (k, z) = (raters as f64, normal_quantile(0.5 + 0.5 * level));
    let spread = (1.0 - icc).powi(2) * (1.0 + (k - 1.0) * icc).powi(2);
    let exact = 8.0 * z * z * spread / (k * (k - 1.0) * width * width) + 1.0;
    let extra = if raters == 2 && icc >= 0.7 { 5.0 * icc } else { 0.0 };
    Ok((exact, (exact + extra).ceil()))
}

/// Sessions for a one-sided test that an ICC(1,1) exceeds `null` when it is `truth`: Walter, Eliasziw & Donner (1998).
///
/// # Errors
/// `NotApplicable` unless 0 <= null < truth < 1, there are two raters or more, and `alpha` and `power` lie inside 0 to 1.
pub fn sessions_for_icc_test(
    null: f64,
    truth: f64,
    raters: usize,
    alpha: f64,
    power: f64,
) -> Result<f64, Undefined> {
    let inside = |share: f64| share > 0.0 && share < 1.0;
    if !(0.0..truth).contains(&null) || truth >= 1.0 || raters < 2 || !inside(alpha) || !inside(power) {
        return Err(Undefined::NotApplicable);
    }
    let k = raters as f64;
    let theta = |rho: f64| rho / (1.0 - rho);
    let ratio = ((1.0 + k * theta(null)) / (1.0 + k * theta(truth))).ln();
    let z = normal_quantile(1.0 - alpha) + normal_quantile(power);
    Ok(1.0 + 2.0 * z * z * k / (ratio * ratio * (k - 1.0)))
}

/// Fewest sessions at which Fisher's interval of a correlation `r` reaches no further than `half_width` from it on
/// either side.
///
/// # Errors
/// `NotApplicable` unless |r| < 1 and the half width is positive.
pub fn sessions_for_correlation(r: f64, half_width: f64, level: f64) -> Result<usize, Undefined> {
    if r.is_nan() || r.abs() >= 1.0 || half_width.is_nan() || half_width <= 0.0 {
        return Err(Undefined::NotApplicable);
    }
    let z = normal_quantile(0.5 + 0.5 * level);
    let wide = |n: usize| {
        let reach = z / (n as f64 - 3.0).sqrt();
        let (low, high) = ((r.atanh() - reach).tanh(), (r.atanh() + reach).tanh());
        (high - low) / 2.0 > half_width
    };
    (4..10_000_000).find(|n| !wide(*n)).ok_or(Undefined::NotApplicable)
}

/// Number of sessions at which each limit of agreement is known to within `half_width` standard deviations: the
/// variance of a limit is 3 s^2 / n (Bland & Altman 1986).
///
/// # Errors
/// `NotApplicable` unless the half width is positive.
pub fn sessions_for_limits_of_agreement(half_width: f64, level: f64) -> Result<f64, Undefined> {
    if half_width.is_nan() || half_width <= 0.0 {
        return Err(Undefined::NotApplicable);
    }
    Ok(3.0 * (normal_quantile(0.5 + 0.5 * level) / half_width).powi(2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_textbook_sample_sizes_of_the_paired_t_test_come_back() {
        // Two-sided 0.05, power 0.8: d = 0.5 needs 34 pairs, d = 0.8 needs 15, d = 0.2 needs 199 (G*Power 3.1, as printed
        // in its manual and in many texts). One pair fewer must need a larger effect, n pairs a smaller one.
        for (d, n) in [(0.5, 34), (0.8, 15), (0.2, 199)] {
            let at = |n| minimum_detectable_difference(n, 1.0, 0.05, 0.8).expect("defined");
            assert!(at(n) <= d && at(n - 1) > d, "{d}: {} and {}", at(n), at(n - 1));
        }
    }

    #[test]
    fn what_cannot_be_detected_has_a_reason() {
        assert_eq!(minimum_detectable_difference(1, 1.0, 0.05, 0.8), Err(Undefined::TooFewUnits));
        assert_eq!(minimum_detectable_difference(9, 0.0, 0.05, 0.8), Err(Undefined::NoVariance));
        assert_eq!(minimum_detectable_difference(9, 1.0, 0.05, 0.05), Err(Undefined::NotApplicable));
    }
}
