//! Shares: one with its Wilson interval, and one corrected for a classifier's known errors (Rogan & Gladen 1978).

use std::collections::BTreeMap;

use super::distributions::normal_quantile;
use super::estimate::{Estimate, Interval, Undefined};

/// A rate reported by a classifier, with the known accuracy of the classifier.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ObservedRate {
    /// The share of positives the classifier reports, in [0, 1].
    pub rate: f64,
    /// Number of units behind that share.
    pub n: f64,
    /// P(reported negative | negative), in [0, 1].
    pub specificity: f64,
    /// Number of negatives behind the specificity.
    pub n_negative: f64,
    /// P(reported positive | positive), in [0, 1].
    pub sensitivity: f64,
    /// Number of positives behind the sensitivity.
    pub n_positive: f64,
}

/// A share with the Wilson (1927) score interval, which stays within [0, 1] and does not collapse at its ends.
///
/// `n` is the number of independent units behind the share. Undefined: `TooFewUnits` without units, `NotApplicable`
/// for a rate outside [0, 1].
pub fn share(rate: f64, n: usize, level: f64) -> Estimate {
    if n == 0 {
        return Estimate::undefined(Undefined::TooFewUnits);
    }
    if !(0.0..=1.0).contains(&rate) {
        return Estimate::undefined(Undefined::NotApplicable);
    }
    Estimate::ok(rate).with_interval(wilson(rate, n as f64, level, "wilson")).with_counts(n, 1, 0)
}

fn wilson(rate: f64, size: f64, level: f64, method: &str) -> Result<Interval, Undefined> {
    let z = normal_quantile(f64::midpoint(1.0, level));
    let shrink = 1.0 + z * z / size;
    let centre = (rate + z * z / (2.0 * size)) / shrink;
    let half = z / shrink * (rate * (1.0 - rate) / size + z * z / (4.0 * size * size)).sqrt();
    Interval::new((centre - half).max(0.0), (centre + half).min(1.0), level, method)
}

/// A share of units that come in clusters, each given as (cluster, hits, units): the Wilson interval on the effective
/// number of units, which is their number over the design effect (Kish 1965), never more than their number.
///
/// If every unit or none is a hit, the design effect cannot be estimated, and each cluster counts as one unit: the most
/// cautious choice. `n_units` counts units. Undefined: `TooFewUnits` without units.
pub fn clustered_share<L: Ord>(parts: impl IntoIterator<Item = (L, usize, usize)>, level: f64) -> Estimate {
    let mut clusters: BTreeMap<L, (usize, usize)> = BTreeMap::new();
    for (label, hits, units) in parts {
        let cluster = clusters.entry(label).or_default();
        cluster.0 += hits;
        cluster.1 += units;
    }
    clusters.retain(|_, (_, units)| *units > 0);
    let hits: usize = clusters.values().map(|(hits, _)| hits).sum();
    let units: usize = clusters.values().map(|(_, units)| units).sum();
    if units == 0 {
        return Estimate::undefined(Undefined::TooFewUnits);
    }
    let (g, n) = (clusters.len() as f64, units as f64);
    let rate = hits as f64 / n;
    let squares: f64 =
        clusters.values().map(|&(hits, units)| (hits as f64 - rate * units as f64).powi(2)).sum();
    let (robust, binomial) = (g / (g - 1.0) * squares / (n * n), rate * (1.0 - rate) / n);
    let effective = if binomial > 0.0 && g > 1.0 { n / (robust / binomial).max(1.0) } else { g };
    Estimate::ok(rate)
        .with_interval(wilson(rate, effective, level, "wilson_clustered"))
        .with_counts(units, 1, 0)
}

