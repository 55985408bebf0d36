//! Owns tests of paired differences: t, Wilcoxon signed rank, sign flip, `McNemar`, and the bias of one group against another.

use serde::{Deserialize, Serialize};

use super::bootstrap::{Clusters, stream};
use super::descriptive::{mean, midranks, tie_sizes};
use super::distributions::{chi2_sf, normal_p_two, normal_sf};
use super::estimate::{Estimate, Undefined};
use super::pair::mean_t;

use rand_chacha::rand_core::Rng;

/// Up to this many non-zero differences the sign-flip test is enumerated in full.
const MAX_EXACT_FLIPS: usize = 22;

/// The paired t test of `differences` against 0: mean, standard error, t interval and p value.
///
/// Undefined: `NoPairs`; without interval below 2 differences; without p value when all are equal.
pub fn paired_t(differences: &[f64], level: f64) -> Estimate {
    mean_t(differences, level)
}

/// What the signed-rank test does with zero differences.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Zeros {
    /// Drop them before ranking (Wilcoxon 1945).
    Wilcox,
    /// Rank them, then drop their ranks (Pratt 1959): the default, because zeros are common on a coarse scale.
    Pratt,
    /// Rank them and give half of their ranks to each side.
    Split,
}

/// A signed-rank test.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SignedRank {
    /// The sum of the ranks of positive differences.
    pub positive: f64,
    /// The sum of the ranks of negative differences.
    pub negative: f64,
    /// The two-sided p value of the normal approximation with tie correction.
    pub p_normal: f64,
    /// The two-sided p value of the exact distribution given the ties; not defined for `Zeros::Split`.
    pub p_exact: Option<f64>,
    /// Differences that are not zero.
    pub n_nonzero: usize,
}

/// The Wilcoxon signed-rank test of `differences`, optionally with continuity correction of the normal p value.
///
/// # Errors
/// `NoPairs` when empty, `NoVariance` when every difference is zero.
pub fn signed_rank(differences: &[f64], zeros: Zeros, continuity: bool) -> Result<SignedRank, Undefined> {
    if differences.is_empty() {
        return Err(Undefined::NoPairs);
    }
    let kept: Vec<f64> = match zeros {
        Zeros::Wilcox => differences.iter().copied().filter(|d| d.abs() > 0.0).collect(),
        _ => differences.to_vec(),
    };
    let n_zero = kept.iter().filter(|d| d.abs() <= 0.0).count();
    let n_nonzero = kept.len() - n_zero;
    if n_nonzero == 0 {
        return Err(Undefined::NoVariance);
    }
    let sizes: Vec<f64> = kept.iter().map(|d| d.abs()).collect();
    let ranks = midranks(&sizes);
    let side = |keep: fn(f64) -> bool| {
        kept.iter().zip(&ranks).filter(|(d, _)| keep(**d)).map(|(_, r)| *r).sum::<f64>()
    };
    let (mut positive, mut negative) = (side(|d| d > 0.0), side(|d| d < 0.0));
    if zeros == Zeros::Split {
        let half = 0.5 * side(|d| d.abs() <= 0.0);
        positive += half;
        negative += half;
    }
    let (centre, spread) = rank_moments(&sizes, n_zero, zeros);
    let shift = positive.min(negative) - centre;
    let z = (shift.abs() - if continuity { 0.5 } else { 0.0 }) / spread;
    let p_exact = (zeros != Zeros::Split).then(|| {
        let free: Vec<f64> =
            kept.iter().zip(&ranks).filter(|(d, _)| d.abs() > 0.0).map(|(_, r)| *r).collect();
        exact_rank_p(&free, positive)
    });
    Ok(SignedRank { positive, negative, p_normal: (2.0 * normal_sf(z)).min(1.0), p_exact, n_nonzero })
}

