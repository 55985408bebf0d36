//! Owns the evaluators of prediction-powered inference and of the corrected rate.

use corater::stats::correlation::product_moment;
use corater::stats::descriptive::mean;
use corater::stats::ppi::{
    Correction, Power, PpiMean, Target, ppi_difference, ppi_mean, ppi_plan, ppi_stratified,
};
use corater::stats::prevalence::{ObservedRate, rogan_gladen};
use serde_json::json;

use crate::check::{Check, Entry};
use crate::data::Sheet;

struct Arm {
    labels: Vec<f64>,
    predictions: Vec<f64>,
    unlabelled: Vec<f64>,
}

impl Arm {
    fn read(arm: &str) -> Self {
        let sheet = Sheet::read("ppi_pool.csv");
        let (arms, human, judge) = (sheet.text("arm"), sheet.numbers("human"), sheet.numbers("judge"));
        let mut out = Self { labels: vec![], predictions: vec![], unlabelled: vec![] };
        for i in (0..arms.len()).filter(|i| arm == "all" || arms[*i] == arm) {
            match human[i] {
                Some(h) => {
                    out.labels.push(h);
                    out.predictions.push(judge[i].unwrap());
                }
                None => out.unlabelled.push(judge[i].unwrap()),
            }
        }
        out
    }

    fn mean(&self, power: Power, level: f64) -> PpiMean {
        self.shifted(power, level, 0.0)
    }

    fn shifted(&self, power: Power, level: f64, by: f64) -> PpiMean {
        let labels: Vec<f64> = self.labels.iter().map(|y| y - by).collect();
        ppi_mean(&labels, &self.predictions, &self.unlabelled, power, Correction::PpiPy, level)
    }

    fn all_predictions(&self) -> Vec<f64> {
        self.predictions.iter().chain(&self.unlabelled).copied().collect()
    }
}

fn limits(check: &mut Check, ours: &PpiMean, entry: &Entry) {
    let g = &entry.expect;
    check.value("estimate", ours.estimate.value(), &g["estimate"]);
    check.interval("ci", ours.estimate.interval(), &json!([g["ci_low"], g["ci_high"]]));
}

pub(crate) fn ppi(entry: &Entry, check: &mut Check) {
    let g = &entry.expect;
    let level = 1.0 - entry.params["alpha"].as_f64().unwrap_or(0.05);
    if entry.stat == "ppi_power" {
        return plan(entry, check);
    }
    let arm = Arm::read(entry.param("arm"));
    match entry.stat.as_str() {
        "ppi_mean" => {
            let power = match entry.param("method") {
                "ppi" => Power::Full,
                "ppi++" => Power::Tuned,
                _ => Power::Classical,
            };
            let ours = arm.mean(power, level);
            limits(check, &ours, entry);
            check.option("lambda", ours.lambda, &g["lambda"]);
            check.that("n", g["n"].as_u64() == Some(ours.n_labelled as u64));
            check.that("N", g["N"].as_u64() == Some(ours.n_unlabelled as u64));
        }
        "classical_mean_ci" => limits(check, &arm.mean(Power::Classical, level), entry),
        "ppi_mean_pval" => {
            let null = entry.params["null"].as_f64().unwrap();
            for (name, power) in [("p_ppi", Power::Full), ("p_ppi++", Power::Tuned)] {
                check.option(name, arm.shifted(power, level, null).estimate.p(), &g[name]);
            }
        }
        _ => {
            check.option("mean", mean(&arm.all_predictions()), &g["judge_mean_all"]);
            check.value("r", product_moment(&arm.labels, &arm.predictions), &g["labelled_corr"]);
            let gap: Vec<f64> = arm.labels.iter().zip(&arm.predictions).map(|(y, f)| y - f).collect();
            check.option("gap", mean(&gap), &g["human_minus_judge"]);
        }
    }
}

fn plan(entry: &Entry, check: &mut Check) {
    let number = |name: &str| entry.params[name].as_f64();
    let target =
        number("budget").map_or_else(|| Target::EffectiveN(number("effective_n").unwrap()), Target::Budget);
    let ours = ppi_plan(
        number("ppi_corr").unwrap(),
        number("cost_Y").unwrap(),
        number("cost_Yhat").unwrap(),
        target,
    )
    .unwrap();
    check.value("n", Ok(ours.n_labelled), &entry.expect["n"]);
    check.value("N", Ok(ours.n_unlabelled), &entry.expect["N"]);
    check.value("cost", Ok(ours.cost), &entry.expect["cost"]);
    check.value("effective", Ok(ours.effective_n), &entry.expect["effective_n"]);
}

pub(crate) fn ppi_extra(entry: &Entry, check: &mut Check) {
    let g = &entry.expect;
    if entry.stat == "ppi_stratified_mean" {
        let power = if entry.param("method") == "ppi" { Power::Full } else { Power::Tuned };
        let parts: Vec<(f64, PpiMean)> = ["A", "B", "C"]
            .iter()
            .map(|a| {
                let arm = Arm::read(a);
                (arm.all_predictions().len() as f64, arm.mean(power, 0.95))
            })
            .collect();
        let borrowed: Vec<(f64, &PpiMean)> = parts.iter().map(|(w, m)| (*w, m)).collect();
        let ours = ppi_stratified(&borrowed, 0.95);
        check.value("estimate", ours.value(), &g["estimate"]);
        check.option("se", ours.se(), &g["se"]);
        check.interval("ci", ours.interval(), &json!([g["ci_low"], g["ci_high"]]));
        return;
    }
    let arms: Vec<Arm> =
        entry.params["arms"].as_array().unwrap().iter().map(|a| Arm::read(a.as_str().unwrap())).collect();
    for (name, power) in [("ppi", Power::Full), ("ppi++", Power::Tuned)] {
        let (a, b) = (arms[0].mean(power, 0.95), arms[1].mean(power, 0.95));
        let ours = ppi_difference(&a, &b, Correction::PpiPy, 0.95);
        check.value("difference", ours.value(), &g[name]["difference"]);
        check.option("se", ours.se(), &g[name]["se"]);
        check.interval("ci", ours.interval(), &g[name]["ci"]);
        check.option("p", ours.p(), &g[name]["p"]);
    }
}

pub(crate) fn binary_correction(entry: &Entry, check: &mut Check) {
    let number = |name: &str| entry.params[name].as_f64().unwrap();
    let observed = ObservedRate {
        rate: number("p"),
        n: number("n"),
        specificity: number("specificity_q0"),
        n_negative: number("m0"),
        sensitivity: number("sensitivity_q1"),
        n_positive: number("m1"),
    };
    let ours = rogan_gladen(&observed, 1.0 - number("alpha"));
    check.value("estimate", ours.value(), &entry.expect["estimate"]);
    check.interval("ci", ours.interval(), &entry.expect["ci"]);
}
