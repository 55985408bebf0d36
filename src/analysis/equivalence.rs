//! Equivalence: whether a judge's mean difference from the clinicians is shown to lie inside the margin.
//!
//! Two one-sided t tests (Schuirmann 1987) on one difference per source. A large p value is not evidence of a
//! difference; it only shows too little data or too small a margin.

use std::collections::BTreeMap;

use crate::stats::Estimate;
use crate::stats::descriptive::mean;
use crate::stats::pair::equivalence_p;
use crate::stats::paired::paired_t;

use super::row::{EstimateKey, EstimateRow};
use super::sheet::{Panel, Sheet, SheetKind};
use super::verdict::Margins;

/// Two one-sided tests at 0.05 correspond to an interval at 0.90.
const LEVEL: f64 = 0.90;

/// One row per judge, item and total; empty without clinicians.
pub(super) fn rows(panel: &Panel, margins: Margins) -> Vec<EstimateRow> {
    if panel.humans == 0 {
        return Vec::new();
    }
    let sheets = || panel.sheets.iter().filter(|sheet| sheet.kind != SheetKind::Pooled);
    panel.judges().flat_map(|judge| sheets().map(move |sheet| row(panel, sheet, judge, margins))).collect()
}

fn row(panel: &Panel, sheet: &Sheet, judge: usize, margins: Margins) -> EstimateRow {
    let humans = panel.clinicians();
    let view = panel.against_mean(sheet, &humans, judge, None);
    let mut sources: BTreeMap<u32, Vec<f64>> = BTreeMap::new();
    for (row, cluster) in view.table.rows().zip(&view.clusters) {
        if let [Some(clinicians), Some(judge)] = row {
            sources.entry(*cluster).or_default().push(judge - clinicians);
        }
    }
    let differences: Vec<f64> = sources.values().filter_map(|own| mean(own)).collect();
    let margin = if sheet.kind == SheetKind::Total { margins.total } else { margins.item };
    let difference = match view.absent {
        Some(reason) => Estimate::undefined(reason),
        None => paired_t(&differences, LEVEL),
    };
    // The p value of the t test answers whether there is a difference, which is not the question here.
    let found = Estimate::from_result(difference.value())
        .with_interval(difference.interval().cloned())
        .with_counts(differences.len(), panel.humans + 1, 0);
    let found = match equivalence_p(&differences, margin) {
        Ok(p) => found.with_p(p),
        Err(_) => found,
    };
    let key = EstimateKey {
        item: sheet.item.clone(),
        judge: panel.raters[judge].clone(),
        raters: panel.names(&humans.iter().copied().chain([judge]).collect::<Vec<_>>()),
        reference: panel.mean_name(&humans),
        ..EstimateKey::of("equivalence")
    };
    EstimateRow::new(key.statistic("tost.bias"), &found)
}
