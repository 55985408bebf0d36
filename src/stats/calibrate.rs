//! Maps from one scale to another (shift, line, Deming line, isotonic), fitted in sample or across folds.
//!
//! On about 40 units a shift or a line beats the isotonic map once errors are cross-fitted, while in sample the
//! isotonic map looks best; so choose by the cross-fitted error, with folds that keep related units together.

use serde::{Deserialize, Serialize};

use super::descriptive::{is_rounding, max_abs, mean, sum_of_products, sum_of_squares};
use super::estimate::Undefined;
use super::table::Pairs;

/// Kind of map.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MapKind {
    /// y = x.
    Raw,
    /// y = x + mean difference.
    MeanShift,
    /// Least squares of y on x.
    Linear,
    /// Deming regression with the ratio of error variances var(y) / var(x).
    Deming {
        /// var(error of y) / var(error of x), positive.
        ratio: f64,
    },
    /// Non-decreasing steps joined by lines (pool adjacent violators).
    Isotonic,
}

/// A fitted map.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Map {
    /// y = intercept + slope x.
    Line {
        /// Value at 0.
        intercept: f64,
        /// Change per unit of x.
        slope: f64,
    },
    /// Linear between knots, constant outside them; x ascending.
    Knots(Vec<(f64, f64)>),
}

impl Map {
    /// Fits a map of b on a.
    ///
    /// # Errors
    /// `NoPairs` when empty; `TooFewUnits` below 2 for a line, below 3 for Deming; `NoVariance` when x (or for Deming
    /// the covariance) does not vary.
    pub fn fit(pairs: &Pairs, kind: MapKind) -> Result<Self, Undefined> {
        let (x, y) = (pairs.a(), pairs.b());
        let (mx, my) = (mean(x).ok_or(Undefined::NoPairs)?, mean(y).ok_or(Undefined::NoPairs)?);
        let line = |slope: f64| Self::Line { intercept: my - slope * mx, slope };
        match kind {
            MapKind::Raw => Ok(Self::Line { intercept: 0.0, slope: 1.0 }),
            MapKind::MeanShift => Ok(line(1.0)),
            MapKind::Linear => Ok(line(least_squares_slope(x, y)?)),
            MapKind::Deming { ratio } => Ok(line(deming_slope(x, y, ratio)?)),
            MapKind::Isotonic => Ok(Self::Knots(isotonic(x, y))),
        }
    }

    /// The value at x.
    pub fn at(&self, x: f64) -> f64 {
        match self {
            Self::Line { intercept, slope } => intercept + slope * x,
            Self::Knots(knots) => interpolate(knots, x),
        }
    }
}

fn least_squares_slope(x: &[f64], y: &[f64]) -> Result<f64, Undefined> {
    if x.len() < 2 {
        return Err(Undefined::TooFewUnits);
    }
    let sxx = sum_of_squares(x);
    if is_rounding(sxx, x.len(), max_abs(x)) {
        return Err(Undefined::NoVariance);
    }
    Ok(sum_of_products(x, y) / sxx)
}

fn deming_slope(x: &[f64], y: &[f64], ratio: f64) -> Result<f64, Undefined> {
    if x.len() < 3 {
        return Err(Undefined::TooFewUnits);
    }
    let (sxx, syy, sxy) = (sum_of_squares(x), sum_of_squares(y), sum_of_products(x, y));
    let gap = syy - ratio * sxx;
    let slope = (gap + (gap * gap + 4.0 * ratio * sxy * sxy).sqrt()) / (2.0 * sxy);
    if slope.is_finite() && ratio > 0.0 { Ok(slope) } else { Err(Undefined::NoVariance) }
}

