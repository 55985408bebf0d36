//! Findings of a comparison with published means.

use serde::{Deserialize, Serialize};

use crate::domain::ClearEffect;
use crate::stats::Estimate;

/// The comparison with one publication.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PublishedComparison {
    /// Id of the reference file.
    pub reference: String,
    /// The publication, with its version.
    pub citation: String,
    /// Section, table or page of the figures within it.
    pub place: String,
    /// Caution shown to readers of the figures.
    pub note: Option<String>,
    /// Wording that every report must use for the comparison.
    pub wording: String,
    /// Conditions x items x rater groups.
    pub contrasts: Vec<PublishedContrast>,
}

/// One item of one condition, by the clinicians or one judge, compared with the published difference.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PublishedContrast {
    /// Condition.
    pub condition: String,
    /// Item id.
    pub item: String,
    /// The judge; empty for the clinicians.
    pub judge: String,
    /// Published mean of the model minus that of people, in points; `None` unless both are printed.
    pub published: Option<f64>,
    /// The published direction, if it is clear.
    pub expected: ClearEffect,
    /// Condition minus original here, paired by source.
    pub own: Estimate,
    /// The true difference that this number of sources detects with power 0.8.
    pub detectable: Estimate,
    /// The direction here compared with the published one.
    pub direction: Direction,
}

/// A direction compared with the published one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// The whole interval lies on the published side of 0.
    Same,
    /// The whole interval lies on the other side.
    Opposite,
    /// The interval contains 0.
    Open,
    /// There is no interval.
    Undefined,
    /// No clear direction was published.
    NotClear,
}

impl Direction {
    /// The words used in reports.
    pub fn words(self) -> &'static str {
        match self {
            Self::Same => "same direction",
            Self::Opposite => "opposite direction",
            Self::Open => "open",
            Self::Undefined => "undefined",
            Self::NotClear => "none published",
        }
    }
}
