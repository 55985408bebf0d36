//! Internal consistency of the columns of a table: Cronbach's alpha with Feldt's interval, the contribution of each
//! item, one common factor and omega, and attenuation of correlations by unreliability.

use super::correlation::product_moment;
use super::descriptive::{is_constant, is_rounding, max_abs, sum_of_squares};
use super::distributions::f_quantile;
use super::estimate::{Estimate, Interval, Undefined};
use super::table::RatingMatrix;

/// Cronbach's alpha (1951) of the columns (items) over the complete rows, with the F interval of Feldt (1965).
///
/// A constant column is kept, as `pingouin` does (dropping it, as `psych` does, moves 0.831 to 0.841 on one data set);
/// a column without any value is left out before rows are checked. `n_raters` counts the columns used.
/// Undefined: `TooFewItems` below 2 columns, `TooFewUnits` below 2 rows, `NoVariance` when row sums do not vary.
pub fn cronbach_alpha(table: &RatingMatrix, level: f64) -> Estimate {
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

/// Contribution of each item to a sum, as `psych::alpha` reports it.
#[derive(Debug, Clone, PartialEq)]
pub struct ItemAnalysis {
    /// Indices of the columns in use: those whose values vary over the complete rows.
    pub items: Vec<usize>,
    /// Number of complete rows.
    pub n: usize,
    /// Cronbach's alpha of these items.
    pub alpha: f64,
    /// Alpha of the standardized items: from the mean correlation.
    pub standardised_alpha: f64,
    /// The mean correlation of two items.
    pub mean_correlation: f64,
    /// Correlation of each item with the sum of the others.
    pub rest_correlation: Vec<f64>,
    /// Alpha without each item; `None` with fewer than three items.
    pub alpha_without: Vec<Option<f64>>,
}

/// Analyses the items of a table (rows x items) over its complete rows. Columns without any value are left out before
/// rows are checked, constant ones after, because they have no correlation.
///
/// # Errors
/// `TooFewItems` below 2 items that vary, `TooFewUnits` below 3 complete rows, `NoVariance` when sums do not vary.
pub fn item_analysis(table: &RatingMatrix) -> Result<ItemAnalysis, Undefined> {
    let (items, columns) = varying_columns(table)?;
    let n = columns.first().map_or(0, Vec::len);
    let alpha = alpha_of(&columns).ok_or(Undefined::NoVariance)?;
    let r = correlations(&columns)?;
    let k = columns.len();
    let pairs = (k * (k - 1)) as f64;
    let mean_correlation = (0..k * k).filter(|c| c / k != c % k).map(|c| r[c]).sum::<f64>() / pairs;
    let without = |left_out: usize| -> Vec<Vec<f64>> {
        columns.iter().enumerate().filter(|(j, _)| *j != left_out).map(|(_, column)| column.clone()).collect()
    };
    let rest_correlation = (0..k)
        .map(|j| {
            let rest = without(j);
            let sums: Vec<f64> = (0..n).map(|i| rest.iter().map(|column| column[i]).sum()).collect();
            product_moment(&columns[j], &sums)
        })
        .collect::<Result<Vec<f64>, _>>()?;
    let alpha_without = (0..k).map(|j| if k < 3 { None } else { alpha_of(&without(j)) }).collect();
    let kf = k as f64;
    let standardised_alpha = kf * mean_correlation / (1.0 + (kf - 1.0) * mean_correlation);
    Ok(ItemAnalysis {
        items,
        n,
        alpha,
        standardised_alpha,
        mean_correlation,
        rest_correlation,
        alpha_without,
    })
}

/// Alpha of complete columns; `None` if their sums do not vary.
fn alpha_of(columns: &[Vec<f64>]) -> Option<f64> {
    let n = columns.first()?.len();
    let sums: Vec<f64> = (0..n).map(|i| columns.iter().map(|column| column[i]).sum()).collect();
    let total = sum_of_squares(&sums);
    let parts: f64 = columns.iter().map(|column| sum_of_squares(column)).sum();
    let k = columns.len() as f64;
    (!is_rounding(total, n, max_abs(&sums))).then(|| k / (k - 1.0) * (1.0 - parts / total))
}

/// The columns that vary over the complete rows, with their positions.
fn varying_columns(table: &RatingMatrix) -> Result<(Vec<usize>, Vec<Vec<f64>>), Undefined> {
    let some = |j: &usize| table.column(*j).iter().any(Option::is_some);
    let present: Vec<usize> = (0..table.n_raters()).filter(some).collect();
    let complete = table.select(&present).listwise().0;
    if complete.n_units() < 3 {
        return Err(Undefined::TooFewUnits);
    }
    let kept = present.iter().enumerate().map(|(at, &item)| (item, complete.column(at)));
    let (items, columns): (Vec<usize>, Vec<Vec<f64>>) = kept.filter(|(_, c)| !is_constant(c)).unzip();
    if items.len() < 2 { Err(Undefined::TooFewItems) } else { Ok((items, columns)) }
}

/// The correlation matrix of columns, row by row.
fn correlations(columns: &[Vec<f64>]) -> Result<Vec<f64>, Undefined> {
    let k = columns.len();
    (0..k * k)
        .map(|c| if c / k == c % k { Ok(1.0) } else { product_moment(&columns[c / k], &columns[c % k]) })
        .collect()
}

/// One common factor of a table's items, by maximum likelihood on their correlations.
#[derive(Debug, Clone, PartialEq)]
pub struct OneFactor {
    /// Indices of the columns in use.
    pub items: Vec<usize>,
    /// Number of complete rows.
    pub n: usize,
    /// Loading of each item; their sum is positive.
    pub loadings: Vec<f64>,
    /// `McDonald`'s omega total of the one factor: (sum of loadings)^2 over that plus the sum of uniquenesses.
    pub omega: f64,
}

/// Largest number of sweeps over the uniquenesses, and the change below which they count as converged.
const SWEEPS: usize = 20_000;
const SETTLED: f64 = 1e-10;
/// Lower bound of a uniqueness, as factor programs commonly set it.
const LEAST_UNIQUENESS: f64 = 0.005;

/// Fits one factor by the EM algorithm of Rubin & Thayer (1982) and gives `McDonald`'s (1999) omega.
///
/// # Errors
/// The same as [`item_analysis`], `TooFewItems` below three items, and `NotApplicable` if the fit does not converge.
pub fn one_factor(table: &RatingMatrix) -> Result<OneFactor, Undefined> {
    let (items, columns) = varying_columns(table)?;
    let k = columns.len();
    if k < 3 {
        return Err(Undefined::TooFewItems);
    }
    let r = correlations(&columns)?;
    let mut loadings = vec![0.5_f64; k];
    let mut unique = vec![0.75_f64; k];
    for _ in 0..SWEEPS {
        let before = loadings.clone();
        em_step(&r, &mut loadings, &mut unique);
        let moved = loadings.iter().zip(&before).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        if moved < SETTLED {
            let sum: f64 = loadings.iter().sum();
            let sign = if sum < 0.0 { -1.0 } else { 1.0 };
            let common = sum * sum;
            let omega = common / (common + unique.iter().sum::<f64>());
            for loading in &mut loadings {
                *loading *= sign;
            }
            return Ok(OneFactor { items, n: columns[0].len(), loadings, omega });
        }
    }
    Err(Undefined::NotApplicable)
}

/// One step: the expected factor given the data, then loadings and uniquenesses given the factor. With one factor the
/// inverse of the model's matrix is in closed form (Sherman-Morrison).
fn em_step(r: &[f64], loadings: &mut [f64], unique: &mut [f64]) {
    let k = loadings.len();
    let weighted: Vec<f64> = loadings.iter().zip(&*unique).map(|(l, u)| l / u).collect();
    let precision = 1.0 + weighted.iter().zip(&*loadings).map(|(w, l)| w * l).sum::<f64>();
    let beta: Vec<f64> = weighted.iter().map(|w| w / precision).collect();
    let cross: Vec<f64> = (0..k).map(|i| (0..k).map(|j| r[i * k + j] * beta[j]).sum()).collect();
    let second = 1.0 / precision + beta.iter().zip(&cross).map(|(b, c)| b * c).sum::<f64>();
    for i in 0..k {
        loadings[i] = cross[i] / second;
        unique[i] = (1.0 - loadings[i] * cross[i]).max(LEAST_UNIQUENESS);
    }
}
