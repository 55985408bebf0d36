//! Intraclass correlations of an incomplete two-way table by restricted maximum likelihood.
//!
//! Model: value = mean + unit + rater + residual, all random and crossed, missing cells left out (the estimator of
//! `lme4::lmer(v ~ 1 + (1|unit) + (1|rater))` and of `psych::ICC(lmer = TRUE)`). Unit effects are eliminated in closed
//! form, so that one evaluation costs a factorization of the size of the number of raters.

use super::descriptive::is_constant;
use super::estimate::{Estimate, Undefined};
use super::table::RatingMatrix;

/// Variance components and the coefficients made of them.
#[derive(Debug, Clone, PartialEq)]
pub struct RemlIcc {
    /// Variance between units.
    pub unit: Option<f64>,
    /// Variance between raters.
    pub rater: Option<f64>,
    /// Residual variance.
    pub residual: Option<f64>,
    /// Absolute agreement of one rater: unit / (unit + rater + residual). Without interval.
    pub a1: Estimate,
    /// Consistency of one rater: unit / (unit + residual). Without interval.
    pub c1: Estimate,
}

/// Fits the model to all cells present.
///
/// Undefined: `TooFewRaters`, `TooFewUnits` below 2 rated units, `NoPairs` when no unit has two values, `NoVariance`,
/// `ZeroResidual` when the residual vanishes and the likelihood has no maximum.
pub fn icc_reml(table: &RatingMatrix) -> RemlIcc {
    let used = table.rows().filter(|r| r.iter().any(Option::is_some)).count();
    let count = |e: Estimate| e.with_counts(used, table.n_raters(), table.n_units() - used);
    match CrossProducts::new(table).and_then(|m| m.fit()) {
        Ok(c) => RemlIcc {
            unit: Some(c.unit),
            rater: Some(c.rater),
            residual: Some(c.residual),
            a1: count(Estimate::ok(c.unit / (c.unit + c.rater + c.residual))),
            c1: count(Estimate::ok(c.unit / (c.unit + c.residual))),
        },
        Err(reason) => {
            let none = count(Estimate::undefined(reason));
            RemlIcc { unit: None, rater: None, residual: None, a1: none.clone(), c1: none }
        }
    }
}

struct Components {
    unit: f64,
    rater: f64,
    residual: f64,
}

/// Cross products of the rows that carry a value, centered on the first value so that sums of squares lose no digits.
struct CrossProducts {
    sizes: Vec<OfSize>,
    raters: usize,
    n: f64,
}

/// The rows with a given number of values. A unit's effect enters the likelihood only by that number, so that one
/// evaluation costs as much for a million rows as for ten.
struct OfSize {
    values: f64,
    rows: f64,
    /// Products of (raters' indicators, 1, y), summed over cells.
    within: Vec<f64>,
    /// Products of the row sums of the same, summed over rows.
    between: Vec<f64>,
}

fn by_size(rows: &[Vec<(usize, f64)>], raters: usize) -> Vec<OfSize> {
    let size = raters + 2;
    let (one, y) = (raters, raters + 1);
    let empty = |m: usize| OfSize {
        values: m as f64,
        rows: 0.0,
        within: vec![0.0; size * size],
        between: vec![0.0; size * size],
    };
    let mut sizes: Vec<OfSize> = (0..=raters).map(empty).collect();
    let mut sums = vec![0.0; size];
    for row in rows {
        let of = &mut sizes[row.len()];
        of.rows += 1.0;
        sums.fill(0.0);
        for &(j, v) in row {
            for (a, x) in [(j, 1.0), (one, 1.0), (y, v)] {
                sums[a] += x;
                for (b, z) in [(j, 1.0), (one, 1.0), (y, v)] {
                    of.within[a * size + b] += x * z;
                }
            }
        }
        for (a, x) in sums.iter().enumerate() {
            for (b, z) in sums.iter().enumerate() {
                of.between[a * size + b] += x * z;
            }
        }
    }
    sizes.retain(|of| of.rows > 0.0);
    sizes
}

impl CrossProducts {
    fn new(table: &RatingMatrix) -> Result<Self, Undefined> {
        if table.n_raters() < 2 {
            return Err(Undefined::TooFewRaters);
        }
        let mut rows: Vec<Vec<(usize, f64)>> = table
            .rows()
            .map(|r| r.iter().enumerate().filter_map(|(j, x)| x.map(|x| (j, x))).collect::<Vec<_>>())
            .filter(|r| !r.is_empty())
            .collect();
        if !rows.iter().any(|r| r.len() >= 2) {
            return Err(if rows.is_empty() { Undefined::TooFewUnits } else { Undefined::NoPairs });
        }
        if rows.len() < 2 {
            return Err(Undefined::TooFewUnits);
        }
        let values: Vec<f64> = rows.iter().flatten().map(|c| c.1).collect();
        if is_constant(&values) {
            return Err(Undefined::NoVariance);
        }
        let origin = values[0];
        rows.iter_mut().flatten().for_each(|c| c.1 -= origin);
        Ok(Self { sizes: by_size(&rows, table.n_raters()), raters: table.n_raters(), n: values.len() as f64 })
    }

