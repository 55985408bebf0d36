//! Owns Krippendorff's alpha for any number of raters with missing values (Krippendorff 2011).

use serde::{Deserialize, Serialize};

use super::estimate::{Estimate, Undefined};
use super::table::Table;

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

/// Alpha = 1 - observed / expected disagreement over all units that carry at least two values.
///
/// Range (-inf, 1]. `n_units` counts the units with at least two values, `n_dropped` the others.
/// Undefined: `TooFewRaters`, `NoPairs` (no unit with two values), `NoVariance` (one value only).
pub fn alpha(table: &Table, metric: Metric) -> Estimate {
    let coincidences = Coincidences::of(table);
    let value = if table.n_raters() < 2 { Err(Undefined::TooFewRaters) } else { coincidences.alpha(metric) };
    let used = coincidences.n_units;
    Estimate::from_result(value).with_counts(used, table.n_raters(), table.n_units() - used)
}

/// The coincidence matrix over the observed pairable values.
struct Coincidences {
    values: Vec<f64>,
    cells: Vec<f64>,
    margins: Vec<f64>,
    total: f64,
    n_units: usize,
}

impl Coincidences {
    fn of(table: &Table) -> Self {
        let pairable = |row: &[Option<f64>]| row.iter().flatten().count() >= 2;
        let mut values: Vec<f64> =
            table.rows().filter(|row| pairable(row)).flat_map(|row| row.iter().flatten().copied()).collect();
        values.sort_by(f64::total_cmp);
        values.dedup_by(|a, b| (*a - *b) == 0.0);
        let q = values.len();
        let index = |x: f64| values.partition_point(|v| *v < x);
        let mut cells = vec![0.0; q * q];
        let mut row_indices = Vec::new();
        let mut n_units = 0;
        for row in table.rows().filter(|row| pairable(row)) {
            row_indices.clear();
            row_indices.extend(row.iter().flatten().map(|&x| index(x)));
            let weight = 1.0 / (row_indices.len() - 1) as f64;
            n_units += 1;
            for (i, &c) in row_indices.iter().enumerate() {
                for &d in &row_indices[i + 1..] {
                    cells[c * q + d] += weight;
                    cells[d * q + c] += weight;
                }
            }
        }
        let margins: Vec<f64> = cells.chunks_exact(q.max(1)).map(|r| r.iter().sum()).collect();
        let total = margins.iter().sum();
        Self { values, cells, margins, total, n_units }
    }

    fn alpha(&self, metric: Metric) -> Result<f64, Undefined> {
        if self.n_units == 0 {
            return Err(Undefined::NoPairs);
        }
        if self.values.len() < 2 {
            return Err(Undefined::NoVariance);
        }
        let q = self.values.len();
        let below = running_sums(&self.margins);
        let (mut observed, mut expected) = (0.0, 0.0);
        for c in 0..q {
            for d in c + 1..q {
                let delta = self.distance(metric, &below, c, d);
                observed += self.cells[c * q + d] * delta;
                expected += self.margins[c] * self.margins[d] * delta;
            }
        }
        let alpha = 1.0 - (self.total - 1.0) * observed / expected;
        if alpha.is_finite() { Ok(alpha) } else { Err(Undefined::NotApplicable) }
    }

    /// The squared distance of the values with indices `c < d`.
    fn distance(&self, metric: Metric, below: &[f64], c: usize, d: usize) -> f64 {
        let (x, y) = (self.values[c], self.values[d]);
        match metric {
            Metric::Nominal => 1.0,
            Metric::Ordinal => {
                let between = below[d + 1] - below[c] - 0.5 * (self.margins[c] + self.margins[d]);
                between * between
            }
            Metric::Interval => (x - y) * (x - y),
            Metric::Ratio => ((x - y) / (x + y)).powi(2),
        }
    }
}

/// `sums[i]` = sum of the first i margins.
fn running_sums(margins: &[f64]) -> Vec<f64> {
    let mut sums = vec![0.0];
    let mut total = 0.0;
    for m in margins {
        total += m;
        sums.push(total);
    }
    sums
}
