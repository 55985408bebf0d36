//! Table of the grounding check: facts in counselor turns that had not been mentioned before.

use crate::analysis::findings::Findings;
use crate::report::table::{Cell, Table};

/// One row per arm; none where nothing was checked.
pub(super) fn grounding(findings: &Findings) -> Option<Table> {
    let found = findings.grounding.as_ref()?;
    let title = format!("Facts that nobody spoke of before, per 100 counselor turns ({})", found.wording);
    let mut columns = vec!["arm", "turns", "hits", "sessions with"];
    let first = found.rates.first().map(|rate| rate.arm.as_str()).unwrap_or_default();
    let kinds = found.rates.iter().filter(|rate| rate.arm == first).map(|rate| rate.kind.as_str());
    columns.extend(kinds);
    let mut table = Table::new(title, columns).note(
        "a name, a number with a unit, a date, a relative or a place in a counselor turn that occurs nowhere earlier, neither in \
         what was said nor in the notes; the transcripts mark each one. In reconstructions the counselor cannot have heard it \
         elsewhere; a recorded counselor may have",
    );
    for all in found.rates.iter().filter(|rate| rate.kind == "any") {
        let counted = all.per_100_turns.value().is_ok();
        let count = |n: usize| if counted { Cell::count(n) } else { Cell::none() };
        let with = format!("{} of {}", all.sessions_with, all.sessions);
        let mut cells =
            vec![count(all.turns), count(all.hits), if counted { with.into() } else { Cell::none() }];
        let own = found.rates.iter().filter(|rate| rate.arm == all.arm);
        cells.extend(own.map(|rate| Cell::interval(&rate.per_100_turns, 1)));
        table.push(&all.arm, cells);
    }
    Some(table)
}
