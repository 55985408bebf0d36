//! Tables on coherence: whether the client's turns answer the counselor, whether the grader can tell, and the contrasts
//! with and without the reconstructions in which the client mostly ignores the counselor.

use super::{ByCaption, named};
use crate::analysis::findings::{CoherenceFindings, Contrast, Findings};
use crate::analysis::phrase::{decimals, percent};
use crate::report::number::{share, why, with_interval};
use crate::report::table::{Cell, Table};

/// Every table; none where nobody asked.
pub(super) fn coherence(findings: &Findings) -> Vec<Table> {
    let Some(found) = &findings.coherence else { return Vec::new() };
    [arms(found), sessions(found)].into_iter().chain(contrasts(findings, found)).collect()
}

fn arms(found: &CoherenceFindings) -> Table {
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
    let mut table = Table::new(title, columns).note(validity(found)).note(format!(
        "answered: share of graded exchanges with a grade of {} or more, of 10; against the recorded: difference of the \
         sessions' shares, paired by source; below: sessions with less than {} answered; unknown: sessions without any grade",
        found.answers_from,
        percent(found.minimum_share)
    ));
    for arm in &found.arms {
        let cells = [
            Cell::count(arm.sessions),
            Cell::count(arm.exchanges),
            Cell::count(arm.ungraded),
            Cell::interval(&arm.share, 2),
            Cell::interval(&arm.mean_grade, 1),
            arm.difference.as_ref().map_or_else(Cell::none, |difference| Cell::interval(difference, 2)),
            Cell::count(arm.below),
            Cell::count(arm.unknown),
        ];
        table.push(&arm.arm, cells);
    }
    table
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

fn sessions(found: &CoherenceFindings) -> Table {
    let columns = ["session", "exchanges", "graded", "answered", "share"];
    let mut table = Table::new("Does the next client turn answer? By session", columns);
    for session in &found.sessions {
        let cells = [
            Cell::count(session.exchanges),
            Cell::count(session.graded),
            Cell::count(session.answered),
            session.share.map_or_else(|| Cell::words("unknown"), |share| percent(share).into()),
        ];
        table.push(&session.session, cells);
    }
    table
}

/// Per condition and rater group: every contrast beside the one without incoherent reconstructions.
fn contrasts(findings: &Findings, found: &CoherenceFindings) -> Vec<Table> {
    let mut tables = ByCaption::new(["item", "all", "n", "without", "n"]);
    for corrected in &found.contrasts {
        let same = |c: &&Contrast| {
            c.condition == corrected.condition && c.item == corrected.item && c.judge == corrected.judge
        };
        let Some(all) = findings.contrasts.iter().find(same) else { continue };
        let table = tables.of(&title(findings, corrected));
        if table.notes.is_empty() {
            table.notes.push(left_out(found, &corrected.condition));
        }
        let cells = [
            Cell::interval(&all.difference, 2),
            Cell::count(all.difference.n_units()),
            Cell::interval(&corrected.difference, 2),
            Cell::count(corrected.difference.n_units()),
        ];
        let (name, marks) = named(&findings.items, &corrected.item);
        table.push_marked(name, marks, cells);
    }
    tables.tables
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
