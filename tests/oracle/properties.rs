//! What must hold for any table: invariances, bounds, reasons instead of NaN, and the same bytes on any thread count.

use corater::stats::bland_altman::{LimitMethod, bland_altman};
use corater::stats::bootstrap::{BootstrapMethod, Resamples, bootstrap};
use corater::stats::calibrate::{MapKind, cross_fit};
use corater::stats::chance_corrected::{AgreementWeights, Coefficient, chance_corrected};
use corater::stats::concordance::kendall_w;
use corater::stats::correlation::{PairSums, ccc, ccc_value, kendall_b, pearson, spearman};
use corater::stats::icc::{IccForm, icc, icc_all};
use corater::stats::kappa::{CategorisedPairs, KappaWeights, kappa};
use corater::stats::krippendorff::{Metric, Pairable, alpha};
use corater::stats::leave_one_out::{constant_predictor, leave_one_out};
use corater::stats::pair::{bias, chance_within, exact, mae, rmse, within};
use corater::stats::paired::{differential_bias, sign_flip};
use corater::stats::ppi::{Correction, Power, ppi_mean};
use corater::stats::reml::icc_reml;
use corater::stats::{Estimate, Pairs, RatingMatrix, Undefined};
use proptest::prelude::*;

use crate::data::{pairs_of, units_of};

const DOMAIN: [f64; 7] = [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0];

fn cell() -> impl Strategy<Value = Option<f64>> {
    prop_oneof![1 => Just(None), 4 => (0_u8..=6).prop_map(|x| Some(f64::from(x)))]
}

/// Tables of 0 to 12 units and 1 to 4 raters, now and then constant.
fn table() -> impl Strategy<Value = RatingMatrix> {
    let free = (1_usize..=4)
        .prop_flat_map(|k| prop::collection::vec(prop::collection::vec(cell(), k), 0..12))
        .prop_map(|rows| RatingMatrix::from_rows(&rows));
    let constant = (0_usize..6, 1_usize..4, 0_u8..=6)
        .prop_map(|(n, k, x)| RatingMatrix::from_rows(&vec![vec![Some(f64::from(x)); k]; n]));
    prop_oneof![9 => free, 1 => constant]
}

/// Every estimate of the module on one table, labelled.
fn everything(t: &RatingMatrix) -> Vec<(String, Estimate)> {
    let mut out: Vec<(String, Estimate)> = Vec::new();
    out.extend(icc_all(t, 0.95).into_iter().map(|(f, e)| (format!("icc.{}", f.word()), e)));
    out.extend(Metric::ALL.map(|m| (format!("alpha.{}", m.word()), alpha(t, m))));
    for c in [
        Coefficient::Gwet,
        Coefficient::Fleiss,
        Coefficient::Conger,
        Coefficient::BrennanPrediger,
        Coefficient::Krippendorff,
    ] {
        for w in [AgreementWeights::Identity, AgreementWeights::Quadratic, AgreementWeights::Ordinal] {
            out.push((format!("{c:?}.{w:?}"), chance_corrected(t, &DOMAIN, w, c, 0.95).estimate));
        }
    }
    let by_reml = icc_reml(t);
    out.extend([("reml".into(), by_reml.a1), ("reml".into(), by_reml.c1)]);
    out.push(("w".into(), kendall_w(t).estimate));
    let pairs = pairs_of(t, 0, 1).unwrap_or_default();
    out.extend(KappaWeights::ALL.map(|w| (format!("kappa.{}", w.word()), kappa(&pairs, &DOMAIN, w, 0.95))));
    for (name, e) in [
        ("pearson", pearson(&pairs, 0.95)),
        ("spearman", spearman(&pairs)),
        ("kendall", kendall_b(&pairs)),
        ("ccc", ccc(&pairs, 0.95).estimate),
        ("mae", mae(&pairs)),
        ("rmse", rmse(&pairs)),
        ("bias", bias(&pairs)),
        ("exact", exact(&pairs)),
        ("within", within(&pairs, 1.0)),
        ("chance", chance_within(&pairs, 1.0)),
    ] {
        out.push((name.into(), e));
    }
    let ba = bland_altman(&pairs, 0.95, LimitMethod::Exact);
    out.extend([ba.bias, ba.sd, ba.low, ba.high, ba.slope].map(|e| ("ba".into(), e)));
    let loo = leave_one_out(t, &t.column(0), mae);
    out.extend([loo.own, loo.candidate, loo.gap].map(|e| ("loo".into(), e)));
    let folds: Vec<usize> = (0..t.n_units()).map(|i| i % 3).collect();
    out.push(("constant".into(), constant_predictor(&t.column(0), &folds).1));
    let second: Vec<Option<bool>> = (0..t.n_units()).map(|i| Some(i % 2 == 1)).collect();
    let clusters: Vec<usize> = (0..t.n_units()).map(|i| i / 2).collect();
    out.push(("by group".into(), differential_bias(&t.column(0), &second, &clusters, 0.95).estimate));
    for power in [Power::Classical, Power::Full, Power::Tuned] {
        out.push((
            "ppi".into(),
            ppi_mean(pairs.a(), pairs.b(), pairs.b(), power, Correction::T, 0.95).estimate,
        ));
    }
    for kind in [MapKind::MeanShift, MapKind::Linear, MapKind::Deming { ratio: 1.0 }, MapKind::Isotonic] {
        let fit = cross_fit(&t.column(0), &t.column(t.n_raters().saturating_sub(1)), &folds, kind);
        out.push((format!("{kind:?}"), mae(&fit.pairs)));
    }
    out
}

