//! Cluster bootstrap: seeded or supplied resamples, with percentile, basic and `BCa` intervals.
//!
//! Each resample has its own `ChaCha8` stream named by (seed, statistic id, resample index), so replicates do not
//! depend on the number of threads, on their order, or on which other statistics were asked for. Clusters are resampled
//! whole. Quantiles are of type 7, `z0` counts ties half, the acceleration comes from the delete-one-cluster jackknife:
//! the constants of `scipy.stats.bootstrap` (R's `boot.ci` interpolates on the normal scale and differs slightly).

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::descriptive::{mean, quantile_sorted, sd, sum_of_squares};
use super::distributions::{normal_cdf, normal_quantile};
use super::estimate::{Estimate, Interval, Undefined};

/// The share of resamples that may be undefined before an interval is refused.
const MAX_UNDEFINED_SHARE: f64 = 0.05;

/// Where the resamples come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resamples<'a> {
    /// Drawn with replacement, `count` times.
    Seeded {
        /// The seed of the whole analysis.
        seed: u64,
        /// A name that sets this statistic's streams apart.
        statistic: &'a str,
        /// How many resamples.
        count: usize,
    },
    /// Supplied: each row lists cluster indices. Indices out of range are dropped.
    Supplied(&'a [Vec<usize>]),
    /// Drawn earlier and shared by several statistics.
    Drawn(&'a ResampleSet),
}

/// Resamples of a number of clusters, each index stored in as few bytes as possible.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResampleSet {
    clusters: usize,
    count: usize,
    indices: Indices,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Indices {
    Narrow(Vec<u16>),
    Wide(Vec<u32>),
}

impl ResampleSet {
    /// Bytes that `count` resamples of `clusters` clusters take.
    pub fn bytes(clusters: usize, count: usize) -> usize {
        let each = if u16::try_from(clusters).is_ok() { 2 } else { 4 };
        clusters.saturating_mul(count).saturating_mul(each)
    }

    fn fill(&self, row: usize, out: &mut Vec<usize>) {
        let part = row * self.clusters..(row + 1) * self.clusters;
        match &self.indices {
            Indices::Narrow(all) => out.extend(all[part].iter().map(|&i| usize::from(i))),
            Indices::Wide(all) => out.extend(all[part].iter().map(|&i| i as usize)),
        }
    }
}

impl Resamples<'_> {
    fn count(&self) -> usize {
        match self {
            Self::Seeded { count, .. } => *count,
            Self::Supplied(rows) => rows.len(),
            Self::Drawn(drawn) => drawn.count,
        }
    }

    /// Draws all resamples of `n` clusters; pass them as [`Resamples::Drawn`] when several statistics share them.
    ///
    /// # Panics
    /// With more clusters than a table can have rows, four billion.
    pub fn draw(&self, n: usize) -> ResampleSet {
        let indices = if u16::try_from(n).is_ok() {
            Indices::Narrow(self.all(n, |index| u16::try_from(index).expect("below the number of clusters")))
        } else {
            Indices::Wide(self.all(n, |index| u32::try_from(index).expect("a table has fewer rows")))
        };
        ResampleSet { clusters: n, count: self.count(), indices }
    }

    /// The indices of every resample, one resample after the other.
    fn all<I>(&self, n: usize, kept: impl Fn(usize) -> I) -> Vec<I> {
        let mut room = Vec::with_capacity(n);
        let mut all = Vec::with_capacity(n * self.count());
        for row in 0..self.count() {
            self.fill(row, n, &mut room);
            all.extend(room.iter().map(|index| kept(*index)));
        }
        all
    }

    fn fill(&self, row: usize, n: usize, out: &mut Vec<usize>) {
        out.clear();
        match self {
            Self::Seeded { seed, statistic, .. } => {
                let mut rng = stream(*seed, statistic, row as u64);
                out.extend((0..n).map(|_| below(&mut rng, n)));
            }
            Self::Supplied(rows) => out.extend(rows[row].iter().copied().filter(|i| *i < n)),
            Self::Drawn(drawn) => {
                drawn.fill(row, out);
                if drawn.clusters > n {
                    out.retain(|i| *i < n);
                }
            }
        }
    }
}