    fn fit(&self) -> Result<Components, Undefined> {
        let objective =
            |s: [f64; 2]| self.profile(s[0] * s[0], s[1] * s[1]).map_or(f64::INFINITY, |p| p.deviance);
        let first = minimise(objective, [1.0, 0.5]);
        let best = minimise(objective, first);
        let (unit, rater) = (best[0] * best[0], best[1] * best[1]);
        let at = self.profile(unit, rater).ok_or(Undefined::ZeroResidual)?;
        // Relative variances this large mean that the residual approaches zero.
        if unit.max(rater) > 1e9 {
            return Err(Undefined::ZeroResidual);
        }
        Ok(Components { unit: unit * at.residual, rater: rater * at.residual, residual: at.residual })
    }

    /// The restricted deviance at given variances of unit and rater relative to the residual.
    fn profile(&self, unit: f64, rater: f64) -> Option<LikelihoodProfile> {
        // Cross products of (raters' indicators, 1, y) in the metric that unit effects leave.
        let size = self.raters + 2;
        let (one, y) = (self.raters, self.raters + 1);
        let mut cross = vec![0.0; size * size];
        let mut log_det = 0.0;
        for of in &self.sizes {
            let shrink = unit / (1.0 + unit * of.values);
            log_det += of.rows * (1.0 + unit * of.values).ln();
            for (sum, (within, between)) in cross.iter_mut().zip(of.within.iter().zip(&of.between)) {
                *sum += within - shrink * between;
            }
        }
        let swept = sweep_raters(&mut cross, size, self.raters, rater)?;
        log_det += swept;
        let (xx, xy, yy) = (cross[one * size + one], cross[one * size + y], cross[y * size + y]);
        let rss = yy - xy * xy / xx;
        let residual = rss / (self.n - 1.0);
        let deviance = log_det + xx.ln() + (self.n - 1.0) * residual.ln();
        (residual > 0.0 && deviance.is_finite()).then_some(LikelihoodProfile { residual, deviance })
    }
}

struct LikelihoodProfile {
    residual: f64,
    deviance: f64,
}

/// Eliminates the rater block: a'(W - W Z (I/r + Z'WZ)^-1 Z'W)b by Gaussian steps on I + r Z'WZ; returns its log
/// determinant.
fn sweep_raters(cross: &mut [f64], size: usize, raters: usize, rater: f64) -> Option<f64> {
    // The rows and columns of the raters are scaled by sqrt(r) and the identity added, so r = 0 needs no special case.
    let root = rater.sqrt();
    for a in 0..size {
        for b in 0..size {
            let times = |i: usize| if i < raters { root } else { 1.0 };
            cross[a * size + b] *= times(a) * times(b);
        }
    }
    let mut log_det = 0.0;
    for j in 0..raters {
        cross[j * size + j] += 1.0;
    }
    for j in 0..raters {
        let pivot = cross[j * size + j];
        if pivot <= 0.0 || !pivot.is_finite() {
            return None;
        }
        log_det += pivot.ln();
        for a in j + 1..size {
            let factor = cross[a * size + j] / pivot;
            for b in j + 1..size {
                cross[a * size + b] -= factor * cross[j * size + b];
            }
        }
    }
    Some(log_det)
}

/// Nelder-Mead in the positive quadrant of two square roots, from a fixed start; deterministic.
fn minimise(objective: impl Fn([f64; 2]) -> f64, start: [f64; 2]) -> [f64; 2] {
    let inside = |p: [f64; 2]| [p[0].abs().min(1e5), p[1].abs().min(1e5)];
    let value = |p: [f64; 2]| (objective(p), p);
    let step = |x: f64| 0.5 * x + 0.1;
    let mut simplex = [
        value(start),
        value([start[0] + step(start[0]), start[1]]),
        value([start[0], start[1] + step(start[1])]),
    ];
    for _ in 0..400 {
        simplex.sort_by(|a, b| a.0.total_cmp(&b.0));
        let [best, middle, worst] = simplex;
        let centre = [0.5 * (best.1[0] + middle.1[0]), 0.5 * (best.1[1] + middle.1[1])];
        let towards = |t: f64| value(inside([0, 1].map(|i| centre[i] + t * (centre[i] - worst.1[i]))));
        let reflected = towards(1.0);
        let candidate = if reflected.0 < best.0 {
            let further = towards(2.0);
            if further.0 < reflected.0 { further } else { reflected }
        } else if reflected.0 < middle.0 {
            reflected
        } else {
            let (out, back) = (towards(0.5), towards(-0.5));
            if out.0 < back.0 { out } else { back }
        };
        if candidate.0 < worst.0 {
            simplex[2] = candidate;
        } else {
            let shrunk = |p: [f64; 2]| value([0, 1].map(|i| 0.5 * (best.1[i] + p[i])));
            simplex = [best, shrunk(middle.1), shrunk(worst.1)];
        }
        let spread = (0..2).map(|i| (simplex[2].1[i] - simplex[0].1[i]).abs()).fold(0.0, f64::max);
        if spread < 1e-9 * (1.0 + simplex[0].1[0]) {
            break;
        }
    }
    simplex.sort_by(|a, b| a.0.total_cmp(&b.0));
    simplex[0].1
}
