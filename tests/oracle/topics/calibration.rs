//! Owns the evaluators of calibration maps.

use corater::stats::Pairs;
use corater::stats::calibrate::{Map, MapKind, conformal_half_width, cross_fit};
use corater::stats::pair::{bias, mae, rmse};

use crate::check::{Check, Entry, floats};
use crate::data::{self, Sheet};

/// x = J, y = HM, and the fold of each session by its source.
fn inputs() -> (Vec<Option<f64>>, Vec<Option<f64>>, Vec<usize>) {
    let s = data::long("total");
    let sheet = Sheet::read("folds.csv");
    let fold = |source: &String| {
        let row = sheet.rows.iter().find(|r| &r[0] == source).unwrap();
        row[1].parse().unwrap()
    };
    (s.column("J"), s.column("HM"), s.sources.iter().map(fold).collect())
}

pub(crate) fn calibration(entry: &Entry, check: &mut Check) {
    let (x, y, folds) = inputs();
    let pairs = Pairs::new(&x, &y);
    let g = &entry.expect;
    match entry.stat.as_str() {
        "calib_isotonic" => {
            let map = Map::fit(&pairs, MapKind::Isotonic).unwrap();
            for (x, g) in entry.numbers("grid").iter().zip(g["at_grid"].as_array().unwrap()) {
                check.value("grid", Ok(map.at(*x)), g);
            }
        }
        "calib_crossfit" => crossed(entry, check, &x, &y, &folds),
        "conformal_halfwidth" => {
            let residuals = cross_fit(&x, &y, &folds, MapKind::Linear).pairs.differences();
            let ours = conformal_half_width(&residuals, entry.params["alpha"].as_f64().unwrap());
            check.value("half width", ours, &g["halfwidth"]);
        }
        _ => {}
    }
}

fn crossed(entry: &Entry, check: &mut Check, x: &[Option<f64>], y: &[Option<f64>], folds: &[usize]) {
    let kind = match entry.param("map") {
        "mean_shift" => MapKind::MeanShift,
        "linear" => MapKind::Linear,
        "deming" => MapKind::Deming { ratio: 1.0 },
        "isotonic" => MapKind::Isotonic,
        _ => MapKind::Raw,
    };
    let ours = cross_fit(x, y, folds, kind);
    let g = &entry.expect;
    check.value("mae", mae(&ours.pairs).value(), &g["mae"]);
    check.value("rmse", rmse(&ours.pairs).value(), &g["rmse"]);
    check.value("bias", bias(&ours.pairs).value(), &g["bias"]);
    check.value("in sample", rmse(&ours.in_sample).value(), &g["in_sample_rmse"]);
    let predicted: Vec<f64> = ours.predictions.iter().flatten().copied().collect();
    check.that("count", predicted.len() == floats(&g["pred"]).len());
    for (p, g) in predicted.iter().zip(g["pred"].as_array().unwrap()) {
        check.value("prediction", Ok(*p), g);
    }
}
