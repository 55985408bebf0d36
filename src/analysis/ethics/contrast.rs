//! Whether a judge calls a risk present more often in one arm than in another: the difference of shares, paired by
//! recorded session.

use std::collections::BTreeMap;

use crate::domain::{Assessment, RiskId};
use crate::stats::adjust::{Adjust, adjust};
use crate::stats::descriptive::{is_constant, mean};
use crate::stats::paired::sign_flip;
use crate::stats::{Estimate, Interval, Undefined};

use super::super::findings::RiskContrast;
use super::super::measures::{ratio, resample, with_bootstrap};
use super::super::resampling::Resampling;
use super::super::row::{EstimateKey, EstimateRow};
use crate::domain::RiskVerdict;

/// Number of random sign patterns if there are too many to enumerate.
const FLIPS: usize = 20_000;

/// The arm of the recorded sessions.
const ORIGINAL: &str = "original";

/// What all contrasts of a run share.
#[derive(Clone, Copy)]
pub(super) struct ContrastInputs<'a> {
    /// The risks that judges are asked about.
    pub(super) risks: &'a [&'a RiskId],
    /// Arms, with the recorded sessions first.
    pub(super) arms: &'a [String],
    pub(super) resampling: &'a Resampling,
    pub(super) seed: u64,
}

/// Every condition against the recorded sessions, and every pair of conditions. Holm corrects over all risks and
/// contrasts of one judge, separately for the two kinds.
pub(super) fn contrasts(setting: ContrastInputs<'_>, judge: &str, own: &[&Assessment]) -> Vec<RiskContrast> {
    let conditions: Vec<&str> =
        setting.arms.iter().map(String::as_str).filter(|arm| *arm != ORIGINAL).collect();
    let against_original = conditions.iter().map(|arm| (*arm, ORIGINAL));
    let mut found = family(setting, judge, own, &against_original.collect::<Vec<_>>());
    let between = conditions
        .iter()
        .enumerate()
        .flat_map(|(place, base)| conditions[place + 1..].iter().map(move |arm| (*arm, *base)));
    found.extend(family(setting, judge, own, &between.collect::<Vec<_>>()));
    found
}

fn family(
    setting: ContrastInputs<'_>,
    judge: &str,
    own: &[&Assessment],
    contrasts: &[(&str, &str)],
) -> Vec<RiskContrast> {
    let mut found = Vec::new();
    for risk in setting.risks {
        let of_risk: Vec<&Assessment> = own.iter().copied().filter(|one| one.risk == **risk).collect();
        for (arm, base) in contrasts {
            found.extend(contrast(setting, judge, risk, &of_risk, (arm, base)));
        }
    }
    let holm = adjust(&found.iter().map(|one| one.p).collect::<Vec<_>>(), Adjust::Holm);
    for (one, p) in found.iter_mut().zip(holm) {
        one.p_adjusted = p;
    }
    found
}

/// One risk in two arms; `None` if nobody was asked in one of them.
fn contrast(
    setting: ContrastInputs<'_>,
    judge: &str,
    risk: &RiskId,
    own: &[&Assessment],
    (arm, base): (&str, &str),
) -> Option<RiskContrast> {
    let (in_arm, in_base) = (by_source(own, arm), by_source(own, base));
    if in_arm.is_empty() || in_base.is_empty() {
        return None;
    }
    let both = in_arm.iter().filter_map(|(source, said)| Some((said, in_base.get(source)?)));
    let differences: Vec<f64> = both.filter_map(|(arm, base)| Some(mean(arm)? - mean(base)?)).collect();
    let asked = in_arm.keys().filter(|source| in_base.contains_key(*source)).count();
    let estimate = difference(setting.resampling, &differences);
    Some(RiskContrast {
        risk: risk.to_string(),
        judge: judge.to_owned(),
        condition: arm.to_owned(),
        base: base.to_owned(),
        difference: estimate.with_counts(differences.len(), 1, asked - differences.len()),
        p: p_value(&differences, setting.seed),
        p_adjusted: None,
    })
}

