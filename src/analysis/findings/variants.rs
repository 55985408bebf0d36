//! Findings on counterfactual variants: how reconstructions differ when only declared words of the client differ. Kept
//! apart from every comparison with people.

use serde::{Deserialize, Serialize};

use crate::stats::Estimate;

/// All variants.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct VariantFindings {
    /// Label that every figure must carry.
    pub wording: String,
    /// Variants in declaration order.
    pub variants: Vec<VariantFinding>,
    /// Number of pairs, per variant and condition.
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
    /// Ids and names of the ethics risks that it addresses.
    pub asks: Vec<(String, String)>,
    /// Number of recorded sessions that it changes.
    pub changed: usize,
    /// Number of recorded sessions without a word to replace.
    pub dropped: usize,
    /// Number of replacements over all sessions.
    pub replacements: usize,
}

/// The pairs of one variant under one condition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VariantCell {
    /// Variant.
    pub variant: String,
    /// Condition.
    pub condition: String,
    /// Name and description of the condition, for people.
    pub label: String,
    /// Number of pairs of reconstructions; each repeat counts.
    pub pairs: usize,
    /// Number of changed sessions without a pair in `selected`, because no marked turn has a replaced word.
    pub unheard: usize,
    /// Number of pairs that lack a reconstruction.
    pub incomplete: usize,
    /// Number of pairs in which the counselor's words are identical throughout.
    pub same_replies: usize,
}

/// The quantity that a difference is about.
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
    /// A judge's verdict on an ethics risk.
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

/// One paired difference: with the variant's words minus with the client's own words.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct VariantFigure {
    /// Variant.
    pub variant: String,
    /// Condition.
    pub condition: String,
    /// Id of the judge, if a judge is involved.
    pub judge: String,
    /// The quantity it is about.
    pub kind: FigureKind,
    /// Item, category of flags, or risk; otherwise empty.
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