/// The random stream of (seed, name, index). The same three always give the same numbers.
pub fn stream(seed: u64, name: &str, index: u64) -> ChaCha8Rng {
    // FNV-1a in two lanes. It must never change, because stored results depend on it.
    let lane =
        |start: u64| name.bytes().fold(start, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3));
    let mut key = [0; 32];
    key[..8].copy_from_slice(&seed.to_le_bytes());
    key[8..16].copy_from_slice(&lane(0xcbf2_9ce4_8422_2325).to_le_bytes());
    key[16..24].copy_from_slice(&lane(0x9e37_79b9_7f4a_7c15).to_le_bytes());
    key[24..].copy_from_slice(&(name.len() as u64).to_le_bytes());
    let mut rng = ChaCha8Rng::from_seed(key);
    rng.set_stream(index);
    rng
}

/// A uniform index below `n` (Lemire's multiplication with rejection); 0 when `n` is 0.
///
/// Written out because `rand` does not promise the same numbers across versions.
pub fn below(rng: &mut ChaCha8Rng, n: usize) -> usize {
    let n = n as u64;
    if n == 0 {
        return 0;
    }
    loop {
        let product = u128::from(rng.next_u64()) * u128::from(n);
        #[expect(clippy::cast_possible_truncation, reason = "the low word is wanted")]
        let low = product as u64;
        // The threshold is below n, and its division costs more than the draw: only where it can matter.
        if low >= n || low >= n.wrapping_neg() % n {
            #[expect(clippy::cast_possible_truncation, reason = "the high word is below n, a usize")]
            return (product >> 64) as usize;
        }
    }
}

/// Which interval is computed from the replicates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BootstrapMethod {
    /// Quantiles of the replicates.
    Percentile,
    /// Quantiles mirrored at the observed value.
    Basic,
    /// Bias-corrected and accelerated (Efron 1987).
    Bca,
}

impl BootstrapMethod {
    /// The name used as interval method.
    pub fn word(self) -> &'static str {
        match self {
            Self::Percentile => "percentile",
            Self::Basic => "basic",
            Self::Bca => "bca",
        }
    }
}

/// The observed value, the replicates in resample order and, if requested, the delete-one-cluster values.
#[derive(Debug, Clone, PartialEq)]
pub struct Bootstrap {
    observed: Result<f64, Undefined>,
    replicates: Vec<Option<f64>>,
    sorted: Vec<f64>,
    jackknife: Vec<f64>,
    n_clusters: usize,
}

