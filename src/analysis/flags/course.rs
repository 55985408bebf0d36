//! How flags develop during a session: their density in its thirds, how often the same words are repeated, and what
//! came before them.

use std::collections::HashSet;

use crate::domain::Flag;
use crate::stats::prevalence::clustered_share;
use crate::stats::{Estimate, Undefined};
use crate::text::words::tokens;

use super::super::LEVEL;
use super::super::findings::FlagCourse;
use super::super::outcomes::clustered_ratio;
use super::super::resampling::Resampling;
use crate::analysis::flags::counted::SessionFlagCounts;

/// The course of the flags of some categories over the sessions of an arm.
pub(super) fn course(
    defined: &[&SessionFlagCounts<'_>],
    ids: &HashSet<&str>,
    resampling: &Resampling,
    undefined: Option<Undefined>,
) -> FlagCourse {
    let known = |estimate: Estimate| undefined.map_or(estimate, Estimate::undefined);
    let each: Vec<(&str, Vec<&Flag>, &SessionFlagCounts<'_>)> = defined
        .iter()
        .map(|counted| {
            let mut own: Vec<&Flag> = counted
                .flags
                .iter()
                .copied()
                .filter(|f| f.counts() && ids.contains(f.category.as_str()))
                .collect();
            own.sort_by_key(|flag| flag.span);
            (counted.session.source.as_str(), own, *counted)
        })
        .collect();
    let third = |index: usize| {
        let parts: Vec<(&str, f64, f64)> = each
            .iter()
            .map(|(source, own, counted)| {
                let here = |turn: u32| counted.third(turn) == Some(index);
                let flags = own.iter().filter(|flag| here(flag.span.turn)).count();
                let turns = counted.ordinals.keys().filter(|turn| here(**turn)).count();
                (*source, flags as f64, turns as f64)
            })
            .collect();
        known(clustered_ratio(&parts, 100.0, resampling, "flags.thirds"))
    };
    let share = |hits: &dyn Fn(&Flag) -> Option<bool>| {
        let parts = each.iter().map(|(source, own, _)| {
            let said: Vec<bool> = own.iter().filter_map(|flag| hits(flag)).collect();
            (*source, said.iter().filter(|hit| **hit).count(), said.len())
        });
        known(clustered_share(parts, LEVEL))
    };
    FlagCourse {
        thirds: [third(0), third(1), third(2)],
        repeat_rate: known(clustered_share(
            each.iter().map(|(source, own, counted)| (*source, repeats(own, counted), own.len())),
            LEVEL,
        )),
        after_disclosure: share(&|flag| flag.context.follows_emotional_disclosure),
        after_self_identification: share(&|flag| flag.context.ai_self_identified_before),
    }
}

/// Number of flags whose words, normalized, were flagged earlier in the same session.
fn repeats(own: &[&Flag], counted: &SessionFlagCounts<'_>) -> usize {
    let mut seen: HashSet<String> = HashSet::new();
    own.iter()
        .filter_map(|flag| {
            let text = &counted.session.turn(flag.span.turn)?.text;
            let words: Vec<String> =
                tokens(flag.span.of(text)?).into_iter().map(|token| token.folded.into_owned()).collect();
            Some(words.join(" "))
        })
        .filter(|words| !seen.insert(words.clone()))
        .count()
}

impl SessionFlagCounts<'_> {
    /// Third of the session's counselor turns that a turn is in: 0, 1 or 2.
    fn third(&self, turn: u32) -> Option<usize> {
        let ordinal = self.ordinals.get(&turn)?;
        Some((ordinal - 1) * 3 / self.turns)
    }
}
