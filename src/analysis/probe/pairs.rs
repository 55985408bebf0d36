//! Compares twins with the session they were made from: how far scores move and, for attacks, whether they move in the
//! demanded direction.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::{Attack, ProbeKind, RatingOutcome};
use crate::stats::adjust::{Adjust, adjust};
use crate::stats::bootstrap::clustered_mean;
use crate::stats::descriptive::{is_constant, mean};
use crate::stats::distributions::t_p_two;
use crate::stats::prevalence::clustered_share;
use crate::stats::{Estimate, Undefined};

use super::super::LEVEL;
use super::super::row::{EstimateKey, EstimateRow};
use super::{CLEAN, ProbeInputs, ProbeScore, ProbedJudge, family, of_judge};

/// A score and that of its twin.
struct TwinPair<'a> {
    before: &'a ProbeScore,
    after: &'a ProbeScore,
    attack: Option<&'a Attack>,
}

impl TwinPair<'_> {
    fn source(&self) -> &str {
        self.after.source.as_str()
    }

    fn scores(&self) -> Option<(f64, f64)> {
        Some((self.before.outcome.score()?, self.after.outcome.score()?))
    }

    fn change(&self) -> Option<f64> {
        self.scores().map(|(before, after)| after - before)
    }

    /// The change toward what the attack demands.
    fn toward(&self) -> Option<f64> {
        Some(self.attack?.demands.sign() * self.change()?)
    }

    /// True unless the score is already at the demanded end.
    fn has_room(&self, inputs: &ProbeInputs<'_>) -> bool {
        let demanded = self.attack.map(|attack| f64::from(attack.demands.score(inputs.scale)));
        self.before
            .outcome
            .score()
            .zip(demanded)
            .is_some_and(|(score, demanded)| (score - demanded).abs() > 0.0)
    }
}

/// Rows of one probe: for each variant, for each item over all variants, and for everything together.
pub(super) fn rows(inputs: &ProbeInputs<'_>, judge: &ProbedJudge, kind: ProbeKind) -> Vec<EstimateRow> {
    let pairs = pairs(inputs, judge, kind);
    let key = EstimateKey {
        judge: judge.id.to_string(),
        raters: judge.id.to_string(),
        ..EstimateKey::of(&family(kind))
    };
    let mut rows = Vec::new();
    let mut variants: Vec<(&str, &str)> = Vec::new();
    for pair in &pairs {
        let named = (pair.after.variant.as_str(), pair.before.variant.as_str());
        if !variants.contains(&named) {
            variants.push(named);
        }
    }
    let all: Vec<&TwinPair<'_>> = pairs.iter().collect();
    rows.extend(figures(inputs, &key.item("pooled"), kind, &all));
    for item in inputs.items.iter().filter(|_| !all.is_empty()) {
        let own: Vec<&TwinPair<'_>> = pairs.iter().filter(|pair| pair.after.item == *item).collect();
        rows.extend(figures(inputs, &key.item(item.as_str()), kind, &own));
    }
    let mut by_variant = Vec::new();
    for (variant, base) in variants {
        let own: Vec<&TwinPair<'_>> = pairs.iter().filter(|pair| pair.after.variant == variant).collect();
        let key = EstimateKey { contrast: format!("{variant} - {base}"), ..key.item("pooled") };
        by_variant.extend(figures(inputs, &key, kind, &own));
    }
    rows.extend(adjusted(by_variant));
    rows
}

/// The rows of all variants, with the p values of their shifts adjusted (Holm) for the number of variants tried.
/// Variants that moved no score count as tried.
fn adjusted(rows: Vec<EstimateRow>) -> Vec<EstimateRow> {
    let unmoved = |row: &EstimateRow| {
        row.reason() == Some(Undefined::NoVariance) && row.value().is_some_and(|value| value.abs() <= 0.0)
    };
    let tried = |row: &EstimateRow| {
        let p = row.p().or_else(|| unmoved(row).then_some(1.0));
        p.filter(|_| row.key.statistic == "shift")
    };
    let holm = adjust(&rows.iter().map(tried).collect::<Vec<_>>(), Adjust::Holm);
    let with = |(row, p): (EstimateRow, Option<f64>)| {
        let p = p.filter(|_| row.p().is_some());
        row.with_adjusted(p, "holm")
    };
    rows.into_iter().zip(holm).map(with).collect()
}

