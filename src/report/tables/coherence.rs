//! Tables on coherence: whether the client's turns answer the counselor, whether the grader can tell, and the contrasts
//! with and without the reconstructions in which the client mostly ignores the counselor.

use super::{Reasons, marked};
use crate::analysis::findings::{CoherenceFindings, Contrast, Findings};
use crate::analysis::phrase::{decimals, percent};
use crate::report::grid::Grid;
use crate::report::number::{share, why, with_interval};

/// All tables; empty if nothing was graded.
pub(in crate::report) fn coherence(findings: &Findings) -> Vec<Grid> {
    let Some(found) = &findings.coherence else { return Vec::new() };
    let mut grids = vec![arms(found), sessions(found)];
    grids.extend(contrasts(findings, found));
    grids
}

fn arms(found: &CoherenceFindings) -> Grid {
    let label = if found.baseline { ", baseline, not a language model" } else { "" };
    let worth = if found.usable { "" } else { "NOT USABLE, " };
    let title = format!(
        "Does the next client turn answer? {worth}grader {}{label} ({})",
        found.grader, found.wording
    );
    let columns = [
        "arm",
        "sessions",
        "exchanges",
        "without grade",
        "answered",
        "mean grade",
        "against the recorded",
        "below",
        "unknown",
    ];
    let mut grid = Grid::new(&title, &columns);
    let mut reasons = Reasons::default();
    for arm in &found.arms {
        reasons.note(&arm.arm, &[&arm.share, &arm.mean_grade]);
        let difference = arm.difference.as_ref().map(|difference| {
            reasons.note(&arm.arm, &[difference]);
            with_interval(difference, 2)
        });
        grid.rows.push(vec![
            arm.arm.clone(),
            arm.sessions.to_string(),
            arm.exchanges.to_string(),
            arm.ungraded.to_string(),
            with_interval(&arm.share, 2),
            with_interval(&arm.mean_grade, 1),
            difference.unwrap_or_default(),
            arm.below.to_string(),
            arm.unknown.to_string(),
        ]);
    }
    grid.notes.push(validity(found));
    grid.notes.push(format!(
        "answered: share of graded exchanges with a grade of {} or more, of 10; against the recorded: difference of the \
         sessions' shares, paired by source; below: sessions with less than {} answered; unknown: sessions without any grade",
        found.answers_from,
        percent(found.minimum_share)
    ));
    grid.notes.extend(reasons.notes());
    grid
}

/// Whether the grader is usable, with the figure that decides it.
fn validity(found: &CoherenceFindings) -> String {
    let least = decimals(found.least_auc, 2);
    let n = found.auc.n_units();
    match (why(&found.auc), found.usable) {
        (Some(why), _) => format!("validity: not usable, AUC undefined ({why}); no contrast is corrected"),
        (None, usable) => format!(
            "validity: {}usable: on {n} exchanges of the recorded sessions the true next client turn is told from another \
             one with AUC {} (usable from {least}; .50 is chance){}",
            if usable { "" } else { "not " },
            with_interval(&found.auc, 2),
            if usable { "" } else { "; no contrast is corrected" }
        ),
    }
}

fn sessions(found: &CoherenceFindings) -> Grid {
    let mut grid = Grid::new(
        "Does the next client turn answer? By session",
        &["session", "exchanges", "graded", "answered", "share"],
    );
    for session in &found.sessions {
        grid.rows.push(vec![
            session.session.clone(),
            session.exchanges.to_string(),
            session.graded.to_string(),
            session.answered.to_string(),
            session.share.map_or("unknown".to_owned(), percent),
        ]);
    }
    grid
}

/// Per condition and rater group: every contrast, with and without incoherent reconstructions.
fn contrasts(findings: &Findings, found: &CoherenceFindings) -> Vec<Grid> {
    let columns = ["item", "all", "n", "without", "n"];
    let mut grids: Vec<(Grid, Reasons)> = Vec::new();
    for corrected in &found.contrasts {
        let same = |c: &&Contrast| {
            c.condition == corrected.condition && c.item == corrected.item && c.judge == corrected.judge
        };
        let Some(all) = findings.contrasts.iter().find(same) else { continue };
        let title = title(findings, corrected);
        if grids.last().is_none_or(|(grid, _)| grid.title != title) {
            let mut grid = Grid::new(&title, &columns);
            grid.notes.push(left_out(found, &corrected.condition));
            grids.push((grid, Reasons::default()));
        }
        let Some((grid, reasons)) = grids.last_mut() else { continue };
        reasons.note(&corrected.item, &[&corrected.difference]);
        grid.rows.push(vec![
            marked(&findings.items, &corrected.item),
            with_interval(&all.difference, 2),
            all.difference.n_units().to_string(),
            with_interval(&corrected.difference, 2),
            corrected.difference.n_units().to_string(),
        ]);
    }
    let finished = grids.into_iter().map(|(mut grid, reasons)| {
        grid.notes.extend(reasons.notes());
        grid
    });
    finished.collect()
}

fn title(findings: &Findings, contrast: &Contrast) -> String {
    let who = if contrast.judge.is_empty() {
        "clinicians".to_owned()
    } else {
        format!("judge {} ({})", contrast.judge, findings.rubric.score_wording)
    };
    format!("Without incoherent reconstructions, by {who}: {}", contrast.contrast)
}

/// Which reconstructions the rule leaves out, and how many.
fn left_out(found: &CoherenceFindings, condition: &str) -> String {
    let arm = found.arms.iter().find(|arm| arm.arm == condition);
    let (below, unknown, all, answered) =
        arm.map_or((0, 0, 0, String::new()), |arm| (arm.below, arm.unknown, arm.sessions, share(&arm.share)));
    format!(
        "declared rule: reconstructions with less than {} of the counselor's turns answered are left out, here {below} of {all} \
         ({answered} of turns answered over all of them); {unknown} without any grade are left out too",
        percent(found.minimum_share)
    )
}
