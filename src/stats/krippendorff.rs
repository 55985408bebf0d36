//! Krippendorff's alpha for any number of raters with missing values (Krippendorff 2011).

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::estimate::{Estimate, Undefined};
use super::table::RatingMatrix;

/// The difference function between two values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Metric {
    /// Equal or not.
    Nominal,
    /// Squared number of observed values between the two; depends on the margins of the sample.
    Ordinal,
    /// Squared difference.
    Interval,
    /// Squared relative difference; for non-negative values.
    Ratio,
}

impl Metric {
    /// All four metrics.
    pub const ALL: [Self; 4] = [Self::Nominal, Self::Ordinal, Self::Interval, Self::Ratio];

    /// The name used in statistic ids.
    pub fn word(self) -> &'static str {
        match self {
            Self::Nominal => "nominal",
            Self::Ordinal => "ordinal",
            Self::Interval => "interval",
            Self::Ratio => "ratio",
        }
    }
}

/// Largest number of distinct values for the ratio metric, whose time grows with their square.
const MOST_RATIO_VALUES: usize = 10_000;

/// Alpha = 1 - observed / expected disagreement over all units that carry at least two values.
///
/// Range (-inf, 1]. `n_units` counts the units with at least two values, `n_dropped` the others.
/// Undefined: `TooFewRaters`, `NoPairs` (no unit with two values), `NoVariance` (one value only).
pub fn alpha(table: &RatingMatrix, metric: Metric) -> Estimate {
    let pairable = Pairable::of(table);
    let value = if table.n_raters() < 2 {
        Err(Undefined::TooFewRaters)
    } else {
        pairable.alpha(0..table.n_units(), metric)
    };
    let used = (0..table.n_units()).filter(|&unit| !pairable.unit(unit).is_empty()).count();
    Estimate::from_result(value).with_counts(used, table.n_raters(), table.n_units() - used)
}

/// The values of every unit that has at least two, as indices into the distinct values. Computed once and shared by
/// every resample of the units.
#[derive(Debug, Clone)]
pub struct Pairable {
    values: Vec<f64>,
    indices: Vec<u32>,
    /// Where each unit's indices start, followed by the end of the last unit.
    starts: Vec<usize>,
}

impl Pairable {
    /// Indexes a units x raters table.
    pub fn of(table: &RatingMatrix) -> Self {
        let mut distinct = Distinct::default();
        let (mut indices, mut starts) = (Vec::new(), Vec::with_capacity(table.n_units() + 1));
        starts.push(0);
        for row in table.rows() {
            let start = indices.len();
            indices.extend(row.iter().flatten().map(|x| distinct.number(*x)));
            // A single value forms no pair.
            if indices.len() - start < 2 {
                indices.truncate(start);
            }
            starts.push(indices.len());
        }
        let (values, ranks) = distinct.sorted();
        for index in &mut indices {
            *index = ranks[*index as usize];
        }
        Self { values, indices, starts }
    }

    /// The indices of one unit's values; empty if it has fewer than two.
    fn unit(&self, unit: usize) -> &[u32] {
        &self.indices[self.starts[unit]..self.starts[unit + 1]]
    }

    /// Alpha of the given units (rows of the table, repeats allowed).
    ///
    /// A value of a unit with m values enters m - 1 pairs, each with weight 1 / (m - 1). The coincidence matrix
    /// therefore has the counts of the values as its margins and need not be built. Nominal, ordinal and interval take
    /// time linear in the number of values; ordinal is interval on mid-ranks.
    ///
    /// # Errors
    /// `NoPairs` without a unit of two values, `NoVariance` when all values are the same, `NotApplicable` for the ratio
    /// metric when a value is below 0 or more than 10,000 values differ.
    ///
    /// # Panics
    /// When a unit is not a row of the table.
    pub fn alpha(
        &self,
        units: impl IntoIterator<Item = usize, IntoIter: Clone>,
        metric: Metric,
    ) -> Result<f64, Undefined> {
        let units = units.into_iter();
        let mut counts = vec![0.0; self.values.len()];
        units.clone().flat_map(|unit| self.unit(unit)).for_each(|&value| counts[value as usize] += 1.0);
        match counts.iter().filter(|&&count| count > 0.0).count() {
            0 => return Err(Undefined::NoPairs),
            1 => return Err(Undefined::NoVariance),
            _ => {}
        }
        let units = units.map(|unit| self.unit(unit));
        let (observed, expected) = match metric {
            Metric::Nominal => {
                let differ = |c: usize, d: usize| f64::from(u8::from(c != d));
                (disagreement(units, differ), unequal_pairs(&counts))
            }
            Metric::Ordinal => on_positions(units, &counts, &mid_ranks(&counts)),
            Metric::Interval => on_positions(units, &counts, &self.values),
            // Values below 0 have no ratio. Unlike the other metrics, this one visits all pairs of values.
            Metric::Ratio if self.values[0] < 0.0 || self.values.len() > MOST_RATIO_VALUES => {
                return Err(Undefined::NotApplicable);
            }
            Metric::Ratio => {
                let (x, relative) = (&self.values, |x: f64, y: f64| ((x - y) / (x + y)).powi(2));
                let distance = |c: usize, d: usize| if c == d { 0.0 } else { relative(x[c], x[d]) };
                (disagreement(units, distance), of_all_pairs(&counts, distance))
            }
        };
        let total: f64 = counts.iter().sum();
        let alpha = 1.0 - (total - 1.0) * observed / expected;
        if alpha.is_finite() { Ok(alpha) } else { Err(Undefined::NotApplicable) }
    }
}

