//! Three questions about a judge's answers: is the expected score closer to the clinicians than the mean of its draws,
//! is its stated confidence informative, and do its items influence each other (halo).

use std::collections::BTreeMap;

use crate::domain::{Confidence, RaterKind, Rating};
use crate::stats::bootstrap::clustered_mean;
use crate::stats::correlation::spearman;
use crate::stats::prevalence::clustered_share;
use crate::stats::{Estimate, Pairs, Undefined, descriptive};

use super::LEVEL;
use super::row::{EstimateKey, EstimateRow};
use super::sheet::Panel;

/// All rows. `ratings` are those that were used, sorted.
pub(super) fn rows(panel: &Panel, ratings: &[&Rating]) -> Vec<EstimateRow> {
    let reference = Clinicians::of(panel, ratings);
    let mut rows = Vec::new();
    for judge in &panel.raters[panel.humans..] {
        let own: Vec<&Rating> = ratings.iter().copied().filter(|r| r.rater.as_str() == judge).collect();
        rows.extend(expected(judge, &own, &reference));
        rows.extend(confidence(judge, &own, &reference));
        rows.extend(halo(judge, own.iter().filter_map(|r| scored(r)), ""));
    }
    if panel.humans > 0 && rows.iter().any(|row| row.key.family == "halo") {
        let means = reference.means.iter().map(|((session, item), mean)| (*session, *item, *mean));
        rows.extend(halo("", means, &reference.name));
    }
    rows
}

fn scored(rating: &Rating) -> Option<(&str, &str, f64)> {
    Some((rating.session.as_str(), rating.item.as_str(), rating.outcome.score()?))
}

/// The clinicians' mean of each session and item that any of them scored.
struct Clinicians<'r> {
    name: String,
    means: BTreeMap<(&'r str, &'r str), f64>,
}

impl<'r> Clinicians<'r> {
    fn of(panel: &Panel, ratings: &[&'r Rating]) -> Self {
        let mut scores: BTreeMap<(&str, &str), Vec<f64>> = BTreeMap::new();
        for rating in ratings.iter().copied().filter(|r| r.kind == RaterKind::Clinician) {
            if let Some((session, item, score)) = scored(rating) {
                scores.entry((session, item)).or_default().push(score);
            }
        }
        let mean = |(key, list): (_, Vec<f64>)| Some((key, descriptive::mean(&list)?));
        Self {
            name: panel.mean_name(&panel.clinicians()),
            means: scores.into_iter().filter_map(mean).collect(),
        }
    }

    fn mean(&self, rating: &Rating) -> Option<f64> {
        self.means.get(&(rating.session.as_str(), rating.item.as_str())).copied()
    }
}

/// One rating with an expected score.
struct Both<'r> {
    source: &'r str,
    draws: f64,
    expected: f64,
    clinicians: Option<f64>,
}

/// Errors of the expected score and of the mean of the draws, both against the clinicians' mean: pooled, then by item.
fn expected(judge: &str, own: &[&Rating], reference: &Clinicians<'_>) -> Vec<EstimateRow> {
    let asked: Vec<&Rating> =
        own.iter().copied().filter(|r| r.fold.as_ref().is_some_and(|f| f.expected.is_some())).collect();
    if asked.is_empty() {
        return Vec::new();
    }
    let mut items: Vec<&str> = asked.iter().map(|r| r.item.as_str()).collect();
    items.sort_unstable();
    items.dedup();
    let mut rows = Vec::new();
    for item in ["pooled"].into_iter().chain(items) {
        let some: Vec<&Rating> =
            asked.iter().copied().filter(|r| item == "pooled" || r.item.as_str() == item).collect();
        let key = EstimateKey {
            item: item.to_owned(),
            judge: judge.to_owned(),
            raters: judge.to_owned(),
            reference: reference.name.clone(),
            ..EstimateKey::of("expected")
        };
        let named = of_item(&some, reference);
        rows.extend(
            named.into_iter().map(|(name, estimate)| EstimateRow::new(key.statistic(name), &estimate)),
        );
    }
    rows
}