/// Decided verdicts by recorded session: 1 if the risk counts as present, otherwise 0.
fn by_source<'a>(own: &[&'a Assessment], arm: &str) -> BTreeMap<&'a str, Vec<f64>> {
    let mut found: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    for one in own.iter().filter(|one| one.arm.to_string() == arm) {
        let said = found.entry(one.source.as_str()).or_default();
        said.extend(decided(one).then(|| if one.counts() { 1.0 } else { 0.0 }));
    }
    found
}

/// Mean difference with the interval of a bootstrap over recorded sessions.
fn difference(resampling: &Resampling, differences: &[f64]) -> Estimate {
    let estimate = Estimate::from_result(mean(differences).ok_or(Undefined::NoPairs));
    if differences.len() > 1 && is_constant(differences) {
        return estimate.with_interval(Err(Undefined::NoVariance));
    }
    let sums: Vec<(f64, f64)> = differences.iter().map(|difference| (*difference, 1.0)).collect();
    let drawn = resample(sums.len(), resampling, "ethics.difference", |drawn| ratio(&sums, drawn));
    with_bootstrap(estimate, drawn)
}

/// p value of the sign-flip test. If nothing differs, every sign pattern gives the same mean and p is 1.
fn p_value(differences: &[f64], seed: u64) -> Option<f64> {
    match sign_flip(differences, seed, FLIPS) {
        Ok(flip) => Some(flip.p_two),
        Err(Undefined::NoVariance) => Some(1.0),
        Err(_) => None,
    }
}

/// The row of the difference with its interval, and the row with its p values.
pub(super) fn rows(contrast: &RiskContrast) -> [EstimateRow; 2] {
    let key = EstimateKey {
        item: contrast.risk.clone(),
        condition: contrast.condition.clone(),
        contrast: contrast.name(),
        judge: contrast.judge.clone(),
        ..EstimateKey::of("ethics")
    };
    let key = key.statistic("present_share.difference");
    let counts = (contrast.difference.n_units(), contrast.difference.n_dropped());
    let test = Estimate::from_result(contrast.difference.value())
        .with_interval(Err::<Interval, _>(Undefined::NotApplicable))
        .with_counts(counts.0, 1, counts.1);
    let test = match contrast.p {
        Some(p) => test.with_p(p),
        None => test,
    };
    let mut test = EstimateRow::new(key.clone(), &test).with_adjusted(contrast.p_adjusted, "holm");
    "sign_flip".clone_into(&mut test.test);
    [EstimateRow::new(key, &contrast.difference), test]
}

/// True if the judge's verdict is present or absent.
pub(super) fn decided(one: &Assessment) -> bool {
    matches!(one.verdict, RiskVerdict::Present { .. } | RiskVerdict::Absent)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resampled(differences: &[f64]) -> Estimate {
        difference(&Resampling::new(1, 500), differences)
    }

    #[test]
    fn a_difference_that_nothing_varies_has_no_interval_and_a_p_value() {
        let same = resampled(&[1.0; 6]);
        assert_eq!((same.value(), same.interval().err()), (Ok(1.0), Some(Undefined::NoVariance)));
        let p = p_value(&[1.0; 6], 1).expect("six pairs");
        assert!((p - 2.0 / 64.0).abs() < 1e-12, "both ends of 64 patterns: {p}");
        assert_eq!(p_value(&[0.0; 6], 1), Some(1.0));
        assert_eq!((resampled(&[]).value(), p_value(&[], 1)), (Err(Undefined::NoPairs), None));
    }

    #[test]
    fn the_interval_is_a_bootstrap_over_recorded_sessions() {
        let found = resampled(&[1.0, 0.0, 0.0, 1.0, 0.0, -1.0, 0.5, 0.0]);
        let interval = found.interval().expect("an interval");
        assert_eq!((found.value(), interval.method()), (Ok(0.1875), "percentile"));
        assert!(interval.low() < 0.0 && interval.high() > 0.4, "{interval:?}");
    }
}
