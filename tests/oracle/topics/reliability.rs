//! Owns the evaluators of intraclass correlation, Krippendorff's alpha and concordance.

use corater::stats::correlation::ccc;
use corater::stats::icc::{Anova, IccForm, icc as icc_form};
use corater::stats::krippendorff::{Metric, alpha};
use corater::stats::reml::icc_reml as reml;
use serde_json::Value;

use crate::check::{Check, Entry};
use crate::data;

const FORMS: [(IccForm, &str, &str); 6] = [
    (IccForm::One, "ICC1", "oneway.consistency.single"),
    (IccForm::OneK, "ICC1k", "oneway.consistency.average"),
    (IccForm::A1, "ICC2", "twoway.agreement.single"),
    (IccForm::Ak, "ICC2k", "twoway.agreement.average"),
    (IccForm::C1, "ICC3", "twoway.consistency.single"),
    (IccForm::Ck, "ICC3k", "twoway.consistency.average"),
];

pub(crate) fn icc(entry: &Entry, check: &mut Check) {
    let table = data::table(entry);
    if !entry.is_error() {
        check.that("n", entry.expect["n"].as_u64() == Some(table.listwise().0.n_units() as u64));
    }
    for (form, psych, irr) in FORMS {
        let ours = icc_form(&table, form, 0.95);
        let (psych, irr) = (&entry.expect["psych"][psych], &entry.expect["irr"][irr]);
        // psych shows rounding noise as numbers on degenerate data; irr says NaN or infinity there.
        if entry.is_error() || irr["value"].as_f64().is_none() {
            check.undefined(form.word(), ours.value());
            continue;
        }
        check.value(form.word(), ours.value(), &irr["value"]);
        let anova = Anova::new(&table.listwise().0).unwrap();
        let f = anova.f_ratio(form).0;
        if f <= 0.0 || !f.is_finite() {
            // No interval when the between or the residual mean square is zero: edge_policy.json.
            check.that("degenerate interval undefined", ours.interval().is_err());
            continue;
        }
        check.value(form.word(), ours.value(), &psych["value"]);
        check.value("f", Ok(f), &psych["F"]);
        check.option("p", ours.p(), &psych["p"]);
        interval(check, form, &ours, psych);
        // irr's interval of the average agreement uses the wrong reliability; psych is followed.
        if form != IccForm::Ak {
            interval(check, form, &ours, irr);
        }
    }
}

fn interval(check: &mut Check, form: IccForm, ours: &corater::stats::Estimate, golden: &Value) {
    let ci = &golden["ci"];
    // A lower limit above the upper one is the Spearman-Brown formula past its pole.
    if ci[0].as_f64() > ci[1].as_f64() {
        check.that("crossed limits are undefined", ours.interval().is_err());
    } else {
        check.interval(form.word(), ours.interval(), ci);
    }
}

fn metric(name: &str) -> Metric {
    Metric::ALL.into_iter().find(|m| m.word() == name).unwrap()
}

pub(crate) fn krippendorff(entry: &Entry, check: &mut Check) {
    let ours = alpha(&data::table(entry), metric(entry.param("metric")));
    check.value("alpha", ours.value(), &entry.expect["value"]);
}

pub(crate) fn agreement_r(entry: &Entry, check: &mut Check) {
    if entry.stat == "krippendorff_alpha" {
        return krippendorff(entry, check);
    }
    let ours = ccc(&data::pairs(entry), 0.95);
    let expect = &entry.expect;
    check.value("ccc", ours.estimate.value(), &expect["value"]);
    check.interval("ci_z", ours.estimate.interval(), &expect["ci_z"]);
    check.interval("ci_asym", ours.asymptotic.as_ref().map_err(|r| *r), &expect["ci_asym"]);
    // epiR has the scale shift as first over second rater, and the shift as first minus second.
    check.option("scale", ours.scale_shift, &expect["scale_shift"]);
    check.option("location", ours.location_shift, &expect["location_shift"]);
    check.option("bias correction", ours.bias_correction, &expect["bias_correction"]);
}

pub(crate) fn icc_reml(entry: &Entry, check: &mut Check) {
    let ours = reml(&data::table(entry));
    let g = &entry.expect;
    check.option("unit", ours.unit, &g["var_session"]);
    check.option("rater", ours.rater, &g["var_rater"]);
    check.option("residual", ours.residual, &g["var_resid"]);
    check.value("a1", ours.a1.value(), &g["icc_A1"]);
    check.value("c1", ours.c1.value(), &g["icc_C1"]);
}
