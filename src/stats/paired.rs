//! Tests of paired differences: t, sign flip, `McNemar`, and the bias of one group against another.

use super::bootstrap::{Clusters, stream};
use super::descriptive::mean;
use super::distributions::chi2_sf;
use super::estimate::{Estimate, Undefined};
use super::pair::mean_t;

use rand_chacha::rand_core::Rng;

/// Largest number of non-zero differences for which the sign-flip test enumerates all patterns.
const MAX_EXACT_FLIPS: usize = 22;

/// The paired t test of `differences` against 0: mean, standard error, t interval and p value.
///
/// Undefined: `NoPairs`. Without interval below 2 differences; without p value if all are equal.
pub fn paired_t(differences: &[f64], level: f64) -> Estimate {
    mean_t(differences, level)
}

/// A sign-flip (paired permutation) test of the mean difference.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SignFlip {
    /// The mean difference.
    pub mean: f64,
    /// The two-sided p value: the share of sign patterns whose mean is at least as far from 0.
    pub p_two: f64,
    /// The share of sign patterns whose mean is at least as large.
    pub p_greater: f64,
    /// Whether all patterns were enumerated; otherwise they were drawn and (hits + 1) / (draws + 1) is reported.
    pub exact: bool,
}

/// The sign-flip test: exact up to 22 non-zero differences (Gray code, one addition per pattern), beyond that `draws`
/// random patterns from the stream (seed, `sign_flip`, 0).
///
/// # Errors
/// `NoPairs` when empty, `NoVariance` when every difference is zero.
pub fn sign_flip(differences: &[f64], seed: u64, draws: usize) -> Result<SignFlip, Undefined> {
    let mean = mean(differences).ok_or(Undefined::NoPairs)?;
    // Zeros do not change under a flip, so every pattern of the others stands for 2^zeros patterns.
    let nonzero: Vec<f64> = differences.iter().copied().filter(|d| d.abs() > 0.0).collect();
    if nonzero.is_empty() {
        return Err(Undefined::NoVariance);
    }
    let observed: f64 = nonzero.iter().sum();
    // Sums that differ only by rounding count as equal.
    let slack = 1e-12 * nonzero.iter().map(|d| d.abs()).sum::<f64>();
    let tally = SignTally { observed, slack };
    let exact = nonzero.len() <= MAX_EXACT_FLIPS;
    let (two, greater, total) = if exact {
        let (two, greater) = enumerate_flips(&nonzero, tally);
        (two, greater, 2.0_f64.powi(i32::try_from(nonzero.len()).unwrap_or(0)))
    } else {
        let (two, greater) = draw_flips(&nonzero, tally, seed, draws);
        (two + 1.0, greater + 1.0, draws as f64 + 1.0)
    };
    Ok(SignFlip { mean, p_two: two / total, p_greater: greater / total, exact })
}

#[derive(Clone, Copy)]
struct SignTally {
    observed: f64,
    slack: f64,
}

impl SignTally {
    fn far(self, sum: f64) -> f64 {
        f64::from(u8::from(sum.abs() >= self.observed.abs() - self.slack))
    }

    fn above(self, sum: f64) -> f64 {
        f64::from(u8::from(sum >= self.observed - self.slack))
    }
}

/// Counts over all patterns; the first sign stays fixed because a pattern and its mirror image have opposite sums.
fn enumerate_flips(values: &[f64], tally: SignTally) -> (f64, f64) {
    let mut signed = values.to_vec();
    let (mut two, mut greater) = (0.0, 0.0);
    let mut sum: f64 = signed.iter().sum();
    for step in 1_u64..=1 << (values.len() - 1) {
        two += 2.0 * tally.far(sum);
        greater += tally.above(sum) + tally.above(-sum);
        // Gray code: flip the position of the lowest set bit; recomputing the sum now and then limits rounding errors.
        let flip = step.trailing_zeros() as usize + 1;
        if let Some(x) = signed.get_mut(flip) {
            sum -= 2.0 * *x;
            *x = -*x;
        }
        if step % 1024 == 0 {
            sum = signed.iter().sum();
        }
    }
    (two, greater)
}

