//! Cohen's kappa of two raters over a declared list of categories (Cohen 1960, 1968).
//!
//! The categories are declared, never taken from the data: weights by index of the observed values change when a
//! middle category happens to be unused. Standard errors follow Fleiss, Cohen & Everitt (1969).

use serde::{Deserialize, Serialize};

use super::distributions::{normal_p_two, normal_quantile};
use super::estimate::{Estimate, Interval, Undefined};
use super::table::Pairs;

/// Credit for a pair of different categories.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KappaWeights {
    /// No credit.
    Unweighted,
    /// Falling linearly with the distance of the category indices.
    Linear,
    /// Falling with the squared distance of the category indices.
    Quadratic,
}

impl KappaWeights {
    /// All three weightings.
    pub const ALL: [Self; 3] = [Self::Unweighted, Self::Linear, Self::Quadratic];

    /// The name used in statistic ids.
    pub fn word(self) -> &'static str {
        match self {
            Self::Unweighted => "unweighted",
            Self::Linear => "linear",
            Self::Quadratic => "quadratic",
        }
    }

    /// The agreement weight of categories i and j out of q, in [0, 1].
    fn agreement(self, i: usize, j: usize, q: usize) -> f64 {
        let span = (q.max(2) - 1) as f64;
        let distance = i.abs_diff(j) as f64;
        match self {
            Self::Unweighted => f64::from(u8::from(i == j)),
            Self::Linear => 1.0 - distance / span,
            Self::Quadratic => 1.0 - (distance / span).powi(2),
        }
    }

    /// The weights of all pairs of q categories, row by row.
    fn table(self, q: usize) -> Vec<f64> {
        (0..q * q).map(|cell| self.agreement(cell / q, cell % q, q)).collect()
    }
}

/// The index of each value in the declared categories.
///
/// # Errors
/// `NotCategorical` when a value is not declared.
pub fn categorise(values: &[f64], categories: &[f64]) -> Result<Vec<usize>, Undefined> {
    values
        .iter()
        .map(|x| categories.iter().position(|c| (c - x).abs() < 1e-9).ok_or(Undefined::NotCategorical))
        .collect()
}

/// Kappa with its asymptotic standard error, a normal interval at `level` and the p value of the test against 0.
///
/// Range (-inf, 1]. Undefined: `NoPairs`, `NotCategorical`, `NoVariance` when chance agreement is 1.
pub fn kappa(pairs: &Pairs, categories: &[f64], weights: KappaWeights, level: f64) -> Estimate {
    match JointTable::of(pairs, categories, weights) {
        Ok(agreement) => agreement.estimate(level),
        Err(reason) => Estimate::undefined(reason),
    }
    .with_counts(pairs.len(), 2, pairs.n_dropped())
}

/// Pairs as category indices, computed once and shared by every resample.
#[derive(Debug, Clone)]
pub struct CategorisedPairs {
    pairs: Vec<(usize, usize)>,
    q: usize,
    weight: Vec<f64>,
}

impl CategorisedPairs {
    /// Reads pairs over the declared categories.
    ///
    /// # Errors
    /// `NotCategorical` when a value is not declared.
    pub fn new(pairs: &Pairs, categories: &[f64], weights: KappaWeights) -> Result<Self, Undefined> {
        let (a, b) = (categorise(pairs.a(), categories)?, categorise(pairs.b(), categories)?);
        let q = categories.len();
        Ok(Self { pairs: a.into_iter().zip(b).collect(), q, weight: weights.table(q) })
    }

    /// Kappa of the pairs at these positions, repeats allowed: from the margins and the mean weight, without the
    /// joint table.
    ///
    /// # Errors
    /// `NoPairs`, or `NoVariance` when chance agreement is 1.
    ///
    /// # Panics
    /// When a position is not one of a pair.
    pub fn kappa(&self, positions: impl IntoIterator<Item = usize>) -> Result<f64, Undefined> {
        let q = self.q;
        let (mut rows, mut columns) = (vec![0.0; q], vec![0.0; q]);
        let (mut n, mut observed) = (0.0, 0.0);
        for position in positions {
            let (i, j) = self.pairs[position];
            rows[i] += 1.0;
            columns[j] += 1.0;
            observed += self.weight[i * q + j];
            n += 1.0;
        }
        if n <= 0.0 {
            return Err(Undefined::NoPairs);
        }
        let one_category = rows.iter().zip(&columns).any(|(r, c)| *r >= n && *c >= n);
        let expected = (0..q)
            .map(|i| rows[i] * (0..q).map(|j| columns[j] * self.weight[i * q + j]).sum::<f64>())
            .sum::<f64>();
        let room = n - expected / n;
        if one_category || room <= 0.0 {
            Err(Undefined::NoVariance)
        } else {
            Ok((observed - expected / n) / room)
        }
    }
}