/// The knots of the isotonic fit: ties in x averaged first, both ends of each level block kept.
fn isotonic(x: &[f64], y: &[f64]) -> Vec<(f64, f64)> {
    let mut points: Vec<(f64, f64)> = x.iter().copied().zip(y.iter().copied()).collect();
    points.sort_by(|a, b| a.0.total_cmp(&b.0));
    // Blocks of (first x, last x, mean y, weight); a block that falls below its predecessor joins it.
    let mut blocks: Vec<(f64, f64, f64, f64)> = Vec::new();
    for tied in points.chunk_by(|a, b| (a.0 - b.0) == 0.0) {
        let weight = tied.len() as f64;
        let level = tied.iter().map(|p| p.1).sum::<f64>() / weight;
        let mut block = (tied[0].0, tied[0].0, level, weight);
        while let Some(last) = blocks.last().copied().filter(|last| last.2 >= block.2) {
            blocks.pop();
            let total = last.3 + block.3;
            block = (last.0, block.1, (last.2 * last.3 + block.2 * block.3) / total, total);
        }
        blocks.push(block);
    }
    let ends = |b: &(f64, f64, f64, f64)| {
        if b.1 > b.0 { vec![(b.0, b.2), (b.1, b.2)] } else { vec![(b.0, b.2)] }
    };
    blocks.iter().flat_map(ends).collect()
}

fn interpolate(knots: &[(f64, f64)], x: f64) -> f64 {
    let next = knots.partition_point(|k| k.0 <= x);
    let (Some(first), Some(last)) = (knots.first(), knots.last()) else { return x };
    if next == 0 {
        return first.1;
    }
    let Some(high) = knots.get(next) else { return last.1 };
    let low = knots[next - 1];
    low.1 + (high.1 - low.1) * (x - low.0) / (high.0 - low.0)
}

/// A map evaluated out of fold.
#[derive(Debug, Clone, PartialEq)]
pub struct CrossFit {
    /// The prediction for each unit from the other folds; `None` if a value is missing or no map could be fitted.
    pub predictions: Vec<Option<f64>>,
    /// (y, prediction) of the predicted units, as input for `mae`, `rmse` and `bias`.
    pub pairs: Pairs,
    /// (y, fitted) of the map fitted to all units at once; shows how optimistic the in-sample error is.
    pub in_sample: Pairs,
}

/// Fits a map of y on x in the other folds and predicts each fold. All slices have one entry per unit.
pub fn cross_fit(x: &[Option<f64>], y: &[Option<f64>], folds: &[usize], kind: MapKind) -> CrossFit {
    let n = x.len().min(y.len()).min(folds.len());
    let training = |skip: Option<usize>| {
        let keep =
            |v: &[Option<f64>]| (0..n).map(|i| v[i].filter(|_| Some(folds[i]) != skip)).collect::<Vec<_>>();
        Pairs::new(&keep(x), &keep(y))
    };
    let mut distinct: Vec<usize> = folds[..n].to_vec();
    distinct.sort_unstable();
    distinct.dedup();
    let maps: Vec<Option<Map>> = distinct.iter().map(|f| Map::fit(&training(Some(*f)), kind).ok()).collect();
    let everything = Map::fit(&training(None), kind).ok();
    let predict = |i: usize, map: Option<&Map>| {
        let (x, _) = x[i].zip(y[i])?;
        map.map(|m| m.at(x))
    };
    let predictions: Vec<Option<f64>> = (0..n)
        .map(|i| predict(i, distinct.binary_search(&folds[i]).ok().and_then(|f| maps[f].as_ref())))
        .collect();
    let fitted: Vec<Option<f64>> = (0..n).map(|i| predict(i, everything.as_ref())).collect();
    CrossFit { pairs: Pairs::new(y, &predictions), in_sample: Pairs::new(y, &fitted), predictions }
}

/// The half width that covers a new value with probability 1 - `alpha` (split conformal, Lei et al. 2018): the
/// ceil((1 - alpha)(n + 1))-th smallest absolute residual.
///
/// # Errors
/// `NoPairs` when empty, `TooFewUnits` when n is too small for this alpha.
pub fn conformal_half_width(residuals: &[f64], alpha: f64) -> Result<f64, Undefined> {
    if residuals.is_empty() {
        return Err(Undefined::NoPairs);
    }
    let mut sizes: Vec<f64> = residuals.iter().map(|r| r.abs()).collect();
    sizes.sort_by(f64::total_cmp);
    // The slack keeps (1 - 0.1) * 40 = 36.000000000000001 from becoming 37.
    let k = ((1.0 - alpha) * (sizes.len() as f64 + 1.0) - 1e-9).ceil().max(1.0);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at least 1")]
    sizes.get(k as usize - 1).copied().ok_or(Undefined::TooFewUnits)
}
