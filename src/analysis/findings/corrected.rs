//! Findings that correct a judge's scores of all sessions with clinicians' ratings of some of them.

use serde::{Deserialize, Serialize};

use crate::stats::Estimate;

/// The mean of one arm, or of a condition minus the original: by clinicians alone, by the judge alone, and by the
/// judge's scores corrected with the clinicians'. Units are recorded sessions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CorrectedMean {
    /// Item id or `total`.
    pub item: String,
    /// The judge.
    pub judge: String,
    /// The arm; the condition, for a difference.
    pub arm: String,
    /// `condition - original` for a difference, else empty.
    pub contrast: String,
    /// Clinicians alone, over the sources they rated.
    pub classical: Estimate,
    /// The judge alone, over all sources it scored.
    pub judge_alone: Estimate,
    /// PPI: the judge's mean plus its mean error on the rated sources.
    pub ppi: Estimate,
    /// PPI++: the same, with the weight of the judge that minimizes the variance.
    pub ppi_plus: Estimate,
    /// That weight, in [0, 1].
    pub weight: Option<f64>,
    /// Number of sources that both clinicians and judge scored.
    pub labelled: usize,
    /// Number of sources that only the judge scored.
    pub unlabelled: usize,
    /// PPI++ of a difference: p value after Holm over the items of one judge and condition.
    pub p_adjusted: Option<f64>,
}

/// The order of the arms: agreement at the level of arms, whereas [`super::AgreementFinding`] is agreement at the level
/// of sessions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RankOrder {
    /// Item id or `total`.
    pub item: String,
    /// The judge.
    pub judge: String,
    /// Arms that clinicians rated, best first by their mean.
    pub arms: Vec<RankedArm>,
    /// Kendall's tau-b of the arms' means by judge and by clinicians.
    pub tau_judge: Estimate,
    /// Kendall's tau-b of the arms' corrected means and those by clinicians.
    pub tau_corrected: Estimate,
}

/// One arm in three orders. Ranks count from 1, the highest mean; ties share the mean rank.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RankedArm {
    /// Arm.
    pub arm: String,
    /// Rank by the clinicians' mean.
    pub clinicians: Option<f64>,
    /// Rank by the judge's mean.
    pub judge: Option<f64>,
    /// Rank by the corrected mean.
    pub corrected: Option<f64>,
}
