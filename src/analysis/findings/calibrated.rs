//! Owns what a calibration makes of a judge's scores, and whether it holds.

use serde::{Deserialize, Serialize};

use crate::stats::Estimate;

/// How a judge's scores may be read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CalibrationState {
    /// No calibration speaks of this judge.
    #[default]
    Uncalibrated,
    /// A calibration holds for it.
    Calibrated,
    /// There is one, fitted with another model, prompt, rubric or other instructions.
    Stale,
}

impl CalibrationState {
    /// The word used in reports.
    pub fn word(self) -> &'static str {
        match self {
            Self::Uncalibrated => "uncalibrated",
            Self::Calibrated => "calibrated",
            Self::Stale => "calibration is stale",
        }
    }
}

/// The mean of one arm once the judge's scores are mapped to the clinicians' scale. Its interval leaves out that the
/// map itself is an estimate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CalibratedMean {
    /// The judge.
    pub judge: String,
    /// Item id or `total`.
    pub item: String,
    /// Arm.
    pub arm: String,
    /// Mean of the scores as the judge gave them.
    pub raw: Estimate,
    /// Mean of the mapped scores.
    pub calibrated: Estimate,
    /// The clinicians' mean of one session lies this close to its calibrated score with probability .9.
    pub half_width: Option<f64>,
}
