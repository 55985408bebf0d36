//! Owns what a study of a given size can detect.

use super::distributions::{noncentral_t_cdf, t_quantile};
use super::estimate::Undefined;

/// The true mean difference that a two-sided paired t test at `alpha` finds with probability `power`, from n
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_textbook_sample_sizes_of_the_paired_t_test_come_back() {
        // Two-sided .05, power .8: d = .5 needs 34 pairs, d = .8 needs 15, d = .2 needs 199 (G*Power 3.1, as printed
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
