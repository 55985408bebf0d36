//! Owns the cumulative logit model of `McCullagh` (1980), `logit P(Y <= k) = theta_k - beta x`, by
//! maximum likelihood.

use super::estimate::Undefined;

/// Most Newton steps; a fit that needs more is separating.
const STEPS: usize = 100;
/// A gradient this small, per unit, is at the maximum.
const FLAT: f64 = 1e-10;
/// A pivot this small carries no information.
const SINGULAR: f64 = 1e-6;

/// A fitted model.
#[derive(Debug, Clone, PartialEq)]
pub struct CumulativeLogit {
    /// Change of the log odds of a higher grade per unit of x.
    pub beta: f64,
    /// Thresholds between neighbouring categories, ascending.
    pub thresholds: Vec<f64>,
    /// The categories that occur, ascending.
    pub categories: Vec<f64>,
    /// Log likelihood at the maximum.
    pub log_likelihood: f64,
    /// Units.
    pub n: usize,
}

impl CumulativeLogit {
    /// Fits y, a grade, on x.
    ///
    /// # Errors
    /// `NoPairs` when empty or of unequal lengths; `NoVariance` when y or x is constant; `ZeroResidual` when x separates
    /// the grades perfectly, so that no finite maximum exists.
    pub fn fit(x: &[f64], y: &[f64]) -> Result<Self, Undefined> {
        if x.is_empty() || x.len() != y.len() {
            return Err(Undefined::NoPairs);
        }
        let mut categories = y.to_vec();
        categories.sort_by(f64::total_cmp);
        categories.dedup();
        if categories.len() < 2 || super::descriptive::is_constant(x) {
            return Err(Undefined::NoVariance);
        }
        let grades: Vec<usize> = y.iter().map(|y| categories.partition_point(|c| c < y)).collect();
        let mut at = start(&grades, categories.len());
        let mut here = Point::of(&at, x, &grades);
        for _ in 0..STEPS {
            // Where x separates the grades the likelihood flattens without end, and the information vanishes.
            let step = solve(here.information, here.gradient.clone()).ok_or(Undefined::ZeroResidual)?;
            if here.gradient.iter().all(|g| g.abs() < FLAT * x.len() as f64) {
                let beta = at.pop().ok_or(Undefined::NoPairs)?;
                let log_likelihood = here.log_likelihood;
                return Ok(Self { beta, thresholds: at, categories, log_likelihood, n: x.len() });
            }
            let Some((next, point)) = forward(&at, &step, here.log_likelihood, x, &grades) else { break };
            (at, here) = (next, point);
        }
        Err(Undefined::ZeroResidual)
    }

    /// Probability of each category at x.
    pub fn probabilities(&self, x: f64) -> Vec<f64> {
        let below = |k: usize| self.thresholds.get(k).map_or(1.0, |theta| logistic(theta - self.beta * x));
        let mut last = 0.0;
        (0..self.categories.len())
            .map(|k| {
                let here = below(k);
                let share = here - last;
                last = here;
                share
            })
            .collect()
    }

    /// The expected grade at x.
    pub fn expected(&self, x: f64) -> f64 {
        self.probabilities(x).iter().zip(&self.categories).map(|(p, grade)| p * grade).sum()
    }
}

/// Thresholds at the observed shares, then a slope of 0.
fn start(grades: &[usize], categories: usize) -> Vec<f64> {
    let n = grades.len() as f64;
    let logit = |k: usize| {
        let share = grades.iter().filter(|g| **g <= k).count() as f64 / n;
        (share / (1.0 - share)).ln()
    };
    (0..categories - 1).map(logit).chain([0.0]).collect()
}

fn logistic(eta: f64) -> f64 {
    1.0 / (1.0 + (-eta).exp())
}

/// The likelihood at one point, with gradient and negative Hessian; parameters are the thresholds, then beta.
struct Point {
    log_likelihood: f64,
    gradient: Vec<f64>,
    information: Vec<Vec<f64>>,
}

