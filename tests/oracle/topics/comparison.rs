//! Owns the evaluators of paired tests and of corrections for multiplicity.

use corater::stats::adjust::{Adjust, adjust};
use corater::stats::paired::{differential_bias, mcnemar, sign_flip};

use crate::check::{Check, Entry, floats};
use crate::data::{self, Sheet};

pub(crate) fn tests(entry: &Entry, check: &mut Check) {
    match entry.stat.as_str() {
        "paired_permutation" => flips(entry, check),
        "p_adjust" => multiplicity(entry, check),
        "mcnemar" => {
            let rows = entry.params["table"].as_array().unwrap();
            let count = |i: usize, j: usize| floats(&rows[i])[j] as u32;
            let flag = |name: &str| entry.params[name].as_bool().unwrap();
            let ours = mcnemar(count(0, 1), count(1, 0), flag("exact"), flag("correction"));
            check.value("statistic", ours.map(|o| o.0), &entry.expect["statistic"]);
            check.value("p", ours.map(|o| o.1), &entry.expect["p"]);
        }
        "differential_bias" => differential(entry, check),
        _ => {}
    }
}

fn differences() -> Vec<f64> {
    let sheet = Sheet::read("paired_arms.csv");
    let (peer, helpert) = (sheet.numbers("peer"), sheet.numbers("helpert"));
    peer.iter().zip(&helpert).map(|(p, h)| h.unwrap() - p.unwrap()).collect()
}

fn flips(entry: &Entry, check: &mut Check) {
    let ours = sign_flip(&differences(), 1, 1000).unwrap();
    check.that("exact", ours.exact);
    check.value("p two", Ok(ours.p_two), &entry.expect["p_two"]);
    if entry.expect["p_greater"].is_number() {
        check.value("p greater", Ok(ours.p_greater), &entry.expect["p_greater"]);
        check.value("mean", Ok(ours.mean), &entry.expect["statistic"]);
    }
}

fn multiplicity(entry: &Entry, check: &mut Check) {
    let all = [
        Adjust::Bonferroni,
        Adjust::Holm,
        Adjust::Hochberg,
        Adjust::Hommel,
        Adjust::Bh,
        Adjust::By,
        Adjust::Sidak,
        Adjust::HolmSidak,
    ];
    let wanted = entry.param("method").to_lowercase();
    let method = all.into_iter().find(|m| m.word() == wanted).unwrap();
    let ours = adjust(&Sheet::read("pvalues.csv").numbers("p"), method);
    let golden = entry.expect["adjusted"].as_array().unwrap();
    check.that("length", ours.len() == golden.len());
    for (o, g) in ours.iter().zip(golden) {
        check.option("adjusted", *o, g);
    }
}

fn differential(entry: &Entry, check: &mut Check) {
    let s = data::long("total");
    let (j, h) = (s.column("J"), s.column("HM"));
    let differences: Vec<_> = j.iter().zip(&h).map(|(j, h)| j.zip(*h).map(|(j, h)| j - h)).collect();
    let second: Vec<_> = s.arms.iter().map(|a| Some(a == "helpert")).collect();
    let ours = differential_bias(&differences, &second, &s.sources, 0.95);
    let g = &entry.expect;
    check.value("estimate", ours.estimate.value(), &g["estimate"]);
    check.option("se", ours.estimate.se(), &g["se"]);
    check.option("t", ours.t, &g["t"]);
    check.option("p", ours.estimate.p(), &g["p"]);
    check.that("pairs", g["n_sources"].as_u64() == Some(ours.estimate.n_units() as u64));
    check.value("peer", ours.first.value(), &g["bias_by_arm"]["peer"]);
    check.value("helpert", ours.second.value(), &g["bias_by_arm"]["helpert"]);
}
