//! Owns internal consistency: Cronbach's alpha of the columns of a table, with Feldt's interval.

use super::descriptive::{is_rounding, max_abs, sum_of_squares};
use super::distributions::f_quantile;
use super::estimate::{Estimate, Interval, Undefined};
use super::table::Table;

/// Cronbach's alpha (1951) of the columns (items) over the complete rows, with the F interval of Feldt (1965).
///
/// A constant column is kept, as `pingouin` does (dropping it, as `psych` does, moves .831 to .841 on one data set);
/// a column without any value is left out before rows are checked. `n_raters` counts the columns used.
/// Undefined: `TooFewItems` below 2 columns, `TooFewUnits` below 2 rows, `NoVariance` when row sums do not vary.
pub fn cronbach_alpha(table: &Table, level: f64) -> Estimate {
    let kept: Vec<usize> =
        (0..table.n_raters()).filter(|j| table.column(*j).iter().any(Option::is_some)).collect();
    let (complete, dropped) = table.select(&kept).listwise();
    let (n, k) = (complete.n_units(), kept.len());
    let counted = |e: Estimate| e.with_counts(n, k, dropped);
    if k < 2 {
        return counted(Estimate::undefined(Undefined::TooFewItems));
    }
    if n < 2 {
        return counted(Estimate::undefined(Undefined::TooFewUnits));
    }
    let sums: Vec<f64> = complete.rows().map(|r| r.iter().sum()).collect();
    let total = sum_of_squares(&sums);
    if is_rounding(total, n, max_abs(&sums)) {
        return counted(Estimate::undefined(Undefined::NoVariance));
    }
    let parts: f64 = (0..k).map(|j| sum_of_squares(&complete.column(j))).sum();
    let (nf, kf) = (n as f64, k as f64);
    let alpha = kf / (kf - 1.0) * (1.0 - parts / total);
    counted(Estimate::ok(alpha).with_interval(feldt(alpha, nf - 1.0, (nf - 1.0) * (kf - 1.0), level)))
}

fn feldt(alpha: f64, df1: f64, df2: f64, level: f64) -> Result<Interval, Undefined> {
    let tail = 0.5 - 0.5 * level;
    let limit =
        |p: f64| f_quantile(p, df1, df2).map(|f| 1.0 - (1.0 - alpha) * f).ok_or(Undefined::NotApplicable);
    Interval::new(limit(1.0 - tail)?, limit(tail)?, level, "feldt")
}

/// Spearman-Brown: the reliability of a test (or a panel) `times` as long; undefined past the pole.
///
/// # Errors
/// `NotApplicable` when 1 + (times - 1) x reliability is not positive.
pub fn spearman_brown(reliability: f64, times: f64) -> Result<f64, Undefined> {
    let room = 1.0 + (times - 1.0) * reliability;
    let value = times * reliability / room;
    if room > 0.0 && value.is_finite() { Ok(value) } else { Err(Undefined::NotApplicable) }
}
