//! Owns the evaluators of prediction-powered inference and of the corrected rate.

use corater::stats::correlation::product_moment;
use corater::stats::descriptive::mean;
use corater::stats::ppi::{Correction, Power, PpiMean, ppi_mean};
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
