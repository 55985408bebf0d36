//! Source leakage: whether the judge can tell human counselors from programs.

use std::collections::BTreeMap;

use crate::domain::ProbeKind;
use crate::stats::auc::auc;
use crate::stats::descriptive::mean;
use crate::stats::prevalence::share;
use crate::stats::{Estimate, Undefined};

use super::super::LEVEL;
use super::super::row::{EstimateKey, EstimateRow};
use super::pairs::clustered;
use super::{ProbeGuess, ProbeInputs, ProbedJudge, family};

/// Number of recorded sessions of each kind below which a finding is called underpowered: with fewer, an area of 0.5
/// cannot be distinguished from one of 0.75.
pub(super) const ENOUGH: usize = 20;

/// Rows of one judge.
pub(super) fn rows(inputs: &ProbeInputs<'_>, judge: &ProbedJudge) -> Vec<EstimateRow> {
    let key = EstimateKey {
        judge: judge.id.to_string(),
        raters: judge.id.to_string(),
        item: "pooled".into(),
        ..EstimateKey::of(&family(ProbeKind::Source))
    };
    if judge.baseline {
        let none = Estimate::undefined(Undefined::NotApplicable);
        return vec![EstimateRow::new(key.statistic("auc"), &none)];
    }
    let own: Vec<&ProbeGuess> = inputs.guesses.iter().filter(|guess| guess.judge == judge.id).collect();
    let (people, programs) = (by_source(&own, false), by_source(&own, true));
    let unread = own.iter().filter(|guess| guess.percent.is_err()).count();
    let values = |side: &BTreeMap<&str, f64>| side.values().copied().collect::<Vec<f64>>();
    let area = auc(&values(&people), &values(&programs), LEVEL);
    let area = area.with_counts(people.len() + programs.len(), 1, unread);
    let average = |side: &BTreeMap<&str, f64>| {
        let (sources, values): (Vec<&str>, Vec<f64>) =
            side.iter().map(|(source, value)| (*source, *value)).unzip();
        clustered(&values, &sources).with_counts(values.len(), 1, 0)
    };
    let unusable = match own.len() {
        0 => Estimate::undefined(Undefined::TooFewUnits),
        n => share(unread as f64 / n as f64, n, LEVEL),
    };
    let count = |n: usize| Estimate::ok(n as f64).with_counts(n, 1, 0);
    [
        ("auc", area),
        ("percent.people", average(&people)),
        ("percent.programs", average(&programs)),
        ("n.people", count(people.len())),
        ("n.programs", count(programs.len())),
        ("unusable_rate", unusable),
    ]
    .into_iter()
    .map(|(statistic, estimate)| EstimateRow::new(key.statistic(statistic), &estimate))
    .collect()
}

/// One value per recorded session: reconstructions of one session are not independent.
fn by_source<'a>(guesses: &[&'a ProbeGuess], program: bool) -> BTreeMap<&'a str, f64> {
    let mut found: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    for guess in guesses.iter().filter(|guess| guess.program == program) {
        if let Ok(percent) = guess.percent {
            found.entry(guess.source.as_str()).or_default().push(percent);
        }
    }
    found.into_iter().filter_map(|(source, values)| Some((source, mean(&values)?))).collect()
}
