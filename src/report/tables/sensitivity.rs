//! The table of what scores outside the scale would change.

use crate::analysis::sensitivity::SensitivityShift;
use crate::report::table::{Cell, Table};

/// One row per figure that keeping those scores moves; none where nothing moves.
pub(super) fn out_of_scale(found: &[SensitivityShift]) -> Option<Table> {
    let columns = ["item", "raters", "arm", "figure", "left out", "kept", "moves by"];
    let mut table = Table::new("Scores outside the scale: left out as above, or kept", columns);
    for one in found {
        let cells = [
            Cell::words(&one.key.raters),
            Cell::words(if one.key.arm.is_empty() { "all" } else { &one.key.arm }),
            Cell::words(&one.key.statistic),
            Cell::number(one.excluded, 3),
            Cell::number(one.kept, 3),
            Cell::number(one.distance(), 3),
        ];
        table.push(&one.key.item, cells);
    }
    table.nonempty()
}
