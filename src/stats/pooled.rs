//! Quantiles of values that come in clusters: all values pooled, clusters resampled.

use super::Undefined;

/// Values in ascending order, each with its cluster.
#[derive(Debug, Clone)]
pub struct PooledValues {
    values: Vec<(f64, usize)>,
    clusters: usize,
}

impl PooledValues {
    /// Pools the values of each cluster.
    pub fn new(clusters: &[Vec<f64>]) -> Self {
        let labelled = clusters.iter().enumerate();
        let mut values: Vec<(f64, usize)> =
            labelled.flat_map(|(at, own)| own.iter().map(move |value| (*value, at))).collect();
        values.sort_by(|(a, _), (b, _)| a.total_cmp(b));
        Self { values, clusters: clusters.len() }
    }

    /// Number of values.
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// True if there is no value.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// The type-7 quantile of the values of these clusters, each counted as often as it is listed.
    ///
    /// # Errors
    /// `TooFewUnits` when these clusters hold no value.
    pub fn quantile(&self, drawn: &[usize], p: f64) -> Result<f64, Undefined> {
        let mut times = vec![0_usize; self.clusters];
        for &cluster in drawn {
            times[cluster] += 1;
        }
        let total: usize = self.values.iter().map(|(_, cluster)| times[*cluster]).sum();
        let last = total.checked_sub(1).ok_or(Undefined::TooFewUnits)?;
        let h = last as f64 * p.clamp(0.0, 1.0);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 <= h <= last")]
        let low = (h.floor() as usize).min(last);
        let at = |place: usize| {
            let mut passed = 0;
            let found = self.values.iter().find(|(_, cluster)| {
                passed += times[*cluster];
                passed > place
            });
            found.map_or(f64::NAN, |(value, _)| *value)
        };
        let (from, to) = (at(low), at((low + 1).min(last)));
        Ok(from + (h - low as f64) * (to - from))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::stats::descriptive::quantile;

    proptest! {
        #[test]
        fn a_cluster_drawn_twice_counts_twice(
            clusters in prop::collection::vec(prop::collection::vec(-9.0_f64..9.0, 0..5), 1..5),
            picks in prop::collection::vec(0_usize..5, 0..6),
            p in 0.0_f64..1.0,
        ) {
            let drawn: Vec<usize> = picks.into_iter().map(|pick| pick % clusters.len()).collect();
            let spelled_out: Vec<f64> = drawn.iter().flat_map(|&c| clusters[c].clone()).collect();
            let found = PooledValues::new(&clusters).quantile(&drawn, p);
            if let Some(expected) = quantile(&spelled_out, p) {
                prop_assert!((found.expect("defined") - expected).abs() < 1e-12);
            } else {
                prop_assert_eq!(found, Err(Undefined::TooFewUnits));
            }
        }
    }
}
