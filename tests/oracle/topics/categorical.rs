//! Owns the evaluators of kappa and the chance-corrected coefficients.

use corater::stats::chance_corrected::{AgreementWeights, Coefficient, chance_corrected};
use corater::stats::concordance::kendall_w;
use corater::stats::kappa::{KappaWeights, kappa as kappa_of};
use corater::stats::{Estimate, Pairs, RatingMatrix};
use serde_json::Value;

use crate::check::{Check, Entry, floats};
use crate::data::{self, Sheet};

fn observed(values: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut v: Vec<f64> = values.collect();
    v.sort_by(f64::total_cmp);
    v.dedup();
    v
}

fn observed_in(table: &RatingMatrix) -> Vec<f64> {
    observed(table.rows().flatten().flatten().copied())
}

pub(crate) fn kappa(entry: &Entry, check: &mut Check) {
    if entry.stat == "fleiss_kappa" {
        return fleiss(entry, check);
    }
    let weights = KappaWeights::ALL.into_iter().find(|w| w.word() == entry.param("weights")).unwrap();
    let mut pairs = data::pairs(entry);
    if entry.param("threshold") == "total>=33" {
        let flag = |v: &[f64]| v.iter().map(|x| f64::from(u8::from(*x >= 33.0))).collect::<Vec<_>>();
        pairs = Pairs::complete(&flag(pairs.a()), &flag(pairs.b()));
    }
    let categories = match entry.param("domain") {
        "observed" => {
            // The trap this documents: weights by index of the observed values.
            let seen = observed(pairs.a().iter().chain(pairs.b()).copied());
            let index = |v: &[f64]| {
                v.iter().map(|x| seen.iter().position(|s| s == x).unwrap() as f64).collect::<Vec<_>>()
            };
            pairs = Pairs::complete(&index(pairs.a()), &index(pairs.b()));
            (0..seen.len()).map(|i| i as f64).collect()
        }
        _ => entry.numbers("categories"),
    };
    let ours = kappa_of(&pairs, &categories, weights, 0.95);
    check.value("kappa", ours.value(), &entry.expect["value"]);
    if let Some(n) = entry.expect["n"].as_u64() {
        check.that("n", n == pairs.len() as u64);
    }
    if entry.stat == "cohen_kappa_inference" && ours.value().is_ok() {
        inference(&ours, &entry.expect, check);
    }
}

fn inference(ours: &Estimate, expect: &Value, check: &mut Check) {
    if expect["se"].as_f64().is_some_and(|se| se == 0.0 || se > 1e-6) {
        check.option("se", ours.se(), &expect["se"]);
        let limits = serde_json::json!([expect["ci_low"], expect["ci_high"]]);
        check.interval("ci", ours.interval(), &limits);
    } else {
        // The reference takes the root of a variance of +-1e-17.
        check.that("se is zero", ours.se().is_some_and(|se| se < 1e-7));
    }
    if expect["se_null"].as_f64().is_some_and(|s| s > 1e-7) {
        check.option("p", ours.p(), &expect["p_two"]);
    }
}

fn fleiss(entry: &Entry, check: &mut Check) {
    let table = if entry.param("layout") == "counts" {
        let sheet = Sheet::read(&entry.input);
        let rows: Vec<Vec<Option<f64>>> = sheet
            .rows
            .iter()
            .map(|r| {
                let counts = r[1..].iter().map(|c| c.parse::<usize>().unwrap()).enumerate();
                counts.flat_map(|(k, n)| std::iter::repeat_n(Some(k as f64), n)).collect()
            })
            .collect();
        RatingMatrix::from_rows(&rows)
    } else {
        data::table(entry)
    };
    let table = complete(&table);
    let categories = observed_in(&table);
    let of = |c| chance_corrected(&table, &categories, AgreementWeights::Identity, c, 0.95).estimate.value();
    check.value("fleiss", of(Coefficient::Fleiss), &entry.expect["value"]);
    check.value("randolph", of(Coefficient::BrennanPrediger), &entry.expect["randolph"]);
}

