//! Owns what was found of counterfactual variants: how reconstructions differ when declared words of the client do. Kept apart
//! from every comparison with people.

use serde::{Deserialize, Serialize};

use crate::stats::Estimate;

/// All variants.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct VariantFindings {
    /// How every figure must be labelled.
    pub wording: String,
    /// Variants in declaration order.
    pub variants: Vec<VariantFinding>,
    /// Per variant and condition: what there is to compare.
    pub cells: Vec<VariantCell>,
    /// Every paired difference.
    pub figures: Vec<VariantFigure>,
    /// Remarks on the sessions of variants.
    pub notes: Vec<String>,
}

/// One variant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VariantFinding {
    /// Its name.
    pub id: String,
    /// What is replaced by what.
    pub replaced: Vec<(String, String)>,
    /// Ethics risks that it speaks to: ids and names.
    pub asks: Vec<(String, String)>,
    /// Recorded sessions in which it changes something.
    pub changed: usize,
    /// Recorded sessions without a word to replace.
    pub dropped: usize,
    /// Replacements in all of them.
    pub replacements: usize,
}

/// The pairs of one variant under one condition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VariantCell {
    /// Variant.
    pub variant: String,
    /// Condition.
    pub condition: String,
    /// The condition with what it is, for people.
    pub label: String,
    /// Pairs of reconstructions, repeats counted each.
    pub pairs: usize,
    /// Changed sessions without a pair in `selected`, because no marked turn holds a replaced word.
    pub unheard: usize,
    /// Pairs that lack a reconstruction.
    pub incomplete: usize,
    /// Pairs in which the counselor said the same words throughout.
    pub same_replies: usize,
}

/// What a difference is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FigureKind {
    /// A judge's score.
    Scores,
    /// Flagged phrases.
    Flags,
    /// Refused or filtered replies.
    Outcomes,
    /// Length of replies.
    Dynamics,
    /// A judge's word on an ethics risk.
    Ethics,
}

impl FigureKind {
    /// The word used in tables.
    pub fn word(self) -> &'static str {
        match self {
            Self::Scores => "scores",
            Self::Flags => "flags",
            Self::Outcomes => "outcomes",
            Self::Dynamics => "dynamics",
            Self::Ethics => "ethics",
        }
    }
}

/// One paired difference: with the variant's words minus with the client's own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct VariantFigure {
    /// Variant.
    pub variant: String,
    /// Condition.
    pub condition: String,
    /// The judge, where one is concerned.
    pub judge: String,
    /// What it is of.
    pub kind: FigureKind,
    /// Item, category of flags, or risk; empty else.
    pub item: String,
    /// Statistic id.
    pub statistic: String,
    /// Its name for people.
    pub label: String,
    /// Mean over recorded sessions of the difference, resampled by session.
    pub difference: Estimate,
    /// p value of the sign-flip test.
    pub p_sign_flip: Option<f64>,
    /// The same, adjusted by Holm over all figures of all variants.
    pub p_adjusted: Option<f64>,
}
