//! Table of coverage: how much of what the client said is used by modes that leave out turns.

use crate::analysis::findings::Findings;
use crate::report::table::{Cell, Table};

/// One row per arm in `selected` or `aligned`; none where there is no such arm.
pub(super) fn coverage(findings: &Findings) -> Option<Table> {
    let columns = [
        "arm",
        "mode",
        "sessions",
        "complete",
        "turns unused",
        "share of client turns",
        "share of client words",
    ];
    let mut table = Table::new("Coverage: how much of what the client said comes up", columns);
    for found in &findings.coverage {
        let cells = [
            Cell::words(found.mode.replace('_', " ")),
            Cell::count(found.sessions),
            Cell::count(found.complete),
            Cell::count(found.unused),
            Cell::interval(&found.client_turns, 2),
            Cell::interval(&found.client_words, 2),
        ];
        table.push(&found.arm, cells);
    }
    table.nonempty()
}
