//! Length: whether scores follow the number of the counselor's words, and the difference between arms that remains at
//! equal length.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::{ItemId, ProbeKind};
use crate::stats::bootstrap::{BootstrapMethod, Resamples, bootstrap};
use crate::stats::correlation::product_moment;
use crate::stats::descriptive::{mean, midranks};
use crate::stats::{Estimate, Undefined};

use super::super::LEVEL;
use super::super::row::{EstimateKey, EstimateRow};
use super::pairs::clustered;
use super::{CLEAN, ProbeInputs, ProbedJudge, family, of_judge};

/// Fewest sessions for a correlation or slope.
const FEWEST: usize = 5;
/// Slopes are per this many words.
const WORDS: f64 = 100.0;

/// One session: mean score and length in words.
#[derive(Debug, Clone)]
struct Point {
    source: String,
    arm: String,
    words: f64,
    score: f64,
}

/// Rows about length, for all items together and for each.
pub(super) fn rows(inputs: &ProbeInputs<'_>, judge: &ProbedJudge) -> Vec<EstimateRow> {
    let key = EstimateKey {
        judge: judge.id.to_string(),
        raters: judge.id.to_string(),
        ..EstimateKey::of(&family(ProbeKind::Verbosity))
    };
    let items = ["pooled"].into_iter().chain(inputs.items.iter().map(ItemId::as_str));
    let mut found = vec![EstimateRow::new(key.item("pooled").statistic("words_added"), &added(inputs))];
    for item in items {
        let points = points(inputs, judge, item);
        let key = key.item(item);
        let name = format!("probe.length.{}.{item}", judge.id);
        let rank = resampled(inputs, &points, &name, |points| {
            let (words, scores) = columns(points);
            product_moment(&midranks(&words), &midranks(&scores))
        });
        found.push(EstimateRow::new(key.statistic("words.spearman"), &rank));
        found.push(EstimateRow::new(key.statistic("words.slope"), &resampled(inputs, &points, &name, slope)));
        found.extend(contrasts(inputs, &key, &points, &name));
    }
    found
}

/// The mean share of words that padding adds.
fn added(inputs: &ProbeInputs<'_>) -> Estimate {
    let share = |padded: usize, words: usize| (padded as f64 - words as f64) / words as f64;
    let each = inputs.lengths.iter().filter(|length| length.words > 0);
    let found: Vec<(f64, &str)> = each
        .filter_map(|length| Some((share(length.padded?, length.words), length.session.as_str())))
        .collect();
    let (shares, sessions): (Vec<f64>, Vec<&str>) = found.into_iter().unzip();
    clustered(&shares, &sessions).with_counts(shares.len(), 1, 0)
}

/// One point per session that has a score: of one item, or the mean of all.
fn points(inputs: &ProbeInputs<'_>, judge: &ProbedJudge, item: &str) -> Vec<Point> {
    let mut scores: BTreeMap<&str, (&str, &str, Vec<f64>)> = BTreeMap::new();
    let own = of_judge(inputs, judge)
        .filter(|score| score.probe.is_none() && score.variant == CLEAN && score.draw == 1);
    for score in own.filter(|score| item == "pooled" || score.item.as_str() == item) {
        let own = scores.entry(score.session.as_str());
        let (_, _, values) = own.or_insert_with(|| (score.source.as_str(), score.arm.as_str(), Vec::new()));
        values.extend(score.outcome.score());
    }
    let words: BTreeMap<&str, usize> =
        inputs.lengths.iter().map(|length| (length.session.as_str(), length.words)).collect();
    let point = |(session, (source, arm, values)): (&str, (&str, &str, Vec<f64>))| {
        let (source, arm) = (source.to_owned(), arm.to_owned());
        Some(Point { source, arm, words: *words.get(session)? as f64, score: mean(&values)? })
    };
    scores.into_iter().filter_map(point).collect()
}

fn columns(points: &[&Point]) -> (Vec<f64>, Vec<f64>) {
    points.iter().map(|point| (point.words, point.score)).unzip()
}

