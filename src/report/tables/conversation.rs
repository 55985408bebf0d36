//! Owns the tables about the conversations themselves and about the judges' evidence.

use super::Reasons;
use crate::analysis::findings::{Findings, Summary};
use crate::analysis::phrase::decimals;
use crate::report::grid::Grid;
use crate::report::number::{share, value, with_interval};
use crate::stats::Undefined;

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
        // The one way in which flags do not apply is a category that phrases cannot find.
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

/// What judge and people said of the flags, per axis.
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

/// How counselor turns ended.
pub(in crate::report) fn outcomes(findings: &Findings) -> Grid {
    let columns = ["arm", "turns", "refused", "filtered", "cut", "empty", "abandonment", "sessions touched"];
    let mut grid = Grid::new("How counselor turns ended", &columns);
    for o in &findings.outcomes {
        let counts = [o.turns, o.refusal, o.content_filter, o.truncated, o.empty];
        let mut row = vec![o.arm.clone()];
        row.extend(counts.iter().map(ToString::to_string));
        row.push(share(&o.abandonment_rate));
        row.push(format!("{} of {}", o.sessions_with_abandonment, o.sessions));
        grid.rows.push(row);
    }
    grid
}

/// The measures of session dynamics in order, with what their figures are made of.
pub(in crate::report) fn measures(findings: &Findings) -> Vec<(&str, Summary)> {
    let mut found: Vec<(&str, Summary)> = Vec::new();
    for cell in &findings.dynamics.arms {
        if !found.iter().any(|(measure, _)| *measure == cell.measure) {
            found.push((&cell.measure, cell.summary));
        }
    }
    found
}

/// Session dynamics, measures x arms.
pub(in crate::report) fn dynamics(findings: &Findings) -> Grid {
    let mut columns = vec!["measure", "figure"];
    columns.extend(findings.arms.iter().map(|arm| arm.label.as_str()));
    let title = format!("Session dynamics ({})", findings.dynamics.wording);
    let mut grid = Grid::new(&title, &columns);
    let mut reasons = Reasons::default();
    for (measure, summary) in measures(findings) {
        let mut row = vec![measure.to_owned(), summary.words().to_owned()];
        row.extend(findings.arms.iter().map(|arm| {
            let cell = findings.dynamics.arms.iter().find(|c| c.measure == measure && c.arm == arm.id);
            reasons.note(
                &format!("{measure}, {}", arm.id),
                &cell.map(|cell| &cell.mean).into_iter().collect::<Vec<_>>(),
            );
            cell.map(|cell| with_interval(&cell.mean, 2)).unwrap_or_default()
        }));
        grid.rows.push(row);
    }
    grid.notes.extend(reasons.notes());
    grid
}

/// The quality of the judges' evidence.
pub(in crate::report) fn evidence(findings: &Findings) -> Grid {
    let columns = [
        "judge",
        "ratings",
        "quotes",
        "found",
        "unusable",
        "not assessable",
        "re-asked",
        "mended",
        "draw sd",
        "scores",
    ];
    let mut grid = Grid::new("Evidence of the judges", &columns);
    for judge in &findings.judges {
        grid.rows.push(vec![
            judge.id.clone(),
            judge.ratings.to_string(),
            judge.quotes_cited.to_string(),
            share(&judge.verified_rate),
            share(&judge.unusable_rate),
            share(&judge.not_assessable_rate),
            judge.reasked.to_string(),
            share(&judge.repaired_rate),
            judge.draw_sd.value().map_or("-".to_owned(), |sd| decimals(sd, 2)),
            judge.calibration.word().to_owned(),
        ]);
        for why in &judge.calibration_because {
            grid.notes.push(format!("{}: {why}", judge.id));
        }
        let reasons: Vec<String> = judge.unusable.iter().map(|(word, n)| format!("{n} {word}")).collect();
        if !judge.members.is_empty() {
            let members = judge.members.join(", ");
            grid.notes.push(format!("{}: the mean of {members}; draw sd: the spread between them", judge.id));
        }
        let mended: Vec<String> = judge.repaired.iter().map(|(word, n)| format!("{n} {word}")).collect();
        if !mended.is_empty() {
            grid.notes.push(format!("{}: form mended, never content: {}", judge.id, mended.join(", ")));
        }
        if !reasons.is_empty() {
            grid.notes.push(format!("{}: unusable: {}", judge.id, reasons.join(", ")));
        }
    }
    grid
}
