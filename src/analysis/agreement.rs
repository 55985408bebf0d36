//! Agreement of clinicians together and in pairs, and of the judge with each clinician and with their mean.

use rayon::prelude::*;

use crate::domain::Rubric;

use super::measures::{MeasureInputs, group_rows, pair_rows};
use super::resampling::Resampling;
use super::row::{EstimateKey, EstimateRow};
use super::sheet::{Panel, Sheet, SheetKind};
use super::totals;

/// With more clinicians than this, figures for all pairs are unreadable and left out; those of the group remain.
pub(super) const MAX_PAIRED_RATERS: usize = 30;

/// One comparison of one sheet.
#[derive(Debug, Clone, Copy)]
enum SheetComparison {
    /// All clinicians, in one arm or in all.
    Group(Option<u32>),
    /// Two clinicians.
    Clinicians(usize, usize),
    /// A judge with one clinician.
    Judge(usize, usize),
    /// A judge with the mean of the clinicians, in one arm or in all.
    JudgeMean(usize, Option<u32>),
}

/// All agreement rows, in a fixed order: by sheet, then comparison.
pub(super) fn rows(panel: &Panel, resampling: &Resampling, rubric: Option<&Rubric>) -> Vec<EstimateRow> {
    let comparisons = comparisons(panel);
    let jobs: Vec<(&Sheet, SheetComparison)> =
        panel.sheets.iter().flat_map(|sheet| comparisons.iter().map(move |c| (sheet, *c))).collect();
    let parts: Vec<Vec<EstimateRow>> = jobs
        .into_par_iter()
        .map(|(sheet, comparison)| {
            let setting = MeasureInputs {
                categories: &panel.categories,
                resampling,
                totals: sheet.kind == SheetKind::Total,
            };
            compare(panel, sheet, comparison, setting, rubric)
        })
        .collect();
    parts.into_iter().flatten().collect()
}

fn comparisons(panel: &Panel) -> Vec<SheetComparison> {
    // With one arm, the rows of that arm would repeat those of all arms.
    let arms = if panel.arms.len() > 1 { panel.arms.len() } else { 0 };
    let scopes: Vec<Option<u32>> =
        std::iter::once(None).chain((0..arms).map(|arm| u32::try_from(arm).ok())).collect();
    let mut all = Vec::new();
    if panel.humans >= 2 {
        all.extend(scopes.iter().map(|scope| SheetComparison::Group(*scope)));
    }
    if panel.humans <= MAX_PAIRED_RATERS {
        for a in 0..panel.humans {
            all.extend((a + 1..panel.humans).map(|b| SheetComparison::Clinicians(a, b)));
        }
    }
    for judge in panel.judges() {
        if panel.humans <= MAX_PAIRED_RATERS {
            all.extend((0..panel.humans).map(|human| SheetComparison::Judge(judge, human)));
        }
        if panel.humans >= 2 {
            all.extend(scopes.iter().map(|scope| SheetComparison::JudgeMean(judge, *scope)));
        }
    }
    all
}

fn compare(
    panel: &Panel,
    sheet: &Sheet,
    comparison: SheetComparison,
    setting: MeasureInputs<'_>,
    rubric: Option<&Rubric>,
) -> Vec<EstimateRow> {
    let key = |raters: &[usize], reference: String, judge: Option<usize>, arm: Option<u32>| EstimateKey {
        item: sheet.item.clone(),
        arm: arm.map(|arm| panel.arms[arm as usize].clone()).unwrap_or_default(),
        judge: judge.map(|judge| panel.raters[judge].clone()).unwrap_or_default(),
        raters: panel.names(raters),
        reference,
        ..EstimateKey::of("agreement")
    };
    let humans = panel.clinicians();
    match comparison {
        SheetComparison::Group(arm) => {
            group_rows(&panel.view(sheet, &humans, arm), &key(&humans, String::new(), None, arm), setting)
        }
        SheetComparison::Clinicians(a, b) => {
            let key = key(&[a, b], panel.raters[a].clone(), None, None);
            with_common_items(panel, sheet, [a, b], &key, setting, rubric)
        }
        SheetComparison::Judge(judge, human) => {
            let key = key(&[human, judge], panel.raters[human].clone(), Some(judge), None);
            with_common_items(panel, sheet, [human, judge], &key, setting, rubric)
        }
        SheetComparison::JudgeMean(judge, arm) => {
            let all: Vec<usize> = humans.iter().copied().chain([judge]).collect();
            let key = key(&all, panel.mean_name(&humans), Some(judge), arm);
            pair_rows(&panel.against_mean(sheet, &humans, judge, arm), &key, setting)
        }
    }
}

fn with_common_items(
    panel: &Panel,
    sheet: &Sheet,
    raters: [usize; 2],
    key: &EstimateKey,
    setting: MeasureInputs<'_>,
    rubric: Option<&Rubric>,
) -> Vec<EstimateRow> {
    let mut rows = pair_rows(&panel.view(sheet, &raters, None), key, setting);
    if let (Some(rubric), "total") = (rubric, sheet.item.as_str()) {
        rows.extend(totals::common_item_rows(panel, rubric, raters, key));
    }
    rows
}
