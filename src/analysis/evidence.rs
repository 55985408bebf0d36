//! Quality of a judge's evidence: quotes cited and found, unusable answers, and abstentions.

use std::collections::BTreeMap;

use crate::domain::{Draw, Rating, RatingOutcome};
use crate::stats::prevalence::clustered_share;
use crate::stats::{Estimate, Undefined, descriptive};

use super::LEVEL;
use super::calibration::state;
use super::findings::{CalibrationState, JudgeFinding};
use super::inputs::Inputs;
use super::row::{EstimateKey, EstimateRow};

/// One finding per judge of the panel, with the rows. `ratings` are sorted.
pub(super) fn judges(
    names: &[String],
    inputs: &Inputs<'_>,
    ratings: &[&Rating],
) -> (Vec<JudgeFinding>, Vec<EstimateRow>) {
    let found: Vec<JudgeFinding> = names
        .iter()
        .map(|name| {
            let own: Vec<&Rating> = ratings.iter().copied().filter(|r| r.rater.as_str() == name).collect();
            of_judge(name, inputs, &own)
        })
        .collect();
    let rows = found.iter().flat_map(rows_of).collect();
    (found, rows)
}

fn of_judge(name: &str, inputs: &Inputs<'_>, all: &[&Rating]) -> JudgeFinding {
    let declared = inputs.judges.iter().find(|judge| judge.id.as_str() == name);
    let (calibration, calibration_because) =
        declared.map_or((CalibrationState::Uncalibrated, Vec::new()), |judge| state(inputs, judge));
    // Items that do not apply were never asked about.
    let asked: Vec<&Rating> = all
        .iter()
        .copied()
        .filter(|r| !matches!(r.outcome, RatingOutcome::NotApplicable { .. } | RatingOutcome::Missing))
        .collect();
    let draws = || asked.iter().flat_map(|r| &r.draws);
    let sum = |count: fn(&Draw) -> u32| draws().map(|d| count(d) as usize).sum::<usize>();
    let (cited, verified, near) =
        (sum(|d| d.quotes_cited), sum(|d| d.quotes_verified), sum(|d| d.quotes_near));
    let mut unusable: BTreeMap<&str, usize> = BTreeMap::new();
    for rating in &asked {
        if let RatingOutcome::Unusable { reason } = rating.outcome {
            *unusable.entry(reason.word()).or_default() += 1;
        }
    }
    let mut repaired: BTreeMap<&str, usize> = BTreeMap::new();
    for repair in draws().flat_map(|draw| &draw.repairs) {
        *repaired.entry(repair.word()).or_default() += 1;
    }
    let rate = |is: fn(&RatingOutcome) -> bool| {
        clustered_share(asked.iter().map(|r| (r.source.as_str(), usize::from(is(&r.outcome)), 1)), LEVEL)
    };
    let spreads: Vec<f64> = asked.iter().filter_map(|r| r.fold.as_ref()?.sd).collect();
    let draw_sd =
        descriptive::mean(&spreads).map_or(Estimate::undefined(Undefined::NotApplicable), Estimate::ok);
    JudgeFinding {
        id: name.to_owned(),
        baseline: declared.is_some_and(|judge| judge.baseline),
        members: declared.map(|j| j.members.iter().map(ToString::to_string).collect()).unwrap_or_default(),
        ratings: asked.len(),
        quotes_cited: cited,
        quotes_verified: verified,
        quotes_near: near,
        verified_rate: clustered_share(
            asked.iter().map(|r| {
                let of = |count: fn(&Draw) -> u32| r.draws.iter().map(|d| count(d) as usize).sum();
                (r.source.as_str(), of(|d| d.quotes_verified + d.quotes_near), of(|d| d.quotes_cited))
            }),
            LEVEL,
        ),
        unusable_rate: rate(|outcome| matches!(outcome, RatingOutcome::Unusable { .. })),
        not_assessable_rate: rate(|outcome| matches!(outcome, RatingOutcome::NotAssessable { .. })),
        reasked: draws().filter(|d| d.reasked).count(),
        draw_sd: draw_sd.with_counts(spreads.len(), 1, 0),
        unusable: unusable.into_iter().map(|(word, n)| (word.to_owned(), n)).collect(),
        repaired_rate: clustered_share(
            asked.iter().map(|r| {
                let mended = r.draws.iter().filter(|draw| !draw.repairs.is_empty()).count();
                (r.source.as_str(), mended, r.draws.len())
            }),
            LEVEL,
        ),
        repaired: repaired.into_iter().map(|(word, n)| (word.to_owned(), n)).collect(),
        calibration,
        calibration_because,
    }
}

fn rows_of(found: &JudgeFinding) -> Vec<EstimateRow> {
    let key =
        EstimateKey { judge: found.id.clone(), raters: found.id.clone(), ..EstimateKey::of("evidence") };
    let spread = if found.members.is_empty() { "draws.sd" } else { "members.sd" };
    [
        ("quotes.verified_rate", found.verified_rate.clone()),
        ("unusable_rate", found.unusable_rate.clone()),
        ("not_assessable_rate", found.not_assessable_rate.clone()),
        ("repaired_rate", found.repaired_rate.clone()),
        (spread, found.draw_sd.clone()),
        ("n.reasked", Estimate::ok(found.reasked as f64).with_counts(found.ratings, 1, 0)),
    ]
    .into_iter()
    .map(|(statistic, estimate)| EstimateRow::new(key.statistic(statistic), &estimate))
    .collect()
}
