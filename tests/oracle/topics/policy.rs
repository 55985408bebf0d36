//! Owns the evaluator of what degenerate input must give.

use corater::stats::chance_corrected::{AgreementWeights, Coefficient, chance_corrected};
use corater::stats::correlation::{ccc, pearson};
use corater::stats::icc::{IccForm, icc};
use corater::stats::kappa::{KappaWeights, kappa};
use corater::stats::krippendorff::{Metric, alpha};
use corater::stats::{Estimate, Pairs, Undefined};
use serde_json::Value;

use crate::check::{Check, Entry};
use crate::data;

pub(crate) fn edge_policy(entry: &Entry, check: &mut Check) {
    let table = data::table(entry);
    let g = &entry.expect;
    let domain = entry.numbers("domain");
    for (form, name) in [(IccForm::One, "ICC1"), (IccForm::A1, "A1"), (IccForm::C1, "C1")] {
        same(check, name, &icc(&table, form, 0.95), &g["icc"][name]);
    }
    for metric in [Metric::Nominal, Metric::Ordinal, Metric::Interval] {
        same(check, metric.word(), &alpha(&table, metric), &g["krippendorff"][metric.word()]);
    }
    let of_pair = |f: &dyn Fn(&Pairs) -> Estimate| match data::pairs_of(&table, 0, 1) {
        Ok(pairs) => f(&pairs),
        Err(reason) => Estimate::undefined(reason),
    };
    for w in KappaWeights::ALL {
        let ours = of_pair(&|p| kappa(p, &domain, w, 0.95));
        same(check, w.word(), &ours, &g["kappa_first_two"][w.word()]);
    }
    let ac1 = chance_corrected(&table, &domain, AgreementWeights::Identity, Coefficient::Gwet, 0.95);
    same(check, "ac1", &ac1.estimate, &g["ac1_declared_0_6"]);
    same(check, "pearson", &of_pair(&|p| pearson(p, 0.95)), &g["pearson_first_two"]);
    same(check, "ccc", &of_pair(&|p| ccc(p, 0.95).estimate), &g["ccc_first_two"]);
}

fn same(check: &mut Check, label: &str, ours: &Estimate, golden: &Value) {
    if let Some(reason) = golden["reason"].as_str() {
        let word = ours.value().err().map(Undefined::word);
        check.that(&format!("{label}: {reason}, ours {:?}", ours.value()), word == Some(reason));
    } else {
        check.value(label, ours.value(), &golden["value"]);
    }
    match golden["ci"].as_str() {
        Some("defined") => check.that(&format!("{label} ci"), ours.interval().is_ok()),
        Some(text) => {
            let word = ours.interval().err().map(Undefined::word);
            check
                .that(&format!("{label} ci {text}, ours {word:?}"), text.strip_prefix("undefined: ") == word);
        }
        None => {}
    }
}
