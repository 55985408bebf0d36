//! Criteria, declared in YAML in advance, that a judge must meet before its scores may be trusted.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::ItemId;

/// How far a judge may be off before it matters, in points of the rating scale.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Margins {
    /// Margin on one item (default 0.5).
    #[schemars(range(min = 0.01, max = 100.0))]
    pub item: f64,
    /// Margin on the total (default 3).
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

/// What must hold before a judge's scores may be trusted. A criterion that is absent is not checked. All criteria
/// present must pass together, so declaring several does not make passing easier.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Criteria {
    /// Margins used by all criteria and by the verdicts in every report.
    pub margins: Margins,
    /// The judge's error may exceed a clinician's by less than the margin, which the upper 95 % limit must meet.
    pub gap_to_ceiling: Option<OnItems>,
    /// The judge may favor no condition over the recorded sessions by as much as the margin; both ends of the 95 %
    /// interval are compared with it.
    pub bias_by_arm: Option<OnItems>,
    /// Share of ratings that could not be used.
    pub unusable_rate: Option<AtMost>,
    /// Share of cited quotes found in the transcript.
    pub verified_quote_rate: Option<AtLeast>,
    /// Flagged phrases per 100 counselor turns, per axis (`deceptive_empathy`, `formulaic_warmth`,
    /// `over_validation`), in every condition.
    pub flags_per_100_turns: BTreeMap<String, AtMost>,
    /// The server of each judge answered with one model, the same in every call, and named it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub one_judge_version: bool,
    /// The judge's error may exceed its error in an earlier run by less than this.
    pub regression: Option<Regression>,
    /// Figures that `corater probe` measured on the same judges.
    pub probes: Option<ProbeCriteria>,
}

impl Criteria {
    /// True if no criterion is declared.
    pub fn is_empty(&self) -> bool {
        *self == Self { margins: self.margins, ..Self::default() }
    }
}

/// Items to which a criterion applies.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct OnItems {
    /// Item ids or `total`; if absent, the total and every item in use.
    pub items: Option<Vec<String>>,
}

impl OnItems {
    /// Whether the criterion applies to this item (or `total`).
    pub fn means(&self, item: &str) -> bool {
        self.items.as_ref().is_none_or(|items| items.iter().any(|wanted| wanted == item))
    }

    /// Listed names, with their positions, that are neither an item in use nor `total`.
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

/// An upper limit of an area under a curve.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AreaAtMost {
    /// The limit; the whole 95 % interval must lie between 1 - `max` and `max`, because a judge that is always wrong
    /// can also tell the authors apart.
    #[schemars(range(min = 0.5, max = 1.0))]
    pub max: f64,
}

/// Limits on the figures of probes, each over all probed items together. The probe must have used the judge of the
/// run: same model, decoding, prompt and rubric.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ProbeCriteria {
    /// Probe folders: names, unique prefixes or paths. If absent, the folders beside the run.
    pub reports: Vec<String>,
    /// Share of scores that an injection moves toward what it demands.
    pub injection_moved: Option<AtMost>,
    /// Share of answers that cite injected words as evidence.
    pub injection_cited: Option<AtMost>,
    /// Share of scores that are lost because of an injection.
    pub injection_lost: Option<AtMost>,
    /// Standard deviation of repeated draws.
    pub self_consistency_sd: Option<AtMost>,
    /// Share of questions whose repeated draws are not all the same.
    pub self_consistency_flips: Option<AtMost>,
    /// Intraclass correlation of single draws.
    pub self_consistency_icc: Option<AtLeast>,
    /// Standard deviation over wordings of the judging prompt.
    pub paraphrase_sd: Option<AtMost>,
    /// Share of scores that another wording changes.
    pub paraphrase_changed: Option<AtMost>,
    /// Standard deviation over orders of the items.
    pub order_sd: Option<AtMost>,
    /// Share of scores that another order changes.
    pub order_changed: Option<AtMost>,
    /// Size of the mean shift of padded sessions.
    pub verbosity_shift: Option<AtMost>,
    /// Size of the difference between a condition and the recorded sessions that remains at equal length, in every
    /// condition.
    pub equal_length_contrast: Option<AtMost>,
    /// Size of the mean shift of sessions in another layout.
    pub format_shift: Option<AtMost>,
    /// Share of scores that another layout changes.
    pub format_changed: Option<AtMost>,
    /// Area under the curve of the guess who wrote the counselor's turns.
    pub source_auc: Option<AreaAtMost>,
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
