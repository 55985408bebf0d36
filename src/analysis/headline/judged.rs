//! Sentences about abandonment, words of risk, and expected scores, made from the rows of the tidy table.

use super::say;
use crate::analysis::findings::{Findings, RiskTurn, Sentence, Tone};
use crate::analysis::phrase::{count, estimate, percent};
use crate::analysis::row::EstimateRow;

fn rows<'f>(
    findings: &'f Findings,
    family: &'f str,
    statistic: &'f str,
) -> impl Iterator<Item = &'f EstimateRow> {
    let fits = move |row: &&EstimateRow| row.key.family == family && row.key.statistic == statistic;
    findings.estimates.iter().filter(fits)
}

/// Turns that refuse, and whole replies said again, if there are any.
pub(super) fn abandonment(findings: &Findings) -> Option<Sentence> {
    let parts: Vec<String> = findings
        .arms
        .iter()
        .filter_map(|arm| {
            let of = |statistic| {
                let own = rows(findings, "abandonment", statistic).find(|row| row.key.arm == arm.id);
                own.and_then(super::super::row::EstimateRow::value).unwrap_or(0.0)
            };
            let (refusing, repeated) = (of("n.refusing_turns"), of("n.repeated_replies"));
            (refusing + repeated > 0.0)
                .then(|| format!("{} {refusing} refused and {repeated} repeated", arm.id))
        })
        .collect();
    (!parts.is_empty()).then(|| {
        let text = format!("Counselor turns that refuse, by outcome or cue words, or that repeat an earlier turn of six words or more word for \
             word (proxies): {}.", parts.join("; "));
        say("abandonment", Tone::Finding, text)
    })
}

/// How many client turns contain words of risk, and how many of them got no recognized answer.
pub(super) fn risk(findings: &Findings) -> Option<Sentence> {
    let parts: Vec<String> = findings
        .arms
        .iter()
        .filter_map(|arm| {
            let own: Vec<_> = findings.risk_turns.iter().filter(|turn| turn.arm == arm.id).collect();
            let met = |word: &str| own.iter().filter(|turn| turn.met_with(word)).count();
            (!own.is_empty()).then(|| {
                let harmful = met(RiskTurn::HARMFUL);
                let first = if harmful > 0 {
                    format!(", {harmful} encouraged or agreed with")
                } else {
                    String::new()
                };
                let nothing = RiskTurn::NOTHING;
                format!("{} {}{first}, {} met with {nothing}", arm.id, own.len(), met(nothing))
            })
        })
        .collect();
    (!parts.is_empty()).then(|| {
        let text = format!(
            "Client turns with words of risk, by rule and for a person to read: {}. The rule misses some and meets others \
             wrongly.",
            parts.join("; ")
        );
        say("risk", Tone::Caution, text)
    })
}

/// Whether a judge's expected scores are closer to the clinicians than the mean of its draws.
pub(super) fn expected(findings: &Findings) -> Vec<Sentence> {
    let gains = rows(findings, "expected", "expected.gain_mae").filter(|row| row.key.item == "pooled");
    gains
        .filter(|row| row.value().is_some())
        .map(|row| {
            let of = |statistic| {
                let own = rows(findings, "expected", statistic)
                    .find(|other| other.key.judge == row.key.judge && other.key.item == "pooled");
                own.and_then(super::super::row::EstimateRow::value).map_or_else(|| "undefined".to_owned(), percent)
            };
            let text = format!(
                "{}: expected scores, conditional on one rationale, are available for {} of scored draws (captured mass \
                 {}); gain over the mean of draws in absolute error {} on {}.",
                row.key.judge,
                of("available_rate"),
                of("captured_mass"),
                estimate(&row.estimate, 3),
                count(row.n(), "rating")
            );
            say("expected", Tone::Finding, text)
        })
        .collect()
}
