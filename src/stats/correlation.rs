//! Pearson, Spearman and Kendall correlations of two lists. A correlation ignores bias, so it is never shown alone.

use super::descriptive::{
    is_constant, is_rounding, max_abs, mean, midranks, sum_of_products, sum_of_squares, tie_sizes,
};
use super::distributions::{normal_p_two, normal_quantile, t_p_two};
use super::estimate::{Estimate, Interval, Undefined};
use super::table::Pairs;

/// Pearson's r with the Fisher z interval at `level` (needs 4 pairs) and the t test p value.
///
/// Range [-1, 1]. Undefined: `NoPairs`, `TooFewUnits` below 3, `NoVariance` or `ConstantRater`.
pub fn pearson(pairs: &Pairs, level: f64) -> Estimate {
    let estimate = match product_moment(pairs.a(), pairs.b()) {
        Ok(r) => {
            Estimate::ok(r).with_interval(fisher_interval(r, pairs.len(), level)).with_p(r_p(r, pairs.len()))
        }
        Err(reason) => Estimate::undefined(reason),
    };
    estimate.with_counts(pairs.len(), 2, pairs.n_dropped())
}

/// Spearman's rho: Pearson's r of the mid-ranks, with the t approximation of the p value; no interval.
pub fn spearman(pairs: &Pairs) -> Estimate {
    let estimate = match product_moment(&midranks(pairs.a()), &midranks(pairs.b())) {
        Ok(r) => Estimate::ok(r).with_p(r_p(r, pairs.len())),
        Err(reason) => Estimate::undefined(reason),
    };
    estimate.with_counts(pairs.len(), 2, pairs.n_dropped())
}

/// Kendall's tau-b (ties in both lists) with the asymptotic p value; no interval. O(n log n), Knight (1966).
pub fn kendall_b(pairs: &Pairs) -> Estimate {
    let estimate = match Concordance::of(pairs) {
        Ok(c) => Estimate::ok(c.tau_b()).with_p(c.p()),
        Err(reason) => Estimate::undefined(reason),
    };
    estimate.with_counts(pairs.len(), 2, pairs.n_dropped())
}

/// Pearson's r of two lists of equal length.
///
/// # Errors
/// The same as [`pearson`].
pub fn product_moment(a: &[f64], b: &[f64]) -> Result<f64, Undefined> {
    check(a, b)?;
    let (saa, sbb) = (sum_of_squares(a), sum_of_squares(b));
    if is_rounding(saa, a.len(), max_abs(a)) || is_rounding(sbb, b.len(), max_abs(b)) {
        return Err(Undefined::NoVariance);
    }
    Ok((sum_of_products(a, b) / (saa.sqrt() * sbb.sqrt())).clamp(-1.0, 1.0))
}

fn check(a: &[f64], b: &[f64]) -> Result<(), Undefined> {
    match a.len() {
        0 => return Err(Undefined::NoPairs),
        1 | 2 => return Err(Undefined::TooFewUnits),
        _ => {}
    }
    match (is_constant(a), is_constant(b)) {
        (true, true) => Err(Undefined::NoVariance),
        (false, false) => Ok(()),
        _ => Err(Undefined::ConstantRater),
    }
}

fn r_p(r: f64, n: usize) -> f64 {
    let df = n as f64 - 2.0;
    let t_squared = r * r * df / ((1.0 - r) * (1.0 + r));
    if t_squared.is_finite() { t_p_two(t_squared.sqrt(), df).unwrap_or(f64::NAN) } else { 0.0 }
}

/// Fisher's z interval of a correlation over n pairs.
///
/// # Errors
/// `TooFewUnits` below 4 pairs.
pub fn fisher_interval(r: f64, n: usize, level: f64) -> Result<Interval, Undefined> {
    if n < 4 {
        return Err(Undefined::TooFewUnits);
    }
    let half = normal_quantile(0.5 + 0.5 * level) / (n as f64 - 3.0).sqrt();
    let z = r.atanh();
    Interval::new((z - half).tanh(), (z + half).tanh(), level, "fisher_z")
}

/// Counts of concordant minus discordant pairs and of ties.
struct Concordance {
    n: f64,
    net: f64,
    ties_a: Vec<usize>,
    ties_b: Vec<usize>,
}

