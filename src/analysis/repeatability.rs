//! Repeatability of a judge: how far its draws on the same item of the same session differ.

use crate::domain::{ItemId, Rating, RatingOutcome};
use crate::stats::repeatability::repeatability;
use crate::stats::{Estimate, RatingMatrix, Undefined};

use super::LEVEL;
use super::row::{EstimateKey, EstimateRow};

/// Rows per judge and item, for judges with two draws or more; `ratings` are sorted.
pub(super) fn rows(judges: &[String], items: &[ItemId], ratings: &[&Rating]) -> Vec<EstimateRow> {
    let jobs = judges.iter().flat_map(|judge| items.iter().map(move |item| (judge, item)));
    jobs.flat_map(|(judge, item)| of(judge, item, ratings)).collect()
}

fn of(judge: &str, item: &ItemId, ratings: &[&Rating]) -> Vec<EstimateRow> {
    let own = ratings.iter().filter(|rating| rating.rater.as_str() == judge && rating.item == *item);
    let own: Vec<&&Rating> = own.collect();
    let most = own.iter().map(|rating| rating.draws.len()).max().unwrap_or(0);
    if most < 2 {
        return Vec::new();
    }
    let scores = |rating: &Rating| -> Vec<Option<f64>> {
        let score = |outcome: &RatingOutcome| outcome.score();
        (0..most).map(|n| rating.draws.get(n).and_then(|draw| score(&draw.outcome))).collect()
    };
    let rows: Vec<Vec<Option<f64>>> = own.iter().map(|rating| scores(rating)).collect();
    let found = repeatability(&RatingMatrix::from_rows(&rows), LEVEL);
    let within = found.within_sd.clone().with_interval(Err(Undefined::NotApplicable));
    let reach = Estimate::from_result(found.coefficient.ok_or(Undefined::TooFewUnits))
        .with_interval(Err(Undefined::NotApplicable))
        .with_counts(within.n_units(), most, within.n_dropped());
    let key = EstimateKey {
        item: item.to_string(),
        judge: judge.to_owned(),
        raters: judge.to_owned(),
        ..EstimateKey::of("repeatability")
    };
    [
        ("draws.sem", within),
        ("draws.repeatability_coefficient", reach),
        ("draws.icc_1", found.icc_one),
        ("draws.icc_1k", found.icc_mean),
    ]
    .into_iter()
    .map(|(statistic, estimate)| EstimateRow::new(key.statistic(statistic), &estimate))
    .collect()
}
