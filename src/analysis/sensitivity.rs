//! Effect on agreement of leaving out scores outside the scale: the same figures with those scores kept.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::agreement;
use super::phrase::{count, decimals};
use super::resampling::Resampling;
use super::row::{EstimateKey, EstimateRow};
use super::sheet::Panel;

/// Statistics whose change is reported.
const STATISTICS: [&str; 4] = ["icc.a1", "icc.c1", "mae", "bias"];
/// Statistic of the summary sentence.
const HEADLINE: &str = "icc.a1";

/// One figure without and with the scores outside the scale.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SensitivityShift {
    /// Key of the figure.
    #[serde(flatten)]
    pub key: EstimateKey,
    /// The figure without them, as the report shows it; `None` if undefined.
    pub excluded: Option<f64>,
    /// The figure with them; `None` if undefined.
    pub kept: Option<f64>,
}

impl SensitivityShift {
    /// Change in the estimate when they are kept; `None` if either version is undefined.
    pub fn distance(&self) -> Option<f64> {
        Some(self.kept? - self.excluded?)
    }
}

/// The figures of `shown` that differ on `kept`, the panel with every score, in the order of `shown`.
pub(super) fn moved(shown: &[EstimateRow], kept: &Panel) -> Vec<SensitivityShift> {
    let all = agreement::rows(kept, &Resampling::new(0, 0), None);
    let with: HashMap<&EstimateKey, Option<f64>> = all.iter().map(|row| (&row.key, row.value())).collect();
    let reported = shown.iter().filter(|row| STATISTICS.contains(&row.key.statistic.as_str()));
    let found = reported.filter_map(|row| {
        let kept = *with.get(&row.key)?;
        (kept != row.value()).then(|| SensitivityShift { key: row.key.clone(), excluded: row.value(), kept })
    });
    found.collect()
}

/// A sentence about the largest change of the main figure; `None` if nothing changes.
pub(super) fn sentence(moved: &[SensitivityShift], scores: usize) -> Option<String> {
    let of_headline = moved.iter().filter(|one| one.key.statistic == HEADLINE);
    let measured = of_headline.filter_map(|one| Some((one, one.distance()?)));
    let (most, distance) = measured.max_by(|(_, a), (_, b)| a.abs().total_cmp(&b.abs()))?;
    Some(format!(
        "{} outside the scale left out; kept, they would move ICC(A,1) by up to {} ({}, {}: from {} to {}).",
        count(scores, "score"),
        decimals(distance.abs(), 2),
        most.key.item,
        most.key.raters,
        decimals(most.excluded?, 2),
        decimals(most.kept?, 2)
    ))
}
