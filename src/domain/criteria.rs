//! Owns the criteria a judge is held to before its scores may be trusted: declared in YAML before anybody looks.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::ItemId;

/// How far a judge may be off before it matters, in points of the scale.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Margins {
    /// On one item (0.5).
    #[schemars(range(min = 0.01, max = 100.0))]
    pub item: f64,
    /// On the total (3).
    #[schemars(range(min = 0.01, max = 1000.0))]
    pub total: f64,
}

impl Default for Margins {
    fn default() -> Self {
        Self { item: 0.5, total: 3.0 }
    }
}

impl Margins {
    /// The margin of an item, or of the total.
    pub fn of(&self, item: &str) -> f64 {
        if item == "total" { self.total } else { self.item }
    }
}

/// What must hold before a judge's scores may be trusted. Every criterion that is named must pass; what is absent is
/// not asked. All must pass together, so that testing several does not make passing easier.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Criteria {
    /// Margins of all criteria, and of the verdicts in every report.
    pub margins: Margins,
    /// The judge's error may exceed a clinician's by less than the margin: the upper 95 % limit is held against it.
    pub gap_to_ceiling: Option<OnItems>,
    /// The judge may favour no condition over the recorded sessions by as much as the margin: the whole 95 %
    /// interval is held against it, on both sides.
    pub bias_by_arm: Option<OnItems>,
    /// Share of ratings that could not be used.
    pub unusable_rate: Option<AtMost>,
    /// Share of cited quotes found in the transcript.
    pub verified_quote_rate: Option<AtLeast>,
    /// Flagged phrases per 100 counselor turns, per axis (`deceptive_empathy`, `formulaic_warmth`,
    /// `over_validation`), in every condition.
    pub flags_per_100_turns: BTreeMap<String, AtMost>,
    /// The judge's error may exceed its error in an earlier run by less than this.
    pub regression: Option<Regression>,
}

impl Criteria {
    /// True when nothing is asked.
    pub fn is_empty(&self) -> bool {
        *self == Self { margins: self.margins, ..Self::default() }
    }
}

/// The items a criterion is about.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct OnItems {
    /// Item ids or `total`; without it the total and every item in use.
    pub items: Option<Vec<String>>,
}

impl OnItems {
    /// Whether an item (or `total`) is meant.
    pub fn means(&self, item: &str) -> bool {
        self.items.as_ref().is_none_or(|items| items.iter().any(|wanted| wanted == item))
    }

    /// The names that are neither an item in use nor `total`.
    pub fn unknown<'s>(&'s self, known: &[ItemId]) -> Vec<(usize, &'s str)> {
        let items = self.items.iter().flatten().map(String::as_str).enumerate();
        items.filter(|(_, item)| *item != "total" && !known.iter().any(|id| id.as_str() == *item)).collect()
    }
}

/// An upper limit.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AtMost {
    /// The limit; the whole 95 % interval must lie at or below it.
    #[schemars(range(min = 0.0, max = 1000.0))]
    pub max: f64,
}

/// A lower limit.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AtLeast {
    /// The limit; the whole 95 % interval must lie at or above it.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub min: f64,
}

/// Comparison with an earlier run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Regression {
    /// The earlier run: a folder, a name or a unique prefix. The command line may name another.
    #[serde(default)]
    pub baseline: Option<String>,
    /// How much larger the mean absolute error over items may be, in points of the scale.
    #[schemars(range(min = 0.01, max = 100.0))]
    pub margin: f64,
}
