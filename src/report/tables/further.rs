//! Owns the tables of families that have no section of their own: every row of theirs, as it stands in the estimates.

use crate::analysis::findings::ItemFinding;
use crate::analysis::row::EstimateRow;
use crate::report::grid::Grid;
use crate::report::number::{p, value, with_interval};

use super::{Reasons, marked};

/// Family, title, and how it is to be read.
pub(in crate::report) const FAMILIES: [(&str, &str, &str); 4] = [
    (
        "consistency",
        "How the items of one rater hang together",
        "Cronbach's alpha (interval: Feldt) and omega of one factor over the items; a judge far above the clinicians does \
         not tell the items apart",
    ),
    (
        "repeatability",
        "Repeated draws of one judge",
        "sem: standard deviation of draws on one item of one session; repeatability coefficient: 95 % of two draws lie \
         closer than this",
    ),
    (
        "equivalence",
        "Is the judge's mean difference inside the margin?",
        "judge minus the clinicians' mean, one value per source, 90 % interval; p of two one-sided t tests at the declared \
         margin: small means shown to lie inside, large means not shown",
    ),
    (
        "competence",
        "Judge and clinicians at the threshold of competence, complete totals only",
        "difference: judge's share minus clinicians', p by McNemar's exact test; corrected share: Rogan and Gladen, over all \
         sessions the judge scored",
    ),
];

/// One table per family that has rows.
pub(in crate::report) fn further(items: &[ItemFinding], estimates: &[EstimateRow]) -> Vec<Grid> {
    FAMILIES
        .iter()
        .filter_map(|(family, title, read)| of_family(items, estimates, family, title, read))
        .collect()
}

fn of_family(
    items: &[ItemFinding],
    estimates: &[EstimateRow],
    family: &str,
    title: &str,
    read: &str,
) -> Option<Grid> {
    let rows: Vec<&EstimateRow> = estimates.iter().filter(|row| row.key.family == family).collect();
    let shown = |part: fn(&EstimateRow) -> &str| rows.iter().any(|row| !part(row).is_empty());
    let (by_item, by_arm) = (shown(|row| &row.key.item), shown(|row| &row.key.arm));
    let mut columns = vec!["figure", "raters"];
    columns.extend(by_item.then_some("item"));
    columns.extend(by_arm.then_some("arm"));
    columns.extend(["value", "n", "p"]);
    let mut grid = Grid::new(title, &columns);
    let mut reasons = Reasons::default();
    for row in &rows {
        let estimate = row.estimate();
        let subject = if row.key.item.is_empty() { &row.key.raters } else { &row.key.item };
        reasons.note(subject, &[&estimate]);
        let mut cells = vec![row.key.statistic.clone(), row.key.raters.clone()];
        cells.extend(by_item.then(|| marked(items, &row.key.item)));
        cells.extend(
            by_arm.then(|| if row.key.arm.is_empty() { "all".to_owned() } else { row.key.arm.clone() }),
        );
        let figure = if row.ci_low.is_some() { with_interval(&estimate, 2) } else { value(&estimate, 2) };
        cells.extend([figure, row.n.to_string(), p(row.p)]);
        grid.rows.push(cells);
    }
    grid.notes = reasons.notes();
    grid.notes.push(read.to_owned());
    (!grid.rows.is_empty()).then_some(grid)
}
