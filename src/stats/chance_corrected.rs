//! Chance-corrected coefficients for many raters with missing values: Gwet AC1/AC2, Fleiss, Conger,
//! Brennan-Prediger and Krippendorff, with standard errors.
//!
//! Formulas and variances follow Gwet, Handbook of Inter-Rater Reliability (4th ed. 2014), as `irrCAC` has them.
//! Units without any rating are dropped; a t interval on n - 1 degrees of freedom generalizes to new units, not raters.

use serde::{Deserialize, Serialize};

use super::distributions::{t_p_two, t_quantile};
use super::estimate::{Estimate, Interval, Undefined};
use super::kappa::categorise;
use super::table::RatingMatrix;

/// Credit for a pair of different categories.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AgreementWeights {
    /// None: AC1, unweighted kappa.
    Identity,
    /// Falling linearly with the difference of the category values.
    Linear,
    /// Falling with the squared difference of the category values.
    Quadratic,
    /// Falling with the number of category pairs between the two, by rank.
    Ordinal,
}

impl AgreementWeights {
    fn matrix(self, categories: &[f64]) -> Vec<f64> {
        let q = categories.len();
        let span = categories.last().copied().unwrap_or(0.0) - categories.first().copied().unwrap_or(0.0);
        let pairs = |n: usize| n as f64 * (n as f64 - 1.0) / 2.0;
        let weight = |i: usize, j: usize| {
            if i == j {
                return 1.0;
            }
            let distance = (categories[i] - categories[j]).abs() / span;
            match self {
                Self::Identity => 0.0,
                Self::Linear => 1.0 - distance,
                Self::Quadratic => 1.0 - distance * distance,
                Self::Ordinal => 1.0 - pairs(i.abs_diff(j) + 1) / pairs(q),
            }
        };
        (0..q * q).map(|c| weight(c / q, c % q)).collect()
    }
}

/// Kind of coefficient.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Coefficient {
    /// Gwet's AC1 (identity weights) or AC2; 1 on constant data, and dependent on the number of categories.
    Gwet,
    /// Fleiss' generalization of Scott's pi.
    Fleiss,
    /// Conger's generalization of Cohen's kappa.
    Conger,
    /// Brennan-Prediger: chance agreement of uniform guessing; unweighted it is Randolph's free-marginal kappa.
    BrennanPrediger,
    /// Krippendorff's alpha, with an analytic standard error.
    Krippendorff,
}

/// A coefficient with the two proportions it is computed from.
#[derive(Debug, Clone, PartialEq)]
pub struct ChanceCorrected {
    /// The coefficient with standard error, t interval and p value.
    pub estimate: Estimate,
    /// Observed agreement.
    pub observed: Option<f64>,
    /// Agreement expected by chance.
    pub expected: Option<f64>,
}

/// The coefficient over `categories` (declared, ascending) with an interval at `level`.
///
/// Undefined: `TooFewRaters` below 2 columns, `NoPairs` when no unit has two values, `NotCategorical`, `NoVariance`
/// when chance agreement is 1 (or a single category is declared).
pub fn chance_corrected(
    table: &RatingMatrix,
    categories: &[f64],
    weights: AgreementWeights,
    coefficient: Coefficient,
    level: f64,
) -> ChanceCorrected {
    let fit = CategoryCounts::new(table, categories, weights).and_then(|counts| {
        let parts = counts.parts(coefficient)?;
        Ok((counts.n(coefficient), parts))
    });
    match fit {
        Ok((n, parts)) => {
            let estimate = parts.estimate(n, level).with_counts(n, table.n_raters(), table.n_units() - n);
            ChanceCorrected { estimate, observed: Some(parts.pa), expected: Some(parts.pe) }
        }
        Err(reason) => ChanceCorrected {
            estimate: Estimate::undefined(reason).with_counts(0, table.n_raters(), table.n_units()),
            observed: None,
            expected: None,
        },
    }
}

/// Observed and expected agreement, the coefficient, and each unit's linear contribution to it.
struct AgreementParts {
    pa: f64,
    pe: f64,
    value: f64,
    /// Center of the influences; differs from `value` for alpha only.
    centre: f64,
    influence: Vec<f64>,
}

