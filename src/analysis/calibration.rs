//! Calibration: maps from a judge's scores to the scale of the clinicians, fitted on one run and bound to the
//! judge, prompt, rubric and instructions they were fitted with.
//!
//! Maps are chosen by their error across folds that hold one recorded session each (both arms of it together); in
//! sample the most flexible map always looks best. One map serves all arms, so it does not remove bias by arm.

mod apply;
mod check;
mod fitted;
mod stability;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::{Digest, RaterKind};
use crate::stats::calibrate::{CrossFit, Map, MapKind, conformal_half_width, cross_fit};
use crate::stats::pair::{mae, rmse};
use crate::stats::{Pairs, Undefined, descriptive};

use super::inputs::Inputs;
use super::layout::layout;
use super::sheet::{Panel, Sheet, SheetKind, mean_of};

pub use crate::analysis::calibration::fitted::MapCandidate;
pub use crate::analysis::calibration::fitted::{Anchor, Calibration, JudgeCalibration};
pub use crate::analysis::calibration::fitted::{Binding, ItemCalibration};
pub(super) use apply::{calibrated_means, state};
pub use check::{CHECK_FORMAT, CalibrationCheck, RejudgedRun, check};
pub use stability::Stability;

/// Format name of a calibration file.
pub const FORMAT: &str = "corater-calibration/1";

/// Fewest recorded sessions for fitting a map.
const MIN_SOURCES: usize = 10;
/// Fewest pairs for trying the isotonic map, which overfits with fewer.
const MIN_ISOTONIC: usize = 100;
/// Share of new clinicians' means that the half width should cover.
const COVERED: f64 = 0.9;

/// Fits the maps of every judge of a run. `identities` gives the digest of each judge.
///
/// Items with fewer than ten recorded sessions, and judges that give a single score, get no map but a reason.
pub fn fit(inputs: &Inputs<'_>, run: &str, identities: &BTreeMap<String, Digest>) -> Calibration {
    let layout = layout(inputs);
    let panel = &layout.panel;
    let sheets: Vec<&Sheet> =
        panel.sheets.iter().filter(|s| s.kind != SheetKind::Pooled && s.item != "total_complete").collect();
    let judges = panel.judges().filter_map(|judge| {
        let name = &panel.raters[judge];
        Some(JudgeCalibration {
            judge: name.clone(),
            identity: *identities.get(name)?,
            items: sheets.iter().map(|sheet| item(panel, sheet, judge)).collect(),
            anchors: anchors(panel, &sheets, judge, &layout.sessions),
        })
    });
    let judges = judges.collect();
    let clinical = layout.ratings.iter().filter(|rating| rating.kind == RaterKind::Clinician);
    let rated: Vec<_> = clinical
        .map(|r| (r.session.as_str(), r.text_digest, r.rater.as_str(), r.item.as_str(), r.outcome.score()))
        .collect();
    let texts: Vec<_> = layout.sessions.iter().map(|s| (s.id.as_str(), s.text_digest())).collect();
    Calibration {
        format: FORMAT.to_owned(),
        run: run.to_owned(),
        synthetic: inputs.ratings.iter().any(|r| r.synthetic && r.kind == RaterKind::Clinician),
        binding: Binding {
            rubric: Digest::of_value(inputs.rubric),
            instructions: inputs.instructions,
            data: Digest::of_value(&(rated, texts)),
        },
        judges,
    }
}

/// Scores of the judge and means of the clinicians: one entry per unit that either scored.
fn sides(panel: &Panel, sheet: &Sheet, judge: usize) -> (Vec<Option<f64>>, Vec<Option<f64>>, Vec<usize>) {
    let humans = panel.clinicians();
    let rows = sheet.table.rows().zip(&sheet.rows);
    let sides = rows
        .map(|(row, &unit)| (row[judge], mean_of(row, &humans), panel.units[unit as usize].cluster as usize));
    let (mut x, mut y, mut folds) = (Vec::new(), Vec::new(), Vec::new());
    for (judged, rated, source) in sides {
        x.push(judged);
        y.push(rated);
        folds.push(source);
    }
    (x, y, folds)
}

