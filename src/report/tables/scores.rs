//! Tables of arms and items: mean scores, and the share of sessions that reach competence.

use crate::analysis::findings::{ArmItem, Findings};
use crate::report::number::shortest;
use crate::report::table::{Cell, Table};

use super::{marks, rated_by};

/// Rater groups in order: the clinicians as the empty name, then the judges.
pub(in crate::report) fn groups(findings: &Findings) -> Vec<&str> {
    let clinicians = (!findings.clinicians.is_empty()).then_some("");
    clinicians.into_iter().chain(findings.judges.iter().map(|judge| judge.id.as_str())).collect()
}

/// Decimals for an item: totals are long, items short.
pub(in crate::report) fn places(item: &str) -> usize {
    if item.starts_with("total") { 1 } else { 2 }
}

/// The scores of one rater group on one item in one arm.
pub(in crate::report) fn arm_item<'f>(
    findings: &'f Findings,
    arm: &str,
    item: &str,
    judge: &str,
) -> Option<&'f ArmItem> {
    findings.arm_items.iter().find(|c| c.arm == arm && c.item == item && c.judge == judge)
}

/// Items x arms, a row for each rater group.
pub(super) fn scores(findings: &Findings) -> Table {
    let columns = ["item", "rated by"].into_iter().chain(findings.arms.iter().map(|arm| arm.label.as_str()));
    let caption = format!(
        "Mean scores with 95 % intervals, clustered by recorded session; those of judges are {}",
        findings.rubric.score_wording
    );
    let mut table = Table::new(caption, columns);
    for item in &findings.items {
        for group in groups(findings) {
            let scores = findings.arms.iter().map(|arm| {
                let found = arm_item(findings, &arm.id, &item.id, group);
                found.map_or_else(|| Cell::words("not rated"), score)
            });
            let cells: Vec<Cell> =
                [Cell::words(rated_by(&findings.judges, group))].into_iter().chain(scores).collect();
            table.push_marked(&item.name, marks(item), cells);
        }
    }
    if !findings.clinicians.is_empty() {
        table = table.note(format!("clinicians: {}", findings.clinicians.join(", ")));
    }
    table.note("sd: standard deviation of the sessions' scores; n: sessions with a score")
}

fn score(found: &ArmItem) -> Cell {
    let mut cell = Cell::interval(&found.mean, places(&found.item));
    if let Some(sd) = found.sd {
        cell = cell.remark(format!("sd {}", crate::analysis::phrase::decimals(sd, 2)));
    }
    cell = cell.remark(format!("n = {}", found.mean.n_units()));
    let tally = found.tally;
    let gaps = [
        (tally.not_assessable, "not assessable"),
        (tally.unusable, "unusable"),
        (tally.not_applicable, "not applicable"),
        (tally.missing, "missing"),
    ];
    gaps.iter()
        .filter(|(count, _)| *count > 0)
        .fold(cell, |cell, (count, word)| cell.remark(format!("{count} {word}")))
}

/// Sessions whose complete total reaches the rubric's threshold; none where the rubric has no threshold.
pub(super) fn competent(findings: &Findings) -> Option<Table> {
    let minimum = findings.rubric.competence_minimum?;
    let caption =
        format!("Share of sessions with every item scored and a total of at least {}", shortest(minimum));
    let columns = ["rated by"].into_iter().chain(findings.arms.iter().map(|arm| arm.label.as_str()));
    let mut table = Table::new(caption, columns);
    for group in groups(findings) {
        let shares = findings.arms.iter().map(|arm| {
            let found = arm_item(findings, &arm.id, "total_complete", group);
            match found.and_then(|found| found.competent.as_ref()) {
                Some(share) => Cell::rate(share).remark(format!("n = {}", share.n_units())),
                None => Cell::words("not rated"),
            }
        });
        table.push(rated_by(&findings.judges, group), shares);
    }
    Some(table)
}
