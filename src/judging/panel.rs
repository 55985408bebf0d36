//! A panel: combines several judges' ratings of one item of one session into the rating of one more rater, their mean.

use std::collections::BTreeMap;

use super::fold::deviation;
use crate::domain::{DrawFold, RaterId, RaterKind, Rating, RatingOutcome, Scale, Unusable};

/// The panel's ratings of one session, in the order of the first member's items. Every member's rating of an item
/// counts once, however many draws it has: if most usable ones say not assessable, so does the panel; otherwise it is
/// the mean of the scores. Range and standard deviation are those between members.
pub fn panel(id: &RaterId, members: &[RaterId], ratings: &[Rating], scale: Scale) -> Vec<Rating> {
    let mut by_item: BTreeMap<usize, Vec<&Rating>> = BTreeMap::new();
    let mut items: Vec<&str> = Vec::new();
    for rating in ratings.iter().filter(|rating| members.contains(&rating.rater)) {
        let known = items.iter().position(|item| *item == rating.item.as_str());
        let index = known.unwrap_or_else(|| {
            items.push(rating.item.as_str());
            items.len() - 1
        });
        by_item.entry(index).or_default().push(rating);
    }
    by_item.into_values().map(|own| of_item(id, &own, scale)).collect()
}

fn of_item(id: &RaterId, own: &[&Rating], scale: Scale) -> Rating {
    let mut rating = own[0].clone();
    rating.rater = id.clone();
    rating.kind = RaterKind::Judge;
    rating.draws = Vec::new();
    if own.iter().all(|r| matches!(r.outcome, RatingOutcome::NotApplicable { .. })) {
        return rating;
    }
    let mut scores: Vec<f64> = own.iter().filter_map(|r| r.outcome.score()).collect();
    scores.sort_by(f64::total_cmp);
    let count = |is: fn(&RatingOutcome) -> bool| {
        u32::try_from(own.iter().filter(|r| is(&r.outcome)).count()).unwrap_or(u32::MAX)
    };
    let fold = DrawFold {
        scored: count(|o| matches!(o, RatingOutcome::Scored { .. })),
        not_assessable: count(|o| matches!(o, RatingOutcome::NotAssessable { .. })),
        unusable: count(|o| matches!(o, RatingOutcome::Unusable { .. })),
        range: scores.first().copied().zip(scores.last().copied()),
        sd: deviation(&scores),
        expected: None,
    };
    rating.outcome = outcome(own, &scores, &fold, scale);
    rating.fold = Some(fold);
    rating
}

fn outcome(own: &[&Rating], scores: &[f64], fold: &DrawFold, scale: Scale) -> RatingOutcome {
    if fold.not_assessable > fold.scored {
        let reasons = own.iter().find_map(|r| match &r.outcome {
            RatingOutcome::NotAssessable { reason } => Some(reason.clone()),
            _ => None,
        });
        return RatingOutcome::NotAssessable { reason: reasons.unwrap_or_default() };
    }
    let mean = (!scores.is_empty()).then(|| scores.iter().sum::<f64>() / scores.len() as f64);
    if let Some(score) = mean.and_then(|mean| scale.score(mean).ok()) {
        return RatingOutcome::Scored { score };
    }
    let reason = own.iter().find_map(|r| match r.outcome {
        RatingOutcome::Unusable { reason } => Some(reason),
        _ => None,
    });
    RatingOutcome::Unusable { reason: reason.unwrap_or(Unusable::CallFailed) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Arm, ItemId, SessionId};

    const SCALE: Scale = Scale { min: 0, max: 6 };

    fn id(name: &str) -> RaterId {
        RaterId::new(name).expect("id")
    }

    fn rated(rater: &str, outcome: RatingOutcome) -> Rating {
        let session = SessionId::new("s").expect("id");
        Rating {
            session: session.clone(),
            source: session,
            arm: Arm::Original,
            epoch: 1,
            item: ItemId::new("agenda").expect("id"),
            rater: id(rater),
            kind: RaterKind::Judge,
            outcome,
            text_digest: None,
            synthetic: false,
            fold: None,
            draws: Vec::new(),
        }
    }

    fn scored(score: f64) -> RatingOutcome {
        RatingOutcome::Scored { score: SCALE.score(score).expect("on the scale") }
    }

    fn of(outcomes: [RatingOutcome; 3]) -> Rating {
        let ratings: Vec<Rating> =
            ["J1", "J2", "J3"].iter().zip(outcomes).map(|(judge, outcome)| rated(judge, outcome)).collect();
        let members = [id("J1"), id("J2"), id("J3")];
        let mut found = panel(&id("panel"), &members, &ratings, SCALE);
        assert_eq!(found.len(), 1);
        found.remove(0)
    }

    #[test]
    fn the_mean_of_the_scores_with_the_spread_between_members() {
        let found = of([scored(2.0), scored(5.0), scored(5.0)]);
        assert_eq!((found.outcome.score(), found.rater.as_str()), (Some(4.0), "panel"));
        let fold = found.fold.expect("a fold");
        assert_eq!((fold.scored, fold.range), (3, Some((2.0, 5.0))));
        assert!((fold.sd.expect("three scores") - 3f64.sqrt()).abs() < 1e-12);
    }

    #[test]
    fn abstentions_decide_by_majority_and_nothing_usable_says_why() {
        let na = || RatingOutcome::NotAssessable { reason: "no audio".into() };
        let bad = || RatingOutcome::Unusable { reason: Unusable::Truncated };
        assert_eq!(of([scored(2.0), na(), na()]).outcome, na());
        assert_eq!(of([scored(2.0), na(), bad()]).outcome, scored(2.0));
        assert_eq!(of([bad(), bad(), bad()]).outcome, bad());
    }

    #[test]
    fn only_members_count() {
        let ratings = [rated("J1", scored(1.0)), rated("J9", scored(6.0))];
        let found = panel(&id("panel"), &[id("J1")], &ratings, SCALE);
        assert_eq!(found[0].outcome, scored(1.0));
    }
}