/// A statistic of points, bootstrapped over recorded sessions.
fn resampled(
    inputs: &ProbeInputs<'_>,
    points: &[Point],
    name: &str,
    statistic: impl Fn(&[&Point]) -> Result<f64, Undefined> + Sync,
) -> Estimate {
    let counted = |estimate: Estimate| estimate.with_counts(points.len(), 1, 0);
    let sources: Vec<&str> =
        points.iter().map(|p| p.source.as_str()).collect::<BTreeSet<_>>().into_iter().collect();
    if sources.len() < FEWEST {
        return counted(Estimate::undefined(Undefined::TooFewUnits));
    }
    let clusters: Vec<Vec<&Point>> = sources
        .iter()
        .map(|source| points.iter().filter(|point| point.source == *source).collect())
        .collect();
    let resamples =
        Resamples::Seeded { seed: inputs.seed, statistic: name, count: inputs.bootstrap as usize };
    let found = bootstrap(clusters.len(), &resamples, |indices| {
        let drawn: Vec<&Point> = indices.iter().flat_map(|index| clusters[*index].iter().copied()).collect();
        statistic(&drawn)
    });
    counted(found.estimate(BootstrapMethod::Percentile, LEVEL))
}

/// Sums of squares and products about the means of each arm.
fn within_arms(points: &[&Point]) -> (f64, f64) {
    let arms: BTreeSet<&str> = points.iter().map(|point| point.arm.as_str()).collect();
    let mut sums = (0.0, 0.0);
    for arm in arms {
        let own: Vec<&Point> = points.iter().copied().filter(|point| point.arm == arm).collect();
        let (words, scores) = columns(&own);
        let (x, y) = (mean(&words).unwrap_or(0.0), mean(&scores).unwrap_or(0.0));
        for point in own {
            sums.0 += (point.words - x).powi(2);
            sums.1 += (point.words - x) * (point.score - y);
        }
    }
    sums
}

/// Points per hundred words, within arms.
fn slope(points: &[&Point]) -> Result<f64, Undefined> {
    let (squares, products) = within_arms(points);
    if squares <= 0.0 { Err(Undefined::NoVariance) } else { Ok(WORDS * products / squares) }
}

/// Each condition minus the original over the sessions that have both: unadjusted and at equal length.
fn contrasts(inputs: &ProbeInputs<'_>, key: &EstimateKey, points: &[Point], name: &str) -> Vec<EstimateRow> {
    const ORIGINAL: &str = "original";
    let arms: BTreeSet<&str> =
        points.iter().map(|point| point.arm.as_str()).filter(|arm| *arm != ORIGINAL).collect();
    let mut rows = Vec::new();
    for arm in arms {
        let of = |arm: &str| -> BTreeSet<&str> {
            points.iter().filter(|point| point.arm == arm).map(|point| point.source.as_str()).collect()
        };
        let both: BTreeSet<&str> = of(arm).intersection(&of(ORIGINAL)).copied().collect();
        let kept = |point: &&Point| {
            both.contains(point.source.as_str()) && (point.arm == arm || point.arm == ORIGINAL)
        };
        let pairs: Vec<Point> = points.iter().filter(kept).cloned().collect();
        let raw = |points: &[&Point]| difference(points, arm, |point| point.score);
        let adjusted = |points: &[&Point]| {
            Ok(raw(points)? - slope(points)? / WORDS * difference(points, arm, |point| point.words)?)
        };
        let key = EstimateKey { contrast: format!("{arm} - {ORIGINAL}"), ..key.clone() };
        let dropped = points.iter().filter(|point| point.arm == arm).count() + of(ORIGINAL).len();
        let counted =
            |estimate: Estimate| estimate.with_counts(both.len(), 1, dropped.saturating_sub(pairs.len()));
        let raw = counted(resampled(inputs, &pairs, name, raw));
        let adjusted = counted(resampled(inputs, &pairs, name, adjusted));
        rows.push(EstimateRow::new(key.statistic("contrast"), &raw));
        rows.push(EstimateRow::new(key.statistic("contrast.equal_length"), &adjusted));
    }
    rows
}

/// Mean of an arm minus the mean of the others.
fn difference(points: &[&Point], arm: &str, value: impl Fn(&Point) -> f64) -> Result<f64, Undefined> {
    let side = |own: bool| -> Vec<f64> {
        points.iter().filter(|point| (point.arm == arm) == own).map(|point| value(point)).collect()
    };
    let means = mean(&side(true)).zip(mean(&side(false)));
    means.map(|(own, other)| own - other).ok_or(Undefined::NoPairs)
}
