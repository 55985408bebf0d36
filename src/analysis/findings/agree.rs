//! Findings on a ratings table.

use serde::{Deserialize, Serialize};

use super::{AgreementFinding, AltTestFinding, BiasByArm, Contrast, CorrectedMean, RankOrder, Sentence};
use crate::analysis::{
    row::EstimateRow,
    sensitivity::SensitivityShift,
    verdict::{ItemVerdict, Margins},
};

/// Findings of `agree`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AgreeFindings {
    /// [`FORMAT`].
    pub format: String,
    /// Measurement level, which selects the coefficient shown first.
    pub level: MeasurementLevel,
    /// The ratings are invented for demonstration.
    pub synthetic: bool,
    /// The findings in plain words.
    pub headline: Vec<Sentence>,
    /// How much was analyzed.
    pub counts: AgreeCounts,
    /// Raters that are not the judge, in the order used.
    pub raters: Vec<String>,
    /// Id of the judge; empty if none was named.
    pub judge: String,
    /// Arms in id order, `original` first.
    pub arms: Vec<String>,
    /// The main table.
    pub agreement: Vec<AgreementFinding>,
    /// Differential bias: judge minus raters in an arm, compared with the first arm.
    pub bias_by_arm: Vec<BiasByArm>,
    /// Arms paired by source.
    pub contrasts: Vec<Contrast>,
    /// Agreement with the scores outside the scale kept, if they were left out and the figures differ.
    #[serde(default)]
    pub out_of_scale_kept: Vec<SensitivityShift>,
    /// Means and differences corrected with the raters' scores of some units.
    #[serde(default)]
    pub corrected: Vec<CorrectedMean>,
    /// The order of the arms by raters, by judge and by corrected means.
    #[serde(default)]
    pub rank_orders: Vec<RankOrder>,
    /// Whether the judge could replace one rater.
    #[serde(default)]
    pub alternatives: Vec<AltTestFinding>,
    /// Thresholds of the verdicts.
    pub margins: Margins,
    /// Verdicts for each item, if a judge was named.
    pub verdicts: Vec<ItemVerdict>,
    /// Every statistic, one tidy row each.
    #[serde(with = "crate::analysis::row_table")]
    pub estimates: Vec<EstimateRow>,
}
/// Size of the analyzed table.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct AgreeCounts {
    /// Number of rows of the raters in use.
    pub rows: usize,
    /// Number of rows of other raters or items.
    pub rows_unused: usize,
    /// Number of units.
    pub units: usize,
    /// Number of sources (of units, if the table names no sources).
    pub sources: usize,
    /// Number of items.
    pub items: usize,
    /// Number of rows without a score.
    pub missing: usize,
    /// Number of keys that occur more than once.
    pub duplicates: usize,
    /// Scores outside the scale: the first 100, in key order.
    pub out_of_scale: Vec<ScoreOutsideScale>,
    /// Number of all scores outside the scale.
    pub n_out_of_scale: usize,
    /// With `--mean-by`: number of groups.
    pub groups: Option<usize>,
}
/// A score outside the declared scale.
#[derive(Debug, Clone, PartialEq, PartialOrd, Serialize, Deserialize)]
pub struct ScoreOutsideScale {
    /// Unit.
    pub unit: String,
    /// Item.
    pub item: String,
    /// Rater.
    pub rater: String,
    /// The score.
    pub score: f64,
}

/// Measurement level, which selects the coefficient shown first. All defined coefficients are always computed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MeasurementLevel {
    /// Ordered grades: ordinal alpha.
    #[default]
    Ordinal,
    /// Unordered categories: nominal alpha.
    Nominal,
    /// Numbers with equal steps: ICC(A,1).
    Interval,
}
impl MeasurementLevel {
    /// Statistic id of the coefficient shown first.
    pub fn statistic(self) -> &'static str {
        match self {
            Self::Ordinal => "alpha.ordinal",
            Self::Nominal => "alpha.nominal",
            Self::Interval => "icc.a1",
        }
    }
}
