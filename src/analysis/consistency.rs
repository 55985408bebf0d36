//! Internal consistency of each rater's items, as a check for halo: Cronbach's alpha and omega over the sessions.
//!
//! A judge whose items correlate far more than any clinician's does not distinguish them.

use std::collections::BTreeMap;

use crate::stats::RatingMatrix;
use crate::stats::internal::{cronbach_alpha, item_analysis, one_factor};
use crate::stats::{Estimate, Undefined};

use super::LEVEL;
use super::row::{EstimateKey, EstimateRow};
use super::sheet::{Panel, SheetKind};

/// Rows of every rater, clinicians first; empty if there are fewer than three items.
pub(super) fn rows(panel: &Panel) -> Vec<EstimateRow> {
    let items = panel.sheets.iter().filter(|sheet| sheet.kind == SheetKind::Item).count();
    if items < 3 {
        return Vec::new();
    }
    (0..panel.raters.len()).flat_map(|rater| of_rater(panel, rater, items)).collect()
}

fn of_rater(panel: &Panel, rater: usize, items: usize) -> Vec<EstimateRow> {
    let table = scores(panel, rater, items);
    let judge = if rater < panel.humans { String::new() } else { panel.raters[rater].clone() };
    let key = EstimateKey { judge, raters: panel.raters[rater].clone(), ..EstimateKey::of("consistency") };
    let alpha = cronbach_alpha(&table, LEVEL);
    let (used, dropped) = (alpha.n_units(), alpha.n_dropped());
    let plain = |value: Result<f64, Undefined>| {
        Estimate::from_result(value)
            .with_interval(Err(Undefined::NotApplicable))
            .with_counts(used, 1, dropped)
    };
    [
        ("cronbach.alpha", alpha.clone()),
        ("item.mean_r", plain(item_analysis(&table).map(|found| found.mean_correlation))),
        ("omega.total", plain(one_factor(&table).map(|found| found.omega))),
    ]
    .into_iter()
    .map(|(statistic, estimate)| EstimateRow::new(key.statistic(statistic), &estimate))
    .collect()
}

/// Units x items of one rater. Units without any score of this rater are left out.
fn scores(panel: &Panel, rater: usize, items: usize) -> RatingMatrix {
    let mut units: BTreeMap<u32, Vec<Option<f64>>> = BTreeMap::new();
    let sheets = panel.sheets.iter().filter(|sheet| sheet.kind == SheetKind::Item);
    for (item, sheet) in sheets.enumerate() {
        for (row, unit) in sheet.table.rows().zip(&sheet.rows) {
            if let Some(score) = row[rater] {
                units.entry(*unit).or_insert_with(|| vec![None; items])[item] = Some(score);
            }
        }
    }
    RatingMatrix::from_rows(&units.into_values().collect::<Vec<_>>())
}
