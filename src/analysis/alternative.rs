//! Whether a judge could replace one clinician: the alternative annotator test, clustered by
//! recorded session.

use crate::stats::alt_test::{AltTestFit, AltTestOptions, alt_test};
use crate::stats::{Estimate, Undefined};

use super::findings::{AltTestFinding, AltTestOutcome};
use super::row::{EstimateKey, EstimateRow};
use super::sheet::{Panel, Sheet, SheetKind};

/// Extra cost of a clinician over the judge: the authors' value for experts.
const EPSILON: f64 = 0.2;
/// False discovery rate over the comparisons with clinicians.
const RATE: f64 = 0.05;
/// Fewest sessions that clinician and judge must share; with fewer, the authors advise against the test.
const MIN_SESSIONS: usize = 30;

/// Findings for every judge x item and total, with the rows. Empty if fewer than two clinicians rated.
pub(super) fn alternatives(panel: &Panel) -> (Vec<AltTestFinding>, Vec<EstimateRow>) {
    if panel.humans < 2 {
        return (Vec::new(), Vec::new());
    }
    let sheets = || panel.sheets.iter().filter(|s| s.kind != SheetKind::Pooled && s.item != "total_complete");
    let found: Vec<AltTestFinding> =
        panel.judges().flat_map(|judge| sheets().map(move |sheet| one(panel, sheet, judge))).collect();
    let clinicians = panel.names(&panel.clinicians());
    let rows = found.iter().flat_map(|one| rows_of(one, &clinicians)).collect();
    (found, rows)
}

fn one(panel: &Panel, sheet: &Sheet, judge: usize) -> AltTestFinding {
    let clusters: Vec<u32> = sheet.rows.iter().map(|&unit| panel.units[unit as usize].cluster).collect();
    let options =
        AltTestOptions { fit: AltTestFit::NegRmse, epsilon: EPSILON, rate: RATE, min_units: MIN_SESSIONS };
    let found = match sheet.absent {
        Some(reason) => Err(reason),
        None => alt_test(&sheet.table, &panel.clinicians(), judge, Some(&clusters), options),
    };
    let counted = |value: fn(&crate::stats::alt_test::AltTest) -> f64| {
        let sessions =
            found.as_ref().map_or(0, |test| test.humans.iter().map(|one| one.units).max().unwrap_or(0));
        let estimate = Estimate::from_result(found.as_ref().map(value).map_err(|reason| *reason));
        estimate.with_interval(Err(Undefined::NotApplicable)).with_counts(sessions, panel.humans + 1, 0)
    };
    AltTestFinding {
        item: sheet.item.clone(),
        judge: panel.raters[judge].clone(),
        epsilon: EPSILON,
        humans: found.as_ref().map_or(0, |test| test.humans.len()),
        winning_rate: counted(|test| test.winning_rate),
        advantage: counted(|test| test.advantage),
        outcome: match &found {
            Err(_) => AltTestOutcome::TooFew,
            Ok(test) if !test.passes() => AltTestOutcome::NotShown,
            Ok(test) if test.humans.len() < 3 => AltTestOutcome::WinsAgainstTwo,
            Ok(_) => AltTestOutcome::Passes,
        },
    }
}

fn rows_of(found: &AltTestFinding, clinicians: &str) -> [EstimateRow; 2] {
    let key = EstimateKey {
        item: found.item.clone(),
        judge: found.judge.clone(),
        raters: clinicians.to_owned(),
        reference: "mean(others)".to_owned(),
        ..EstimateKey::of("alttest")
    };
    [
        EstimateRow::new(key.statistic("alttest.winning_rate"), &found.winning_rate),
        EstimateRow::new(key.statistic("alttest.advantage"), &found.advantage),
    ]
}
