//! The difference between two arms.

use serde::{Deserialize, Serialize};

use crate::stats::Estimate;

/// A condition against the original arm on one item, paired by source.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Contrast {
    /// Condition.
    pub condition: String,
    /// `condition - original`.
    pub contrast: String,
    /// Item id or `total`.
    pub item: String,
    /// The judge; empty for the clinicians.
    pub judge: String,
    /// Mean difference with paired t interval and p.
    pub difference: Estimate,
    /// The t test's p, Holm over items.
    pub p_adjusted: Option<f64>,
    /// The sign-flip test's p.
    pub p_sign_flip: Option<f64>,
    /// The sign-flip test's p, Holm over items.
    pub p_sign_flip_adjusted: Option<f64>,
}
