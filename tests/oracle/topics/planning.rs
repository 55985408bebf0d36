//! Owns the evaluators of series in time, repeatability, internal consistency of items, and sample sizes.

use corater::stats::internal::{item_analysis, one_factor};
use corater::stats::power;
use corater::stats::repeatability::repeatability;
use corater::stats::stability::{Baseline, cusum, ewma, trend};
use corater::stats::{RatingMatrix, descriptive};

use crate::check::{Check, Entry};
use crate::data::{self, Sheet};

/// Judge minus human, averaged within each batch in the order of the file.
fn shifts() -> Vec<f64> {
    let sheet = Sheet::read("drift_anchor.csv");
    let (batches, human, judge) = (sheet.text("batch"), sheet.numbers("human"), sheet.numbers("judge"));
    let mut names = batches.clone();
    names.dedup();
    let of = |name: &String| {
        let own = (0..batches.len()).filter(|i| batches[*i] == *name);
        descriptive::mean(&own.map(|i| judge[i].unwrap() - human[i].unwrap()).collect::<Vec<_>>()).unwrap()
    };
    names.iter().map(of).collect()
}

fn series(check: &mut Check, label: &str, ours: &[f64], golden: &serde_json::Value) {
    let golden = golden.as_array().unwrap();
    check.that(&format!("{label} has {} values", golden.len()), ours.len() == golden.len());
    ours.iter().zip(golden).for_each(|(x, g)| check.value(label, Ok(*x), g));
}

pub(crate) fn drift(entry: &Entry, check: &mut Check) {
    let (g, number) = (&entry.expect, |name: &str| entry.params[name].as_f64().unwrap());
    let baseline = || Baseline::of(&shifts(), number("baseline_batches") as usize).unwrap();
    let alarm = |at: Option<usize>| serde_json::json!(at) == g["first_alarm"];
    match entry.stat.as_str() {
        "drift_trend" => {
            let ours = trend(&shifts(), 0.95);
            check.value("tau", ours.tau.value(), &g["mann_kendall_tau"]);
            check.option("p", ours.tau.p(), &g["mann_kendall_p_asymptotic"]);
            check.value("slope", ours.slope.value(), &g["theil_sen_slope"]);
            check.option("intercept", ours.intercept, &g["theil_sen_intercept"]);
            check.interval("slope", ours.slope.interval(), &g["theil_sen_ci"]);
        }
        "ewma_chart" => {
            let ours = ewma(&shifts(), baseline(), number("lambda"), number("L"));
            check.value("centre", Ok(baseline().centre), &g["center"]);
            check.value("sd", Ok(baseline().sd), &g["sd"]);
            series(check, "ewma", &ours.average, &g["ewma"]);
            series(check, "half width", &ours.half_width, &g["halfwidth"]);
            check.that("alarm", alarm(ours.first_alarm));
        }
        "cusum_chart" => {
            let ours = cusum(&shifts(), baseline(), number("k"), number("h"));
            series(check, "up", &ours.up, &g["c_plus"]);
            series(check, "down", &ours.down, &g["c_minus"]);
            check.that("alarm", alarm(ours.first_alarm));
        }
        "judge_repeatability" => {
            let sheet = Sheet::read("judge_repeats.csv");
            let columns: Vec<_> = sheet.header[1..].iter().map(|run| sheet.numbers(run)).collect();
            let ours = repeatability(&RatingMatrix::from_columns(&columns), 0.95);
            check.value("within", ours.within_sd.value(), &g["within_sd"]);
            check.value("sem", ours.within_sd.value(), &g["sem"]);
            check.option("coefficient", ours.coefficient, &g["repeatability_coefficient_1.96sqrt2"]);
            check.value("one", ours.icc_one.value(), &g["icc_1_1"]);
            check.value("mean", ours.icc_mean.value(), &g["icc_1_k"]);
        }
        _ => {}
    }
}

/// The items of one rater, as columns.
fn items(rater: &str) -> RatingMatrix {
    let columns: Vec<_> = (1..=11).map(|i| data::long(&i.to_string()).column(rater)).collect();
    RatingMatrix::from_columns(&columns)
}

pub(crate) fn internal_r(entry: &Entry, check: &mut Check) {
    let (g, table) = (&entry.expect, items(entry.param("rater")));
    match entry.stat.as_str() {
        "cronbach_alpha" => {
            let ours = item_analysis(&table).unwrap();
            check.value("alpha", Ok(ours.alpha), &g["raw_alpha"]);
            check.value("standardised", Ok(ours.standardised_alpha), &g["std_alpha"]);
            check.value("mean r", Ok(ours.mean_correlation), &g["average_r"]);
            check.that("n", ours.n as u64 == g["n"] && ours.items.len() as u64 == g["k"]);
            series(check, "rest", &ours.rest_correlation, &g["r_drop"]);
            let without: Vec<f64> = ours.alpha_without.iter().map(|a| a.unwrap()).collect();
            series(check, "without", &without, &g["alpha_drop"]);
        }
        "omega_total" => {
            let ours = one_factor(&table).unwrap();
            check.value("omega", Ok(ours.omega), &g["omega_total_1f"]);
            series(check, "loading", &ours.loadings, &g["loadings"]);
        }
        _ => {}
    }
}

pub(crate) fn power(entry: &Entry, check: &mut Check) {
    let (g, number) = (&entry.expect, |name: &str| entry.params[name].as_f64().unwrap());
    match entry.stat.as_str() {
        "n_paired_t" => {
            let ours = power::pairs_for_paired_t(number("dz"), number("alpha"), number("power"));
            check.value("n", ours, &g["n"]);
        }
        "power_paired_t" => {
            let ours = power::power_of_paired_t(number("dz"), number("n"), number("alpha"));
            check.t_power("power", ours, &g["power"]);
        }
        "n_icc_width" => {
            let raters = number("raters") as usize;
            let level = 1.0 - number("alpha");
            let (exact, whole) =
                power::sessions_for_icc_width(number("icc"), raters, number("ci_width"), level).unwrap();
            check.value("exact", Ok(exact), &g["n_exact"]);
            check.value("whole", Ok(whole), &g["n"]);
        }
        "n_icc_test" => {
            let (rho0, rho1, raters) = (number("rho0"), number("rho1"), number("raters") as usize);
            let (alpha, power) = (number("alpha_one_sided"), number("power"));
            let ours = power::sessions_for_icc_test(rho0, rho1, raters, alpha, power);
            check.value("exact", ours, &g["n_exact"]);
            check.value("whole", ours.map(f64::ceil), &g["n"]);
        }
        "n_corr_halfwidth" => {
            let ours = power::sessions_for_correlation(number("r"), number("halfwidth"), number("conf"));
            check.value("n", ours.map(|n| n as f64), &g["n"]);
        }
        "n_loa_precision" => {
            let ours = power::sessions_for_limits_of_agreement(number("halfwidth_in_sd"), number("conf"));
            check.value("n", ours, &g["n_ba1986"]);
        }
        _ => {}
    }
}
