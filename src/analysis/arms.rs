//! Scores by arm: mean, spread and outcome counts per item, for the clinicians together and for each judge.

use crate::domain::Rubric;
use crate::stats::{Estimate, Undefined, descriptive, prevalence};

use super::LEVEL;
use super::findings::{ArmItem, OutcomeTally};
use super::layout::RaterLayout;
use super::measures::mean_and_sd;
use super::row::{EstimateKey, EstimateRow};
use super::sheet::{Panel, Sheet, SheetKind, mean_of};

/// Findings for every arm x item (and total) x rater group, with the rows.
pub(super) fn arm_items(layout: &RaterLayout<'_>, rubric: &Rubric) -> (Vec<ArmItem>, Vec<EstimateRow>) {
    let panel = &layout.panel;
    let mut groups: Vec<(Option<usize>, Vec<usize>)> = Vec::new();
    if panel.humans > 0 {
        groups.push((None, panel.clinicians()));
    }
    groups.extend(panel.judges().map(|judge| (Some(judge), vec![judge])));
    let (mut found, mut rows) = (Vec::new(), Vec::new());
    let sheets = panel.sheets.iter().enumerate().filter(|(_, sheet)| sheet.kind != SheetKind::Pooled);
    for (index, sheet) in sheets {
        for arm in (0..panel.arms.len()).filter_map(|arm| u32::try_from(arm).ok()) {
            for (judge, raters) in &groups {
                let item = u32::try_from(index).ok().filter(|_| sheet.kind == SheetKind::Item);
                let tally = item.map(|item| tally(layout, arm, item, raters));
                let cell = cell(panel, sheet, arm, *judge, raters, tally, rubric);
                rows.extend(rows_of(&cell));
                found.push(cell);
            }
        }
    }
    (found, rows)
}

fn tally(layout: &RaterLayout<'_>, arm: u32, item: u32, raters: &[usize]) -> OutcomeTally {
    let mut sum = OutcomeTally::default();
    for rater in raters.iter().filter_map(|&rater| u32::try_from(rater).ok()) {
        let Some(tally) = layout.tallies.get(&(arm, item, rater)) else { continue };
        sum.scored += tally.scored;
        sum.not_assessable += tally.not_assessable;
        sum.unusable += tally.unusable;
        sum.not_applicable += tally.not_applicable;
        sum.missing += tally.missing;
    }
    sum
}

fn cell(
    panel: &Panel,
    sheet: &Sheet,
    arm: u32,
    judge: Option<usize>,
    raters: &[usize],
    tally: Option<OutcomeTally>,
    rubric: &Rubric,
) -> ArmItem {
    let in_arm = || {
        sheet
            .table
            .rows()
            .zip(&sheet.rows)
            .map(|(row, &unit)| (row, panel.units[unit as usize]))
            .filter(|(_, unit)| unit.arm == Some(arm))
    };
    let (values, labels): (Vec<f64>, Vec<u32>) =
        in_arm().filter_map(|(row, unit)| Some((mean_of(row, raters)?, unit.cluster))).unzip();
    let active: Vec<usize> =
        raters.iter().copied().filter(|&rater| in_arm().any(|(row, _)| row[rater].is_some())).collect();
    let tally = tally.unwrap_or_else(|| {
        let cells = in_arm().flat_map(|(row, _)| active.iter().map(|&rater| row[rater]));
        let (scored, all) = cells.fold((0, 0), |(s, n), cell| (s + usize::from(cell.is_some()), n + 1));
        OutcomeTally { scored, missing: all - scored, ..OutcomeTally::default() }
    });
    let (mean, sd) = mean_and_sd(&values, &labels);
    let nothing = || match sheet.absent {
        Some(reason) => reason,
        None if tally.not_applicable > 0 => Undefined::NotApplicable,
        None => Undefined::TooFewUnits,
    };
    let mean = if values.is_empty() { Estimate::undefined(nothing()) } else { mean };
    let threshold = rubric.total.competence.filter(|_| sheet.item == "total_complete");
    let competent = threshold.map(|threshold| {
        let hits: Vec<f64> =
            values.iter().map(|total| f64::from(u8::from(*total >= threshold.minimum))).collect();
        let sources = labels.iter().collect::<std::collections::BTreeSet<_>>().len();
        match descriptive::mean(&hits) {
            Some(share) => prevalence::share(share, sources, LEVEL),
            None => Estimate::undefined(nothing()),
        }
    });
    ArmItem {
        arm: panel.arms[arm as usize].clone(),
        item: sheet.item.clone(),
        judge: judge.map(|judge| panel.raters[judge].clone()).unwrap_or_default(),
        raters: panel.names(&active),
        mean,
        sd,
        tally,
        competent,
    }
}

fn rows_of(cell: &ArmItem) -> Vec<EstimateRow> {
    let key = EstimateKey {
        item: cell.item.clone(),
        arm: cell.arm.clone(),
        condition: if cell.arm == "original" { String::new() } else { cell.arm.clone() },
        judge: cell.judge.clone(),
        raters: cell.raters.clone(),
        ..EstimateKey::of("arm_mean")
    };
    let n = cell.mean.n_units();
    let none = cell.mean.value().err().unwrap_or(Undefined::TooFewUnits);
    let sd = cell.sd.map_or(Estimate::undefined(none), Estimate::ok).with_counts(n, 1, 0);
    let mut rows =
        vec![EstimateRow::new(key.statistic("mean"), &cell.mean), EstimateRow::new(key.statistic("sd"), &sd)];
    let tally = &cell.tally;
    let counts = [
        ("n.scored", tally.scored),
        ("n.not_assessable", tally.not_assessable),
        ("n.unusable", tally.unusable),
        ("n.not_applicable", tally.not_applicable),
        ("n.missing", tally.missing),
    ];
    rows.extend(counts.into_iter().map(|(statistic, count)| {
        EstimateRow::new(key.statistic(statistic), &Estimate::ok(count as f64).with_counts(n, 1, 0))
    }));
    rows.extend(cell.competent.iter().map(|share| EstimateRow::new(key.statistic("competent"), share)));
    rows
}
