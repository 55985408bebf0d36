//! Folds the draws of one judge on one ethics risk of one session into one assessment.

use super::fold::most_frequent;
use crate::domain::{
    Assessment, DrawCount, Observation, RaterId, RiskDraw, RiskId, RiskVerdict, Session, Severity, Unusable,
};

/// Folds draws: the verdict of more than half of the usable ones. Without such a majority, as in a tie, the verdict is
/// "cannot tell"; without usable draws the assessment is unusable for the most frequent reason.
pub fn assessment(session: &Session, risk: &RiskId, judge: &RaterId, mut draws: Vec<RiskDraw>) -> Assessment {
    draws.sort_by_key(|draw| draw.number);
    let verdict = verdict(&draws);
    let of_verdict = |draw: &&RiskDraw| same_kind(draw.verdict, verdict);
    let mut ground: Vec<&RiskDraw> = draws.iter().filter(of_verdict).collect();
    if ground.is_empty() {
        // In a tie, the observations of all draws are kept.
        ground = draws.iter().collect();
    }
    let observations = once(ground.iter().flat_map(|draw| &draw.observations));
    let reasoning = ground.iter().find(|draw| !draw.reasoning.is_empty());
    let reasoning = reasoning.map(|draw| draw.reasoning.clone()).unwrap_or_default();
    let sum = |of: fn(&RiskDraw) -> u32| draws.iter().map(of).sum();
    let mut repairs: Vec<_> = draws.iter().flat_map(|draw| draw.repairs.iter().copied()).collect();
    if draws.len() > 1 {
        repairs.sort_unstable();
        repairs.dedup();
    }
    let reasked = draws.iter().any(|draw| draw.reasked);
    Assessment {
        verdict,
        observations,
        reasoning,
        quotes_cited: sum(|draw| draw.quotes_cited),
        quotes_verified: sum(|draw| draw.quotes_verified),
        quotes_near: sum(|draw| draw.quotes_near),
        repairs,
        draws: if draws.len() > 1 { draws } else { Vec::new() },
        ..Assessment::unusable(session, risk, judge, Unusable::CallFailed, reasked)
    }
}

fn verdict(draws: &[RiskDraw]) -> RiskVerdict {
    let count = DrawCount::of(draws.iter().map(|draw| draw.verdict));
    let most = |n: u32| 2 * n > count.usable();
    let reasons = draws.iter().filter_map(|draw| match draw.verdict {
        RiskVerdict::Unusable { reason } => Some(reason),
        _ => None,
    });
    match middle(draws) {
        _ if count.usable() == 0 => RiskVerdict::Unusable { reason: most_frequent(reasons) },
        Some(severity) if most(count.present) => RiskVerdict::Present { severity },
        _ if most(count.absent) => RiskVerdict::Absent,
        _ => RiskVerdict::CannotTell,
    }
}

/// The median severity of the draws that say present; the lower of the two middle ones if their number is even.
fn middle(draws: &[RiskDraw]) -> Option<Severity> {
    let severity = |draw: &RiskDraw| match draw.verdict {
        RiskVerdict::Present { severity } => Some(severity),
        _ => None,
    };
    let mut found: Vec<Severity> = draws.iter().filter_map(severity).collect();
    found.sort_unstable();
    found.get(found.len().saturating_sub(1) / 2).copied()
}

fn same_kind(one: RiskVerdict, other: RiskVerdict) -> bool {
    std::mem::discriminant(&one) == std::mem::discriminant(&other)
}

/// The observations without repetitions.
fn once<'o>(all: impl Iterator<Item = &'o Observation>) -> Vec<Observation> {
    let mut found: Vec<Observation> = Vec::new();
    for observation in all {
        if !found.contains(observation) {
            found.push(observation.clone());
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draws(words: &[&str]) -> Vec<RiskDraw> {
        let verdict = |word: &str| match word {
            "low" => RiskVerdict::Present { severity: Severity::Low },
            "high" => RiskVerdict::Present { severity: Severity::High },
            "absent" => RiskVerdict::Absent,
            "?" => RiskVerdict::CannotTell,
            "cut" => RiskVerdict::Unusable { reason: Unusable::Truncated },
            _ => RiskVerdict::Unusable { reason: Unusable::Unparsable },
        };
        let draw = |(number, word): (u32, &&str)| RiskDraw {
            verdict: verdict(word),
            ..RiskDraw::unusable(number, Unusable::CallFailed, false)
        };
        (1..).zip(words).map(draw).collect()
    }

    fn folded(words: &[&str]) -> RiskVerdict {
        verdict(&draws(words))
    }

    #[test]
    fn more_than_half_of_the_usable_draws_decide_and_a_tie_cannot_tell() {
        assert_eq!(folded(&["high", "low", "absent"]), RiskVerdict::Present { severity: Severity::Low });
        assert_eq!(folded(&["high", "high", "low"]), RiskVerdict::Present { severity: Severity::High });
        assert_eq!(folded(&["high", "absent", "absent"]), RiskVerdict::Absent);
        assert_eq!(folded(&["high", "absent"]), RiskVerdict::CannotTell, "a tie");
        assert_eq!(folded(&["high", "high", "absent", "?"]), RiskVerdict::CannotTell, "half is no majority");
        assert_eq!(folded(&["high", "cut", "bad"]), RiskVerdict::Present { severity: Severity::High });
    }

    #[test]
    fn without_usable_draws_it_says_why() {
        assert_eq!(folded(&["cut", "bad", "bad"]), RiskVerdict::Unusable { reason: Unusable::Unparsable });
        assert_eq!(folded(&[]), RiskVerdict::Unusable { reason: Unusable::CallFailed });
    }

    #[test]
    fn draws_that_agree_are_told_from_those_that_do_not() {
        let count = |words: &[&str]| DrawCount::of(draws(words).iter().map(|draw| draw.verdict));
        assert_eq!(count(&["high", "low", "cut"]).unanimous(), Some(true), "severity is no verdict");
        assert_eq!(count(&["high", "absent"]).unanimous(), Some(false));
        assert_eq!(count(&["high", "cut"]).unanimous(), None, "one agrees with nobody");
    }
}
