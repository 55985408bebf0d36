//! Resamples of one analysis: drawn once per statistic and number of clusters, and shared by every item and arm.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::stats::bootstrap::{ResampleSet, Resamples};

/// Largest size of indices kept for reuse, in bytes; beyond it each bootstrap draws its own, with the same result.
const MAX_KEPT: usize = 48 << 20;

/// Settings and shared resamples of bootstrap intervals.
#[derive(Debug)]
pub(super) struct Resampling {
    seed: u64,
    count: usize,
    /// Drawing costs more than most statistics, and the random streams depend on the statistic only, so items and arms
    /// with the same number of clusters share their resamples.
    kept: Mutex<ResampleCache>,
}

#[derive(Debug, Default)]
struct ResampleCache {
    bytes: usize,
    drawn: HashMap<(String, usize), Arc<ResampleSet>>,
}

impl Resampling {
    /// `count` resamples per interval; 0 means that no resampling was requested.
    pub(super) fn new(seed: u64, count: u32) -> Self {
        Self { seed, count: count as usize, kept: Mutex::default() }
    }

    /// Calls `run` with the statistic's resamples of `clusters` clusters; `None` if no resampling was requested.
    pub(super) fn with<T>(
        &self,
        statistic: &str,
        clusters: usize,
        run: impl FnOnce(&Resamples<'_>) -> T,
    ) -> Option<T> {
        if self.count == 0 {
            return None;
        }
        let seeded = Resamples::Seeded { seed: self.seed, statistic, count: self.count };
        Some(match self.drawn(&seeded, statistic, clusters) {
            Some(drawn) => run(&Resamples::Drawn(&drawn)),
            None => run(&seeded),
        })
    }

    fn drawn(&self, seeded: &Resamples<'_>, statistic: &str, clusters: usize) -> Option<Arc<ResampleSet>> {
        let key = (statistic.to_owned(), clusters);
        let size = ResampleSet::bytes(clusters, self.count);
        {
            let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(drawn) = kept.drawn.get(&key) {
                return Some(Arc::clone(drawn));
            }
            if kept.bytes.saturating_add(size) > MAX_KEPT {
                return None;
            }
        }
        // Drawn outside the lock, at worst twice, because waiting for the lock would block a thread of the pool.
        let drawn = Arc::new(seeded.draw(clusters));
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.drawn.insert(key, Arc::clone(&drawn)).is_none() {
            kept.bytes += size;
        }
        Some(drawn)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::bootstrap::bootstrap;

    #[test]
    fn kept_resamples_are_the_ones_that_would_be_drawn() {
        let values = [1.0, 4.0, 2.0, 8.0, 5.0];
        let mean = |drawn: &[usize]| Ok(drawn.iter().map(|&i| values[i]).sum::<f64>() / drawn.len() as f64);
        let seeded = Resamples::Seeded { seed: 3, statistic: "mae", count: 50 };
        let resampling = Resampling::new(3, 50);
        for _ in 0..2 {
            let found = resampling.with("mae", 5, |resamples| bootstrap(5, resamples, mean));
            assert_eq!(found, Some(bootstrap(5, &seeded, mean)));
        }
        assert!(Resampling::new(3, 0).with("mae", 5, |_| ()).is_none());
    }

    #[test]
    fn what_would_be_too_large_to_keep_is_drawn_anew() {
        let resampling = Resampling::new(3, 50);
        resampling.with("mae", MAX_KEPT, |resamples| assert!(matches!(resamples, Resamples::Seeded { .. })));
    }
}
