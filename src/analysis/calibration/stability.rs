//! Stability of a judge over repeated checks of one calibration: trend and control charts of its shifts.

use serde::{Deserialize, Serialize};

use crate::analysis::LEVEL;
use crate::stats::stability::{Baseline, cusum, ewma, trend};
use crate::stats::{Estimate, Undefined};

use crate::analysis::gate::CheckedCriterion;
use crate::analysis::gate::GateOutcome;

/// Number of checks whose shifts are the baseline of the charts.
const BASELINE: usize = 6;
/// Weight of the newest shift and width of the limits (Lucas & Saccucci 1990).
const EWMA: (f64, f64) = (0.3, 3.0);
/// Slack and limit in standard deviations (Montgomery, chapter 9).
const CUSUM: (f64, f64) = (0.5, 5.0);

/// The shifts of one judge on one item, check after check.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Stability {
    /// The judge.
    pub judge: String,
    /// Item id or `total`.
    pub item: String,
    /// Its shift in every check that has one, oldest first.
    pub shifts: Vec<f64>,
    /// Number of checks without a shift.
    pub missing: usize,
    /// Mann-Kendall: tau with its p value.
    pub tau: Estimate,
    /// Theil-Sen: change from one check to the next.
    pub slope: Estimate,
    /// Number of the first shift (from 1) beyond the limits of an exponentially weighted moving average.
    pub ewma_alarm: Option<usize>,
    /// Number of the first shift at which a cumulative sum is beyond its limit.
    pub cusum_alarm: Option<usize>,
    /// Why there are no charts; they need six shifts that vary, and one more.
    pub no_charts: Option<Undefined>,
}

impl Stability {
    /// True if a chart is out of control.
    pub fn alarm(&self) -> bool {
        self.ewma_alarm.is_some() || self.cusum_alarm.is_some()
    }
}

/// One entry per judge and item of the newest check.
pub(super) fn stability(earlier: &[CalibrationCheck], newest: &CalibrationCheck) -> Vec<Stability> {
    let of = |judge: &str, item: &str| {
        let shift = |check: &CalibrationCheck| {
            let one = check.checked.iter().find(|one| one.judge == judge && one.subject == item);
            one.and_then(|one| one.value.value().ok())
        };
        let all: Vec<Option<f64>> = earlier.iter().chain([newest]).map(shift).collect();
        let shifts: Vec<f64> = all.iter().flatten().copied().collect();
        let found = trend(&shifts, LEVEL);
        let baseline = if shifts.len() > BASELINE {
            Baseline::of(&shifts, BASELINE)
        } else {
            Err(Undefined::TooFewUnits)
        };
        let ewma = baseline.map(|baseline| ewma(&shifts, baseline, EWMA.0, EWMA.1).first_alarm);
        let cusum = baseline.map(|baseline| cusum(&shifts, baseline, CUSUM.0, CUSUM.1).first_alarm);
        Stability {
            judge: judge.to_owned(),
            item: item.to_owned(),
            missing: all.len() - shifts.len(),
            tau: found.tau,
            slope: found.slope,
            ewma_alarm: ewma.ok().flatten(),
            cusum_alarm: cusum.ok().flatten(),
            no_charts: baseline.err(),
            shifts,
        }
    };
    newest.checked.iter().map(|one| of(&one.judge, &one.subject)).collect()
}

/// Result of a check.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CalibrationCheck {
    /// `corater-calibration-check/1`.
    pub format: String,
    /// Id of the run that the calibration was fitted on.
    pub calibrated_on: String,
    /// The worst outcome of the items; inconclusive if nothing could be compared.
    pub outcome: GateOutcome,
    /// Remarks on the check as a whole: what changed, what is missing.
    pub because: Vec<String>,
    /// The shift of every judge and item: new score minus score at calibration.
    pub checked: Vec<CheckedCriterion>,
    /// The shifts over earlier checks and this one; empty if no earlier check was given.
    #[serde(default)]
    pub stability: Vec<Stability>,
}
impl CalibrationCheck {
    /// Places the check in a series of earlier checks, oldest first.
    ///
    /// # Errors
    /// The position (from 0) of an earlier check that belongs to another calibration.
    pub fn after(mut self, earlier: &[Self]) -> Result<Self, usize> {
        if let Some(other) = earlier.iter().position(|check| check.calibrated_on != self.calibrated_on) {
            return Err(other);
        }
        self.stability = if earlier.is_empty() { Vec::new() } else { stability(earlier, &self) };
        Ok(self)
    }
}
