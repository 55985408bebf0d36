//! Owns the evaluators of interval agreement and of internal consistency.

use corater::stats::correlation::{kendall_b, pearson, spearman};
use corater::stats::internal::cronbach_alpha;
use corater::stats::kappa::{KappaWeights, kappa};
use corater::stats::krippendorff::{Metric, alpha};
use corater::stats::pair::{bias, mae};
use corater::stats::spans::{LabelledSpan, mask, mask_scores};
use corater::stats::unitizing::{Disagreement, Stretch, unitizing};
use corater::stats::{Pairs, RatingMatrix};
use serde_json::{Value, json};

use crate::check::{Check, Entry};
use crate::data::{self, Sheet};

type Session = (Vec<LabelledSpan>, Vec<LabelledSpan>, usize);

/// Gold and predicted spans with the length, session by session.
fn sessions() -> Vec<Session> {
    let read = |file: &str, session: &str| -> Vec<LabelledSpan> {
        let rows = Sheet::read(file).rows;
        let of_session = rows.iter().filter(|r| r[0] == session);
        of_session
            .map(|r| LabelledSpan {
                start: r[1].parse().unwrap(),
                end: r[2].parse().unwrap(),
                label: r[3].clone(),
            })
            .collect()
    };
    let lengths = Sheet::read("spans_sessions.csv").rows;
    lengths
        .iter()
        .map(|r| (read("spans_gold.csv", &r[0]), read("spans_pred.csv", &r[0]), r[1].parse().unwrap()))
        .collect()
}

pub(crate) fn spans(entry: &Entry, check: &mut Check) {
    let g = &entry.expect;
    match entry.stat.as_str() {
        "span_token" => tokens(entry, check),
        "span_token_multi" => {
            let names: Vec<&str> =
                entry.params["labels"].as_array().unwrap().iter().map(|l| l.as_str().unwrap()).collect();
            let codes = |pick: fn(&Session) -> &Vec<LabelledSpan>| -> Vec<f64> {
                sessions().iter().flat_map(|s| code(pick(s), s.2, &names)).collect()
            };
            chance(check, &codes(|s| &s.0), &codes(|s| &s.1), g);
        }
        "span_counts" => {
            let all = sessions();
            let count = |n: usize| n as f64;
            let gold: Vec<f64> = all.iter().map(|s| count(s.0.len())).collect();
            let pred: Vec<f64> = all.iter().map(|s| count(s.1.len())).collect();
            let pairs = Pairs::complete(&gold, &pred);
            check.value("pearson", pearson(&pairs, 0.95).value(), &g["pearson"]);
            check.value("spearman", spearman(&pairs).value(), &g["spearman"]);
            check.value("kendall", kendall_b(&pairs).value(), &g["kendall_tau_b"]);
            check.value("mae", mae(&pairs).value(), &g["mae"]);
            check.value("bias", bias(&pairs).value(), &g["bias"]);
        }
        "unitizing_alpha" => {
            let number = |name: &str| usize::try_from(entry.params[name].as_u64().unwrap()).unwrap();
            let of = |category: &str| -> Vec<Vec<Stretch>> {
                let stretch = |s: &Value| (position(&s[0]), position(&s[1]));
                let of_one =
                    |rater: &Value| rater[category].as_array().unwrap().iter().map(stretch).collect();
                entry.params["raters"].as_array().unwrap().iter().map(of_one).collect()
            };
            let marked = ["c", "k"].map(|category| (category, of(category)));
            unitized(check, &marked, number("begin"), number("length"), g);
        }
        "unitizing_alpha_sessions" => {
            let all = sessions();
            let names = entry.params["categories"].as_array().unwrap();
            let laid = |pick: fn(&Session) -> &Vec<LabelledSpan>, label: &str| -> Vec<Stretch> {
                let mut offset = 0;
                let mut stretches = Vec::new();
                for session in &all {
                    let own = pick(session).iter().filter(|span| span.label == label);
                    stretches.extend(own.map(|span| (offset + span.start, offset + span.end)));
                    offset += session.2;
                }
                stretches
            };
            let marked: Vec<(&str, Vec<Vec<Stretch>>)> = names
                .iter()
                .map(|name| name.as_str().unwrap())
                .map(|name| (name, vec![laid(|s| &s.0, name), laid(|s| &s.1, name)]))
                .collect();
            unitized(check, &marked, 0, all.iter().map(|s| s.2).sum(), g);
        }
        _ => {}
    }
}