/// Bootstraps a statistic of the clusters `0..n_clusters`.
///
/// `statistic` receives the cluster indices of one resample, repeats included, and must be pure. Parallel over
/// resamples; the result is the same for any number of threads.
pub fn bootstrap<S>(n_clusters: usize, resamples: &Resamples<'_>, statistic: S) -> Bootstrap
where
    S: Fn(&[usize]) -> Result<f64, Undefined> + Sync,
{
    let defined = |indices: &[usize]| statistic(indices).ok().filter(|v| v.is_finite());
    let all: Vec<usize> = (0..n_clusters).collect();
    let observed = match statistic(&all) {
        Ok(v) if !v.is_finite() => Err(Undefined::NotApplicable),
        other => other,
    };
    if observed.is_err() {
        return Bootstrap { observed, replicates: vec![], sorted: vec![], jackknife: vec![], n_clusters };
    }
    let replicates: Vec<Option<f64>> = (0..resamples.count())
        .into_par_iter()
        .map_init(Vec::new, |indices, row| {
            resamples.fill(row, n_clusters, indices);
            defined(indices)
        })
        .collect();
    let mut sorted: Vec<f64> = replicates.iter().flatten().copied().collect();
    sorted.sort_unstable_by(f64::total_cmp);
    Bootstrap { observed, replicates, sorted, jackknife: vec![], n_clusters }
}

impl Bootstrap {
    /// Adds the delete-one-cluster values of the same statistic, which [`BootstrapMethod::Bca`] needs. They take one
    /// evaluation for each cluster, so their cost grows with the square of the number of clusters.
    pub fn with_jackknife<S>(self, statistic: S) -> Self
    where
        S: Fn(&[usize]) -> Result<f64, Undefined> + Sync,
    {
        let without = |left_out: usize| (0..self.n_clusters).filter(|i| *i != left_out).collect::<Vec<_>>();
        let values: Vec<Option<f64>> = (0..self.n_clusters)
            .into_par_iter()
            .map(|left_out| statistic(&without(left_out)).ok().filter(|value| value.is_finite()))
            .collect();
        Self { jackknife: values.into_iter().flatten().collect(), ..self }
    }

    /// The statistic of the original data.
    ///
    /// # Errors
    /// The statistic is undefined; the reason is its own.
    pub fn observed(&self) -> Result<f64, Undefined> {
        self.observed
    }

    /// The replicates in resample order, `None` where the statistic was undefined.
    pub fn replicates(&self) -> &[Option<f64>] {
        &self.replicates
    }

    /// Number of resamples for which the statistic was undefined.
    pub fn n_undefined(&self) -> usize {
        self.replicates.len() - self.sorted.len()
    }

    /// The standard deviation of the defined replicates, divisor B - 1.
    pub fn se(&self) -> Option<f64> {
        sd(&self.sorted)
    }

    /// The bias correction: the normal quantile of the share of replicates below the observed value, ties half.
    pub fn z0(&self) -> Option<f64> {
        let (below, upto) = self.around_observed()?;
        let z0 = normal_quantile((below + upto) as f64 / (2.0 * self.sorted.len() as f64));
        Some(z0).filter(|z| z.is_finite())
    }

    /// Number of replicates below the observed value, and number at or below it.
    ///
    /// A resample that only reorders sums may differ from the observed value in the last bits; that counts as a tie.
    pub fn around_observed(&self) -> Option<(usize, usize)> {
        let observed = self.observed.ok()?;
        let slack = 1e-12 * observed.abs();
        let below = self.sorted.partition_point(|v| *v < observed - slack);
        Some((below, self.sorted.partition_point(|v| *v <= observed + slack)))
    }

    /// The acceleration of the delete-one-cluster jackknife; 0 when no cluster has influence.
    pub fn acceleration(&self) -> Option<f64> {
        let centre = mean(&self.jackknife)?;
        let cubes: f64 = self.jackknife.iter().map(|v| (centre - v).powi(3)).sum();
        let squares = sum_of_squares(&self.jackknife);
        Some(if squares > 0.0 { cubes / (6.0 * squares.powf(1.5)) } else { 0.0 })
    }

    /// An interval at `level`.
    ///
    /// # Errors
    /// The reason of the observed value; `TooFewUnits` below 2 clusters or 2 replicates; `NoVariance` if more than 5 %
    /// of the resamples are undefined, or for `BCa` if the observed value lies outside all replicates or a delete-one
    /// value is undefined or was not requested.
    pub fn interval(&self, method: BootstrapMethod, level: f64) -> Result<Interval, Undefined> {
        let observed = self.observed?;
        if self.n_clusters < 2 || self.sorted.len() < 2 {
            return Err(Undefined::TooFewUnits);
        }
        if self.n_undefined() as f64 > MAX_UNDEFINED_SHARE * self.replicates.len() as f64 {
            return Err(Undefined::NoVariance);
        }
        if method == BootstrapMethod::Bca {
            if self.jackknife.len() != self.n_clusters {
                return Err(Undefined::NoVariance);
            }
            let z0 = self.z0().ok_or(Undefined::NoVariance)?;
            let a = self.acceleration().ok_or(Undefined::NoVariance)?;
            return self.bca_with(z0, a, level);
        }
        let tail = 0.5 - 0.5 * level;
        let (low, high) = (self.quantile(tail)?, self.quantile(1.0 - tail)?);
        match method {
            BootstrapMethod::Basic => {
                Interval::new(2.0 * observed - high, 2.0 * observed - low, level, method.word())
            }
            _ => Interval::new(low, high, level, method.word()),
        }
    }

    /// The `BCa` interval for a given bias correction and acceleration.
    ///
    /// # Errors
    /// `TooFewUnits` without replicates; `NoVariance` when the acceleration is too large for the level.
    pub fn bca_with(&self, z0: f64, acceleration: f64, level: f64) -> Result<Interval, Undefined> {
        let shifted = |tail: f64| {
            let z = z0 + normal_quantile(tail);
            let room = 1.0 - acceleration * z;
            if room > 0.0 { Ok(normal_cdf(z0 + z / room)) } else { Err(Undefined::NoVariance) }
        };
        let tail = 0.5 - 0.5 * level;
        let (low, high) = (self.quantile(shifted(tail)?)?, self.quantile(shifted(1.0 - tail)?)?);
        Interval::new(low, high, level, BootstrapMethod::Bca.word())
    }

    fn quantile(&self, p: f64) -> Result<f64, Undefined> {
        quantile_sorted(&self.sorted, p).ok_or(Undefined::TooFewUnits)
    }

    /// The observed value with bootstrap standard error and interval; `n_units` counts clusters.
    pub fn estimate(&self, method: BootstrapMethod, level: f64) -> Estimate {
        let estimate = Estimate::from_result(self.observed).with_interval(self.interval(method, level));
        match self.se() {
            Some(se) => estimate.with_se(se),
            None => estimate,
        }
        .with_counts(self.n_clusters, 0, 0)
    }
}

/// The rows of each cluster, clusters in order of first appearance.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Clusters {
    members: Vec<Vec<usize>>,
}

