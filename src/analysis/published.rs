//! Comparison with published means: whether a condition differs from the recorded sessions here in the published
//! direction. Sessions, raters and models differ, so this compares directions and is never a replication.

use crate::domain::{Reference, ReferenceItem};
use crate::stats::power::minimum_detectable_difference;
use crate::stats::{Estimate, Undefined};

use super::findings::{ArmFinding, Author, Contrast, Direction, PublishedComparison, PublishedContrast};
use super::row::{EstimateKey, EstimateRow};

/// Two-sided level of the least detectable difference.
const ALPHA: f64 = 0.05;
const POWER: f64 = 0.8;

/// Every condition written by a model or program against people's recorded sessions, on every item of the reference.
pub(super) fn published(
    reference: &Reference,
    arms: &[ArmFinding],
    contrasts: &[Contrast],
) -> (PublishedComparison, Vec<EstimateRow>) {
    let author = |id: &str| arms.iter().find(|arm| arm.id == id).map(|arm| arm.author);
    let people = author("original") == Some(Author::Human);
    let found: Vec<PublishedContrast> = contrasts
        .iter()
        .filter(|contrast| people && author(&contrast.condition) == Some(Author::Ai))
        .filter_map(|contrast| Some(one(reference.items.get(&contrast.item)?, contrast)))
        .collect();
    let rows = found.iter().map(row).collect();
    let published = PublishedComparison {
        reference: reference.id.clone(),
        citation: reference.source.citation.clone(),
        place: reference.source.r#where.clone(),
        note: reference.note.clone(),
        wording: WORDING.to_owned(),
        contrasts: found,
    };
    (published, rows)
}

/// Wording that every report must use for the comparison.
const WORDING: &str = "direction on your sessions; not a replication: the study's data are unreleased";

fn one(item: &ReferenceItem, contrast: &Contrast) -> PublishedContrast {
    let own = &contrast.difference;
    let expected = item.clear_effect.sign();
    let direction = match (expected, own.interval()) {
        (None, _) => Direction::NotClear,
        (Some(_), Err(_)) => Direction::Undefined,
        (Some(_), Ok(interval)) if interval.contains(0.0) => Direction::Open,
        (Some(sign), Ok(interval)) if interval.low() * sign > 0.0 => Direction::Same,
        (Some(_), Ok(_)) => Direction::Opposite,
    };
    let n = own.n_units();
    let sd = own.se().map(|se| se * (n as f64).sqrt());
    let detectable = match (own.value(), sd) {
        (Err(reason), _) => Err(reason),
        (Ok(_), None) => Err(Undefined::NoVariance),
        (Ok(_), Some(sd)) => minimum_detectable_difference(n, sd, ALPHA, POWER),
    };
    PublishedContrast {
        condition: contrast.condition.clone(),
        item: contrast.item.clone(),
        judge: contrast.judge.clone(),
        published: item.difference(),
        expected: item.clear_effect,
        own: own.clone(),
        detectable: Estimate::from_result(detectable).with_counts(n, 1, 0),
        direction,
    }
}

fn row(contrast: &PublishedContrast) -> EstimateRow {
    let key = EstimateKey {
        item: contrast.item.clone(),
        condition: contrast.condition.clone(),
        contrast: format!("{} - original", contrast.condition),
        judge: contrast.judge.clone(),
        ..EstimateKey::of("published")
    };
    EstimateRow::new(key.statistic("detectable_difference"), &contrast.detectable)
}
