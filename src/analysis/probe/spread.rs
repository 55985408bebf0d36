//! Spread of a judge's answers to one question: repeated draws, and the same question in several forms.

use std::collections::BTreeMap;

use crate::domain::{ItemId, ProbeKind};
use crate::stats::bootstrap::{BootstrapMethod, Resamples, bootstrap};
use crate::stats::descriptive::{is_constant, sum_of_squares};
use crate::stats::prevalence::clustered_share;
use crate::stats::repeatability::repeatability;
use crate::stats::{Estimate, RatingMatrix, Undefined};

use super::super::LEVEL;
use super::super::row::{EstimateKey, EstimateRow};
use super::{ProbeInputs, ProbeScore, ProbedJudge, family, of_judge};

/// Answers to one question about one session.
struct AnswerGroup {
    source: String,
    item: ItemId,
    scores: Vec<Option<f64>>,
}

impl AnswerGroup {
    fn present(&self) -> Vec<f64> {
        self.scores.iter().flatten().copied().collect()
    }
}

/// Rows of repeated draws on the unchanged sessions.
pub(super) fn draws(inputs: &ProbeInputs<'_>, judge: &ProbedJudge) -> Vec<EstimateRow> {
    let clean = of_judge(inputs, judge).filter(|score| score.probe.is_none() && score.recorded);
    let groups = grouped(clean, |score| score.draw.to_string());
    let key = key(judge, ProbeKind::SelfConsistency);
    each(inputs, &groups, |item, groups| {
        let rows: Vec<Vec<Option<f64>>> = groups.iter().map(|group| group.scores.clone()).collect();
        let icc = repeatability(&RatingMatrix::from_rows(&rows), LEVEL).icc_one;
        let name = format!("probe.draws.{}.{item}", judge.id);
        vec![
            EstimateRow::new(key.statistic("draws.sd").item(item), &pooled_sd(inputs, groups, &name)),
            EstimateRow::new(key.statistic("flip_rate").item(item), &flips(groups)),
            EstimateRow::new(key.statistic("draws.icc_1").item(item), &icc),
        ]
    })
}

/// Rows over the judge's own form of a question and those of the probe. Forms that are only compared with each other
/// (orders of observations) have no spread here.
pub(super) fn over_variants(
    inputs: &ProbeInputs<'_>,
    judge: &ProbedJudge,
    kind: ProbeKind,
) -> Vec<EstimateRow> {
    let key = key(judge, kind);
    if kind == ProbeKind::Order && !judge.single_call {
        let none = Estimate::undefined(Undefined::NotApplicable);
        return vec![EstimateRow::new(key.statistic("variants.sd").item("pooled"), &none)];
    }
    let own = |score: &&ProbeScore| {
        score.recorded && score.draw == 1 && score.probe.is_none_or(|probe| probe == kind)
    };
    let groups = grouped(of_judge(inputs, judge).filter(own), |score| score.variant.clone());
    each(inputs, &groups, |item, groups| {
        let name = format!("probe.{kind}.{}.{item}", judge.id);
        vec![EstimateRow::new(key.statistic("variants.sd").item(item), &pooled_sd(inputs, groups, &name))]
    })
}

fn key(judge: &ProbedJudge, kind: ProbeKind) -> EstimateKey {
    EstimateKey {
        judge: judge.id.to_string(),
        raters: judge.id.to_string(),
        ..EstimateKey::of(&family(kind))
    }
}

/// Scores by session and item, with one slot for every form that occurs.
fn grouped<'a>(
    scores: impl Iterator<Item = &'a ProbeScore>,
    form: impl Fn(&ProbeScore) -> String,
) -> Vec<AnswerGroup> {
    let mut found: BTreeMap<(&str, &ItemId), BTreeMap<String, Option<f64>>> = BTreeMap::new();
    let mut forms: Vec<String> = Vec::new();
    let mut sources: BTreeMap<&str, &str> = BTreeMap::new();
    for score in scores {
        let form = form(score);
        if !forms.contains(&form) {
            forms.push(form.clone());
        }
        sources.insert(score.session.as_str(), score.source.as_str());
        let own = found.entry((score.session.as_str(), &score.item)).or_default();
        own.insert(form, score.outcome.score());
    }
    let group = |((session, item), by_form): ((&str, &ItemId), BTreeMap<String, Option<f64>>)| AnswerGroup {
        source: sources.get(session).copied().unwrap_or(session).to_owned(),
        item: item.clone(),
        scores: forms.iter().map(|form| by_form.get(form).copied().flatten()).collect(),
    };
    found.into_iter().map(group).collect()
}

/// Rows of all items together, then of each.
fn each(
    inputs: &ProbeInputs<'_>,
    groups: &[AnswerGroup],
    rows: impl Fn(&str, &[&AnswerGroup]) -> Vec<EstimateRow>,
) -> Vec<EstimateRow> {
    let all: Vec<&AnswerGroup> = groups.iter().collect();
    let mut found = rows("pooled", &all);
    for item in inputs.items {
        let own: Vec<&AnswerGroup> = groups.iter().filter(|group| group.item == *item).collect();
        found.extend(rows(item.as_str(), &own));
    }
    found
}

/// The standard deviation within groups, with a bootstrap over recorded sessions.
fn pooled_sd(inputs: &ProbeInputs<'_>, groups: &[&AnswerGroup], name: &str) -> Estimate {
    let mut clusters: BTreeMap<&str, (f64, usize)> = BTreeMap::new();
    let mut used = 0;
    for group in groups {
        let scores = group.present();
        if scores.len() < 2 {
            continue;
        }
        used += 1;
        let cluster = clusters.entry(&group.source).or_default();
        cluster.0 += sum_of_squares(&scores);
        cluster.1 += scores.len() - 1;
    }
    let parts: Vec<(f64, usize)> = clusters.into_values().collect();
    let statistic = |indices: &[usize]| {
        let squares: f64 = indices.iter().map(|i| parts[*i].0).sum();
        let degrees: usize = indices.iter().map(|i| parts[*i].1).sum();
        if degrees == 0 { Err(Undefined::TooFewUnits) } else { Ok((squares / degrees as f64).sqrt()) }
    };
    let resamples =
        Resamples::Seeded { seed: inputs.seed, statistic: name, count: inputs.bootstrap as usize };
    let found = bootstrap(parts.len(), &resamples, statistic);
    let estimate =
        found.estimate(BootstrapMethod::Percentile, LEVEL).with_counts(used, 1, groups.len() - used);
    let apart: Vec<f64> = found.replicates().iter().flatten().copied().collect();
    if apart.len() > 1 && is_constant(&apart) {
        return estimate.with_interval(Err(Undefined::NoVariance));
    }
    estimate
}

/// The share of questions whose answers are not all the same.
fn flips(groups: &[&AnswerGroup]) -> Estimate {
    let several: Vec<(&str, Vec<f64>)> = groups
        .iter()
        .map(|group| (group.source.as_str(), group.present()))
        .filter(|(_, scores)| scores.len() >= 2)
        .collect();
    let (n, dropped) = (several.len(), groups.len() - several.len());
    let parts = several.into_iter().map(|(source, scores)| (source, usize::from(!is_constant(&scores)), 1));
    clustered_share(parts, LEVEL).with_counts(n, 1, dropped)
}
