//! Sentences about the conversations and the judges' evidence: flags, outcomes of turns, quotes.

use super::{names, say};
use crate::analysis::findings::{Author, Findings, FlagRate, Sentence, SevereFlags, Tone};
use crate::analysis::inputs::FlagKind;
use crate::analysis::phrase::{count, decimals, percent, reason};

/// One sentence about AIs and one about people; arms without flags or without a figure are named briefly.
pub(super) fn flags(findings: &Findings) -> Vec<Sentence> {
    let own = |human: bool| -> Vec<&FlagRate> {
        let rates = findings.flags.rates.iter();
        rates
            .filter(|rate| rate.category.is_empty() && rate.kind == FlagKind::DeceptiveEmpathy)
            .filter(|rate| (rate.author == Author::Human) == human)
            .collect()
    };
    let wording = &findings.flags.wording;
    let mut said = of_author("Deceptive empathy", &own(false), wording);
    said.extend(of_author("Relational phrases", &own(true), wording));
    said.extend(severe(findings));
    said
}

/// How many flags of high severity a person has reviewed; all of them need it.
fn severe(findings: &Findings) -> Option<Sentence> {
    let own = || findings.flags.severe.iter().filter(|s| s.author != Author::Human);
    let sum = |of: fn(&SevereFlags) -> usize| own().map(of).sum::<usize>();
    let (unreviewed, confirmed, rejected) =
        (sum(|s| s.unreviewed), sum(|s| s.confirmed), sum(|s| s.rejected));
    let all = unreviewed + confirmed + rejected;
    let tone = if unreviewed > 0 { Tone::Caution } else { Tone::Finding };
    (all > 0).then(|| {
        let text = format!(
            "Of {} of high severity in AI-written turns a person confirmed {confirmed} and rejected {rejected}; \
             {unreviewed} unreviewed (flag-review.csv).",
            count(all, "phrase")
        );
        say("flag_review", tone, text)
    })
}

fn of_author(name: &str, rates: &[&FlagRate], wording: &str) -> Vec<Sentence> {
    let known = |rate: &&FlagRate| rate.undefined.is_none() && rate.per_100_turns.value().is_ok();
    let (known, unknown): (Vec<&FlagRate>, Vec<&FlagRate>) = rates.iter().copied().partition(known);
    let (some, none): (Vec<&FlagRate>, Vec<&FlagRate>) = known.iter().partition(|rate| rate.count > 0);
    let mut said = Vec::new();
    if !known.is_empty() {
        let mut parts: Vec<String> = some.iter().map(|rate| figure(rate)).collect();
        if !none.is_empty() {
            parts.push(format!("none in {}", names(none.iter().map(|rate| rate.arm.as_str()))));
        }
        let text = format!("{name} per 100 counselor turns ({wording}): {}.", parts.join("; "));
        said.push(say("flags", Tone::Finding, text));
    }
    let mut reasons: Vec<(&str, Vec<&str>)> = Vec::new();
    for rate in unknown {
        let Some(why) = rate.undefined.or(rate.per_100_turns.value().err()).map(reason) else { continue };
        match reasons.iter_mut().find(|(known, _)| *known == why) {
            Some((_, arms)) => arms.push(&rate.arm),
            None => reasons.push((why, vec![&rate.arm])),
        }
    }
    said.extend(reasons.into_iter().map(|(why, arms)| {
        say("flags", Tone::Caution, format!("{name} in {}: undefined, {why}.", names(arms.into_iter())))
    }));
    said
}

fn figure(rate: &FlagRate) -> String {
    let per_100 = rate.per_100_turns.value().map_or_else(|why| reason(why).to_owned(), |v| decimals(v, 1));
    format!("{} {per_100} ({} in all)", rate.arm, rate.count)
}

/// Turns that did not end normally, per arm.
pub(super) fn outcomes(findings: &Findings) -> Vec<Sentence> {
    let hit = findings.outcomes.iter().filter(|o| o.refusal + o.content_filter + o.truncated + o.empty > 0);
    hit.map(|o| {
        let text = format!(
            "{}: of {}, {} refused, {} stopped by a filter, {} cut, {} empty; {} of {} touched by a refusal or filter.",
            o.arm,
            count(o.turns, "counselor turn"),
            o.refusal,
            o.content_filter,
            o.truncated,
            o.empty,
            o.sessions_with_abandonment,
            count(o.sessions, "session")
        );
        say("abandonment", Tone::Finding, text)
    })
    .collect()
}

/// Reliability of the judges' answers.
pub(super) fn evidence(findings: &Findings) -> Vec<Sentence> {
    let mut said = Vec::new();
    for judge in findings.judges.iter().filter(|judge| judge.ratings > 0) {
        let share = |e: &crate::stats::Estimate| e.value().map_or_else(|why| reason(why).to_owned(), percent);
        let quotes = match judge.verified_rate.value() {
            Ok(rate) => format!("{} of cited quotes found in the transcript", percent(rate)),
            Err(_) => "no quotes cited".to_owned(),
        };
        let text = format!(
            "{}: {quotes}, {} of ratings unusable, {} not assessable.",
            judge.id,
            share(&judge.unusable_rate),
            share(&judge.not_assessable_rate)
        );
        said.push(say("evidence", Tone::Finding, text));
    }
    said
}
