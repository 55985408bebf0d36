//! Contrasts: a condition against the original arm, paired by source, for the clinicians and for each judge.

use std::collections::BTreeMap;

use crate::stats::adjust::{Adjust, adjust};
use crate::stats::paired::{paired_t, sign_flip};
use crate::stats::{Estimate, Interval, Undefined, descriptive};

use super::LEVEL;
use super::bias::{base_arm, contrast_name, other_arms};
use super::findings::Contrast;
use super::row::{EstimateKey, EstimateRow};
use super::sheet::{Panel, Sheet, SheetKind};

/// Number of random sign patterns if there are too many to enumerate.
const FLIPS: usize = 20_000;

/// Findings for every condition x rater group x item and total, with the rows. Holm corrects over the items of one
/// condition and group.
pub(super) fn contrasts(panel: &Panel, seed: u64) -> (Vec<Contrast>, Vec<EstimateRow>) {
    let Some(base) = base_arm(panel) else { return (Vec::new(), Vec::new()) };
    let mut groups: Vec<(Option<usize>, Vec<usize>)> = panel.judges().map(|j| (Some(j), vec![j])).collect();
    if panel.humans > 0 {
        groups.insert(0, (None, panel.clinicians()));
    }
    let (mut found, mut rows) = (Vec::new(), Vec::new());
    for arm in other_arms(panel, base) {
        for (judge, raters) in &groups {
            let family = family(panel, (base, arm), *judge, raters, seed);
            rows.extend(family.iter().flat_map(|contrast| rows_of(panel, raters, contrast)));
            found.extend(family);
        }
    }
    (found, rows)
}

fn family(
    panel: &Panel,
    arms: (u32, u32),
    judge: Option<usize>,
    raters: &[usize],
    seed: u64,
) -> Vec<Contrast> {
    let sheets: Vec<&Sheet> = panel.sheets.iter().filter(|s| s.kind != SheetKind::Pooled).collect();
    let mut family: Vec<Contrast> = sheets
        .iter()
        .map(|sheet| {
            let differences = differences(panel, sheet, arms, raters);
            let flip = sign_flip(&differences, seed, FLIPS).ok();
            let difference = paired_t(&differences, LEVEL);
            Contrast {
                condition: panel.arms[arms.1 as usize].clone(),
                contrast: contrast_name(panel, arms.0, arms.1),
                item: sheet.item.clone(),
                judge: judge.map(|judge| panel.raters[judge].clone()).unwrap_or_default(),
                difference: match sheet.absent {
                    Some(reason) => Estimate::undefined(reason),
                    None => difference,
                },
                p_adjusted: None,
                p_sign_flip: flip.map(|flip| flip.p_two),
                p_sign_flip_adjusted: None,
            }
        })
        .collect();
    let items = |p: fn(&Contrast) -> Option<f64>| -> Vec<Option<f64>> {
        family.iter().zip(&sheets).map(|(c, s)| p(c).filter(|_| s.kind == SheetKind::Item)).collect()
    };
    let by_t = adjust(&items(|c| c.difference.p()), Adjust::Holm);
    let by_flip = adjust(&items(|c| c.p_sign_flip), Adjust::Holm);
    for (contrast, (t, flip)) in family.iter_mut().zip(by_t.into_iter().zip(by_flip)) {
        contrast.p_adjusted = t;
        contrast.p_sign_flip_adjusted = flip;
    }
    family
}

/// Condition minus original per source. Each rater is first compared with itself, so that differences in severity do
/// not enter if different clinicians rated the two arms of a source.
fn differences(panel: &Panel, sheet: &Sheet, (base, arm): (u32, u32), raters: &[usize]) -> Vec<f64> {
    // Per source and rater: sums and counts in the base arm and in the other.
    let mut sources: BTreeMap<u32, Vec<[(f64, usize); 2]>> = BTreeMap::new();
    for (row, &unit) in sheet.table.rows().zip(&sheet.rows) {
        let unit = panel.units[unit as usize];
        let side = match unit.arm {
            Some(a) if a == base => 0,
            Some(a) if a == arm => 1,
            _ => continue,
        };
        let cells = sources.entry(unit.cluster).or_insert_with(|| vec![[(0.0, 0); 2]; raters.len()]);
        for (cell, &rater) in cells.iter_mut().zip(raters) {
            if let Some(score) = row[rater] {
                cell[side].0 += score;
                cell[side].1 += 1;
            }
        }
    }
    sources
        .values()
        .filter_map(|cells| {
            let own: Vec<f64> = cells
                .iter()
                .filter(|cell| cell.iter().all(|(_, n)| *n > 0))
                .map(|[first, second]| second.0 / second.1 as f64 - first.0 / first.1 as f64)
                .collect();
            descriptive::mean(&own)
        })
        .collect()
}

fn rows_of(panel: &Panel, raters: &[usize], contrast: &Contrast) -> [EstimateRow; 2] {
    let key = EstimateKey {
        item: contrast.item.clone(),
        condition: contrast.condition.clone(),
        contrast: contrast.contrast.clone(),
        judge: contrast.judge.clone(),
        raters: panel.names(raters),
        ..EstimateKey::of("contrast")
    };
    let flip = Estimate::from_result(contrast.difference.value())
        .with_interval(Err::<Interval, _>(Undefined::NotApplicable))
        .with_counts(contrast.difference.n_units(), 1, 0);
    let flip = match contrast.p_sign_flip {
        Some(p) => flip.with_p(p),
        None => flip,
    };
    let mut flip = EstimateRow::new(key.statistic("mean_difference"), &flip)
        .with_adjusted(contrast.p_sign_flip_adjusted, "holm");
    "sign_flip".clone_into(&mut flip.test);
    [
        EstimateRow::new(key.statistic("mean_difference"), &contrast.difference)
            .with_adjusted(contrast.p_adjusted, "holm"),
        flip,
    ]
}
