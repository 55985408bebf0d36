//! Findings on calibration: means of calibrated scores, and whether a calibration is valid for a judge.

use serde::{Deserialize, Serialize};

use crate::stats::Estimate;

/// Whether a judge's scores are calibrated.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CalibrationState {
    /// No calibration covers this judge.
    #[default]
    Uncalibrated,
    /// A calibration is valid for this judge.
    Calibrated,
    /// The calibration of this judge was fitted with another model, prompt, rubric or other instructions.
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

/// The mean of one arm after the judge's scores are mapped to the clinicians' scale. Its interval ignores that the map
/// itself is an estimate.
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
    /// Distance from the calibrated score within which the clinicians' mean of one session lies with probability 0.9.
    pub half_width: Option<f64>,
}
