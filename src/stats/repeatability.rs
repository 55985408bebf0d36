//! Repeatability: how far repeated scores of the same units by the same rater differ.

use super::descriptive::mean;
use super::estimate::{Estimate, Undefined};
use super::icc::{IccForm, icc};
use super::table::RatingMatrix;

/// Repeated scores of the same units.
#[derive(Debug, Clone, PartialEq)]
pub struct Repeatability {
    /// Standard deviation within units: the standard error of measurement of a single score. Units with two or more
    /// repeats count, each with one degree of freedom less than its repeats.
    pub within_sd: Estimate,
    /// Difference that two repeats of one unit stay below in 95 % of cases (Bland & Altman 1999): 1.96 sqrt(2) times
    /// the standard deviation within units.
    pub coefficient: Option<f64>,
    /// ICC(1,1) over the units with all repeats: the share of variance that is between units.
    pub icc_one: Estimate,
    /// ICC(1,k): the same for the mean of all repeats.
    pub icc_mean: Estimate,
}

/// Repeatability of a table with one row per unit and one column per repeat.
///
/// The standard deviation is undefined as `TooFewRaters` below two columns and as `TooFewUnits` if no unit has two
/// repeats. If repeats never differ it is 0, which is a valid result.
pub fn repeatability(table: &RatingMatrix, level: f64) -> Repeatability {
    let (mut squares, mut degrees, mut used) = (0.0, 0_usize, 0);
    for row in table.rows() {
        let scores: Vec<f64> = row.iter().flatten().copied().collect();
        let Some(centre) = mean(&scores).filter(|_| scores.len() >= 2) else { continue };
        squares += scores.iter().map(|x| (x - centre).powi(2)).sum::<f64>();
        degrees += scores.len() - 1;
        used += 1;
    }
    let value = match (table.n_raters(), degrees) {
        (0 | 1, _) => Err(Undefined::TooFewRaters),
        (_, 0) => Err(Undefined::TooFewUnits),
        _ => Ok((squares / degrees as f64).sqrt()),
    };
    Repeatability {
        coefficient: value.ok().map(|sd| 1.96 * std::f64::consts::SQRT_2 * sd),
        within_sd: Estimate::from_result(value).with_counts(used, table.n_raters(), table.n_units() - used),
        icc_one: icc(table, IccForm::One, level),
        icc_mean: icc(table, IccForm::OneK, level),
    }
}
