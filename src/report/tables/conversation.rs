//! Tables about the conversations themselves and about the judges' evidence.

use super::{Reasons, rated_by};
use crate::analysis::findings::{Findings, JudgeFinding, Summary};
use crate::analysis::phrase::{self, decimals};
use crate::report::grid::Grid;
use crate::report::number::{rate, share, value, with_interval};
use crate::stats::{Estimate, Undefined};

/// Flagged phrases; `detailed` adds a row per category.
pub(in crate::report) fn flags(findings: &Findings, detailed: bool) -> Option<Grid> {
    let mut columns = vec!["arm", "phrases", "n", "per 100 turns", "turns", "first"];
    if detailed {
        columns.extend(["per session", "per 1000 words", "suppressed"]);
    }
    let mut grid = Grid::new(&format!("Flags ({})", findings.flags.wording), &columns);
    let mut reasons = Reasons::default();
    let mut unjudged = false;
    for rate in findings.flags.rates.iter().filter(|rate| detailed || rate.category.is_empty()) {
        let name = if rate.category.is_empty() {
            rate.label.clone()
        } else {
            format!("{} {}", rate.category, rate.label)
        };
        // Flags do not apply only for a category that phrases cannot find.
        if rate.undefined == Some(Undefined::NotApplicable) {
            unjudged = true;
        } else {
            reasons.note(&format!("{}: {name}", rate.arm), &[&rate.per_100_turns]);
        }
        let counted = |n: usize| if rate.undefined.is_some() { String::new() } else { n.to_string() };
        let mut row = vec![
            rate.arm.clone(),
            name,
            counted(rate.count),
            with_interval(&rate.per_100_turns, 1),
            share(&rate.share_of_turns),
            rate.first_turn.value().map_or("-".to_owned(), |turn| decimals(turn, 1)),
        ];
        if detailed {
            row.extend([
                value(&rate.per_session, 2),
                value(&rate.per_1000_words, 1),
                counted(rate.suppressed),
            ]);
        }
        grid.rows.push(row);
    }
    grid.notes.push("first: counselor turn of the first one, median over sessions that have one".to_owned());
    if unjudged {
        grid.notes.push("undefined: over-validation needs a judge pass, and none was run".to_owned());
    }
    grid.notes.extend(reasons.notes());
    grid.notes.extend(review(findings));
    (findings.flags.enabled && !grid.rows.is_empty()).then_some(grid)
}

/// Decisions of judge and reviewers on the flags, per axis.
fn review(findings: &Findings) -> Vec<String> {
    let axes = findings.flags.rates.iter().filter(|rate| rate.category.is_empty() && rate.count > 0);
    axes.map(|rate| {
        format!(
            "{}, {}: {} suppressed; {} confirmed and {} rejected by the judge; {} confirmed and {} rejected by a \
             person, {} unreviewed",
            rate.arm,
            rate.label,
            rate.suppressed,
            rate.judge_confirmed,
            rate.judge_rejected,
            rate.person_confirmed,
            rate.person_rejected,
            rate.unreviewed
        )
    })
    .collect()
}

/// The label of an arm, which also identifies baselines.
fn label(findings: &Findings, arm: &str) -> String {
    findings.arms.iter().find(|own| own.id == arm).map_or_else(|| arm.to_owned(), |own| own.label.clone())
}

/// How counselor turns ended.
pub(in crate::report) fn outcomes(findings: &Findings) -> Grid {
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
    let mut grid = Grid::new("How counselor turns ended", &columns);
    let mut reasons = Reasons::default();
    for o in &findings.outcomes {
        reasons.note(&o.arm, &[&o.abandonment_rate]);
        let counts = [o.turns, o.refusal, o.content_filter, o.truncated, o.empty];
        let mut row = vec![label(findings, &o.arm)];
        row.extend(counts.iter().map(ToString::to_string));
        row.push(rate(&o.abandonment_rate));
        row.push(format!("{} of {}", o.sessions_with_abandonment, o.sessions));
        grid.rows.push(row);
    }
    grid.notes = reasons.notes();
    grid
}

/// The measures of session dynamics in order, with how each is summarized.
fn measures(findings: &Findings) -> Vec<(&str, Summary)> {
    let mut found: Vec<(&str, Summary)> = Vec::new();
    for cell in &findings.dynamics.arms {
        if !found.iter().any(|(measure, _)| *measure == cell.measure) {
            found.push((&cell.measure, cell.summary));
        }
    }
    found
}

/// Session dynamics, measures x arms, each with its difference from the original.
pub(in crate::report) fn dynamics(findings: &Findings) -> Grid {
    let mut columns = vec!["measure", "figure"];
    columns.extend(findings.arms.iter().map(|arm| arm.label.as_str()));
    let title = format!("Session dynamics ({})", findings.dynamics.wording);
    let mut grid = Grid::new(&title, &columns);
    let mut reasons = Reasons::default();
    for (measure, summary) in measures(findings) {
        let mut row = vec![readable(measure), summary.words().to_owned()];
        row.extend(findings.arms.iter().map(|arm| {
            let cell = findings.dynamics.arms.iter().find(|c| c.measure == measure && c.arm == arm.id);
            let Some(cell) = cell else { return "not counted".to_owned() };
            reasons.note(&format!("{}, {}", readable(measure), arm.id), &[&cell.mean]);
            let own = with_interval(&cell.mean, 2);
            cell.difference.as_ref().map_or(own.clone(), |found| format!("{own}; {}", difference(found)))
        }));
        grid.rows.push(row);
    }
    grid.notes.push("difference: from the original, paired by recorded session".to_owned());
    grid.notes.extend(reasons.notes());
    grid
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
pub(in crate::report) fn evidence(findings: &Findings) -> Grid {
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
    let mut grid = Grid::new("The judges' evidence, checked against the transcripts by program", &columns);
    let mut reasons = Reasons::default();
    for judge in &findings.judges {
        let shares =
            [&judge.verified_rate, &judge.unusable_rate, &judge.not_assessable_rate, &judge.repaired_rate];
        reasons.note(&judge.id, &shares);
        reasons.note(&judge.id, &[&judge.draw_sd]);
        let [verified, unusable, not_assessable, repaired] = shares.map(rate);
        grid.rows.push(vec![
            rated_by(&findings.judges, &judge.id),
            judge.ratings.to_string(),
            judge.quotes_cited.to_string(),
            judge.quotes_verified.to_string(),
            judge.quotes_near.to_string(),
            verified,
            unusable,
            not_assessable,
            judge.reasked.to_string(),
            repaired,
            with_interval(&judge.draw_sd, 2),
            judge.calibration.word().to_owned(),
        ]);
        grid.notes.extend(evidence_notes(judge));
    }
    grid.notes.extend(reasons.notes());
    grid
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
