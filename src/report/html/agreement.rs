//! The section on judge and clinicians: the ceiling with its verdicts, every coefficient, bias by arm,
//! corrected means and the order of the arms.

use serde::Serialize;

use crate::analysis::findings::{AgreementFinding, Findings};
use crate::analysis::{EstimateRow, phrase};
use crate::report::grid::Grid;
use crate::report::tables;

use super::chart::{Axis, Builder, Chart};
use super::more::{Plain, plain};
use super::scores::{group_name, named};
use super::sheet::{Cell, Sheet};

/// Agreement of one judge.
#[derive(Debug, Serialize)]
pub(super) struct JudgeAgreement {
    name: String,
    chart: Option<Chart>,
    /// Judge and clinicians compared with the same reference, then the verdicts.
    ceiling: Vec<Plain>,
    /// Comparison with the clinicians' mean.
    with_mean: Option<Sheet>,
    /// Comparison with each clinician.
    with_each: Vec<Sheet>,
    bias: Vec<Plain>,
    /// Tables after these figures: alternative annotator test, corrected and calibrated means, the order of the arms.
    further: Vec<Plain>,
}

/// The whole section.
#[derive(Debug, Serialize)]
pub(super) struct Agreement {
    judges: Vec<JudgeAgreement>,
    clinicians: Option<Sheet>,
    item_margin: String,
    total_margin: String,
}

/// Columns of the table of coefficients: heading, statistic id, decimals.
const COEFFICIENTS: [(&str, &str, usize); 11] = [
    ("exact", "exact", 2),
    ("within 1", "within1", 2),
    ("MAE", "mae", 2),
    ("RMSE", "rmse", 2),
    ("bias", "bias", 2),
    ("r", "pearson", 2),
    ("rho", "spearman", 2),
    ("QWK", "kappa.quadratic", 2),
    ("ICC(A,1)", "icc.a1", 2),
    ("ICC(C,1)", "icc.c1", 2),
    ("alpha", "alpha.ordinal", 2),
];

/// Builds the section.
pub(super) fn agreement(findings: &Findings) -> Agreement {
    Agreement {
        judges: findings.judges.iter().map(|judge| of_judge(findings, &judge.id)).collect(),
        clinicians: clinicians(findings),
        item_margin: phrase::decimals(findings.margins.item, 1),
        total_margin: phrase::decimals(findings.margins.total, 1),
    }
}

fn of_judge(findings: &Findings, judge: &str) -> JudgeAgreement {
    let own: Vec<&AgreementFinding> = findings.agreement.iter().filter(|a| a.judge == judge).collect();
    let rows: Vec<&EstimateRow> = findings
        .estimates
        .iter()
        .filter(|row| row.key.family == "agreement" && row.key.judge == judge && row.key.arm.is_empty())
        .collect();
    let mut references: Vec<&str> = Vec::new();
    for row in &rows {
        if !references.contains(&row.key.reference.as_str()) {
            references.push(&row.key.reference);
        }
    }
    let (means, each): (Vec<&str>, Vec<&str>) = references.into_iter().partition(|r| r.starts_with("mean("));
    let table = |reference: &&str| coefficients(findings, &rows, reference);
    let items = &findings.items;
    JudgeAgreement {
        name: group_name(findings, judge),
        chart: chart(findings, &own),
        ceiling: shown(
            tables::ceiling(items, &only(&findings.agreement, |one| one.judge == judge), "clinician")
                .into_iter()
                .chain(tables::verdicts(items, &only(&findings.verdicts, |v| v.judge == judge))),
        ),
        with_mean: means.first().map(table),
        with_each: each.iter().map(table).collect(),
        bias: shown(tables::bias(items, &only(&findings.bias_by_arm, |one| one.judge == judge))),
        further: shown(further(findings, judge)),
    }
}

/// The tables below the others of one judge.
fn further(findings: &Findings, judge: &str) -> Vec<Grid> {
    let items = &findings.items;
    let mut grids =
        tables::alternatives(items, &only(&findings.alternatives, |one| one.judge == judge), "clinicians");
    grids.extend(tables::corrected(
        items,
        &only(&findings.corrected, |one| one.judge == judge),
        "clinicians",
    ));
    grids.extend(tables::calibrated(items, &only(&findings.calibrated, |one| one.judge == judge)));
    grids.extend(tables::rank_orders(
        items,
        &only(&findings.rank_orders, |one| one.judge == judge),
        "clinicians",
    ));
    grids
}

