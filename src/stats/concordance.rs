//! Kendall's coefficient of concordance W over complete tables.

use super::descriptive::{midranks, sum_of_squares, tie_sizes};
use super::distributions::chi2_sf;
use super::estimate::{Estimate, Undefined};
use super::table::{Complete, RatingMatrix};

/// Kendall's coefficient of concordance with its chi-squared statistic.
#[derive(Debug, Clone, PartialEq)]
pub struct KendallW {
    /// W in [0, 1], corrected for ties, with the chi-squared p value.
    pub estimate: Estimate,
    /// k (n - 1) W, chi-squared with n - 1 degrees of freedom.
    pub chi_squared: Option<f64>,
}

/// Kendall's W of the raters' rankings of the complete units, corrected for ties.
///
/// Undefined: `TooFewRaters`, `TooFewUnits` below 2, `NoVariance` when every rater is constant.
pub fn kendall_w(table: &RatingMatrix) -> KendallW {
    let (complete, dropped) = table.listwise();
    let (n, k) = (complete.n_units() as f64, complete.n_raters() as f64);
    let value = w_value(&complete);
    let chi_squared = value.ok().map(|w| k * (n - 1.0) * w);
    let p = chi_squared.and_then(|x| chi2_sf(x, n - 1.0)).unwrap_or(f64::NAN);
    let estimate = Estimate::from_result(value).with_p(p);
    KendallW { estimate: estimate.with_counts(complete.n_units(), complete.n_raters(), dropped), chi_squared }
}

fn w_value(complete: &Complete) -> Result<f64, Undefined> {
    let (n, k) = (complete.n_units() as f64, complete.n_raters() as f64);
    check(complete, 2)?;
    let mut sums = vec![0.0; complete.n_units()];
    let mut ties = 0.0;
    for j in 0..complete.n_raters() {
        let column = complete.column(j);
        sums.iter_mut().zip(midranks(&column)).for_each(|(s, r)| *s += r);
        ties += tie_sizes(&column).iter().map(|&t| t as f64 * ((t * t) as f64 - 1.0)).sum::<f64>();
    }
    let room = k * k * n * (n * n - 1.0) - k * ties;
    if room <= 0.0 { Err(Undefined::NoVariance) } else { Ok(12.0 * sum_of_squares(&sums) / room) }
}

fn check(complete: &Complete, least_units: usize) -> Result<(), Undefined> {
    if complete.n_raters() < 2 {
        return Err(Undefined::TooFewRaters);
    }
    if complete.n_units() < least_units {
        return Err(if complete.n_units() == 0 { Undefined::NoPairs } else { Undefined::TooFewUnits });
    }
    Ok(())
}