impl AgreementParts {
    fn estimate(&self, n: usize, level: f64) -> Estimate {
        let estimate = Estimate::ok(self.value);
        if n < 2 {
            return estimate.with_interval(Err(Undefined::TooFewUnits));
        }
        let (nf, df) = (n as f64, n as f64 - 1.0);
        let squares: f64 = self.influence.iter().map(|x| (x - self.centre).powi(2)).sum();
        let se = (squares / (nf * df)).sqrt();
        let t = t_quantile(0.5 + 0.5 * level, df).unwrap_or(f64::NAN);
        let interval = Interval::new(self.value - t * se, (self.value + t * se).min(1.0), level, "t");
        let p = if se > 0.0 { t_p_two(self.value / se, df).unwrap_or(f64::NAN) } else { f64::NAN };
        estimate.with_se(se).with_interval(interval).with_p(p)
    }
}

/// Category counts per unit, with everything the coefficients share.
struct CategoryCounts {
    q: usize,
    weights: Vec<f64>,
    /// One row per unit with a rating: the category of each rater.
    cells: Vec<Vec<Option<usize>>>,
    /// The same as counts per category.
    tallies: Vec<Vec<f64>>,
    /// Ratings per unit.
    ratings: Vec<f64>,
    /// Weighted pair agreement per unit: sum over categories of r (r* - 1).
    agreeing: Vec<f64>,
}

impl CategoryCounts {
    fn new(table: &RatingMatrix, categories: &[f64], weights: AgreementWeights) -> Result<Self, Undefined> {
        if table.n_raters() < 2 {
            return Err(Undefined::TooFewRaters);
        }
        let q = categories.len();
        let mut cells = Vec::new();
        for row in table.rows().filter(|row| row.iter().any(Option::is_some)) {
            let place = |x: &Option<f64>| x.map(|x| categorise(&[x], categories).map(|c| c[0])).transpose();
            cells.push(row.iter().map(place).collect::<Result<Vec<_>, _>>()?);
        }
        if !cells.iter().any(|row| row.iter().flatten().count() >= 2) {
            return Err(Undefined::NoPairs);
        }
        if q < 2 {
            return Err(Undefined::NoVariance);
        }
        let tallies: Vec<Vec<f64>> = cells
            .iter()
            .map(|row| {
                let mut count = vec![0.0; q];
                row.iter().flatten().for_each(|&c| count[c] += 1.0);
                count
            })
            .collect();
        let weights = weights.matrix(categories);
        let agreeing = tallies.iter().map(|c| dot(c, &shifted(&times(&weights, c), -1.0))).collect();
        let ratings = tallies.iter().map(|c| c.iter().sum()).collect();
        Ok(Self { q, weights, cells, tallies, ratings, agreeing })
    }

    /// Units the coefficient uses.
    fn n(&self, coefficient: Coefficient) -> usize {
        match coefficient {
            Coefficient::Krippendorff => self.ratings.iter().filter(|r| **r >= 2.0).count(),
            _ => self.ratings.len(),
        }
    }

    fn parts(&self, coefficient: Coefficient) -> Result<AgreementParts, Undefined> {
        if coefficient == Coefficient::Krippendorff {
            return self.krippendorff();
        }
        let n = self.ratings.len() as f64;
        let paired = self.ratings.iter().filter(|r| **r >= 2.0).count() as f64;
        let pa_each: Vec<f64> = self
            .agreeing
            .iter()
            .zip(&self.ratings)
            .map(|(a, r)| if *r >= 2.0 { a / (r * (r - 1.0)) } else { 0.0 })
            .collect();
        let pa = pa_each.iter().sum::<f64>() / paired;
        let (pe, pe_each) = match coefficient {
            Coefficient::Gwet => self.gwet_chance(),
            Coefficient::Conger => self.conger_chance(),
            Coefficient::BrennanPrediger => {
                let pe = self.weights.iter().sum::<f64>() / (self.q * self.q) as f64;
                (pe, vec![pe; self.ratings.len()])
            }
            _ => self.fleiss_chance(),
        };
        let room = 1.0 - pe;
        if room <= 1e-12 {
            return Err(Undefined::NoVariance);
        }
        let value = (pa - pe) / room;
        let influence = (0..self.ratings.len())
            .map(|i| {
                let chance = if self.ratings[i] >= 2.0 { pe } else { 0.0 };
                n / paired * (pa_each[i] - chance) / room - 2.0 * (1.0 - value) * (pe_each[i] - pe) / room
            })
            .collect();
        Ok(AgreementParts { pa, pe, value, centre: value, influence })
    }

    /// The mean over units of the share of each category.
    fn prevalence(&self) -> Vec<f64> {
        let n = self.ratings.len() as f64;
        (0..self.q)
            .map(|k| self.tallies.iter().zip(&self.ratings).map(|(c, r)| c[k] / r).sum::<f64>() / n)
            .collect()
    }

    fn per_unit(&self, score: &[f64]) -> Vec<f64> {
        self.tallies.iter().zip(&self.ratings).map(|(c, r)| dot(c, score) / r).collect()
    }