/// The findings for which `keep` returns true.
fn only<T: Clone>(all: &[T], keep: impl Fn(&T) -> bool) -> Vec<T> {
    all.iter().filter(|one| keep(one)).cloned().collect()
}

fn shown(grids: impl IntoIterator<Item = Grid>) -> Vec<Plain> {
    grids.into_iter().map(|grid| plain(&grid)).collect()
}

/// Chart of the three errors per item; totals have another unit and are only in the table.
fn chart(findings: &Findings, own: &[&AgreementFinding]) -> Option<Chart> {
    let shown: Vec<&&AgreementFinding> =
        own.iter().filter(|a| !a.item.starts_with("total") && a.gap_mae.value().is_ok()).collect();
    if shown.is_empty() {
        return None;
    }
    let all = shown.iter().flat_map(|a| [&a.human_mae, &a.judge_mae, &a.constant_mae]);
    let axis = Axis::around(all, true);
    let mut builder = Builder::new("Mean absolute error against the other clinicians", vec![], axis, 2);
    for finding in shown {
        builder.label(&named(findings, &finding.item).0);
        builder.mark(0, "a clinician", &finding.human_mae);
        builder.mark(1, "judge", &finding.judge_mae);
        builder.mark(2, "constant predictor", &finding.constant_mae);
    }
    Some(builder.build())
}

/// Items in the order of the findings, then other items of the rows.
fn items_of<'r>(findings: &Findings, rows: &[&'r EstimateRow]) -> Vec<&'r str> {
    let mut items: Vec<&str> = Vec::new();
    for row in rows {
        if !items.contains(&row.key.item.as_str()) {
            items.push(&row.key.item);
        }
    }
    let place = |id: &str| findings.items.iter().position(|item| item.id == id).unwrap_or(usize::MAX);
    items.sort_by_key(|id| place(id));
    items
}

fn coefficients(findings: &Findings, rows: &[&EstimateRow], reference: &str) -> Sheet {
    let rows: Vec<&EstimateRow> = rows.iter().copied().filter(|r| r.key.reference == reference).collect();
    let caption = match reference.strip_prefix("mean(").and_then(|r| r.strip_suffix(')')) {
        Some(members) => format!("Judge with the mean of {}", members.replace('|', ", ")),
        None => format!("Judge with {reference}"),
    };
    let head = ["Item", "n"].into_iter().chain(COEFFICIENTS.iter().map(|(name, ..)| *name));
    let mut sheet = Sheet::new(caption, head);
    for id in items_of(findings, &rows) {
        let of = |statistic: &str| rows.iter().find(|r| r.key.item == id && r.key.statistic == statistic);
        let n = of("bias").map_or(0, |row| row.n());
        let mut cells = vec![Cell::count(n)];
        for (_, statistic, places) in COEFFICIENTS {
            cells.push(match of(statistic) {
                Some(row) => sheet.estimate(&row.estimate, places),
                None => Cell::words("not computed"),
            });
        }
        let (item, marks) = named(findings, id);
        sheet.push_marked(item, marks, cells);
    }
    sheet
}

/// The clinicians among each other, in all arms and in each.
fn clinicians(findings: &Findings) -> Option<Sheet> {
    let rows: Vec<&EstimateRow> = findings
        .estimates
        .iter()
        .filter(|r| r.key.family == "agreement" && r.key.judge.is_empty() && r.key.reference.is_empty())
        .collect();
    let head = ["Item", "Arm", "n", "ICC(A,1)", "ICC(C,1)", "alpha"];
    let mut sheet = Sheet::new("Clinicians with each other: the ceiling", head);
    for id in items_of(findings, &rows) {
        for row in rows.iter().filter(|r| r.key.item == id && r.key.statistic == "icc.a1") {
            let of = |statistic: &str| {
                let key = row.key.statistic(statistic);
                rows.iter().find(|r| r.key == key).map(|r| r.estimate.clone())
            };
            let arm = if row.key.arm.is_empty() { "all" } else { row.key.arm.as_str() };
            let mut cells = vec![Cell::words(arm), Cell::count(row.n()), sheet.estimate(&row.estimate, 2)];
            for statistic in ["icc.c1", "alpha.ordinal"] {
                cells.push(match of(statistic) {
                    Some(estimate) => sheet.estimate(&estimate, 2),
                    None => Cell::words("not computed"),
                });
            }
            let (item, marks) = named(findings, id);
            sheet.push_marked(item, marks, cells);
        }
    }
    (!sheet.rows.is_empty()).then_some(sheet)
}
