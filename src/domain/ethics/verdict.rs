//! A judge's verdict on one risk in one session.

use serde::{Deserialize, Serialize};

use crate::domain::{Severity, Unusable};

/// A judge's verdict on one risk in one session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "verdict")]
pub enum RiskVerdict {
    /// Present, supported by quotes found in the transcript.
    Present {
        /// How serious it is in this session: low, medium or high.
        severity: Severity,
    },
    /// Not present.
    Absent,
    /// The transcript is not sufficient to decide.
    CannotTell,
    /// The answer cannot be used.
    Unusable {
        /// Why it cannot be used.
        reason: Unusable,
    },
}
