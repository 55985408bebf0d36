//! One paired difference: its mean over recorded sessions, an interval resampled by session, and the sign-flip test.

use std::collections::BTreeMap;

use crate::analysis::measures::{ratio, resample, with_bootstrap};
use crate::analysis::resampling::Resampling;
use crate::stats::paired::sign_flip;
use crate::stats::{Estimate, Interval, Undefined, descriptive};

/// Number of random sign patterns if there are too many to enumerate.
const FLIPS: usize = 20_000;

/// Fewest recorded sessions for an interval and a test. With fewer, neither reaches the 95 % level: the range of all
/// differences has less coverage, and no sign pattern is rare enough.
const FEWEST: usize = 6;

/// A difference with its sign-flip test.
#[derive(Debug, Clone)]
pub(super) struct TestedDifference {
    pub(super) estimate: Estimate,
    pub(super) p_sign_flip: Option<f64>,
}

/// The mean difference. `sources` holds the differences of each recorded session's repeats; empty ones are dropped.
///
/// Undefined: for the reason given; `NoPairs` without any session, `TooFewUnits` with one. No interval and no test
/// below [`FEWEST`] sessions (`TooFewUnits`). If all sessions differ by the same amount there is no interval
/// (`NoVariance`): these sessions prove nothing about others.
pub(super) fn difference(
    absent: Option<Undefined>,
    sources: &BTreeMap<&str, Vec<f64>>,
    seed: u64,
    resampling: &Resampling,
) -> TestedDifference {
    let each: Vec<f64> = sources.values().filter_map(|repeats| descriptive::mean(repeats)).collect();
    let dropped = sources.len() - each.len();
    let reason = absent.or(match each.len() {
        0 => Some(Undefined::NoPairs),
        1 => Some(Undefined::TooFewUnits),
        _ => None,
    });
    if let Some(reason) = reason {
        let estimate = Estimate::undefined(reason).with_counts(each.len(), 0, dropped);
        return TestedDifference { estimate, p_sign_flip: None };
    }
    let sums: Vec<(f64, f64)> = each.iter().map(|difference| (*difference, 1.0)).collect();
    let all: Vec<usize> = (0..each.len()).collect();
    let value = Estimate::from_result(ratio(&sums, &all));
    let alike = each.iter().all(|difference| (difference - each[0]).abs() <= 1e-9);
    let without = if each.len() < FEWEST {
        Some(Undefined::TooFewUnits)
    } else {
        alike.then_some(Undefined::NoVariance)
    };
    let estimate = if let Some(reason) = without {
        value.with_interval(Err::<Interval, _>(reason))
    } else {
        let drawn = |drawn: &[usize]| ratio(&sums, drawn);
        with_bootstrap(value, resample(sums.len(), resampling, "variants", drawn))
    };
    TestedDifference {
        estimate: estimate.with_counts(each.len(), 0, dropped),
        p_sign_flip: (each.len() >= FEWEST)
            .then(|| sign_flip(&each, seed, FLIPS).ok())
            .flatten()
            .map(|flip| flip.p_two),
    }
}
