//! Owns how counselor turns ended, session dynamics, and the quality of the judges' evidence.

use serde::Serialize;

use crate::analysis::findings::Findings;
use crate::analysis::phrase;
use crate::report::tables;
use crate::stats::{Estimate, Undefined};

use super::scores::group_name;
use super::sheet::{Cell, Sheet, spaced};

/// Refusals, dynamics, evidence.
#[derive(Debug, Serialize)]
pub(super) struct Outcomes<'f> {
    turns: Sheet,
    dynamics: Sheet,
    dynamics_wording: &'f str,
    in_characters: bool,
    coverage: Option<Sheet>,
    evidence: Sheet,
}

/// Everything on outcomes.
pub(super) fn outcomes(findings: &Findings) -> Outcomes<'_> {
    Outcomes {
        turns: turns(findings),
        dynamics: dynamics(findings),
        dynamics_wording: &findings.dynamics.wording,
        in_characters: findings.dynamics.sessions.iter().any(|s| s.in_characters),
        coverage: coverage(findings),
        evidence: evidence(findings),
    }
}

fn label(findings: &Findings, arm: &str) -> String {
    findings.arms.iter().find(|a| a.id == arm).map_or_else(|| arm.to_owned(), |a| a.label.clone())
}

fn turns(findings: &Findings) -> Sheet {
    let head = [
        "Arm",
        "Counselor turns",
        "Refused",
        "Stopped by a filter",
        "Cut by the token limit",
        "Empty",
        "Refused or filtered",
        "Sessions touched",
    ];
    let mut sheet = Sheet::new("How counselor turns ended", head);
    for found in &findings.outcomes {
        let rate = sheet.share(&found.abandonment_rate);
        let touched =
            Cell::count(found.sessions_with_abandonment).with_small(format!("of {}", found.sessions));
        let mut cells: Vec<Cell> =
            [found.turns, found.refusal, found.content_filter, found.truncated, found.empty]
                .map(Cell::count)
                .to_vec();
        cells.extend([rate, touched]);
        sheet.push(label(findings, &found.arm), cells);
    }
    sheet
}

fn dynamics(findings: &Findings) -> Sheet {
    let head = ["Measure", "Figure"].into_iter().chain(findings.arms.iter().map(|arm| arm.label.as_str()));
    let mut sheet =
        Sheet::new("Session dynamics, and the difference from the original paired by recorded session", head);
    for (measure, summary) in tables::measures(findings) {
        let mut cells = vec![Cell::words(summary.words())];
        for arm in &findings.arms {
            let found = findings.dynamics.arms.iter().find(|d| d.arm == arm.id && d.measure == measure);
            cells.push(match found {
                Some(found) => {
                    let cell = sheet.estimate(&found.mean, 2);
                    cell.with_small(found.difference.as_ref().map(difference).unwrap_or_default())
                }
                None => Cell::words("not counted"),
            });
        }
        sheet.push(readable(measure), cells);
    }
    sheet
}

/// A difference from the original. A measure that has no value in one of the arms cannot be compared.
fn difference(found: &Estimate) -> String {
    match found.value() {
        Err(Undefined::NoPairs) => "difference undefined: no session has a value in both".to_owned(),
        _ => format!("difference {}", phrase::estimate(found, 2)),
    }
}

/// A measure as people read it: `waiting.client.median_seconds` is a waiting time whose figure is named beside it.
fn readable(measure: &str) -> String {
    let waiting = measure.strip_prefix("waiting.").and_then(|rest| rest.split_once('.'));
    match waiting {
        Some((speaker, _)) => format!("waiting for the {speaker}, in seconds"),
        None => spaced(measure).replace('.', ", "),
    }
}

/// Where a mode leaves client turns out.
fn coverage(findings: &Findings) -> Option<Sheet> {
    let head = [
        "Arm",
        "Mode",
        "Sessions",
        "Complete",
        "Turns unused",
        "Share of client turns",
        "Share of client words",
    ];
    let mut sheet = Sheet::new("Coverage: how much of what the client said comes up", head);
    for found in &findings.coverage {
        let mut cells = vec![Cell::words(spaced(&found.mode))];
        cells.extend([found.sessions, found.complete, found.unused].map(Cell::count));
        cells.push(sheet.estimate(&found.client_turns, 2));
        cells.push(sheet.estimate(&found.client_words, 2));
        sheet.push(label(findings, &found.arm), cells);
    }
    (!findings.coverage.is_empty()).then_some(sheet)
}

fn evidence(findings: &Findings) -> Sheet {
    let head = [
        "Judge",
        "Ratings",
        "Quotes cited",
        "found word for word",
        "found nearly",
        "Share found",
        "Unusable",
        "Not assessable",
        "Asked again",
        "Form mended",
        "SD of repeated draws",
        "Scores",
    ];
    let mut sheet = Sheet::new("The judges' evidence, checked against the transcripts by program", head);
    for judge in &findings.judges {
        let reasons: Vec<String> =
            judge.unusable.iter().map(|(why, n)| format!("{n} {}", spaced(why))).collect();
        let mut cells: Vec<Cell> =
            [judge.ratings, judge.quotes_cited, judge.quotes_verified, judge.quotes_near]
                .map(Cell::count)
                .to_vec();
        cells.push(sheet.share(&judge.verified_rate));
        cells.push(sheet.share(&judge.unusable_rate).with_small(reasons.join("; ")));
        cells.push(sheet.share(&judge.not_assessable_rate));
        cells.push(Cell::count(judge.reasked));
        let mended: Vec<String> =
            judge.repaired.iter().map(|(how, n)| format!("{n} {}", spaced(how))).collect();
        cells.push(sheet.share(&judge.repaired_rate).with_small(mended.join("; ")));
        let members = judge.members.join(", ");
        let between = if members.is_empty() { String::new() } else { format!("between {members}") };
        cells.push(sheet.estimate(&judge.draw_sd, 2).with_small(between));
        cells.push(Cell::words(judge.calibration.word()).with_small(judge.calibration_because.join("; ")));
        sheet.push(group_name(findings, &judge.id), cells);
    }
    sheet
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn measures_are_read_as_words_and_a_lost_difference_says_why() {
        assert_eq!(readable("waiting.client.median_seconds"), "waiting for the client, in seconds");
        assert_eq!(readable("on_protocol.first_third"), "on protocol, first third");
        let none = difference(&Estimate::undefined(Undefined::NoPairs));
        assert_eq!(none, "difference undefined: no session has a value in both");
    }
}
