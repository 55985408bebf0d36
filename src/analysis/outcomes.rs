//! How counselor turns ended. A refusal or a filtered reply is a finding: to a client it is abandonment.

use crate::domain::{Session, TurnOutcome};
use crate::stats::{Estimate, Undefined};

use super::findings::OutcomeFinding;
use super::measures::{ratio, resample, with_bootstrap, with_width};
use super::resampling::Resampling;
use super::row::{EstimateKey, EstimateRow};

/// One entry per arm, in order, with the rows.
pub(super) fn outcomes(
    sessions: &[&Session],
    arms: &[String],
    resampling: &Resampling,
) -> (Vec<OutcomeFinding>, Vec<EstimateRow>) {
    let found: Vec<OutcomeFinding> = arms.iter().map(|arm| of_arm(sessions, arm, resampling)).collect();
    let rows = found.iter().flat_map(rows_of).collect();
    (found, rows)
}

pub(super) fn is_abandonment(outcome: TurnOutcome) -> bool {
    matches!(outcome, TurnOutcome::Refusal | TurnOutcome::ContentFilter)
}

fn of_arm(sessions: &[&Session], arm: &str, resampling: &Resampling) -> OutcomeFinding {
    let own: Vec<&Session> = sessions.iter().copied().filter(|s| s.arm.to_string() == arm).collect();
    let count = |wanted: TurnOutcome| {
        own.iter().flat_map(|s| s.counselor_turns()).filter(|turn| turn.outcome == wanted).count()
    };
    let turns = own.iter().map(|s| s.counselor_turns().count()).sum();
    let ended = |s: &Session| s.counselor_turns().filter(|turn| is_abandonment(turn.outcome)).count();
    let parts: Vec<(&str, f64, f64)> = own
        .iter()
        .map(|s| (s.source.as_str(), ended(s) as f64, s.counselor_turns().count() as f64))
        .collect();
    OutcomeFinding {
        arm: arm.to_owned(),
        turns,
        refusal: count(TurnOutcome::Refusal),
        content_filter: count(TurnOutcome::ContentFilter),
        truncated: count(TurnOutcome::Truncated),
        empty: count(TurnOutcome::Empty),
        abandonment_rate: clustered_ratio(&parts, 1.0, resampling, "abandonment"),
        sessions_with_abandonment: own.iter().filter(|s| ended(s) > 0).count(),
        sessions: own.len(),
    }
}

/// Sum of the second parts divided by sum of the third, times a factor, resampled by the first; `n` counts the third.
pub(super) fn clustered_ratio(
    parts: &[(&str, f64, f64)],
    factor: f64,
    resampling: &Resampling,
    name: &str,
) -> Estimate {
    let mut sums: std::collections::BTreeMap<&str, (f64, f64)> = std::collections::BTreeMap::new();
    for (source, above, below) in parts {
        let sum = sums.entry(source).or_default();
        sum.0 += factor * above;
        sum.1 += below;
    }
    let sums: Vec<(f64, f64)> = sums.into_values().collect();
    let all: Vec<usize> = (0..sums.len()).collect();
    let below: f64 = parts.iter().map(|(_, _, below)| below).sum();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a sum of counts")]
    let n = below as usize;
    let value = ratio(&sums, &all).map_err(|_| Undefined::TooFewUnits);
    let resampled = resample(sums.len(), resampling, name, |drawn| ratio(&sums, drawn));
    with_width(with_bootstrap(Estimate::from_result(value), resampled)).with_counts(n, 0, 0)
}

fn rows_of(found: &OutcomeFinding) -> Vec<EstimateRow> {
    let condition = if found.arm == "original" { String::new() } else { found.arm.clone() };
    let key = EstimateKey { arm: found.arm.clone(), condition, ..EstimateKey::of("outcomes") };
    let counts = [
        ("n.refusal", found.refusal),
        ("n.content_filter", found.content_filter),
        ("n.truncated", found.truncated),
        ("n.empty", found.empty),
    ];
    let mut rows: Vec<EstimateRow> = counts
        .into_iter()
        .map(|(statistic, n)| {
            EstimateRow::new(key.statistic(statistic), &Estimate::ok(n as f64).with_counts(found.turns, 0, 0))
        })
        .collect();
    rows.push(EstimateRow::new(key.statistic("abandonment_rate"), &found.abandonment_rate));
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_seen_is_no_certainty_that_nothing_is_there() {
        let resampling = Resampling::new(1, 500);
        let rate = |refused: [f64; 4]| {
            let parts: Vec<(&str, f64, f64)> =
                ["a", "b", "c", "d"].into_iter().zip(refused).map(|(id, n)| (id, n, 6.0)).collect();
            clustered_ratio(&parts, 1.0, &resampling, "refusals")
        };
        let some = rate([0.0, 1.0, 0.0, 2.0]);
        assert!(some.value() == Ok(0.125) && some.interval().is_ok() && some.se().is_some());
        let none = rate([0.0; 4]);
        assert_eq!((none.value(), none.interval().err()), (Ok(0.0), Some(Undefined::NoVariance)));
        assert_eq!((none.se(), none.n_units()), (None, 24));
    }
}
