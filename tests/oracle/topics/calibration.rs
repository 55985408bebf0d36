//! Owns the evaluators of calibration maps.

use corater::stats::Pairs;
use corater::stats::calibrate::{
    LineFit, Map, MapKind, conformal_half_width, cross_fit, deming_fit, linear_fit,
};
use corater::stats::ordinal::CumulativeLogit;
use corater::stats::pair::{bias, mae, rmse};
use serde_json::Value;

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
        "calib_linear" => {
            let ours = linear_fit(&pairs).unwrap();
            line(check, &ours, g, "slope_se", "intercept_se");
            check.option("r", ours.r, &g["r"]);
        }
        "calib_deming" => {
            let ours = deming_fit(&pairs, entry.params["lambda"].as_f64().unwrap()).unwrap();
            line(check, &ours, g, "slope_se_jack", "intercept_se_jack");
        }
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
        "cumulative_logit" => {
            let s = data::long(&data::item(entry));
            let pairs = Pairs::new(&s.column(entry.param("x")), &s.column(entry.param("y")));
            let ours = CumulativeLogit::fit(pairs.a(), pairs.b()).unwrap();
            check.value("beta", Ok(ours.beta), &g["beta"]);
            check.value("log likelihood", Ok(ours.log_likelihood), &g["loglik"]);
            check.that("n", Some(ours.n as u64) == g["n"].as_u64());
            check.that("categories", ours.categories == floats(&g["categories"]));
            for (theta, g) in ours.thresholds.iter().zip(g["thresholds"].as_array().unwrap()) {
                check.value("threshold", Ok(*theta), g);
            }
        }
        _ => {}
    }
}

fn line(check: &mut Check, ours: &LineFit, g: &Value, slope_se: &str, intercept_se: &str) {
    check.value("slope", Ok(ours.slope), &g["slope"]);
    check.value("intercept", Ok(ours.intercept), &g["intercept"]);
    check.option("slope se", ours.slope_se, &g[slope_se]);
    check.option("intercept se", ours.intercept_se, &g[intercept_se]);
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
