//! Use of a calibration: whether it is valid for a judge, and the judge's scores after its maps.

use crate::analysis::findings::{CalibratedMean, CalibrationState};
use crate::analysis::inputs::{Inputs, JudgeInput};
use crate::analysis::measures::mean_and_sd;
use crate::analysis::row::{EstimateKey, EstimateRow};
use crate::analysis::sheet::{Panel, SheetKind};
use crate::domain::Digest;

use super::{Calibration, JudgeCalibration};

/// Whether the calibration of a run is valid for one of its judges, and every reason why it is not.
pub(in crate::analysis) fn state(inputs: &Inputs<'_>, judge: &JudgeInput) -> (CalibrationState, Vec<String>) {
    let Some(calibration) = inputs.calibration else { return (CalibrationState::Uncalibrated, Vec::new()) };
    let Some(own) = of(calibration, judge.id.as_str()) else {
        let why = "the calibration file holds no maps of this judge".to_owned();
        return (CalibrationState::Uncalibrated, vec![why]);
    };
    let mut because = Vec::new();
    if judge.identity != Some(own.identity) {
        because.push("the judge's model, decoding, prompt or draws have changed".to_owned());
    }
    if calibration.binding.rubric != Digest::of_value(inputs.rubric) {
        because.push("the rubric has changed".to_owned());
    }
    if calibration.binding.instructions != inputs.instructions {
        because.push("the clinicians' instructions have changed".to_owned());
    }
    let holds = because.is_empty();
    if holds && calibration.synthetic {
        because.push("fitted on invented ratings: a demonstration".to_owned());
    }
    (if holds { CalibrationState::Calibrated } else { CalibrationState::Stale }, because)
}

fn of<'c>(calibration: &'c Calibration, judge: &str) -> Option<&'c JudgeCalibration> {
    calibration.judges.iter().find(|own| own.judge == judge)
}

/// Means of the calibrated scores per judge, arm and item, for judges with a valid calibration, with the rows.
pub(in crate::analysis) fn calibrated_means(
    panel: &Panel,
    inputs: &Inputs<'_>,
) -> (Vec<CalibratedMean>, Vec<EstimateRow>) {
    let mut found = Vec::new();
    for judge in inputs.judges.iter().filter(|judge| state(inputs, judge).0 == CalibrationState::Calibrated) {
        let column = panel.judges().find(|&column| panel.raters[column] == judge.id.as_str());
        let maps = inputs.calibration.and_then(|calibration| of(calibration, judge.id.as_str()));
        if let (Some(column), Some(maps)) = (column, maps) {
            found.extend(means(panel, column, maps));
        }
    }
    let rows = found.iter().map(row).collect();
    (found, rows)
}

fn means(panel: &Panel, judge: usize, maps: &JudgeCalibration) -> Vec<CalibratedMean> {
    let mut found = Vec::new();
    for sheet in panel.sheets.iter().filter(|sheet| sheet.kind != SheetKind::Pooled) {
        let Some(item) = maps.items.iter().find(|item| item.item == sheet.item) else { continue };
        let Some(map) = &item.map else { continue };
        for (arm, name) in (0..).zip(&panel.arms) {
            let own = sheet.table.rows().zip(&sheet.rows).filter_map(|(row, &unit)| {
                let unit = panel.units[unit as usize];
                row[judge].filter(|_| unit.arm == Some(arm)).map(|score| (score, unit.cluster))
            });
            let (raw, sources): (Vec<f64>, Vec<u32>) = own.unzip();
            if raw.is_empty() {
                continue;
            }
            let mapped: Vec<f64> = raw.iter().map(|score| map.at(*score)).collect();
            found.push(CalibratedMean {
                judge: maps.judge.clone(),
                item: sheet.item.clone(),
                arm: name.clone(),
                raw: mean_and_sd(&raw, &sources).0,
                calibrated: mean_and_sd(&mapped, &sources).0,
                half_width: item.half_width,
            });
        }
    }
    found
}

fn row(mean: &CalibratedMean) -> EstimateRow {
    let condition = if mean.arm == "original" { String::new() } else { mean.arm.clone() };
    let key = EstimateKey {
        item: mean.item.clone(),
        arm: mean.arm.clone(),
        condition,
        judge: mean.judge.clone(),
        ..EstimateKey::of("calibrated")
    };
    EstimateRow::new(key.statistic("mean"), &mean.calibrated)
}
