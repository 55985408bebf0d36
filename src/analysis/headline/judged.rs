//! Sentences about abandonment, words of risk, and expected scores, made from the rows of the tidy table.

use super::say;
use crate::analysis::findings::{Findings, Sentence, Tone};
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

/// Turns that refuse in words, and repeated replies, if there are any.
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
                .then(|| format!("{} {refusing} refusing and {repeated} repeated", arm.id))
        })
        .collect();
    (!parts.is_empty()).then(|| {
        let text = format!("Counselor turns that give up, by cue words (proxies): {}.", parts.join("; "));
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
            let ignored = own.iter().filter(|turn| turn.did.iter().any(|did| did == "ignore")).count();
            (!own.is_empty())
                .then(|| format!("{} {}, {ignored} met with nothing recognised", arm.id, own.len()))
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