fn position(value: &Value) -> usize {
    usize::try_from(value.as_u64().unwrap()).unwrap()
}

/// Each category, and all together.
fn unitized(check: &mut Check, marked: &[(&str, Vec<Vec<Stretch>>)], begin: usize, length: usize, g: &Value) {
    let (mut observed, mut expected) = (0.0, 0.0);
    for (category, observers) in marked {
        let ours = unitizing(observers, begin, length).unwrap();
        check.value("observed", Ok(ours.observed), &g[category]["Do"]);
        check.value("expected", Ok(ours.expected), &g[category]["De"]);
        check.value("alpha", ours.alpha(), &g[category]["alpha"]);
        observed += ours.observed;
        expected += ours.expected;
    }
    check.value("all", Disagreement { observed, expected }.alpha(), &g["all"]["alpha"]);
}

/// The code of each position: 0 outside, else 1 + the index of the label; a later span overwrites.
fn code(spans: &[LabelledSpan], length: usize, names: &[&str]) -> Vec<f64> {
    let mut codes = vec![0.0; length];
    for s in spans {
        let label = names.iter().position(|n| *n == s.label).unwrap();
        codes[s.start..s.end.min(length)].fill(label as f64 + 1.0);
    }
    codes
}

fn chance(check: &mut Check, a: &[f64], b: &[f64], g: &serde_json::Value) {
    let pairs = Pairs::complete(a, b);
    let domain = [0.0, 1.0, 2.0, 3.0];
    check.value("kappa", kappa(&pairs, &domain, KappaWeights::Unweighted, 0.95).value(), &g["kappa"]);
    let some = |v: &[f64]| v.iter().map(|x| Some(*x)).collect::<Vec<_>>();
    let table = RatingMatrix::from_columns(&[some(a), some(b)]);
    check.value("alpha", alpha(&table, Metric::Nominal).value(), &g["kripp_alpha_nominal"]);
}

fn tokens(entry: &Entry, check: &mut Check) {
    let g = &entry.expect;
    let label = Some(entry.param("label")).filter(|l| *l != "any");
    let (mut gold, mut pred) = (Vec::new(), Vec::new());
    for (a, b, length) in sessions() {
        gold.extend(mask(&a, length, label));
        pred.extend(mask(&b, length, label));
    }
    let ours = mask_scores(&gold, &pred);
    let counts = json!([ours.both, ours.n_reference, ours.n_predicted]);
    check.that("counts", counts == json!([g["tp"], g["n_gold"], g["n_pred"]]));
    check.value("precision", ours.precision, &g["precision"]);
    check.value("recall", ours.recall, &g["recall"]);
    check.value("f1", ours.f1, &g["f1"]);
    check.value("dice", ours.f1, &g["dice"]);
    check.value("jaccard", ours.jaccard, &g["jaccard"]);
    let numbers = |m: &[bool]| m.iter().map(|b| f64::from(u8::from(*b))).collect::<Vec<_>>();
    chance(check, &numbers(&gold), &numbers(&pred), g);
}

pub(crate) fn internal(entry: &Entry, check: &mut Check) {
    let rater = entry.param("rater");
    let columns: Vec<_> =
        entry.numbers("items").iter().map(|i| data::long(&i.to_string()).column(rater)).collect();
    let ours = cronbach_alpha(&RatingMatrix::from_columns(&columns), 0.95);
    check.value("alpha", ours.value(), &entry.expect["value"]);
    check.interval("feldt", ours.interval(), &entry.expect["ci_feldt"]);
}