/// Numbers distinct values in order of appearance. Whole numbers from 0 to 255, which ratings are, go through a lookup
/// table, because sorting and searching took two thirds of the time of an alpha.
struct Distinct {
    values: Vec<f64>,
    small: [Option<u32>; 256],
    others: HashMap<u64, u32>,
}

impl Default for Distinct {
    fn default() -> Self {
        Self { values: Vec::new(), small: [None; 256], others: HashMap::new() }
    }
}

impl Distinct {
    fn number(&mut self, x: f64) -> u32 {
        let next = u32::try_from(self.values.len()).expect("fewer than four billion ratings");
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "saturates, and is checked"
        )]
        let small = x as u8;
        let known = if (f64::from(small) - x) == 0.0 {
            self.small[usize::from(small)].get_or_insert(next)
        } else {
            self.others.entry(x.to_bits()).or_insert(next)
        };
        let number = *known;
        if number == next {
            self.values.push(x);
        }
        number
    }

    /// The values in ascending order, and the position of each number among them.
    fn sorted(self) -> (Vec<f64>, Vec<u32>) {
        let mut order: Vec<usize> = (0..self.values.len()).collect();
        order.sort_by(|&a, &b| self.values[a].total_cmp(&self.values[b]));
        let mut ranks = vec![0; order.len()];
        for (rank, &number) in (0..).zip(&order) {
            ranks[number] = rank;
        }
        (order.into_iter().map(|number| self.values[number]).collect(), ranks)
    }
}

/// The weighted sum of distances within units.
fn disagreement<'u>(units: impl Iterator<Item = &'u [u32]>, distance: impl Fn(usize, usize) -> f64) -> f64 {
    let within = |unit: &[u32]| {
        let pairs = unit.iter().enumerate().flat_map(|(i, &c)| unit[i + 1..].iter().map(move |&d| (c, d)));
        pairs.map(|(c, d)| distance(c as usize, d as usize)).sum::<f64>() / (unit.len() - 1) as f64
    };
    units.filter(|unit| !unit.is_empty()).map(within).sum()
}

/// Number of pairs of unequal values, across all units.
fn unequal_pairs(counts: &[f64]) -> f64 {
    let total: f64 = counts.iter().sum();
    0.5 * counts.iter().map(|count| count * (total - count)).sum::<f64>()
}

/// Sum of distances over all pairs of values, across all units.
fn of_all_pairs(counts: &[f64], distance: impl Fn(usize, usize) -> f64) -> f64 {
    let from = |c: usize| {
        let others = (c + 1..counts.len()).filter(|&d| counts[d] > 0.0);
        counts[c] * others.map(|d| counts[d] * distance(c, d)).sum::<f64>()
    };
    (0..counts.len()).filter(|&c| counts[c] > 0.0).map(from).sum()
}

/// Observed and expected sums of squared differences of positions; the expected one as n times the spread about the
/// mean.
fn on_positions<'u>(units: impl Iterator<Item = &'u [u32]>, counts: &[f64], positions: &[f64]) -> (f64, f64) {
    let total: f64 = counts.iter().sum();
    let centre = counts.iter().zip(positions).map(|(n, p)| n * p).sum::<f64>() / total;
    let spread: f64 = counts.iter().zip(positions).map(|(n, p)| n * (p - centre) * (p - centre)).sum();
    let squared = |c: usize, d: usize| (positions[c] - positions[d]) * (positions[c] - positions[d]);
    (disagreement(units, squared), total * spread)
}

/// The mean rank of each value.
fn mid_ranks(counts: &[f64]) -> Vec<f64> {
    let mut below = 0.0;
    let mut rank = |count: &f64| {
        let middle = below + 0.5 * count;
        below += count;
        middle
    };
    counts.iter().map(&mut rank).collect()
}