impl Point {
    fn of(at: &[f64], x: &[f64], grades: &[usize]) -> Self {
        let size = at.len();
        let (thresholds, beta) = (&at[..size - 1], at[size - 1]);
        let mut point =
            Self { log_likelihood: 0.0, gradient: vec![0.0; size], information: vec![vec![0.0; size]; size] };
        for (&x, &grade) in x.iter().zip(grades) {
            // Upper and lower boundary of the grade: parameter, cumulative probability.
            let side = |k: Option<usize>| {
                let theta = k.and_then(|k| Some((k, *thresholds.get(k)?)));
                theta.map(|(k, theta)| (k, logistic(theta - beta * x)))
            };
            let (upper, lower) = (side(Some(grade)), side(grade.checked_sub(1)));
            let p = upper.map_or(1.0, |(_, f)| f) - lower.map_or(0.0, |(_, f)| f);
            if p <= 0.0 {
                point.log_likelihood = f64::NEG_INFINITY;
                return point;
            }
            point.log_likelihood += p.ln();
            // Derivatives of p along each boundary, with their signs.
            let ends = [upper.map(|(k, f)| (k, f, 1.0)), lower.map(|(k, f)| (k, f, -1.0))];
            let ends: Vec<(usize, f64, f64, f64)> = ends
                .into_iter()
                .flatten()
                .map(|(k, f, sign)| {
                    let slope = f * (1.0 - f);
                    (k, x, sign * slope / p, sign * slope * (1.0 - 2.0 * f) / p)
                })
                .collect();
            for &(k, x, first, second) in &ends {
                let along = [(k, 1.0), (size - 1, -x)];
                for (i, a) in along {
                    point.gradient[i] += first * a;
                    for (j, b) in along {
                        point.information[i][j] -= second * a * b;
                    }
                }
                for &(other, _, also, _) in &ends {
                    for (i, a) in along {
                        for (j, b) in [(other, 1.0), (size - 1, -x)] {
                            point.information[i][j] += first * also * a * b;
                        }
                    }
                }
            }
        }
        point
    }
}

/// The step, halved until the likelihood rises and the thresholds stay in order.
fn forward(
    at: &[f64],
    step: &[f64],
    likelihood: f64,
    x: &[f64],
    grades: &[usize],
) -> Option<(Vec<f64>, Point)> {
    let mut length = 1.0;
    for _ in 0..40 {
        let next: Vec<f64> = at.iter().zip(step).map(|(a, s)| a + length * s).collect();
        let ordered = next[..next.len() - 1].windows(2).all(|pair| pair[0] < pair[1]);
        if ordered && next.iter().all(|v| v.abs() < 1e6) {
            let point = Point::of(&next, x, grades);
            // At the maximum rounding may take the last digit back.
            if point.log_likelihood >= likelihood - 1e-12 * likelihood.abs() {
                return Some((next, point));
            }
        }
        length /= 2.0;
    }
    None
}

/// Solves a symmetric positive definite system by elimination; none when it is singular.
fn solve(mut a: Vec<Vec<f64>>, mut b: Vec<f64>) -> Option<Vec<f64>> {
    let n = b.len();
    for i in 0..n {
        let (upper, lower) = a.split_at_mut(i + 1);
        let row = &upper[i];
        if row[i] <= SINGULAR {
            return None;
        }
        for (j, other) in lower.iter_mut().enumerate() {
            let factor = other[i] / row[i];
            other[i..].iter_mut().zip(&row[i..]).for_each(|(below, above)| *below -= factor * above);
            b[i + 1 + j] -= factor * b[i];
        }
    }
    for i in (0..n).rev() {
        let known: f64 = (i + 1..n).map(|k| a[i][k] * b[k]).sum();
        b[i] = (b[i] - known) / a[i][i];
    }
    Some(b)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_binary_grade_is_logistic_regression() {
        // 1 of 4 at x = 0, 3 of 4 at x = 1: log odds -ln 3 and ln 3.
        let x = [0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0];
        let y = [0.0, 0.0, 0.0, 1.0, 0.0, 1.0, 1.0, 1.0];
        let fit = CumulativeLogit::fit(&x, &y).expect("a maximum");
        assert!((fit.beta - 2.0 * 3f64.ln()).abs() < 1e-9, "{fit:?}");
        assert!((fit.thresholds[0] - 3f64.ln()).abs() < 1e-9, "{fit:?}");
        assert!((fit.expected(1.0) - 0.75).abs() < 1e-9);
        assert!((fit.probabilities(0.0).iter().sum::<f64>() - 1.0).abs() < 1e-12);
    }

    #[test]
    fn what_has_no_maximum_is_undefined() {
        let separated = CumulativeLogit::fit(&[1.0, 2.0, 3.0, 4.0], &[0.0, 0.0, 1.0, 1.0]);
        assert_eq!(separated, Err(Undefined::ZeroResidual));
        assert_eq!(CumulativeLogit::fit(&[1.0, 2.0], &[1.0, 1.0]), Err(Undefined::NoVariance));
        assert_eq!(CumulativeLogit::fit(&[1.0, 1.0], &[1.0, 2.0]), Err(Undefined::NoVariance));
        assert_eq!(CumulativeLogit::fit(&[], &[]), Err(Undefined::NoPairs));
    }
}