impl Concordance {
    fn of(pairs: &Pairs) -> Result<Self, Undefined> {
        let (a, b) = (pairs.a(), pairs.b());
        check(a, b)?;
        let mut order: Vec<usize> = (0..a.len()).collect();
        order.sort_by(|&i, &j| a[i].total_cmp(&a[j]).then(b[i].total_cmp(&b[j])));
        let mut sorted: Vec<(f64, f64)> = order.iter().map(|&i| (a[i], b[i])).collect();
        let joint: f64 = sorted
            .chunk_by(|x, y| (x.0 - y.0) == 0.0 && (x.1 - y.1) == 0.0)
            .map(|c| half_pairs(c.len()))
            .sum();
        // After sorting by a then b, an inversion in b is a discordant pair.
        let mut b_sorted: Vec<f64> = sorted.drain(..).map(|p| p.1).collect();
        let discordant = inversions(&mut b_sorted);
        let (ties_a, ties_b) = (tie_sizes(a), tie_sizes(b));
        let tied = |ties: &[usize]| ties.iter().map(|&t| half_pairs(t)).sum::<f64>();
        let net = half_pairs(a.len()) - tied(&ties_a) - tied(&ties_b) + joint - 2.0 * discordant;
        Ok(Self { n: a.len() as f64, net, ties_a, ties_b })
    }

    fn tau_b(&self) -> f64 {
        let total = self.n * (self.n - 1.0) / 2.0;
        let free = |ties: &[usize]| total - ties.iter().map(|&t| half_pairs(t)).sum::<f64>();
        (self.net / (free(&self.ties_a).sqrt() * free(&self.ties_b).sqrt())).clamp(-1.0, 1.0)
    }

    /// The normal approximation with the tie-corrected variance (Kendall 1970).
    fn p(&self) -> f64 {
        let (n, m) = (self.n, self.n * (self.n - 1.0));
        let sums = |ties: &[usize]| {
            ties.iter().map(|&t| t as f64).fold((0.0, 0.0, 0.0), |(x, y, z), t| {
                let tt = t * (t - 1.0);
                (x + tt / 2.0, y + tt * (t - 2.0), z + tt * (2.0 * t + 5.0))
            })
        };
        let (a_pairs, a_threes, a_var) = sums(&self.ties_a);
        let (b_pairs, b_threes, b_var) = sums(&self.ties_b);
        let variance = (m * (2.0 * n + 5.0) - a_var - b_var) / 18.0
            + 2.0 * a_pairs * b_pairs / m
            + a_threes * b_threes / (9.0 * m * (n - 2.0));
        normal_p_two(self.net / variance.sqrt())
    }
}

fn half_pairs(n: usize) -> f64 {
    n as f64 * (n as f64 - 1.0) / 2.0
}

/// The number of inversions, by merge sort.
fn inversions(values: &mut [f64]) -> f64 {
    let n = values.len();
    let mut buffer = values.to_vec();
    let (mut count, mut width) = (0.0, 1);
    while width < n {
        for start in (0..n).step_by(2 * width) {
            let (middle, end) = ((start + width).min(n), (start + 2 * width).min(n));
            count += merge(&values[start..middle], &values[middle..end], &mut buffer[start..end]);
        }
        values.copy_from_slice(&buffer);
        width *= 2;
    }
    count
}

fn merge(left: &[f64], right: &[f64], out: &mut [f64]) -> f64 {
    let (mut i, mut j, mut count) = (0, 0, 0.0);
    for slot in out {
        if j == right.len() || (i < left.len() && left[i] <= right[j]) {
            *slot = left[i];
            i += 1;
        } else {
            count += (left.len() - i) as f64;
            *slot = right[j];
            j += 1;
        }
    }
    count
}

/// Lin's concordance correlation with two intervals.
#[derive(Debug, Clone, PartialEq)]
pub struct Ccc {
    /// The coefficient with its standard error and the interval on Fisher's z scale.
    pub estimate: Estimate,
    /// The asymptotic interval on the plain scale.
    pub asymptotic: Result<Interval, Undefined>,
    /// The ratio of the standard deviations, b over a.
    pub scale_shift: Option<f64>,
    /// The difference of the means over the geometric mean of the standard deviations.
    pub location_shift: Option<f64>,
    /// Coefficient over Pearson's r, the accuracy part; in (0, 1].
    pub bias_correction: Option<f64>,
}