fn complete(table: &RatingMatrix) -> RatingMatrix {
    let rows: Vec<Vec<_>> = table.listwise().0.rows().map(|r| r.iter().map(|x| Some(*x)).collect()).collect();
    RatingMatrix::from_rows(&rows)
}

pub(crate) fn kappa_r(entry: &Entry, check: &mut Check) {
    let expect = &entry.expect;
    match entry.stat.as_str() {
        "cohen_kappa_var" => cohen_vcd(entry, check),
        "fleiss_kappa" => {
            let table = complete(&data::table(entry));
            let categories = observed_in(&table);
            let of = |c| {
                chance_corrected(&table, &categories, AgreementWeights::Identity, c, 0.95).estimate.value()
            };
            check.value("fleiss", of(Coefficient::Fleiss), &expect["fleiss"]);
        }
        _ => {
            let ours = kendall_w(&data::table(entry));
            check.value("w", ours.estimate.value(), &expect["W"]);
            check.option("chisq", ours.chi_squared, &expect["chisq"]);
            check.option("p", ours.estimate.p(), &expect["p"]);
        }
    }
}

fn cohen_vcd(entry: &Entry, check: &mut Check) {
    let table = data::table(entry);
    let pairs = data::pairs_of(&table, 0, 1).unwrap();
    let categories = entry.numbers("categories");
    for (weights, psych, vcd) in [
        (KappaWeights::Unweighted, "unweighted", "unweighted"),
        (KappaWeights::Quadratic, "quadratic", "weighted_fleiss_cohen"),
        (KappaWeights::Linear, "linear", "weighted_equal_spacing"),
    ] {
        let ours = kappa_of(&pairs, &categories, weights, 0.95);
        check.value(psych, ours.value(), &entry.expect[psych]["value"]);
        // psych's weighted variance is known to be wrong, its unweighted one is right; vcd is right throughout.
        if let Some(v) = entry.expect[psych]["var"].as_f64() {
            check.option("var", ours.se().map(|s| s * s), &serde_json::json!(v));
        }
        let vcd = &entry.expect["vcd"][vcd];
        check.value("vcd", ours.value(), &vcd[0]);
        check.option("vcd se", ours.se(), &vcd[1]);
    }
}

pub(crate) fn gwet(entry: &Entry, check: &mut Check) {
    let table = data::table(entry);
    let categories = match entry.params["domain"].as_str() {
        Some(_) => observed_in(&table),
        None => floats(&entry.params["domain"]),
    };
    let weights = match entry.param("weights") {
        "linear" => AgreementWeights::Linear,
        "quadratic" => AgreementWeights::Quadratic,
        "ordinal" => AgreementWeights::Ordinal,
        _ => AgreementWeights::Identity,
    };
    for (coefficient, name) in [
        (Coefficient::Gwet, "ac"),
        (Coefficient::Fleiss, "fleiss"),
        (Coefficient::Conger, "conger"),
        (Coefficient::BrennanPrediger, "bp"),
        (Coefficient::Krippendorff, "kripp"),
    ] {
        let ours = chance_corrected(&table, &categories, weights, coefficient, 0.95);
        let golden = |suffix: &str| &entry.expect[format!("{name}{suffix}")];
        check.value(name, ours.estimate.value(), golden(""));
        if ours.estimate.value().is_err() {
            continue;
        }
        check.option(&format!("{name} pa"), ours.observed, golden("_pa"));
        check.option(&format!("{name} pe"), ours.expected, golden("_pe"));
        check.option(&format!("{name} se"), ours.estimate.se(), golden("_se"));
        check.t_interval(&format!("{name} ci"), ours.estimate.interval(), golden("_ci"));
        if golden("_p").as_f64().is_some() {
            // The reference's Brennan-Prediger p value is one-sided, unlike its others.
            let sides = if coefficient == Coefficient::BrennanPrediger { 0.5 } else { 1.0 };
            check.option(&format!("{name} p"), ours.estimate.p().map(|p| sides * p), golden("_p"));
        }
    }
}
