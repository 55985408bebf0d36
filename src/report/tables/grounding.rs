//! Table of the grounding check: facts in counselor turns that had not been mentioned before.

use super::Reasons;
use crate::analysis::findings::Findings;
use crate::report::grid::Grid;
use crate::report::number::with_interval;

/// One row per arm; `None` if nothing was checked.
pub(in crate::report) fn grounding(findings: &Findings) -> Option<Grid> {
    let found = findings.grounding.as_ref()?;
    let title = format!("Facts that nobody spoke of before, per 100 counselor turns ({})", found.wording);
    let mut columns = vec!["arm", "turns", "hits", "sessions with"];
    let first = found.rates.first().map(|rate| rate.arm.as_str()).unwrap_or_default();
    let kinds = found.rates.iter().filter(|rate| rate.arm == first).map(|rate| rate.kind.as_str());
    columns.extend(kinds);
    let mut grid = Grid::new(&title, &columns);
    let mut reasons = Reasons::default();
    for all in found.rates.iter().filter(|rate| rate.kind == "any") {
        reasons.note(&all.arm, &[&all.per_100_turns]);
        let counted = all.per_100_turns.value().is_ok();
        let count = |n: usize| if counted { n.to_string() } else { String::new() };
        let with = if counted { format!("{} of {}", all.sessions_with, all.sessions) } else { String::new() };
        let mut row = vec![all.arm.clone(), count(all.turns), count(all.hits), with];
        let own = found.rates.iter().filter(|rate| rate.arm == all.arm);
        row.extend(own.map(|rate| with_interval(&rate.per_100_turns, 1)));
        grid.rows.push(row);
    }
    grid.notes.push(
        "a name, a number with a unit, a date, a relative or a place in a counselor turn that occurs nowhere earlier, neither in \
         what was said nor in the notes; the transcripts mark each one. In reconstructions the counselor cannot have heard it \
         elsewhere; a recorded counselor may have"
            .to_owned(),
    );
    grid.notes.extend(reasons.notes());
    Some(grid)
}