fn close(a: &Estimate, b: &Estimate) -> bool {
    match (a.value(), b.value()) {
        (Ok(x), Ok(y)) => (x - y).abs() <= 1e-9 * (1.0 + x.abs()),
        (x, y) => x == y,
    }
}

fn reversed_raters(t: &RatingMatrix) -> RatingMatrix {
    t.select(&(0..t.n_raters()).rev().collect::<Vec<_>>())
}

fn reversed_units(t: &RatingMatrix) -> RatingMatrix {
    units_of(t, &(0..t.n_units()).rev().collect::<Vec<_>>())
}

fn mapped(t: &RatingMatrix, f: impl Fn(f64) -> f64) -> RatingMatrix {
    RatingMatrix::from_rows(
        &t.rows().map(|r| r.iter().map(|x| x.map(&f)).collect::<Vec<_>>()).collect::<Vec<_>>(),
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_panics_and_no_number_is_nan(t in table()) {
        for (name, e) in everything(&t) {
            if let Ok(v) = e.value() { prop_assert!(v.is_finite(), "{name}"); }
            if let Ok(i) = e.interval() {
                prop_assert!(i.low().is_finite() && i.high().is_finite() && i.low() <= i.high(), "{name}");
            }
            if let Some(p) = e.p() { prop_assert!((0.0..=1.0).contains(&p), "{name}"); }
            let text = serde_json::to_string(&e).unwrap();
            prop_assert!(!text.contains("null") && !text.contains("NaN"), "{name}: {text}");
        }
    }

    #[test]
    fn what_is_prepared_for_resampling_gives_the_coefficient_of_the_resample(
        t in table(), picks in prop::collection::vec(any::<prop::sample::Index>(), 0..20)
    ) {
        let same = |fast: Result<f64, Undefined>, slow: Result<f64, Undefined>, name: &str| match (fast, slow) {
            (Ok(a), Ok(b)) if (a - b).abs() < 1e-9 * (1.0 + b.abs()) => Ok(()),
            (Err(a), Err(b)) if a == b => Ok(()),
            (fast, slow) => Err(TestCaseError::fail(format!("{name}: {fast:?} and {slow:?}"))),
        };
        if t.n_raters() >= 2 && t.n_units() > 0 {
            let units: Vec<usize> = picks.iter().map(|pick| pick.index(t.n_units())).collect();
            let resample = units_of(&t, &units);
            for metric in [Metric::Nominal, Metric::Ordinal, Metric::Interval] {
                let fast = Pairable::of(&t).alpha(units.iter().copied(), metric);
                same(fast, alpha(&resample, metric).value(), metric.word())?;
            }
        }
        let pairs = pairs_of(&t, 0, 1).unwrap_or_default();
        if !pairs.is_empty() {
            let drawn: Vec<usize> = picks.iter().map(|pick| pick.index(pairs.len())).collect();
            let side = |side: &[f64]| drawn.iter().map(|&i| side[i]).collect::<Vec<f64>>();
            let (a, b) = (side(pairs.a()), side(pairs.b()));
            let resample = Pairs::complete(&a, &b);
            for weights in KappaWeights::ALL {
                let fast = CategorisedPairs::new(&pairs, &DOMAIN, weights).and_then(|c| c.kappa(drawn.iter().copied()));
                same(fast, kappa(&resample, &DOMAIN, weights, 0.95).value(), weights.word())?;
            }
            let sums = |from: &[(f64, f64)]| PairSums::of(from.iter().copied(), 2.0);
            let all: Vec<(f64, f64)> = a.iter().copied().zip(b.iter().copied()).collect();
            let (first, second) = all.split_at(all.len() / 2);
            same((sums(first) + sums(second)).ccc(), ccc_value(&a, &b), "ccc")?;
        }
    }

    #[test]
    fn coefficients_stay_in_bounds(t in table()) {
        for (name, e) in everything(&t) {
            let Ok(v) = e.value() else { continue };
            let at_most_one = ["alpha", "kappa", "Gwet", "Fleiss", "Conger", "pearson", "spearman", "kendall", "ccc",
                "icc.1", "icc.c"];
            if at_most_one.iter().any(|n| name.starts_with(n)) { prop_assert!(v <= 1.0 + 1e-9, "{name} {v}"); }
            if ["pearson", "spearman", "kendall", "ccc"].contains(&name.as_str()) {
                prop_assert!(v >= -1.0 - 1e-9, "{name} {v}");
            }
            if ["exact", "within", "chance", "w"].contains(&name.as_str()) {
                prop_assert!((-1e-9..=1.0 + 1e-9).contains(&v), "{name} {v}");
            }
        }
    }

    #[test]
    fn order_of_raters_and_units_does_not_matter(t in table()) {
        let invariant = |name: &str| ["icc", "alpha", "Gwet", "Fleiss", "Conger", "Brennan", "Kripp", "w", "light"]
            .iter().any(|n| name.starts_with(n)) && name != "within";
        let (here, raters, units) = (everything(&t), everything(&reversed_raters(&t)), everything(&reversed_units(&t)));
        for ((a, b), c) in here.iter().zip(&raters).zip(&units) {
            if invariant(&a.0) {
                prop_assert!(close(&a.1, &b.1), "raters: {} {:?} {:?}", a.0, a.1, b.1);
                prop_assert!(close(&a.1, &c.1), "units: {} {:?} {:?}", a.0, a.1, c.1);
            }
        }
    }

    #[test]
    fn a_common_shift_and_scale_changes_no_interval_coefficient(t in table()) {
        let moved = mapped(&t, |x| 2.5 * x + 17.0);
        for form in IccForm::ALL {
            prop_assert!(close(&icc(&t, form, 0.95), &icc(&moved, form, 0.95)), "{form:?}");
        }
        for metric in [Metric::Nominal, Metric::Ordinal, Metric::Interval] {
            prop_assert!(close(&alpha(&t, metric), &alpha(&moved, metric)), "{metric:?}");
        }
        let (p, q) = (pairs_of(&t, 0, 1).unwrap_or_default(), pairs_of(&moved, 0, 1).unwrap_or_default());
        prop_assert!(close(&pearson(&p, 0.95), &pearson(&q, 0.95)));
        prop_assert!(close(&kendall_b(&p), &kendall_b(&q)));
        prop_assert!(close(&ccc(&p, 0.95).estimate, &ccc(&q, 0.95).estimate));
    }

    #[test]
    fn a_sign_flip_test_gives_shares(d in prop::collection::vec(-3_i8..=3, 0..12)) {
        let d: Vec<f64> = d.into_iter().map(f64::from).collect();
        if let Ok(s) = sign_flip(&d, 7, 99) {
            prop_assert!(s.exact && s.p_two > 0.0 && s.p_two <= 1.0 && s.p_greater <= 1.0);
        }
    }
}

#[test]
fn resamples_are_the_same_on_one_thread_and_on_two() {
    let values: Vec<f64> = (0..37).map(|i| f64::from(i * i % 11)).collect();
    let other: Vec<f64> = values.iter().map(|v| v + 1.0).collect();
    let run = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let resamples = Resamples::Seeded { seed: 5, statistic: "mae", count: 500 };
            let statistic = |take: &[usize]| {
                let pick = |v: &[f64]| take.iter().map(|i| v[*i]).collect::<Vec<_>>();
                pearson(&Pairs::complete(&pick(&values), &pick(&other)), 0.95).value()
            };
            let b = bootstrap(values.len(), &resamples, statistic).with_jackknife(statistic);
            serde_json::to_string(&b.estimate(BootstrapMethod::Bca, 0.95)).unwrap()
                + &format!("{:?}", b.replicates())
        })
    };
    assert_eq!(run(1), run(2));
}

#[test]
fn a_seed_or_a_name_sets_the_stream() {
    let draw = |seed, statistic| {
        bootstrap(9, &Resamples::Seeded { seed, statistic, count: 4 }, |take| {
            Ok(take.iter().enumerate().map(|(i, x)| (i * x) as f64).sum())
        })
    };
    assert_eq!(draw(1, "a"), draw(1, "a"));
    assert_ne!(draw(1, "a").replicates(), draw(2, "a").replicates());
    assert_ne!(draw(1, "a").replicates(), draw(1, "b").replicates());
}

#[test]
fn many_differences_are_drawn_and_still_agree_with_the_normal_limit() {
    let d: Vec<f64> = (0..40).map(|i| f64::from(i % 7) - 2.0).collect();
    let drawn = sign_flip(&d, 3, 20_000).unwrap();
    let t = bias(&Pairs::complete(&vec![0.0; d.len()], &d));
    assert!(!drawn.exact && (drawn.p_two - t.p().unwrap()).abs() < 0.01);
}