/// The corrected rate, clipped to [0, 1], with the adjusted Wald interval of Lee et al. (arXiv 2511.21140).
///
/// Undefined: `NotApplicable` if sensitivity + specificity <= 1 (the classifier is uninformative; just above 1 the
/// interval becomes very wide) or an argument lies outside its range.
pub fn rogan_gladen(observed: &ObservedRate, level: f64) -> Estimate {
    let o = observed;
    let shares_ok = [o.rate, o.specificity, o.sensitivity].iter().all(|p| (0.0..=1.0).contains(p));
    let counts_ok = [o.n, o.n_negative, o.n_positive].iter().all(|n| *n > 0.0 && n.is_finite());
    let power = o.specificity + o.sensitivity - 1.0;
    if !shares_ok || !counts_ok || power <= 0.0 {
        return Estimate::undefined(Undefined::NotApplicable);
    }
    let value = ((o.rate + o.specificity - 1.0) / power).clamp(0.0, 1.0);
    Estimate::ok(value).with_interval(interval(o, level)).with_counts(whole(o.n), 1, 0)
}

fn interval(o: &ObservedRate, level: f64) -> Result<Interval, Undefined> {
    let z = normal_quantile(0.5 + 0.5 * level);
    // Adjusted shares: z^2 pseudo-units for the rate (Agresti & Coull), one success and one failure for the others.
    let (n, m0, m1) = (o.n + z * z, o.n_negative + 2.0, o.n_positive + 2.0);
    let p = (o.n * o.rate + 0.5 * z * z) / n;
    let q0 = (o.n_negative * o.specificity + 1.0) / m0;
    let q1 = (o.n_positive * o.sensitivity + 1.0) / m1;
    let power = q0 + q1 - 1.0;
    if power <= 0.0 {
        return Err(Undefined::NotApplicable);
    }
    let theta = (p + q0 - 1.0) / power;
    let (v0, v1) = (q0 * (1.0 - q0) / m0, q1 * (1.0 - q1) / m1);
    let shift = 2.0 * z * z * (theta * v1 - (1.0 - theta) * v0);
    let spread = (p * (1.0 - p) / n + (1.0 - theta).powi(2) * v0 + theta.powi(2) * v1).sqrt() / power;
    let limit = |side: f64| (theta + shift + side * z * spread).clamp(0.0, 1.0);
    Interval::new(limit(-1.0), limit(1.0), level, "adjusted_wald")
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "checked to be positive and finite"
)]
fn whole(n: f64) -> usize {
    n.round() as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_of_one_cluster_count_for_less() {
        let width = |parts: &[(u32, usize, usize)]| {
            let found = clustered_share(parts.iter().copied(), 0.95);
            let interval = found.interval().expect("defined").clone();
            (found.n_units(), interval.high() - interval.low())
        };
        let plain = share(0.5, 40, 0.95);
        let plain = plain.interval().expect("defined");
        // Clusters that are alike carry the information of their units; clusters of one kind only, that of one unit.
        let even = width(&[(1, 5, 10), (2, 5, 10), (3, 5, 10), (4, 5, 10)]).1;
        assert!((even - (plain.high() - plain.low())).abs() < 1e-12);
        let alike = width(&[(1, 10, 10), (2, 10, 10), (3, 0, 10), (4, 0, 10)]);
        assert!(alike.0 == 40 && alike.1 > 0.7, "{alike:?}");
        // None of 40 in four clusters is as none of four.
        let none = clustered_share([(1, 0, 10), (2, 0, 10), (3, 0, 10), (4, 0, 10)], 0.95);
        let (four, none) = (share(0.0, 4, 0.95), none.interval().expect("defined").high());
        assert!((none - four.interval().expect("defined").high()).abs() < 1e-12);
    }

    #[test]
    fn wilson_intervals_of_newcombe_1998_table_1_method_3() {
        let cases = [
            (81, 263, 0.2553, 0.3662),
            (15, 148, 0.0624, 0.1605),
            (0, 20, 0.0, 0.1611),
            (1, 29, 0.0061, 0.1718),
        ];
        for (hits, n, low, high) in cases {
            let share = share(f64::from(hits) / f64::from(n), usize::try_from(n).expect("small"), 0.95);
            let interval = share.interval().expect("an interval");
            assert!(
                (interval.low() - low).abs() < 6e-5 && (interval.high() - high).abs() < 6e-5,
                "{interval:?}"
            );
        }
    }
}
