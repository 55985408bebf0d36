//! Fitted maps of judges' scores.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    analysis::phrase,
    domain::Digest,
    stats::{
        Undefined,
        calibrate::{Map, MapKind},
    },
};

/// A calibration file. It holds scores and ids of sessions, but no text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Calibration {
    /// Format name: [`FORMAT`].
    pub format: String,
    /// Id of the run it was fitted on.
    pub run: String,
    /// True if it was fitted on invented ratings: a demonstration.
    pub synthetic: bool,
    /// What it is valid for.
    pub binding: Binding,
    /// One entry per judge.
    pub judges: Vec<JudgeCalibration>,
}
/// The maps of one judge.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct JudgeCalibration {
    /// Id of the judge.
    pub judge: String,
    /// Digest of its model, decoding, prompt and draws.
    pub identity: Digest,
    /// One entry per item, totals included.
    pub items: Vec<ItemCalibration>,
    /// The judge's scores of the sessions that clinicians rated, for comparison with later scores of the same texts.
    pub anchors: Vec<Anchor>,
}
/// A session that the judge scored at calibration.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Anchor {
    /// Session id.
    pub session: String,
    /// Id of the recorded session behind it.
    pub source: String,
    /// Digest of the text that was judged.
    pub text: Digest,
    /// Scores by item, `total` included.
    pub scores: BTreeMap<String, f64>,
}

/// What maps are bound to, in addition to the judge.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Binding {
    /// Digest of the rubric.
    pub rubric: Digest,
    /// Digest of the instructions the clinicians rated by; `None` if the experiment names no such file.
    pub instructions: Option<Digest>,
    /// Digest of the clinicians' ratings and of the texts they rated.
    pub data: Digest,
}
/// The map of one item.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ItemCalibration {
    /// Item id or `total`.
    pub item: String,
    /// Number of recorded sessions behind it.
    pub sources: usize,
    /// Number of sessions scored by the judge and by clinicians.
    pub pairs: usize,
    /// Kind of the chosen map; `None` if there is none.
    pub kind: Option<MapKind>,
    /// From the judge's score to the clinicians' mean, in points of the scale.
    pub map: Option<Map>,
    /// Why there is no map.
    pub undefined: Option<Undefined>,
    /// Every map that was tried, from simplest to most flexible.
    pub tried: Vec<MapCandidate>,
    /// Mean absolute error of the raw scores.
    pub mae_raw: Option<f64>,
    /// Mean absolute error of the calibrated scores across folds.
    pub mae_calibrated: Option<f64>,
    /// Distance from the calibrated score within which the clinicians' mean of a new session lies with probability 0.9
    /// (split conformal, residuals across folds).
    pub half_width: Option<f64>,
    /// Standard error of measurement of one clinician: the pooled standard deviation within sessions.
    pub sem: Option<f64>,
}
impl ItemCalibration {
    /// The map as a formula of the judge's score x, or why there is none.
    pub fn words(&self) -> String {
        let number = |value: f64| phrase::decimals(value, 2);
        match (&self.map, self.kind) {
            (None, _) => {
                self.undefined.map_or_else(String::new, |why| format!("undefined: {}", phrase::reason(why)))
            }
            (Some(Map::Knots(knots)), _) => format!("isotonic, {} knots", knots.len()),
            (Some(_), Some(MapKind::Raw)) => "x".to_owned(),
            (Some(Map::Line { intercept, slope }), kind) => {
                let x = if kind == Some(MapKind::MeanShift) {
                    String::new()
                } else {
                    format!("{} ", number(*slope))
                };
                let sign = if *intercept < 0.0 { '-' } else { '+' };
                format!("{x}x {sign} {}", number(intercept.abs()))
            }
        }
    }
}

/// One map that was tried.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MapCandidate {
    /// Which map.
    pub kind: MapKind,
    /// Root mean squared error across folds.
    pub rmse: Option<f64>,
    /// Root mean squared error of the map fitted to all units at once, to show how optimistic it is.
    pub rmse_in_sample: Option<f64>,
}
