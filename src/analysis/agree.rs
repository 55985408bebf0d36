//! Agreement in any ratings table: the same questions as for a run, without an experiment behind it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::{Deserialize, Serialize};

use crate::domain::{Rubric, Scale};

use super::draft::PanelDraft;
use super::resampling::Resampling;
use super::run::{agreement_findings, verdicts};
use super::sheet::Panel;
use super::verdict::Margins;
use super::{
    agreement, alternative, bias, ceiling, competence, consistency, contrast, corrected, equivalence,
    headline, sensitivity,
};
use crate::analysis::cell::AnalysisUnit;
use crate::analysis::cell::ScoreCell;
use crate::analysis::findings::agree::MeasurementLevel;
use crate::analysis::findings::agree::{AgreeCounts, AgreeFindings, ScoreOutsideScale};

/// Format name of the findings of `agree`.
pub const FORMAT: &str = "corater-agree/2";

/// How scores outside the declared scale are treated. They are always counted and listed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutOfScaleRule {
    /// Left out of every statistic.
    #[default]
    Exclude,
    /// Used as they are.
    Keep,
}

/// One score of one rater.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AgreeRow<'a> {
    /// Id of the rated unit.
    pub unit: &'a str,
    /// Id of the item; a table without items uses one name for all rows.
    pub item: &'a str,
    /// Id of the rater.
    pub rater: &'a str,
    /// The score; `None` if missing.
    pub score: Option<f64>,
    /// The arm of the unit, if the table has arms.
    pub arm: Option<&'a str>,
    /// Source of the unit, if the table names one. Units of one source are never treated as independent.
    pub source: Option<&'a str>,
    /// With `--mean-by`: the group whose means are compared.
    pub group: Option<&'a str>,
}

/// A ratings table.
#[derive(Debug, Clone, Default)]
pub struct AgreeTable<'a> {
    /// The scores, in any order.
    pub rows: Vec<AgreeRow<'a>>,
    /// Raters to use, in order; if empty, all in id order.
    pub raters: Vec<&'a str>,
    /// Id of the judge, if one of the raters is one.
    pub judge: Option<&'a str>,
    /// Items in order; if empty, all in id order.
    pub items: Vec<&'a str>,
    /// The declared scale.
    pub scale: Option<Scale>,
    /// How scores outside the scale are treated.
    pub out_of_scale: OutOfScaleRule,
}

/// Options of an analysis of a ratings table.
#[derive(Debug, Clone, Copy, Default)]
pub struct AgreeOptions<'a> {
    /// Measurement level, which selects the coefficient shown first.
    pub level: MeasurementLevel,
    /// Resamples of the cluster bootstrap; with 0 those intervals are left out.
    pub bootstrap: u32,
    /// Seed of every resample.
    pub seed: u64,
    /// Thresholds of the verdicts.
    pub margins: Margins,
    /// The instrument whose rule for totals applies, if there is one.
    pub rubric: Option<&'a Rubric>,
    /// The ratings are invented for demonstration.
    pub synthetic: bool,
}

/// Largest number of scores outside the scale that are listed.
const LISTED: usize = 100;

/// Answers every question about agreement in a table. The order of its rows does not matter.
pub fn analyse(table: &AgreeTable<'_>, options: &AgreeOptions<'_>) -> AgreeFindings {
    let names = TableNames::of(table);
    let (panel, counts) = panel(table, &names, options.rubric);
    let resampling = &Resampling::new(options.seed, options.bootstrap);
    let mut estimates = agreement::rows(&panel, resampling, options.rubric);
    let ceilings = ceiling::ceilings(&panel, resampling);
    estimates.extend(ceilings.iter().flat_map(|c| c.rows.iter().cloned()));
    let (bias_by_arm, rows) = bias::bias_by_arm(&panel);
    estimates.extend(rows);
    let (corrected, rows) = corrected::corrected_means(&panel);
    estimates.extend(rows);
    let (rank_orders, rows) = corrected::rank_orders(&panel, &corrected);
    estimates.extend(rows);
    let (alternatives, rows) = alternative::alternatives(&panel);
    estimates.extend(rows);
    let (contrasts, rows) = contrast::contrasts(&panel, options.seed);
    estimates.extend(rows);
    estimates.extend(consistency::rows(&panel));
    estimates.extend(equivalence::rows(&panel, options.margins));
    if let Some(rubric) = options.rubric {
        estimates.extend(competence::rows(&panel, rubric));
    }
    let out_of_scale_kept = if counts.n_out_of_scale > 0 && table.out_of_scale == OutOfScaleRule::Exclude {
        let all = AgreeTable { out_of_scale: OutOfScaleRule::Keep, ..table.clone() };
        sensitivity::moved(&estimates, &self::panel(&all, &names, options.rubric).0)
    } else {
        Vec::new()
    };
    let agreement = agreement_findings(&panel, &ceilings, &estimates);
    let verdicts = verdicts(&panel, &agreement, &bias_by_arm, options.margins);
    let mut findings = AgreeFindings {
        format: FORMAT.to_owned(),
        level: options.level,
        synthetic: options.synthetic,
        headline: Vec::new(),
        counts,
        raters: panel.raters[..panel.humans].to_vec(),
        judge: panel.raters.get(panel.humans).cloned().unwrap_or_default(),
        arms: panel.arms.clone(),
        agreement,
        bias_by_arm,
        contrasts,
        out_of_scale_kept,
        corrected,
        rank_orders,
        alternatives,
        margins: options.margins,
        verdicts,
        estimates,
    };
    findings.headline = headline::of_table(&findings);
    findings
}

