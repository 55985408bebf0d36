//! Owns the evaluators of two-list agreement, of the leave-one-out ceiling and of the alternative annotator test.

use corater::stats::alt_test::{self, AltTestFit, AltTestOptions};
use corater::stats::bland_altman::{LimitMethod, bland_altman};
use corater::stats::correlation::{ccc_value, kendall_b, pearson, spearman};
use corater::stats::leave_one_out::leave_one_out;
use corater::stats::pair::{bias, equivalence_p, exact, mae, rmse, within};
use corater::stats::{Estimate, Interval, Pairs, RatingMatrix, Undefined};
use serde_json::Value;

use crate::check::{Check, Entry};
use crate::data;

pub(crate) fn pair(entry: &Entry, check: &mut Check) {
    let pairs = data::pairs(entry);
    let g = &entry.expect;
    check.that("n", g["n"].as_u64() == Some(pairs.len() as u64));
    for (name, ours) in [
        ("pearson", pearson(&pairs, 0.95)),
        ("spearman", spearman(&pairs)),
        ("kendall_tau_b", kendall_b(&pairs)),
        ("mae", mae(&pairs)),
        ("rmse", rmse(&pairs)),
        ("bias", bias(&pairs)),
        ("exact", exact(&pairs)),
        ("within1", within(&pairs, 1.0)),
    ] {
        check.value(name, ours.value(), &g[name]);
    }
    // One pair has no concordance by policy, where the formula gives 0/x = 0.
    if g["ccc"].as_f64().is_some() && pairs.len() > 1 {
        check.value("ccc", ccc_value(pairs.a(), pairs.b()), &g["ccc"]);
    }
    if let Some(r) = g["pearson"].as_f64() {
        check.option("pearson p", pearson(&pairs, 0.95).p(), &g["pearson_p"]);
        // At |r| = 1 the reference's limits are rounding noise around 1, as wide as the root of its error.
        if r.abs() < 1.0 - 1e-9 {
            check.interval("pearson ci", pearson(&pairs, 0.95).interval(), &g["pearson_ci"]);
        }
        check.option("spearman p", spearman(&pairs).p(), &g["spearman_p_t"]);
        check.option("kendall p", kendall_b(&pairs).p(), &g["kendall_p_asymptotic"]);
    }
    if g["paired_t"].as_f64().is_some() {
        tests(&pairs, g, check);
    }
    if g["ba"].is_object() {
        limits(&pairs, &g["ba"], check);
    }
}

fn tests(pairs: &Pairs, g: &Value, check: &mut Check) {
    let b = bias(pairs);
    check.option("t", b.value().ok().zip(b.se()).map(|(v, se)| v / se), &g["paired_t"]);
    check.option("t p", b.p(), &g["paired_t_p"]);
    let d = pairs.differences();
    check.value("tost .5", equivalence_p(&d, 0.5), &g["tost_p_0.5"]);
    check.value("tost 3", equivalence_p(&d, 3.0), &g["tost_p_3.0"]);
}

fn limits(pairs: &Pairs, g: &Value, check: &mut Check) {
    let by = |m| bland_altman(pairs, 0.95, m);
    let ours = by(LimitMethod::Exact);
    check.value("ba bias", ours.bias.value(), &g["bias"]);
    check.value("ba sd", ours.sd.value(), &g["sd"]);
    check.value("loa low", ours.low.value(), &g["loa_low"]);
    check.value("loa high", ours.high.value(), &g["loa_high"]);
    check.t_interval("bias ci", ours.bias.interval(), &g["bias_ci"]);
    if g["loa_high_exact_ci"].is_array() {
        check.interval("loa high exact", ours.high.interval(), &g["loa_high_exact_ci"]);
        check.interval("loa low exact", ours.low.interval(), &g["loa_low_exact_ci"]);
    }
    let half = |i: Result<&Interval, Undefined>| i.map(|i| 0.5 * (i.high() - i.low()));
    check.value("ba1986", half(by(LimitMethod::Ba1986).high.interval()), &g["loa_ci_ba1986_halfwidth"]);
    check.value("ba1999", half(by(LimitMethod::Ba1999).low.interval()), &g["loa_ci_ba1999_halfwidth"]);
    if g["prop_slope"].as_f64().is_some() {
        check.value("slope", ours.slope.value(), &g["prop_slope"]);
        check.value("intercept", ours.intercept.value(), &g["prop_intercept"]);
        check.option("slope p", ours.slope.p(), &g["prop_p"]);
    }
}

type Metric = fn(&Pairs) -> Estimate;

pub(crate) fn ceiling(entry: &Entry, check: &mut Check) {
    let selection = data::long(&data::item(entry));
    let humans = ["C1", "C2", "C3"];
    let (table, candidate) = (selection.table(&humans), selection.column("J"));
    let metrics: [(&str, Metric); 4] =
        [("mae", mae), ("rmse", rmse), ("pearson", |p| pearson(p, 0.95)), ("spearman", spearman)];
    for (name, metric) in metrics {
        let ours = leave_one_out(&table, &candidate, metric);
        for (one, human) in ours.each.iter().zip(humans) {
            let g = &entry.expect[human];
            if g.is_null() {
                check.undefined(human, one.own.value());
                continue;
            }
            check.that("n", g["n"].as_u64() == Some(one.own.n_units() as u64));
            check.value(human, one.own.value(), &g["human_vs_rest"][name]);
            check.value("candidate", one.candidate.value(), &g["judge_vs_rest"][name]);
        }
        check.value("mean own", ours.own.value(), &entry.expect[format!("mean_human_{name}")]);
        check.value("mean candidate", ours.candidate.value(), &entry.expect[format!("mean_judge_{name}")]);
        check.value("gap", ours.gap.value(), &entry.expect[format!("gap_{name}")]);
    }
}

pub(crate) fn alt_test(entry: &Entry, check: &mut Check) {
    let sheet = data::Sheet::read(&entry.input);
    let humans: Vec<&str> =
        entry.params["humans"].as_array().unwrap().iter().map(|h| h.as_str().unwrap()).collect();
    let columns: Vec<_> =
        humans.iter().chain(&[entry.param("llm")]).map(|name| sheet.numbers(name)).collect();
    let table = RatingMatrix::from_columns(&columns);
    let options = AltTestOptions {
        fit: if entry.param("scoring") == "accuracy" { AltTestFit::Exact } else { AltTestFit::NegRmse },
        epsilon: entry.params["epsilon"].as_f64().unwrap(),
        rate: entry.params["q_fdr"].as_f64().unwrap(),
        min_units: usize::try_from(entry.params["min_instances_per_human"].as_u64().unwrap()).unwrap(),
    };
    let columns: Vec<usize> = (0..humans.len()).collect();
    let ours = alt_test::alt_test(&table, &columns, humans.len(), None, options);
    let g = &entry.expect;
    if entry.is_error() {
        return check.undefined("too few", ours.map(|found| found.winning_rate));
    }
    let ours = ours.unwrap();
    check.value("winning rate", Ok(ours.winning_rate), &g["winning_rate"]);
    check.value("advantage", Ok(ours.advantage), &g["advantage_prob"]);
    check.that("pass", Some(ours.passes()) == g["pass"].as_bool());
    for (i, one) in ours.humans.iter().enumerate() {
        check.value("difference", Ok(one.difference), &g["per_human_mean_diff"][i]);
        check.value("p", Ok(one.p), &g["per_human_p"][i]);
    }
}
