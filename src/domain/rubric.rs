//! Rubrics as data: items, scale, anchors, subscales and the rule for the total.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::ItemId;

/// Whether the anchor text is our own paraphrase or text for which the user holds a license.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TextSource {
    /// Written for this project, in its own words.
    Paraphrase,
    /// Supplied by the user.
    UserSupplied,
}

/// Inclusive integer scale, such as 0 to 6.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Scale {
    /// Lowest score.
    pub min: i32,
    /// Highest score.
    pub max: i32,
}

/// A score outside its scale, or one that is not a number.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
#[error("score {found} is outside {min}..{max}")]
pub struct OutOfScaleError {
    /// The rejected value.
    pub found: f64,
    /// Lowest allowed score.
    pub min: i32,
    /// Highest allowed score.
    pub max: i32,
}

impl Scale {
    /// Checks a score against the scale. Fractions are allowed: a mean of draws may be one.
    ///
    /// # Errors
    /// The value is not finite or outside the scale; fractions are never an error.
    pub fn score(&self, value: f64) -> Result<Score, OutOfScaleError> {
        if value.is_finite() && f64::from(self.min) <= value && value <= f64::from(self.max) {
            Ok(Score(value))
        } else {
            Err(OutOfScaleError { found: value, min: self.min, max: self.max })
        }
    }

    /// Every whole score of the scale, ascending.
    pub fn values(&self) -> Vec<f64> {
        (self.min..=self.max).map(f64::from).collect()
    }
}

/// A score that was checked against its scale; finite.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Score(f64);

impl Score {
    /// The number.
    pub fn value(self) -> f64 {
        self.0
    }
}

/// Signs in the text that speak for or against a high score.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct LookFor {
    /// Signs that support a high score.
    pub positive: Vec<String>,
    /// Signs that count against one.
    pub negative: Vec<String>,
}

/// One item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Item {
    /// Stable id.
    #[schemars(with = "String")]
    pub id: ItemId,
    /// Position in the instrument, from 1.
    pub number: u32,
    /// Name shown to people.
    pub name: String,
    /// What the item measures.
    pub measures: String,
    /// Descriptions of the anchored scores.
    pub anchors: BTreeMap<i32, String>,
    /// Signs to look for in the text.
    #[serde(default)]
    pub look_for: LookFor,
    /// What a text cannot show, which makes a score impossible.
    #[serde(default)]
    pub not_assessable_when: Option<String>,
    /// In `replay` the client cannot react to the new counselor, which confounds this item.
    #[serde(default)]
    pub replay_confounded: bool,
    /// Why scores on this item deserve less confidence.
    #[serde(default)]
    pub confidence_note: Option<String>,
}

/// A named group of items.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Subscale {
    /// Stable id.
    pub id: String,
    /// Name shown to people.
    pub name: String,
    /// Its items.
    #[schemars(with = "Vec<String>")]
    pub items: Vec<ItemId>,
}

/// Formula that turns item scores into a total.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TotalKind {
    /// `factor` times the mean of the scored items.
    ScaledMean,
}

/// Threshold for the competence label of a complete total.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Competence {
    /// Lowest total that counts as competent.
    pub minimum: f64,
    /// True if only a total over all items may carry the label.
    pub requires_all_items: bool,
}

/// How the total is computed.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TotalRule {
    /// The formula.
    pub rule: TotalKind,
    /// Multiplier of the mean.
    pub factor: f64,
    /// Fewest scored items for a total.
    pub minimum_items: usize,
    /// The threshold, if the instrument has one.
    #[serde(default)]
    pub competence: Option<Competence>,
}

/// A subset of the items for a purpose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ItemProfile {
    /// Ids of its items.
    #[schemars(with = "Vec<String>")]
    pub items: Vec<ItemId>,
    /// When to use it.
    #[serde(default)]
    pub note: Option<String>,
}

/// A rating instrument as data. The program itself contains no item name of any instrument.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rubric {
    /// `corater-rubric/1`.
    pub format: String,
    /// Stable id.
    pub id: String,
    /// Name shown to people.
    pub name: String,
    /// Version of this text.
    pub version: String,
    /// Where the anchor text comes from.
    pub text_source: TextSource,
    /// Whether a person has compared the text with the instrument's manual.
    pub checked_against_manual: bool,
    /// Publication of the instrument.
    pub citation: String,
    /// Scale of every item.
    pub scale: Scale,
    /// How judges are told to use scores between anchors.
    pub levels: String,
    /// Groups of items.
    #[serde(default)]
    pub subscales: Vec<Subscale>,
    /// How the total is computed.
    pub total: TotalRule,
    /// Named subsets.
    #[serde(default)]
    pub profiles: BTreeMap<String, ItemProfile>,
    /// The items in order.
    pub items: Vec<Item>,
}

impl Rubric {
    /// The item with this id, if the rubric has it.
    pub fn item(&self, id: &ItemId) -> Option<&Item> {
        self.items.iter().find(|item| item.id == *id)
    }

    /// Total of the given item scores by the rubric's rule; `None` if fewer than the minimum are given.
    pub fn total(&self, scores: &[f64]) -> Option<f64> {
        if scores.is_empty() || scores.len() < self.total.minimum_items {
            return None;
        }
        let mean = scores.iter().sum::<f64>() / scores.len() as f64;
        Some(self.total.factor * mean)
    }
}