/// Lin's concordance correlation (Lin 1989, 2000) with variances of divisor n, as `epiR` has it.
///
/// Range [-1, 1]. Undefined: `NoPairs`, `TooFewUnits` below 2, `NoVariance` when both lists are the same constant.
pub fn ccc(pairs: &Pairs, level: f64) -> Ccc {
    let (a, b, n) = (pairs.a(), pairs.b(), pairs.len() as f64);
    let value = ccc_value(a, b);
    let counted = |e: Estimate| e.with_counts(pairs.len(), 2, pairs.n_dropped());
    let plain = Ccc {
        estimate: counted(Estimate::from_result(value)),
        asymptotic: Err(value.err().unwrap_or(Undefined::NotApplicable)),
        scale_shift: None,
        location_shift: None,
        bias_correction: None,
    };
    let (Ok(p), Ok(r)) = (value, product_moment(a, b)) else { return plain };
    let (va, vb) = (sum_of_squares(a) / n, sum_of_squares(b) / n);
    let u = (mean(b).unwrap_or(0.0) - mean(a).unwrap_or(0.0)) / (va * vb).powf(0.25);
    let variance = ((1.0 - r * r) * p * p * (1.0 - p * p) / (r * r)
        + 2.0 * p.powi(3) * (1.0 - p) * u * u / r
        - 0.5 * p.powi(4) * u.powi(4) / (r * r))
        / (n - 2.0);
    let se = variance.max(0.0).sqrt();
    let z = normal_quantile(0.5 + 0.5 * level);
    let (t, half) = (p.atanh(), z * se / (1.0 - p * p));
    let fisher = Interval::new((t - half).tanh(), (t + half).tanh(), level, "fisher_z");
    Ccc {
        estimate: plain.estimate.with_se(se).with_interval(fisher),
        asymptotic: Interval::new(p - z * se, p + z * se, level, "asymptotic"),
        scale_shift: Some((vb / va).sqrt()),
        location_shift: Some(u),
        bias_correction: Some(p / r).filter(|x| x.is_finite()),
    }
}

/// The concordance coefficient alone.
///
/// # Errors
/// The same as [`ccc`].
pub fn ccc_value(a: &[f64], b: &[f64]) -> Result<f64, Undefined> {
    match a.len() {
        0 => return Err(Undefined::NoPairs),
        1 => return Err(Undefined::TooFewUnits),
        _ => {}
    }
    let shift = mean(b).unwrap_or(0.0) - mean(a).unwrap_or(0.0);
    let spread = sum_of_squares(a) + sum_of_squares(b) + a.len() as f64 * shift * shift;
    if is_rounding(spread, 2 * a.len(), max_abs(a).max(max_abs(b))) {
        return Err(Undefined::NoVariance);
    }
    Ok(2.0 * sum_of_products(a, b) / spread)
}

/// Sums of two lists of values about a common center. Sums of parts add up, so a resample of clusters costs one
/// addition per cluster.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct PairSums {
    n: f64,
    a: f64,
    b: f64,
    squares: f64,
    products: f64,
}

impl PairSums {
    /// The sums of equally long lists; the center only has to lie near the values, to keep digits.
    pub fn of(pairs: impl IntoIterator<Item = (f64, f64)>, centre: f64) -> Self {
        pairs.into_iter().fold(Self::default(), |sums, (a, b)| {
            let (a, b) = (a - centre, b - centre);
            sums + Self { n: 1.0, a, b, squares: a * a + b * b, products: a * b }
        })
    }

    /// The concordance coefficient of everything summed, as [`ccc_value`].
    ///
    /// # Errors
    /// The same as [`ccc`].
    pub fn ccc(&self) -> Result<f64, Undefined> {
        let n = self.n;
        if n < 2.0 {
            return Err(if n < 1.0 { Undefined::NoPairs } else { Undefined::TooFewUnits });
        }
        // n (mean(b) - mean(a))^2 + both spreads = both sums of squares - 2 n mean(a) mean(b).
        let means = self.a * self.b / n;
        let spread = self.squares - 2.0 * means;
        // Differences this small are rounding errors of sums of this size.
        if spread <= 64.0 * f64::EPSILON * self.squares {
            return Err(Undefined::NoVariance);
        }
        Ok(2.0 * (self.products - means) / spread)
    }
}

impl std::ops::Add for PairSums {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            n: self.n + other.n,
            a: self.a + other.a,
            b: self.b + other.b,
            squares: self.squares + other.squares,
            products: self.products + other.products,
        }
    }
}
