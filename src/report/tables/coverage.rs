//! Table of coverage: how much of what the client said is used by modes that leave out turns.

use super::Reasons;
use crate::analysis::findings::Findings;
use crate::report::grid::Grid;
use crate::report::number::with_interval;

/// One row per arm in `selected` or `aligned`; `None` without such an arm.
pub(in crate::report) fn coverage(findings: &Findings) -> Option<Grid> {
    let columns = [
        "arm",
        "mode",
        "sessions",
        "complete",
        "turns unused",
        "share of client turns",
        "share of client words",
    ];
    let mut grid = Grid::new("Coverage: how much of what the client said comes up", &columns);
    let mut reasons = Reasons::default();
    for found in &findings.coverage {
        reasons.note(&found.arm, &[&found.client_turns, &found.client_words]);
        grid.rows.push(vec![
            found.arm.clone(),
            found.mode.replace('_', " "),
            found.sessions.to_string(),
            found.complete.to_string(),
            found.unused.to_string(),
            with_interval(&found.client_turns, 2),
            with_interval(&found.client_words, 2),
        ]);
    }
    grid.notes = reasons.notes();
    (!grid.rows.is_empty()).then_some(grid)
}
