//! Judge bias by arm: whether the judge is more generous in one arm than in another, compared with clinicians. A judge
//! can agree well overall and still reverse the comparison of the arms.

use crate::stats::Estimate;
use crate::stats::adjust::{Adjust, adjust};
use crate::stats::paired::differential_bias;

use super::LEVEL;
use super::findings::BiasByArm;
use super::row::{EstimateKey, EstimateRow};
use super::sheet::{Panel, Sheet, SheetKind, mean_of};

/// The arm that the others are compared with: `original`, else the first in id order. `None` with fewer than two.
pub(super) fn base_arm(panel: &Panel) -> Option<u32> {
    let base = panel.arms.iter().position(|arm| arm == "original").unwrap_or(0);
    (panel.arms.len() > 1).then(|| u32::try_from(base).ok()).flatten()
}

/// The other arms, in order.
pub(super) fn other_arms(panel: &Panel, base: u32) -> impl Iterator<Item = u32> {
    (0..panel.arms.len()).filter_map(|arm| u32::try_from(arm).ok()).filter(move |arm| *arm != base)
}

/// `condition - original`.
pub(super) fn contrast_name(panel: &Panel, base: u32, arm: u32) -> String {
    format!("{} - {}", panel.arms[arm as usize], panel.arms[base as usize])
}

/// Findings for every judge x arm x item and total, with the rows. Holm corrects over the items of one judge and arm.
pub(super) fn bias_by_arm(panel: &Panel) -> (Vec<BiasByArm>, Vec<EstimateRow>) {
    let Some(base) = base_arm(panel).filter(|_| panel.humans > 0) else { return (Vec::new(), Vec::new()) };
    let (mut found, mut rows) = (Vec::new(), Vec::new());
    for judge in panel.judges() {
        for arm in other_arms(panel, base) {
            let sheets: Vec<&Sheet> = panel.sheets.iter().filter(|s| s.kind != SheetKind::Pooled).collect();
            let mut family: Vec<BiasByArm> =
                sheets.iter().map(|sheet| one(panel, sheet, judge, base, arm)).collect();
            let p: Vec<Option<f64>> = family
                .iter()
                .zip(&sheets)
                .map(|(bias, sheet)| bias.difference.p().filter(|_| sheet.kind == SheetKind::Item))
                .collect();
            for (bias, p) in family.iter_mut().zip(adjust(&p, Adjust::Holm)) {
                bias.p_adjusted = p;
            }
            rows.extend(family.iter().flat_map(|bias| rows_of(panel, judge, base, bias)));
            found.extend(family);
        }
    }
    (found, rows)
}

fn one(panel: &Panel, sheet: &Sheet, judge: usize, base: u32, arm: u32) -> BiasByArm {
    let humans = panel.clinicians();
    let mut differences = Vec::with_capacity(sheet.rows.len());
    let mut in_second = Vec::with_capacity(sheet.rows.len());
    let mut clusters = Vec::with_capacity(sheet.rows.len());
    for (row, &unit) in sheet.table.rows().zip(&sheet.rows) {
        let unit = panel.units[unit as usize];
        if unit.arm != Some(base) && unit.arm != Some(arm) {
            continue;
        }
        differences.push(row[judge].and_then(|score| mean_of(row, &humans).map(|mean| score - mean)));
        in_second.push(unit.arm.map(|a| a == arm));
        clusters.push(unit.cluster);
    }
    let found = differential_bias(&differences, &in_second, &clusters, LEVEL);
    let known = |estimate: Estimate| match sheet.absent {
        Some(reason) => Estimate::undefined(reason),
        None => estimate,
    };
    BiasByArm {
        item: sheet.item.clone(),
        judge: panel.raters[judge].clone(),
        condition: panel.arms[arm as usize].clone(),
        contrast: contrast_name(panel, base, arm),
        difference: known(found.estimate),
        p_adjusted: None,
        original: known(found.first),
        in_condition: known(found.second),
    }
}

fn rows_of(panel: &Panel, judge: usize, base: u32, bias: &BiasByArm) -> [EstimateRow; 3] {
    let humans = panel.clinicians();
    let columns: Vec<usize> = humans.iter().copied().chain([judge]).collect();
    let key = EstimateKey {
        item: bias.item.clone(),
        condition: bias.condition.clone(),
        contrast: bias.contrast.clone(),
        judge: bias.judge.clone(),
        raters: panel.names(&columns),
        reference: panel.mean_name(&humans),
        ..EstimateKey::of("bias_by_arm")
    };
    let base = panel.arms[base as usize].clone();
    let in_arm = |arm: String| EstimateKey { arm, ..key.statistic("bias") };
    [
        EstimateRow::new(key.statistic("bias_by_arm"), &bias.difference)
            .with_adjusted(bias.p_adjusted, "holm"),
        EstimateRow::new(in_arm(base), &bias.original),
        EstimateRow::new(in_arm(bias.condition.clone()), &bias.in_condition),
    ]
}