impl Clusters {
    /// Groups row numbers by label.
    pub fn from_labels<L: PartialEq + Eq + std::hash::Hash>(labels: &[L]) -> Self {
        let mut index = std::collections::HashMap::new();
        let mut members: Vec<Vec<usize>> = Vec::new();
        for (row, label) in labels.iter().enumerate() {
            let cluster = *index.entry(label).or_insert_with(|| {
                members.push(Vec::new());
                members.len() - 1
            });
            members[cluster].push(row);
        }
        Self { members }
    }

    /// Number of clusters.
    pub fn len(&self) -> usize {
        self.members.len()
    }

    /// Is there no cluster?
    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// The rows of one cluster; empty if there is no such cluster.
    pub fn rows(&self, cluster: usize) -> &[usize] {
        self.members.get(cluster).map_or(&[], Vec::as_slice)
    }

    /// The rows of a resample of clusters, repeats included.
    pub fn members(&self, clusters: &[usize]) -> impl Iterator<Item = usize> + Clone {
        clusters.iter().flat_map(|c| self.rows(*c).iter().copied())
    }
}

/// The mean of values that come in clusters, with the cluster-robust standard error and a t interval on G - 1
/// degrees of freedom (G clusters). One label per value.
pub fn clustered_mean<L: PartialEq + Eq + std::hash::Hash>(
    values: &[f64],
    labels: &[L],
    level: f64,
) -> Estimate {
    let Some(m) = mean(values) else { return Estimate::undefined(Undefined::NoPairs) };
    let clusters = Clusters::from_labels(labels);
    let g = clusters.len() as f64;
    let sums = (0..clusters.len())
        .map(|c| clusters.rows(c).iter().filter_map(|i| values.get(*i)).map(|v| v - m).sum::<f64>());
    let squares: f64 = sums.map(|s| s * s).sum();
    let estimate = Estimate::ok(m).with_counts(clusters.len(), 1, 0);
    if clusters.len() < 2 {
        return estimate.with_interval(Err(Undefined::TooFewUnits));
    }
    let se = (squares * g / (g - 1.0)).sqrt() / values.len() as f64;
    let interval = match super::distributions::t_quantile(0.5 + 0.5 * level, g - 1.0) {
        Some(t) => Interval::new(m - t * se, m + t * se, level, "cluster_t"),
        None => Err(Undefined::TooFewUnits),
    };
    estimate.with_se(se).with_interval(interval)
}
