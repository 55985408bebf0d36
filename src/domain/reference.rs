//! Owns the shape of reference files: published means of a rubric's items, to compare a replication with.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Scale;

/// A reference file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Reference {
    /// `corater-reference/1`.
    pub format: String,
    /// Stable id.
    pub id: String,
    /// Id of the rubric whose items are meant.
    pub rubric: String,
    /// Where the figures are printed.
    pub source: ReferenceSource,
    /// The sessions behind the figures.
    pub sessions: ReferenceSessions,
    /// The raters behind the figures.
    pub raters: ReferenceRaters,
    /// Scale of every item.
    pub scale: Scale,
    /// What a reader must know.
    #[serde(default)]
    pub note: Option<String>,
    /// Figures by item id.
    pub items: BTreeMap<String, ReferenceItem>,
}

/// Where figures are printed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReferenceSource {
    /// The publication.
    pub citation: String,
    /// Section, table or page.
    pub r#where: String,
}

/// The sessions of a publication.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReferenceSessions {
    /// Sessions of people.
    pub human: u32,
    /// Sessions of a model.
    pub llm: u32,
    /// Whether each model session is made from a human one.
    pub paired: bool,
}

/// The raters of a publication.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReferenceRaters {
    /// How many.
    pub count: u32,
    /// Who they are and what they knew.
    pub description: String,
}

/// The figures of one item.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReferenceItem {
    /// People's sessions.
    pub human: Figure,
    /// The model's sessions.
    pub llm: Figure,
    /// The direction of the difference, where it is clear.
    pub clear_effect: ClearEffect,
    /// What is said of agreement.
    #[serde(default)]
    pub icc_note: Option<String>,
}

/// Whether a figure is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FigureStatus {
    /// It is.
    Reported,
    /// It is not; nothing stands in its place.
    NotReported,
}

/// Mean and standard deviation as printed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Figure {
    /// Whether it is printed.
    pub status: FigureStatus,
    /// The mean.
    #[serde(default)]
    pub mean: Option<f64>,
    /// The standard deviation.
    #[serde(default)]
    #[schemars(range(min = 0))]
    pub sd: Option<f64>,
    /// What is said in words.
    #[serde(default)]
    pub note: Option<String>,
}

/// The direction of a difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ClearEffect {
    /// No clear one.
    None,
    /// The model is higher.
    LlmHigher,
    /// The model is lower.
    LlmLower,
}

impl ReferenceItem {
    /// Model minus people, where both means are printed.
    pub fn difference(&self) -> Option<f64> {
        Some(self.llm.mean? - self.human.mean?)
    }
}

impl ClearEffect {
    /// The sign of a clear effect.
    pub fn sign(self) -> Option<f64> {
        match self {
            Self::None => None,
            Self::LlmHigher => Some(1.0),
            Self::LlmLower => Some(-1.0),
        }
    }
}