fn of_item(some: &[&Rating], reference: &Clinicians<'_>) -> Vec<(&'static str, Estimate)> {
    let folds = || some.iter().filter_map(|r| Some((r.source.as_str(), r.fold.as_ref()?.expected?)));
    let both: Vec<Both<'_>> = some
        .iter()
        .filter_map(|r| {
            let draws: Vec<f64> = r.draws.iter().filter_map(|draw| draw.outcome.score()).collect();
            Some(Both {
                source: r.source.as_str(),
                draws: descriptive::mean(&draws)?,
                expected: r.fold.as_ref()?.expected?.mean?,
                clinicians: reference.mean(r),
            })
        })
        .collect();
    let rated: Vec<(&Both<'_>, f64)> = both.iter().filter_map(|b| Some((b, b.clinicians?))).collect();
    let labels: Vec<&str> = rated.iter().map(|(b, _)| b.source).collect();
    let mean = |figure: &dyn Fn(&Both<'_>, f64) -> f64| {
        let values: Vec<f64> = rated.iter().map(|(b, c)| figure(b, *c)).collect();
        clustered_mean(&values, &labels, LEVEL).with_counts(values.len(), 2, both.len() - values.len())
    };
    let rank = |figure: fn(&Both<'_>) -> f64| {
        let own: Vec<Option<f64>> = rated.iter().map(|(b, _)| Some(figure(b))).collect();
        let theirs: Vec<Option<f64>> = rated.iter().map(|(_, c)| Some(*c)).collect();
        spearman(&Pairs::new(&own, &theirs))
    };
    let masses: Vec<f64> = folds().filter_map(|(_, fold)| fold.mass).collect();
    let mass = descriptive::mean(&masses).map_or(Estimate::undefined(Undefined::NoPairs), Estimate::ok);
    let available = clustered_share(
        folds().map(|(source, f)| (source, f.available as usize, (f.available + f.unavailable) as usize)),
        LEVEL,
    );
    vec![
        ("available_rate", available),
        ("captured_mass", mass.with_counts(masses.len(), 1, 0)),
        ("draws.mae", mean(&|b, c| (b.draws - c).abs())),
        ("expected.mae", mean(&|b, c| (b.expected - c).abs())),
        ("expected.gain_mae", mean(&|b, c| (b.draws - c).abs() - (b.expected - c).abs())),
        ("draws.spearman", rank(|b| b.draws)),
        ("expected.spearman", rank(|b| b.expected)),
    ]
}

/// Share and error of the draws at each level of confidence.
fn confidence(judge: &str, own: &[&Rating], reference: &Clinicians<'_>) -> Vec<EstimateRow> {
    let stated: Vec<(&Rating, f64, Confidence)> = own
        .iter()
        .flat_map(|r| r.draws.iter().map(move |draw| (*r, draw)))
        .filter_map(|(r, draw)| Some((r, draw.outcome.score()?, draw.confidence?)))
        .collect();
    if stated.is_empty() {
        return Vec::new();
    }
    let mut rows = Vec::new();
    for level in Confidence::ALL {
        let key = EstimateKey {
            item: level.word().to_owned(),
            judge: judge.to_owned(),
            raters: judge.to_owned(),
            ..EstimateKey::of("confidence")
        };
        let share = clustered_share(
            stated.iter().map(|(r, _, stated)| (r.source.as_str(), usize::from(*stated == level), 1)),
            LEVEL,
        );
        let (errors, labels): (Vec<f64>, Vec<&str>) = stated
            .iter()
            .filter(|(_, _, stated)| *stated == level)
            .filter_map(|(r, score, _)| Some(((score - reference.mean(r)?).abs(), r.source.as_str())))
            .unzip();
        let mae = clustered_mean(&errors, &labels, LEVEL).with_counts(errors.len(), 2, 0);
        rows.push(EstimateRow::new(key.statistic("share"), &share));
        let key = EstimateKey { reference: reference.name.clone(), ..key };
        rows.push(EstimateRow::new(key.statistic("mae"), &mae));
    }
    rows
}

/// Mean rank correlation of two items over sessions: high if the items of one rater influence each other. Clinicians
/// have a halo too, so theirs is given beside it.
fn halo<'r>(
    judge: &str,
    scores: impl Iterator<Item = (&'r str, &'r str, f64)>,
    reference: &str,
) -> Vec<EstimateRow> {
    let mut by_item: BTreeMap<&str, BTreeMap<&str, f64>> = BTreeMap::new();
    for (session, item, score) in scores {
        by_item.entry(item).or_default().insert(session, score);
    }
    let items: Vec<&BTreeMap<&str, f64>> = by_item.values().collect();
    if items.len() < 2 {
        return Vec::new();
    }
    let mut found = Vec::new();
    let mut undefined = 0;
    for (at, one) in items.iter().enumerate() {
        for other in &items[at + 1..] {
            let pairs: (Vec<_>, Vec<_>) =
                one.iter().filter_map(|(session, a)| Some((Some(*a), Some(*other.get(session)?)))).unzip();
            match spearman(&Pairs::new(&pairs.0, &pairs.1)).value() {
                Ok(rho) => found.push(rho),
                Err(_) => undefined += 1,
            }
        }
    }
    let mean = descriptive::mean(&found).map_or(Estimate::undefined(Undefined::NoVariance), Estimate::ok);
    let key = EstimateKey {
        judge: judge.to_owned(),
        raters: judge.to_owned(),
        reference: reference.to_owned(),
        ..EstimateKey::of("halo")
    };
    vec![EstimateRow::new(key.statistic("inter_item.spearman"), &mean.with_counts(found.len(), 1, undefined))]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::testing::Study;
    use crate::domain::{Draw, DrawFold, ExpectedFold, RatingOutcome, Scale, Unusable};

    fn row<'r>(rows: &'r [EstimateRow], family: &str, statistic: &str, item: &str) -> &'r EstimateRow {
        let fits = |row: &&EstimateRow| {
            row.key.family == family && row.key.statistic == statistic && row.key.item == item
        };
        rows.iter().find(fits).unwrap_or_else(|| panic!("{family} {statistic} {item}"))
    }

    /// The judge's draws say one more than the clinicians' mean, its expected scores hit it.
    fn study() -> Study {
        let mut study = Study::small();
        let mut clinicians: BTreeMap<(String, String), Vec<f64>> = BTreeMap::new();
        for r in study.ratings.iter().filter(|r| r.kind == RaterKind::Clinician) {
            if let Some(score) = r.outcome.score() {
                clinicians.entry((r.session.to_string(), r.item.to_string())).or_default().push(score);
            }
        }
        for r in study.ratings.iter_mut().filter(|r| r.kind == RaterKind::Judge) {
            let Some(list) = clinicians.get(&(r.session.to_string(), r.item.to_string())) else { continue };
            let mean = descriptive::mean(list).expect("some");
            let score = Scale { min: 0, max: 9 }.score(mean + 1.0).expect("on the scale");
            let confidence = if r.item.as_str() == "a" { Confidence::High } else { Confidence::Low };
            r.draws = vec![Draw {
                outcome: RatingOutcome::Scored { score },
                confidence: Some(confidence),
                ..Draw::unusable(1, Unusable::CallFailed, false)
            }];
            let expected = ExpectedFold { mean: Some(mean), mass: Some(0.9), available: 1, unavailable: 0 };
            r.fold = Some(DrawFold { scored: 1, expected: Some(expected), ..DrawFold::default() });
        }
        study
    }

    #[test]
    fn the_gain_of_expected_scores_is_the_error_they_take_away() {
        let rows = study().analyse().estimates;
        let gain = row(&rows, "expected", "expected.gain_mae", "pooled");
        assert!((gain.value().expect("defined") - 1.0).abs() < 1e-9, "{gain:?}");
        assert!(row(&rows, "expected", "expected.mae", "pooled").value().expect("defined").abs() < 1e-9);
        let mass = row(&rows, "expected", "captured_mass", "pooled").value().expect("defined");
        assert!((mass - 0.9).abs() < 1e-9, "{mass}");
        assert!(gain.key.reference.starts_with("mean("), "{}", gain.key.reference);
    }

    #[test]
    fn confidence_is_held_against_the_clinicians_level_by_level() {
        let rows = study().analyse().estimates;
        let share = |level| row(&rows, "confidence", "share", level).value().expect("defined");
        assert!(share("high") > 0.0 && share("low") > share("high") && share("medium") == 0.0);
        assert!((row(&rows, "confidence", "mae", "high").value().expect("defined") - 1.0).abs() < 1e-9);
        assert_eq!(row(&rows, "confidence", "mae", "medium").value(), None, "no draw, no error");
    }

    #[test]
    fn a_judge_whose_items_move_together_has_a_halo_of_one() {
        let scores = ["s1", "s2", "s3"].iter().zip([1.0, 3.0, 5.0]);
        let all: Vec<(&str, &str, f64)> =
            scores.flat_map(|(s, x)| [(*s, "a", x), (*s, "b", x + 1.0)]).collect();
        let rows = halo("J", all.into_iter(), "");
        assert!((rows[0].value().expect("defined") - 1.0).abs() < 1e-9);
        assert_eq!(rows[0].n(), 1);
    }
}
