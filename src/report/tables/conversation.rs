//! Tables about the conversations themselves and about the judges' evidence.

use super::{label, rated_by};
use crate::analysis::findings::{Findings, JudgeFinding, MeasureKind};
use crate::analysis::phrase;
use crate::report::table::{Cell, Table};
use crate::stats::{Estimate, Undefined};

/// How counselor turns ended.
pub(super) fn outcomes(findings: &Findings) -> Table {
    let columns = [
        "arm",
        "counselor turns",
        "refused",
        "stopped by a filter",
        "cut by the token limit",
        "empty",
        "refused or filtered",
        "sessions touched",
    ];
    let mut table = Table::new("How counselor turns ended", columns);
    for o in &findings.outcomes {
        let mut cells: Vec<Cell> =
            [o.turns, o.refusal, o.content_filter, o.truncated, o.empty].map(Cell::count).into();
        cells.push(Cell::rate(&o.abandonment_rate));
        cells.push(format!("{} of {}", o.sessions_with_abandonment, o.sessions).into());
        table.push(label(findings, &o.arm), cells);
    }
    table
}

/// The measures of session dynamics in order, with how each is summarized.
fn measures(findings: &Findings) -> Vec<(&str, MeasureKind)> {
    let mut found: Vec<(&str, MeasureKind)> = Vec::new();
    for cell in &findings.dynamics.arms {
        if !found.iter().any(|(measure, _)| *measure == cell.measure) {
            found.push((&cell.measure, cell.summary));
        }
    }
    found
}

/// Session dynamics, measures x arms, each with its difference from the original.
pub(super) fn dynamics(findings: &Findings) -> Table {
    let mut columns = vec!["measure", "figure"];
    columns.extend(findings.arms.iter().map(|arm| arm.label.as_str()));
    let title = format!("Session dynamics ({})", findings.dynamics.wording);
    let mut table = Table::new(title, columns);
    for (measure, summary) in measures(findings) {
        let figures = findings.arms.iter().map(|arm| {
            let cell = findings.dynamics.arms.iter().find(|c| c.measure == measure && c.arm == arm.id);
            let Some(cell) = cell else { return Cell::words("not counted") };
            let own = Cell::interval(&cell.mean, 2);
            match &cell.difference {
                Some(found) => own.remark(difference(found)),
                None => own,
            }
        });
        table.push(readable(measure), [Cell::words(summary.words())].into_iter().chain(figures));
    }
    if findings.dynamics.sessions.iter().any(|session| session.in_characters) {
        table = table.note("where a language does not separate words by spaces, characters are counted");
    }
    table.note("difference: from the original, paired by recorded session")
}

/// A difference from the original. A measure without a value in one of the arms cannot be compared.
fn difference(found: &Estimate) -> String {
    match found.value() {
        Err(Undefined::NoPairs) => "difference undefined: no session has a value in both".to_owned(),
        _ => format!("difference {}", phrase::estimate(found, 2)),
    }
}

/// A measure in readable form: `waiting.client.median_seconds` is a waiting time whose summary is named beside it.
fn readable(measure: &str) -> String {
    let waiting = measure.strip_prefix("waiting.").and_then(|rest| rest.split_once('.'));
    match waiting {
        Some((speaker, _)) => format!("waiting for the {speaker}, in seconds"),
        None => measure.replace('_', " ").replace('.', ", "),
    }
}

/// The quality of the judges' evidence.
pub(super) fn evidence(findings: &Findings) -> Table {
    let columns = [
        "judge",
        "ratings",
        "quotes cited",
        "found word for word",
        "found nearly",
        "share found",
        "unusable",
        "not assessable",
        "asked again",
        "form repaired",
        "sd of repeated draws",
        "scores",
    ];
    let mut table = Table::new("The judges' evidence, checked against the transcripts by program", columns);
    for judge in &findings.judges {
        let cells = [
            Cell::count(judge.ratings),
            Cell::count(judge.quotes_cited),
            Cell::count(judge.quotes_verified),
            Cell::count(judge.quotes_near),
            Cell::rate(&judge.verified_rate),
            Cell::rate(&judge.unusable_rate),
            Cell::rate(&judge.not_assessable_rate),
            Cell::count(judge.reasked),
            Cell::rate(&judge.repaired_rate),
            Cell::interval(&judge.draw_sd, 2),
            Cell::words(judge.calibration.word()),
        ];
        table.push(rated_by(&findings.judges, &judge.id), cells);
        table.notes.extend(evidence_notes(judge));
    }
    table
}

/// Notes on the counts behind the figures of one judge.
fn evidence_notes(judge: &JudgeFinding) -> Vec<String> {
    let counts = |found: Vec<String>| (!found.is_empty()).then(|| found.join(", "));
    let spaced = |word: &str| word.replace('_', " ");
    let mut notes: Vec<String> =
        judge.calibration_because.iter().map(|why| format!("{}: {why}", judge.id)).collect();
    let members = counts(judge.members.clone());
    notes.extend(members.map(|members| {
        format!("{}: the mean of {members}; sd of repeated draws: the spread between them", judge.id)
    }));
    let repaired = counts(judge.repaired.iter().map(|(how, n)| format!("{n} {}", spaced(how))).collect());
    notes.extend(repaired.map(|all| format!("{}: form repaired, never content: {all}", judge.id)));
    let unusable = counts(judge.unusable.iter().map(|(why, n)| format!("{n} {}", spaced(why))).collect());
    notes.extend(unusable.map(|all| format!("{}: unusable: {all}", judge.id)));
    notes
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
