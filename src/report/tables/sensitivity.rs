//! Table of the effect of scores outside the scale.

use crate::analysis::phrase::decimals;
use crate::analysis::sensitivity::Moved;
use crate::report::grid::Grid;

/// One row per figure that changes if those scores are kept; `None` if none changes.
pub(in crate::report) fn out_of_scale(found: &[Moved]) -> Option<Grid> {
    if found.is_empty() {
        return None;
    }
    let columns = ["item", "raters", "arm", "figure", "left out", "kept", "moves by"];
    let mut grid = Grid::new("Scores outside the scale: left out as above, or kept", &columns);
    let shown = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), |v| decimals(v, 3));
    grid.rows = found
        .iter()
        .map(|one| {
            vec![
                one.key.item.clone(),
                one.key.raters.clone(),
                if one.key.arm.is_empty() { "all".to_owned() } else { one.key.arm.clone() },
                one.key.statistic.clone(),
                shown(one.excluded),
                shown(one.kept),
                shown(one.distance()),
            ]
        })
        .collect();
    Some(grid)
}