fn item(panel: &Panel, sheet: &Sheet, judge: usize) -> ItemCalibration {
    let (x, y, folds) = sides(panel, sheet, judge);
    let both: BTreeSet<usize> = folds
        .iter()
        .zip(x.iter().zip(&y))
        .filter(|(_, (x, y))| x.is_some() && y.is_some())
        .map(|(f, _)| *f)
        .collect();
    let pairs = Pairs::new(&x, &y);
    let mut found = ItemCalibration {
        item: sheet.item.clone(),
        sources: both.len(),
        pairs: pairs.a().len(),
        kind: None,
        map: None,
        undefined: None,
        tried: Vec::new(),
        mae_raw: mae(&pairs).value().ok(),
        mae_calibrated: None,
        half_width: None,
        sem: standard_error_of_measurement(panel, sheet),
    };
    match choose(&x, &y, &folds, both.len(), &pairs) {
        Err(reason) => found.undefined = Some(sheet.absent.unwrap_or(reason)),
        Ok(chosen) => {
            found.mae_calibrated = mae(&chosen.fit.pairs).value().ok();
            let residuals: Vec<f64> =
                chosen.fit.pairs.a().iter().zip(chosen.fit.pairs.b()).map(|(y, p)| y - p).collect();
            found.half_width = conformal_half_width(&residuals, 1.0 - COVERED).ok();
            found.kind = Some(chosen.kind);
            found.map = Some(chosen.map);
            found.tried = chosen.tried;
        }
    }
    found
}

struct ChosenMap {
    kind: MapKind,
    map: Map,
    fit: CrossFit,
    tried: Vec<MapCandidate>,
}

/// The map with the smallest error across folds; the simpler one if two are equal.
fn choose(
    x: &[Option<f64>],
    y: &[Option<f64>],
    folds: &[usize],
    sources: usize,
    pairs: &Pairs,
) -> Result<ChosenMap, Undefined> {
    match (pairs.a().len(), x.iter().any(Option::is_some), sources) {
        (0, false, _) => return Err(Undefined::NoUsableRatings),
        (0, true, _) => return Err(Undefined::NoPairs),
        (_, _, ..MIN_SOURCES) => return Err(Undefined::TooFewUnits),
        _ if descriptive::is_constant(pairs.a()) => return Err(Undefined::ConstantRater),
        _ => {}
    }
    let isotonic = (pairs.a().len() >= MIN_ISOTONIC).then_some(MapKind::Isotonic);
    let mut best: Option<(f64, MapKind, CrossFit)> = None;
    let mut tried = Vec::new();
    for kind in [MapKind::Raw, MapKind::MeanShift, MapKind::Linear].into_iter().chain(isotonic) {
        let fit = cross_fit(x, y, folds, kind);
        let error = |pairs: &Pairs| rmse(pairs).value().ok();
        let across = error(&fit.pairs);
        tried.push(MapCandidate { kind, rmse: across, rmse_in_sample: error(&fit.in_sample) });
        // Only maps that could predict every fold are compared.
        let whole = fit.pairs.a().len() == pairs.a().len();
        if let Some(across) = across.filter(|e| whole && best.as_ref().is_none_or(|(least, ..)| e < least)) {
            best = Some((across, kind, fit));
        }
    }
    let (_, kind, fit) = best.ok_or(Undefined::NoPairs)?;
    Ok(ChosenMap { kind, map: Map::fit(pairs, kind)?, fit, tried })
}

/// The pooled standard deviation of clinicians within sessions.
fn standard_error_of_measurement(panel: &Panel, sheet: &Sheet) -> Option<f64> {
    let (mut squares, mut freedom) = (0.0, 0);
    for row in sheet.table.rows() {
        let scores: Vec<f64> = row[..panel.humans].iter().flatten().copied().collect();
        if scores.len() > 1 {
            squares += descriptive::sum_of_squares(&scores);
            freedom += scores.len() - 1;
        }
    }
    (freedom > 0).then(|| (squares / freedom as f64).sqrt())
}

/// The judge's scores of every session that a clinician scored on anything.
fn anchors(
    panel: &Panel,
    sheets: &[&Sheet],
    judge: usize,
    sessions: &[&crate::domain::Session],
) -> Vec<Anchor> {
    let humans = panel.clinicians();
    let mut scores: BTreeMap<u32, (bool, BTreeMap<String, f64>)> = BTreeMap::new();
    for sheet in sheets {
        for (row, &unit) in sheet.table.rows().zip(&sheet.rows) {
            let own = scores.entry(unit).or_default();
            own.0 |= mean_of(row, &humans).is_some();
            own.1.extend(row[judge].map(|score| (sheet.item.clone(), score)));
        }
    }
    scores
        .into_iter()
        .filter(|(_, (rated, scores))| *rated && !scores.is_empty())
        .filter_map(|(unit, (_, scores))| {
            let session = sessions.get(unit as usize)?;
            Some(Anchor {
                session: session.id.to_string(),
                source: session.source.to_string(),
                text: session.text_digest(),
                scores,
            })
        })
        .collect()
}