/// A joint table of proportions with its weights.
struct JointTable {
    n: f64,
    q: usize,
    joint: Vec<f64>,
    weight: Vec<f64>,
    rows: Vec<f64>,
    columns: Vec<f64>,
    observed: f64,
    expected: f64,
}

impl JointTable {
    fn of(pairs: &Pairs, categories: &[f64], weights: KappaWeights) -> Result<Self, Undefined> {
        if pairs.is_empty() {
            return Err(Undefined::NoPairs);
        }
        let (a, b) = (categorise(pairs.a(), categories)?, categorise(pairs.b(), categories)?);
        Self::count(&a, &b, categories.len(), weights)
    }

    fn count(a: &[usize], b: &[usize], q: usize, weights: KappaWeights) -> Result<Self, Undefined> {
        let n = a.len().min(b.len()) as f64;
        if n <= 0.0 {
            return Err(Undefined::NoPairs);
        }
        let mut joint = vec![0.0; q * q];
        for (&i, &j) in a.iter().zip(b) {
            *joint.get_mut(i * q + j).filter(|_| j < q).ok_or(Undefined::NotCategorical)? += 1.0;
        }
        for p in &mut joint {
            *p /= n;
        }
        let rows: Vec<f64> = joint.chunks_exact(q).map(|r| r.iter().sum()).collect();
        let columns: Vec<f64> = (0..q).map(|j| (0..q).map(|i| joint[i * q + j]).sum()).collect();
        let weight = weights.table(q);
        let observed = joint.iter().zip(&weight).map(|(p, w)| p * w).sum();
        let expected = (0..q * q).map(|c| rows[c / q] * columns[c % q] * weight[c]).sum();
        Ok(Self { n, q, joint, weight, rows, columns, observed, expected })
    }

    fn value(&self) -> Result<f64, Undefined> {
        // Chance agreement is 1 exactly when both raters used one and the same category.
        let only = |margin: &[f64]| margin.iter().position(|p| *p >= 1.0 - 1e-12);
        if let (Some(i), Some(j)) = (only(&self.rows), only(&self.columns))
            && i == j
        {
            return Err(Undefined::NoVariance);
        }
        let room = 1.0 - self.expected;
        if room <= 0.0 { Err(Undefined::NoVariance) } else { Ok((self.observed - self.expected) / room) }
    }

    fn estimate(&self, level: f64) -> Estimate {
        let value = match self.value() {
            Ok(value) => value,
            Err(reason) => return Estimate::undefined(reason),
        };
        let (se, se_null) = self.standard_errors();
        let z = normal_quantile(0.5 + 0.5 * level);
        let p = if se_null > 0.0 { normal_p_two(value / se_null) } else { f64::NAN };
        Estimate::ok(value)
            .with_se(se)
            .with_interval(Interval::new(value - z * se, value + z * se, level, "asymptotic"))
            .with_p(p)
    }

    /// The standard error of kappa and its standard error under independence.
    fn standard_errors(&self) -> (f64, f64) {
        let q = self.q;
        let row_weight: Vec<f64> =
            (0..q).map(|i| (0..q).map(|j| self.columns[j] * self.weight[i * q + j]).sum()).collect();
        let column_weight: Vec<f64> =
            (0..q).map(|j| (0..q).map(|i| self.rows[i] * self.weight[i * q + j]).sum()).collect();
        let (po, pe) = (self.observed, self.expected);
        // Fleiss et al. subtract a square from a sum of squares; centering first is the same without cancellation.
        let centre = po * pe - 2.0 * pe + po;
        let (mut spread, mut null_spread) = (0.0, 0.0);
        for c in 0..q * q {
            let (i, j) = (c / q, c % q);
            let both = row_weight[i] + column_weight[j];
            let term = self.weight[c] * (1.0 - pe) - both * (1.0 - po);
            spread += self.joint[c] * (term - centre).powi(2);
            null_spread += self.rows[i] * self.columns[j] * (self.weight[c] - both + pe).powi(2);
        }
        let room = 1.0 - pe;
        ((spread / self.n).sqrt() / (room * room), (null_spread / self.n).sqrt() / room)
    }
}