/// Mean and standard deviation of the rank sum under the null hypothesis.
fn rank_moments(sizes: &[f64], n_zero: usize, zeros: Zeros) -> (f64, f64) {
    let (n, z) = (sizes.len() as f64, n_zero as f64);
    let mut centre = n * (n + 1.0) / 4.0;
    let mut spread = n * (n + 1.0) * (2.0 * n + 1.0);
    if zeros == Zeros::Pratt {
        centre -= z * (z + 1.0) / 4.0;
        spread -= z * (z + 1.0) * (2.0 * z + 1.0);
    }
    let counted: Vec<f64> = match zeros {
        Zeros::Pratt => sizes.iter().copied().filter(|d| *d > 0.0).collect(),
        _ => sizes.to_vec(),
    };
    let ties: f64 = tie_sizes(&counted).iter().map(|&t| t as f64 * ((t * t) as f64 - 1.0)).sum();
    (centre, ((spread - 0.5 * ties) / 24.0).sqrt())
}

/// The two-sided exact p of a sum of ranks by counting sign patterns with each doubled sum.
fn exact_rank_p(ranks: &[f64], observed: f64) -> f64 {
    // Mid-ranks are multiples of one half, so doubled ranks are whole numbers.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "positive whole numbers")]
    let doubled = |r: f64| (2.0 * r).round() as usize;
    let total: usize = ranks.iter().map(|r| doubled(*r)).sum();
    let mut share = vec![0.0; total + 1];
    share[0] = 1.0;
    let mut reach = 0;
    for rank in ranks.iter().map(|r| doubled(*r)) {
        reach += rank;
        for s in (0..=reach).rev() {
            let with = if s >= rank { share[s - rank] } else { 0.0 };
            share[s] = 0.5 * (share[s] + with);
        }
    }
    let at = doubled(observed).min(total);
    let low: f64 = share[..=at].iter().sum();
    let high: f64 = share[at..].iter().sum();
    (2.0 * low.min(high)).min(1.0)
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
    // Zeros do not change under a flip: every pattern of the rest stands for 2^zeros patterns.
    let nonzero: Vec<f64> = differences.iter().copied().filter(|d| d.abs() > 0.0).collect();
    if nonzero.is_empty() {
        return Err(Undefined::NoVariance);
    }
    let observed: f64 = nonzero.iter().sum();
    // Sums that differ only by rounding count as equal.
    let slack = 1e-12 * nonzero.iter().map(|d| d.abs()).sum::<f64>();
    let tally = Tally { observed, slack };
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
struct Tally {
    observed: f64,
    slack: f64,
}

impl Tally {
    fn far(self, sum: f64) -> f64 {
        f64::from(u8::from(sum.abs() >= self.observed.abs() - self.slack))
    }

    fn above(self, sum: f64) -> f64 {
        f64::from(u8::from(sum >= self.observed - self.slack))
    }
}

/// Counts over all patterns; the first sign stays fixed because a pattern and its mirror image have opposite sums.
fn enumerate_flips(values: &[f64], tally: Tally) -> (f64, f64) {
    let mut signed = values.to_vec();
    let (mut two, mut greater) = (0.0, 0.0);
    let mut sum: f64 = signed.iter().sum();
    for step in 1_u64..=1 << (values.len() - 1) {
        two += 2.0 * tally.far(sum);
        greater += tally.above(sum) + tally.above(-sum);
        // Gray code: flip the position of the lowest set bit; a fresh sum now and then keeps rounding in check.
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

fn draw_flips(values: &[f64], tally: Tally, seed: u64, draws: usize) -> (f64, f64) {
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

/// The bias of one group of units against another.
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

/// Differential bias, paired by cluster: is what is compared with the reference more generous in one group?
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

/// The two-sided p value of a z statistic, for callers that combine estimates; `None` when `se` is not positive.
pub fn z_test(value: f64, se: f64) -> Option<f64> {
    (se > 0.0 && value.is_finite()).then(|| normal_p_two(value / se))
}