/// The names in use, each list in its final order.
struct TableNames<'a> {
    /// The judge, if any, comes last.
    raters: Vec<&'a str>,
    humans: usize,
    items: Vec<&'a str>,
    units: Vec<&'a str>,
    sources: Vec<&'a str>,
    arms: Vec<&'a str>,
    groups: Vec<&'a str>,
}

impl<'a> TableNames<'a> {
    fn of(table: &AgreeTable<'a>) -> Self {
        let rows = || table.rows.iter();
        let chosen = |given: &[&'a str], all: &mut dyn Iterator<Item = &'a str>| -> Vec<&'a str> {
            if given.is_empty() { all.collect::<BTreeSet<_>>().into_iter().collect() } else { given.to_vec() }
        };
        let mut raters = chosen(&table.raters, &mut rows().map(|row| row.rater));
        if let Some(judge) = table.judge {
            raters.retain(|rater| *rater != judge);
        }
        let humans = raters.len();
        raters.extend(table.judge);
        let items = chosen(&table.items, &mut rows().map(|row| row.item));
        let mut arms = sorted(rows().filter_map(|row| row.arm));
        if let Some(original) = arms.iter().position(|arm| *arm == "original") {
            arms[..=original].rotate_right(1);
        }
        Self {
            raters,
            humans,
            items,
            units: sorted(rows().map(|row| row.unit)),
            sources: sorted(rows().map(|row| row.source.unwrap_or(row.unit))),
            arms,
            groups: sorted(rows().filter_map(|row| row.group)),
        }
    }
}

/// Distinct names in byte order.
fn sorted<'a>(names: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut names: Vec<&str> = names.collect::<std::collections::HashSet<_>>().into_iter().collect();
    names.sort_unstable();
    names
}

fn positions<'a>(names: &[&'a str]) -> HashMap<&'a str, u32> {
    names.iter().copied().zip(0..).collect()
}

fn panel(table: &AgreeTable<'_>, names: &TableNames<'_>, rubric: Option<&Rubric>) -> (Panel, AgreeCounts) {
    let (unit_of, item_of, rater_of) =
        (positions(&names.units), positions(&names.items), positions(&names.raters));
    let mut counts = AgreeCounts { items: names.items.len(), ..AgreeCounts::default() };
    let mut out_of_scale = vec![0; names.items.len()];
    let mut listed = BTreeMap::new();
    let mut cells = Vec::with_capacity(table.rows.len());
    for row in &table.rows {
        let (Some(&item), Some(&rater)) = (item_of.get(row.item), rater_of.get(row.rater)) else {
            counts.rows_unused += 1;
            continue;
        };
        counts.rows += 1;
        let outside = row.score.filter(|score| table.scale.is_some_and(|scale| scale.score(*score).is_err()));
        counts.missing += usize::from(row.score.is_none());
        if let Some(score) = outside {
            counts.n_out_of_scale += 1;
            out_of_scale[item as usize] += 1;
            listed.insert((row.unit, row.item, row.rater), score);
            if listed.len() > LISTED {
                listed.pop_last();
            }
        }
        let value = row.score.filter(|_| outside.is_none() || table.out_of_scale == OutOfScaleRule::Keep);
        cells.push(ScoreCell { unit: unit_of[row.unit], item, rater, value });
    }
    counts.out_of_scale = listed
        .into_iter()
        .map(|((unit, item, rater), score)| ScoreOutsideScale {
            unit: unit.to_owned(),
            item: item.to_owned(),
            rater: rater.to_owned(),
            score,
        })
        .collect();
    let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<String>>();
    let applies = |rubric: &&Rubric| {
        let known = names.items.iter().filter(|id| rubric.items.iter().any(|i| i.id.as_str() == **id));
        known.count() >= rubric.total.minimum_items
    };
    let draft = PanelDraft {
        raters: owned(&names.raters),
        humans: names.humans,
        arms: owned(&names.arms),
        items: owned(&names.items),
        units: units(table, names, &unit_of),
        cells,
        out_of_scale,
        categories: table.scale.map(|scale| scale.values()).unwrap_or_default(),
        rubric: rubric.filter(applies),
    };
    let panel = draft.build();
    counts.units = names.units.len();
    counts.sources = names.sources.len();
    counts.duplicates = panel.duplicates;
    counts.groups = (!names.groups.is_empty()).then_some(names.groups.len());
    (panel, counts)
}

/// What each unit belongs to. If rows of one unit disagree, the first value in byte order is used.
fn units(table: &AgreeTable<'_>, names: &TableNames<'_>, unit_of: &HashMap<&str, u32>) -> Vec<AnalysisUnit> {
    let (source_of, arm_of, group_of) =
        (positions(&names.sources), positions(&names.arms), positions(&names.groups));
    let mut units: Vec<Option<AnalysisUnit>> = vec![None; names.units.len()];
    for row in &table.rows {
        let found = AnalysisUnit {
            cluster: source_of[row.source.unwrap_or(row.unit)],
            arm: row.arm.map(|arm| arm_of[arm]),
            group: row.group.map(|group| group_of[group]),
        };
        let unit = &mut units[unit_of[row.unit] as usize];
        *unit = Some(unit.map_or(found, |known| AnalysisUnit {
            cluster: known.cluster.min(found.cluster),
            arm: [known.arm, found.arm].into_iter().flatten().min(),
            group: [known.group, found.group].into_iter().flatten().min(),
        }));
    }
    units.into_iter().map(|unit| unit.expect("every unit name comes from a row")).collect()
}

#[cfg(test)]
mod tests;
