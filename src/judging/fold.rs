//! Folds the draws of one judge for one item of one session into one rating.

use super::expected;
use crate::domain::{
    Digest, Draw, DrawFold, ItemId, RaterId, RaterKind, Rating, RatingOutcome, Scale, Session, Unusable,
};

/// What was rated, and by whom.
#[derive(Debug, Clone)]
pub struct FoldedRating<'r> {
    /// The session.
    pub session: &'r Session,
    /// Digest of its text.
    pub text_digest: Digest,
    /// The item.
    pub item: ItemId,
    /// The judge.
    pub judge: RaterId,
    /// The rubric's scale.
    pub scale: Scale,
}

/// Folds draws: if most usable draws say not assessable, so does the rating; otherwise it is the median of the scores.
/// Without usable draws the rating is unusable for the most frequent reason. All counts are kept.
pub fn rating(rated: &FoldedRating<'_>, mut draws: Vec<Draw>) -> Rating {
    draws.sort_by_key(|draw| draw.number);
    let fold = summary(&draws);
    Rating {
        session: rated.session.id.clone(),
        source: rated.session.source.clone(),
        arm: rated.session.arm.clone(),
        epoch: rated.session.epoch,
        item: rated.item.clone(),
        rater: rated.judge.clone(),
        kind: RaterKind::Judge,
        outcome: outcome(&draws, &fold, rated.scale),
        text_digest: Some(rated.text_digest),
        synthetic: rated.session.provenance.synthetic,
        fold: Some(fold),
        draws,
    }
}

/// A rating of an item that does not apply, such as a session item in a turn-level mode.
pub fn not_applicable(rated: &FoldedRating<'_>, reason: &str) -> Rating {
    let mut rating = rating(rated, Vec::new());
    rating.outcome = RatingOutcome::NotApplicable { reason: reason.to_owned() };
    rating.fold = None;
    rating
}

fn scores(draws: &[Draw]) -> Vec<f64> {
    let mut scores: Vec<f64> = draws.iter().filter_map(|draw| draw.outcome.score()).collect();
    scores.sort_by(f64::total_cmp);
    scores
}

fn summary(draws: &[Draw]) -> DrawFold {
    let scores = scores(draws);
    let count = |wanted: fn(&RatingOutcome) -> bool| {
        u32::try_from(draws.iter().filter(|d| wanted(&d.outcome)).count()).unwrap_or(u32::MAX)
    };
    DrawFold {
        scored: count(|o| matches!(o, RatingOutcome::Scored { .. })),
        not_assessable: count(|o| matches!(o, RatingOutcome::NotAssessable { .. })),
        unusable: count(|o| matches!(o, RatingOutcome::Unusable { .. })),
        range: scores.first().copied().zip(scores.last().copied()),
        sd: deviation(&scores),
        expected: expected::fold(draws.iter().filter(|d| d.outcome.score().is_some()).map(|d| d.expected)),
    }
}

pub(super) fn deviation(scores: &[f64]) -> Option<f64> {
    let n = scores.len();
    (n >= 2).then(|| {
        let mean = scores.iter().sum::<f64>() / n as f64;
        (scores.iter().map(|s| (s - mean).powi(2)).sum::<f64>() / (n - 1) as f64).sqrt()
    })
}

fn outcome(draws: &[Draw], fold: &DrawFold, scale: Scale) -> RatingOutcome {
    if fold.not_assessable > fold.scored {
        let reason = draws.iter().find_map(|draw| match &draw.outcome {
            RatingOutcome::NotAssessable { reason } => Some(reason.clone()),
            _ => None,
        });
        return RatingOutcome::NotAssessable { reason: reason.unwrap_or_default() };
    }
    let scores = scores(draws);
    let middle = match scores.len() {
        0 => None,
        n if n % 2 == 1 => Some(scores[n / 2]),
        n => Some(f64::midpoint(scores[n / 2 - 1], scores[n / 2])),
    };
    match middle.and_then(|score| scale.score(score).ok()) {
        Some(score) => RatingOutcome::Scored { score },
        None => RatingOutcome::Unusable { reason: commonest(draws) },
    }
}

fn commonest(draws: &[Draw]) -> Unusable {
    let reasons = draws.iter().filter_map(|draw| match draw.outcome {
        RatingOutcome::Unusable { reason } => Some(reason),
        _ => None,
    });
    most_frequent(reasons)
}

/// The most frequent reason; among equally frequent ones, the first in their order.
pub(super) fn most_frequent(reasons: impl Iterator<Item = Unusable>) -> Unusable {
    let mut counts = std::collections::BTreeMap::new();
    for reason in reasons {
        *counts.entry(reason).or_insert(0u32) += 1;
    }
    let most = counts.values().copied().max().unwrap_or(0);
    counts.into_iter().find(|(_, n)| *n == most).map_or(Unusable::CallFailed, |(reason, _)| reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCALE: Scale = Scale { min: 0, max: 6 };

    fn draws(outcomes: &[&str]) -> Vec<Draw> {
        let outcome = |word: &str| match word {
            "na" => RatingOutcome::NotAssessable { reason: "no audio".into() },
            "bad" => RatingOutcome::Unusable { reason: Unusable::Unparsable },
            "cut" => RatingOutcome::Unusable { reason: Unusable::Truncated },
            score => {
                RatingOutcome::Scored { score: SCALE.score(score.parse().expect("number")).expect("scale") }
            }
        };
        (1..)
            .zip(outcomes)
            .map(|(number, word)| Draw {
                outcome: outcome(word),
                ..Draw::unusable(number, Unusable::CallFailed, false)
            })
            .collect()
    }

    fn folded(words: &[&str]) -> RatingOutcome {
        let draws = draws(words);
        outcome(&draws, &summary(&draws), SCALE)
    }

    #[test]
    fn draws_fold_to_the_median_unless_most_say_not_assessable() {
        assert_eq!(folded(&["3", "5", "4"]).score(), Some(4.0));
        assert_eq!(folded(&["3", "4"]).score(), Some(3.5));
        assert_eq!(folded(&["3", "na", "bad"]).score(), Some(3.0));
        assert_eq!(folded(&["3", "na", "na"]), RatingOutcome::NotAssessable { reason: "no audio".into() });
        assert_eq!(folded(&["0", "bad"]).score(), Some(0.0), "a score of 0 is a score");
    }

    #[test]
    fn without_usable_draws_the_rating_says_why() {
        assert_eq!(folded(&["bad", "cut", "cut"]), RatingOutcome::Unusable { reason: Unusable::Truncated });
        assert_eq!(folded(&[]), RatingOutcome::Unusable { reason: Unusable::CallFailed });
    }
}