fn draw_flips(values: &[f64], tally: SignTally, seed: u64, draws: usize) -> (f64, f64) {
    let mut rng = stream(seed, "sign_flip", 0);
    let (mut two, mut greater) = (0.0, 0.0);
    for _ in 0..draws {
        let sum: f64 = values
            .chunks(64)
            .map(|chunk| {
                let bits = rng.next_u64();
                chunk.iter().enumerate().map(|(i, x)| if bits >> i & 1 == 1 { -x } else { *x }).sum::<f64>()
            })
            .sum();
        two += tally.far(sum);
        greater += tally.above(sum);
    }
    (two, greater)
}

/// `McNemar`'s test of a 2 x 2 table's discordant counts: (statistic, p).
///
/// Exact: the smaller count against Binomial(n, 1/2), doubled. Otherwise chi-squared, with continuity correction if asked.
///
/// # Errors
/// `NoPairs` when there is no discordant pair.
pub fn mcnemar(
    only_first: u32,
    only_second: u32,
    exact: bool,
    continuity: bool,
) -> Result<(f64, f64), Undefined> {
    let n = u64::from(only_first) + u64::from(only_second);
    if n == 0 {
        return Err(Undefined::NoPairs);
    }
    let (b, c) = (f64::from(only_first), f64::from(only_second));
    if exact {
        let k = b.min(c);
        // P(X <= k) of Binomial(n, 1/2) as an incomplete beta function.
        let p = if k >= n as f64 {
            1.0
        } else {
            statrs::function::beta::checked_beta_reg(n as f64 - k, k + 1.0, 0.5)
                .map_err(|_| Undefined::NotApplicable)?
        };
        return Ok((k, (2.0 * p).min(1.0)));
    }
    let gap = ((b - c).abs() - if continuity { 1.0 } else { 0.0 }).max(0.0);
    let statistic = gap * gap / (b + c);
    Ok((statistic, chi2_sf(statistic, 1.0).ok_or(Undefined::NotApplicable)?))
}

/// Difference between the biases of two groups of units.
#[derive(Debug, Clone, PartialEq)]
pub struct DifferentialBias {
    /// Bias in the second group minus bias in the first, with standard error, t interval and p value.
    pub estimate: Estimate,
    /// The t statistic, where the standard error is positive.
    pub t: Option<f64>,
    /// The mean difference in the first group over all its units.
    pub first: Estimate,
    /// The mean difference in the second group over all its units.
    pub second: Estimate,
}

/// Differential bias, paired by cluster: whether the candidate is more generous than the reference in one group.
///
/// `differences` holds candidate minus reference, one entry per unit; `in_second` says which group a unit belongs to
/// (`None`: neither); units of one cluster are averaged within the group, and clusters with both groups are paired.
pub fn differential_bias<L: PartialEq + Eq + std::hash::Hash>(
    differences: &[Option<f64>],
    in_second: &[Option<bool>],
    clusters: &[L],
    level: f64,
) -> DifferentialBias {
    let pick = |rows: &[usize], second: bool| -> Vec<f64> {
        rows.iter()
            .filter(|i| in_second.get(**i).copied().flatten() == Some(second))
            .filter_map(|i| differences.get(*i).copied().flatten().filter(|d| d.is_finite()))
            .collect()
    };
    let groups = Clusters::from_labels(clusters);
    let mut paired = Vec::new();
    for c in 0..groups.len() {
        let rows = groups.rows(c);
        if let (Some(first), Some(second)) = (mean(&pick(rows, false)), mean(&pick(rows, true))) {
            paired.push(second - first);
        }
    }
    let all: Vec<usize> = (0..differences.len()).collect();
    let dropped = groups.len() - paired.len();
    let estimate = mean_t(&paired, level).with_counts(paired.len(), 2, dropped);
    let t = match (estimate.value(), estimate.se()) {
        (Ok(value), Some(se)) if se > 0.0 => Some(value / se),
        _ => None,
    };
    DifferentialBias {
        estimate,
        t,
        first: mean_t(&pick(&all, false), level),
        second: mean_t(&pick(&all, true), level),
    }
}