fn pairs<'a>(inputs: &ProbeInputs<'a>, judge: &'a ProbedJudge, kind: ProbeKind) -> Vec<TwinPair<'a>> {
    let mut before: BTreeMap<_, &ProbeScore> = BTreeMap::new();
    for score in of_judge(inputs, judge).filter(|score| score.probe.is_none_or(|own| own == kind)) {
        before.insert((&score.session, &score.item, score.draw, score.variant.as_str()), score);
    }
    let base = |variant: &str| {
        let named = inputs.against.iter().find(|(of, _)| of == variant);
        named.map_or(CLEAN, |(_, base)| base.as_str())
    };
    let bases: Vec<&str> = inputs.against.iter().map(|(_, base)| base.as_str()).collect();
    of_judge(inputs, judge)
        .filter(|score| score.probe == Some(kind) && !bases.contains(&score.variant.as_str()))
        .filter_map(|after| {
            let key = (&after.session, &after.item, after.draw, base(&after.variant));
            let attack = inputs.attacks.iter().find(|attack| attack.id == after.variant);
            Some(TwinPair {
                before: before.get(&key)?,
                after,
                attack: attack.filter(|_| kind == ProbeKind::Injection),
            })
        })
        .collect()
}

fn figures(
    inputs: &ProbeInputs<'_>,
    key: &EstimateKey,
    kind: ProbeKind,
    pairs: &[&TwinPair<'_>],
) -> Vec<EstimateRow> {
    let mut found = vec![
        ("shift", mean_of(pairs, TwinPair::change)),
        ("shift.absolute", mean_of(pairs, |pair| pair.change().map(f64::abs))),
        ("changed_rate", share_of(pairs, |pair| pair.change().map(|change| change.abs() > 0.0))),
        ("lost_rate", share_of(pairs, lost)),
    ];
    if kind == ProbeKind::Injection {
        let movable: Vec<&TwinPair<'_>> =
            pairs.iter().copied().filter(|pair| pair.has_room(inputs)).collect();
        let without = pairs.len() - movable.len();
        let counted = |estimate: Estimate| {
            let (n, dropped) = (estimate.n_units(), estimate.n_dropped());
            estimate.with_counts(n, 1, dropped + without)
        };
        found.extend([
            ("shift.toward", mean_of(pairs, TwinPair::toward)),
            ("moved_rate", counted(share_of(&movable, |pair| pair.toward().map(|by| by > 0.0)))),
            ("moved_away_rate", counted(share_of(&movable, |pair| pair.toward().map(|by| by < 0.0)))),
            (
                "cited_injected_rate",
                share_of(pairs, |pair| usable(pair.after).then_some(pair.after.cited_injected > 0)),
            ),
            ("quotes.shift", mean_of(pairs, quotes)),
        ]);
    }
    found
        .into_iter()
        .map(|(statistic, estimate)| EstimateRow::new(key.statistic(statistic), &estimate))
        .collect()
}

/// Whether the twin lost its score; `None` if the session had none.
fn lost(pair: &TwinPair<'_>) -> Option<bool> {
    pair.before.outcome.score().map(|_| pair.after.outcome.score().is_none())
}

fn usable(score: &ProbeScore) -> bool {
    !matches!(score.outcome, RatingOutcome::Unusable { .. })
}

fn quotes(pair: &TwinPair<'_>) -> Option<f64> {
    let both = usable(pair.before) && usable(pair.after);
    both.then(|| f64::from(pair.after.cited) - f64::from(pair.before.cited))
}

/// The mean over pairs, clustered by recorded session. If all values are equal, there is no spread and therefore no
/// interval.
fn mean_of<'p>(pairs: &[&TwinPair<'p>], value: impl Fn(&TwinPair<'p>) -> Option<f64>) -> Estimate {
    let found: Vec<(f64, &str)> =
        pairs.iter().filter_map(|pair| Some((value(pair)?, pair.source()))).collect();
    let (values, sources): (Vec<f64>, Vec<&str>) = found.into_iter().unzip();
    clustered(&values, &sources).with_counts(values.len(), 1, pairs.len() - values.len())
}

/// A clustered mean with the p value of its t test against 0; neither interval nor p if the values do not vary.
pub(super) fn clustered(values: &[f64], sources: &[&str]) -> Estimate {
    let distinct: BTreeSet<&str> = sources.iter().copied().collect();
    if distinct.len() > 1 && is_constant(values) {
        let mean = mean(values).ok_or(Undefined::NoPairs);
        return Estimate::from_result(mean).with_interval(Err(Undefined::NoVariance));
    }
    let estimate = clustered_mean(values, sources, LEVEL);
    let t = estimate.value().ok().zip(estimate.se().filter(|se| *se > 0.0)).map(|(mean, se)| mean / se);
    match t.and_then(|t| t_p_two(t, distinct.len() as f64 - 1.0)) {
        Some(p) => estimate.with_p(p),
        None => estimate,
    }
}

fn share_of<'p>(pairs: &[&TwinPair<'p>], hit: impl Fn(&TwinPair<'p>) -> Option<bool>) -> Estimate {
    let found: Vec<(&str, bool)> =
        pairs.iter().filter_map(|pair| Some((pair.source(), hit(pair)?))).collect();
    let (n, dropped) = (found.len(), pairs.len() - found.len());
    let share = clustered_share(found.into_iter().map(|(source, hit)| (source, usize::from(hit), 1)), LEVEL);
    share.with_counts(n, 1, dropped)
}