    fn gwet_chance(&self) -> (f64, Vec<f64>) {
        let q = self.q as f64;
        let scale = self.weights.iter().sum::<f64>() / (q * (q - 1.0));
        let pi = self.prevalence();
        let unlike: Vec<f64> = pi.iter().map(|p| scale * (1.0 - p)).collect();
        (dot(&pi, &unlike), self.per_unit(&unlike))
    }

    fn fleiss_chance(&self) -> (f64, Vec<f64>) {
        let pi = self.prevalence();
        let weighted = times(&self.weights, &pi);
        (dot(&pi, &weighted), self.per_unit(&weighted))
    }

    /// Chance agreement of raters with their own margins; the influence corrects for each rater's missing units.
    fn conger_chance(&self) -> (f64, Vec<f64>) {
        let (n, q) = (self.cells.len() as f64, self.q);
        let raters = self.cells.first().map_or(0, Vec::len);
        let mut margin = vec![vec![0.0; q]; raters];
        let mut rated = vec![0.0; raters];
        for row in &self.cells {
            for (g, c) in row.iter().enumerate().filter_map(|(g, c)| c.map(|c| (g, c))) {
                margin[g][c] += 1.0;
                rated[g] += 1.0;
            }
        }
        // A rater without any rating has no margin and takes no part.
        let active: Vec<usize> = (0..raters).filter(|g| rated[*g] > 0.0).collect();
        for &g in &active {
            margin[g].iter_mut().for_each(|m| *m /= rated[g]);
        }
        let r = active.len() as f64;
        let total: Vec<f64> = (0..q).map(|k| active.iter().map(|&g| margin[g][k]).sum()).collect();
        let own: f64 = active.iter().map(|&g| dot(&margin[g], &times(&self.weights, &margin[g]))).sum();
        let pe = (dot(&total, &times(&self.weights, &total)) - own) / (r * (r - 1.0));
        // For rater g: the weighted margins of all other raters, and what g's own margin earns against them.
        let others: Vec<(Vec<f64>, f64)> = margin
            .iter()
            .map(|m| {
                let rest: Vec<f64> = total.iter().zip(m).map(|(t, m)| t - m).collect();
                let score = times(&self.weights, &rest);
                let expected = dot(&score, m);
                (score, expected)
            })
            .collect();
        let unit = |row: &Vec<Option<usize>>| {
            active
                .iter()
                .map(|&g| {
                    let (score, expected) = &others[g];
                    let given = row[g].map_or(0.0, |c| score[c] - expected);
                    given * n / rated[g] + expected
                })
                .sum::<f64>()
                / (r * (r - 1.0))
        };
        (pe, self.cells.iter().map(unit).collect())
    }

    fn krippendorff(&self) -> Result<AgreementParts, Undefined> {
        let used: Vec<usize> = (0..self.ratings.len()).filter(|i| self.ratings[*i] >= 2.0).collect();
        let n = used.len() as f64;
        let all: f64 = used.iter().map(|&i| self.ratings[i]).sum();
        let mean_ratings = all / n;
        let pi: Vec<f64> =
            (0..self.q).map(|k| used.iter().map(|&i| self.tallies[i][k]).sum::<f64>() / all).collect();
        let weighted = times(&self.weights, &pi);
        let pe = dot(&pi, &weighted);
        let each = |i: usize| self.agreeing[i] / (mean_ratings * (self.ratings[i] - 1.0));
        let raw = used.iter().map(|&i| each(i)).sum::<f64>() / n;
        let pa = (1.0 - 1.0 / all) * raw + 1.0 / all;
        let room = 1.0 - pe;
        if room <= 1e-12 {
            return Err(Undefined::NoVariance);
        }
        let centre = (raw - pe) / room;
        let influence = used
            .iter()
            .map(|&i| {
                let excess = (self.ratings[i] - mean_ratings) / mean_ratings;
                let pa_i = each(i) - pa * excess;
                let pe_i = dot(&self.tallies[i], &weighted) / mean_ratings - pe * excess;
                (pa_i - pe) / room - 2.0 * (1.0 - centre) * (pe_i - pe) / room
            })
            .collect();
        Ok(AgreementParts { pa, pe, value: (pa - pe) / room, centre, influence })
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

/// A square matrix, row-major, times a vector.
fn times(matrix: &[f64], v: &[f64]) -> Vec<f64> {
    matrix.chunks_exact(v.len().max(1)).map(|row| dot(row, v)).collect()
}

fn shifted(v: &[f64], by: f64) -> Vec<f64> {
    v.iter().map(|x| x + by).collect()
}
