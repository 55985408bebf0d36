//! Owns the evaluators of the bootstrap on supplied resamples.

use corater::stats::bootstrap::{
    Bootstrap, BootstrapMethod, Clusters, Resamples, bootstrap as resample, clustered_mean,
};
use corater::stats::correlation::{ccc_value, product_moment};
use corater::stats::descriptive::{mean, sd};
use corater::stats::distributions::normal_quantile;
use corater::stats::icc::{Anova, IccForm};
use corater::stats::pair::{bias, mae};
use corater::stats::{Pairs, RatingMatrix, Undefined};

use crate::check::{Check, Entry};
use crate::data::{self, Sheet};

fn indices(file: &str) -> Vec<Vec<usize>> {
    Sheet::read(file).rows.iter().map(|r| r.iter().map(|c| c.parse().unwrap()).collect()).collect()
}

pub(crate) fn bootstrap(entry: &Entry, check: &mut Check) {
    match entry.stat.as_str() {
        "bootstrap" => wide(entry, check),
        "cluster_bootstrap" => clustered(entry, check),
        _ => {
            let (pairs, sessions) = pooled();
            let d = pairs.differences();
            let naive = sd(&d).map(|s| s / (d.len() as f64).sqrt());
            check.option("naive", naive, &entry.expect["naive_se_rows"]);
            let robust = clustered_mean(&d, &sessions, 0.95);
            // The reference leaves out the factor G / (G - 1).
            let g = robust.n_units() as f64;
            let plain = robust.se().map(|s| s * ((g - 1.0) / g).sqrt());
            let expected = entry.expect["cluster_robust_se"].as_f64().unwrap();
            let close = |x: Option<f64>| x.is_some_and(|x| (x - expected).abs() < 1e-9);
            check.that("cluster robust", close(plain) || close(robust.se()));
        }
    }
}

fn two_lists(name: &str, pairs: &Pairs) -> Result<f64, Undefined> {
    match name {
        n if n.starts_with("ccc") => ccc_value(pairs.a(), pairs.b()),
        n if n.starts_with("pearson") => product_moment(pairs.a(), pairs.b()),
        n if n.starts_with("bias") => bias(pairs).value(),
        _ => mae(pairs).value(),
    }
}

fn wide(entry: &Entry, check: &mut Check) {
    let sheet = Sheet::read(&entry.input);
    let columns: Vec<_> = ["C1", "C2", "C3", "J"].iter().map(|c| sheet.numbers(c)).collect();
    let table = RatingMatrix::from_columns(&columns);
    let name = entry.param("statistic");
    let rows = indices(entry.param("indices"));
    let humans = table.select(&[0, 1, 2]);
    let means: Vec<f64> = humans.listwise().0.rows().map(|r| mean(r).unwrap()).collect();
    let judge: Vec<f64> = table.column(3).into_iter().flatten().collect();
    let statistic = |take: &[usize]| {
        if name.starts_with("icc") {
            return Anova::new(&data::units_of(&humans, take).listwise().0)?.coefficient(IccForm::A1);
        }
        let pick = |v: &[f64]| take.iter().map(|i| v[*i]).collect::<Vec<_>>();
        two_lists(name, &Pairs::complete(&pick(&means), &pick(&judge)))
    };
    let ours = resample(table.n_units(), &Resamples::Supplied(&rows), statistic).with_jackknife(statistic);
    compare(&ours, entry, check);
}

/// (HM, J) over the rated cells of the pooled table, with the session of each.
fn pooled() -> (Pairs, Vec<String>) {
    let s = data::long("pooled");
    let (h, j) = (s.column("HM"), s.column("J"));
    let kept: Vec<usize> = (0..h.len()).filter(|i| h[*i].is_some() && j[*i].is_some()).collect();
    (Pairs::new(&h, &j), kept.iter().map(|i| s.sessions[*i].clone()).collect())
}

fn clustered(entry: &Entry, check: &mut Check) {
    let (pairs, sessions) = pooled();
    let clusters = Clusters::from_labels(&sessions);
    let rows = indices(entry.param("indices"));
    let name = entry.param("statistic");
    let statistic = |take: &[usize]| {
        let cells: Vec<usize> = clusters.members(take).collect();
        let pick = |v: &[f64]| cells.iter().map(|i| v[*i]).collect::<Vec<_>>();
        two_lists(name, &Pairs::complete(&pick(pairs.a()), &pick(pairs.b())))
    };
    let ours = resample(clusters.len(), &Resamples::Supplied(&rows), statistic).with_jackknife(statistic);
    compare(&ours, entry, check);
}

fn compare(ours: &Bootstrap, entry: &Entry, check: &mut Check) {
    let g = &entry.expect;
    check.value("observed", ours.observed(), &g["observed"]);
    check.option("se", ours.se(), &g["se"]);
    // The reference compares sums of thirds for exact equality, so rounding decides its ties; ours counts near-ties
    // half. Its z0 must lie within what the ties allow, and its z0 must lead to its limits.
    let (below, upto) = ours.around_observed().unwrap();
    let share = |n: usize| normal_quantile(n as f64 / ours.replicates().len() as f64);
    let z0 = g["z0"].as_f64().unwrap();
    let tied = upto > below + 1;
    if tied {
        check.that("z0 within ties", share(below) - 1e-9 <= z0 && z0 <= share(upto) + 1e-9);
    } else {
        check.option("z0", ours.z0(), &g["z0"]);
    }
    check.option("a", ours.acceleration(), &g["acceleration"]);
    check.that("B", g["B"].as_u64() == Some(ours.replicates().len() as u64));
    for (x, g) in ours.replicates().iter().zip(g["first5"].as_array().unwrap()) {
        check.option("replicate", *x, g);
    }
    for (method, name) in [
        (BootstrapMethod::Percentile, "percentile"),
        (BootstrapMethod::Basic, "basic"),
        (BootstrapMethod::Bca, "BCa"),
    ] {
        for level in [0.95, 0.9] {
            let interval = match method {
                BootstrapMethod::Bca if tied => ours.bca_with(z0, ours.acceleration().unwrap(), level),
                _ => ours.interval(method, level),
            };
            check.interval(name, interval.as_ref().map_err(|r| *r), &g[format!("{name}_{level}")]);
        }
    }
}
