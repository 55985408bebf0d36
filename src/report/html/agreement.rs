//! Owns judge against clinicians: the ceiling with its verdicts, every coefficient, bias by arm,
//! corrected means and the order of the arms.

use serde::Serialize;

use crate::analysis::findings::{AgreementFinding, Findings};
use crate::analysis::verdict::ItemVerdict;
use crate::analysis::{EstimateRow, phrase};
use crate::report::number;
use crate::report::tables::{ALTERNATIVE, CALIBRATED, RANDOM_SAMPLE};
use crate::stats::Estimate;

use super::chart::{Axis, Builder, Chart};
use super::scores::{group_name, named, p_cell};
use super::sheet::{Cell, Sheet};

/// Agreement of one judge.
#[derive(Debug, Serialize)]
pub(super) struct JudgeAgreement {
    name: String,
    chart: Option<Chart>,
    ceiling: Sheet,
    verdicts: Sheet,
    /// Against the clinicians' mean.
    with_mean: Option<Sheet>,
    /// Against each clinician.
    with_each: Vec<Sheet>,
    bias: Option<Sheet>,
    /// Whether it could stand in for one clinician.
    alternative: Option<Sheet>,
    alternative_reads: &'static str,
    /// Corrected means, where the judge scored more sources than were rated.
    corrected: Option<Sheet>,
    corrected_holds: &'static str,
    /// Scores on the clinicians' scale, where a calibration holds.
    calibrated: Option<Sheet>,
    calibrated_holds: &'static str,
    /// The arms in order of their total.
    order: Option<Sheet>,
    /// How well the orders agree, item by item.
    orders: Option<Sheet>,
}

/// Agreement of everybody.
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

/// Everything on agreement.
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
    JudgeAgreement {
        name: group_name(findings, judge),
        chart: chart(findings, &own),
        ceiling: ceiling(findings, &own),
        verdicts: verdicts(findings, judge),
        with_mean: means.first().map(table),
        with_each: each.iter().map(table).collect(),
        bias: bias(findings, judge),
        alternative: alternative(findings, judge),
        alternative_reads: ALTERNATIVE,
        corrected: corrected(findings, judge),
        corrected_holds: RANDOM_SAMPLE,
        calibrated: calibrated(findings, judge),
        calibrated_holds: CALIBRATED,
        order: order(findings, judge),
        orders: orders(findings, judge),
    }
}

/// The three errors per item; totals have another unit and stay in the table.
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

fn ceiling(findings: &Findings, own: &[&AgreementFinding]) -> Sheet {
    let head = [
        "Item",
        "n, clinicians",
        "n, with judge",
        "Clinicians' ICC(A,1)",
        "Clinicians' alpha",
        "A clinician's MAE",
        "Judge's MAE",
        "Judge minus clinician",
        "Constant's MAE",
        "Judge beats the constant?",
    ];
    let mut sheet = Sheet::new("The same reference for all: the mean of the other clinicians", head);
    for finding in own {
        let mut cells = vec![
            Cell::count(finding.human_icc.n_units()).with_small(finding.strength.as_str()),
            Cell::count(finding.gap_mae.n_units()),
        ];
        for estimate in [
            &finding.human_icc,
            &finding.human_alpha,
            &finding.human_mae,
            &finding.judge_mae,
            &finding.gap_mae,
            &finding.constant_mae,
        ] {
            cells.push(sheet.estimate(estimate, 2));
        }
        cells.push(match finding.beats_constant {
            Some(true) => Cell::words("yes"),
            Some(false) => Cell::words("no: carries no information"),
            None => sheet.undefined(why_undecided(finding)),
        });
        let (item, marks) = named(findings, &finding.item);
        sheet.push_marked(item, marks, cells);
    }
    sheet
}

fn why_undecided(finding: &AgreementFinding) -> &'static str {
    let reason = |estimate: &Estimate| estimate.value().err().map(phrase::reason);
    reason(&finding.judge_mae).or_else(|| reason(&finding.constant_mae)).unwrap_or("does not apply")
}

fn verdicts(findings: &Findings, judge: &str) -> Sheet {
    let head = ["Item", "Assessable?", "because", "Judge", "because"];
    let mut sheet = Sheet::new("Verdicts, by margins declared before looking", head);
    let own: Vec<&ItemVerdict> = findings.verdicts.iter().filter(|v| v.judge == judge).collect();
    for verdict in own {
        let (item, marks) = named(findings, &verdict.item);
        let because = |reasons: &[String]| {
            Cell::words(if reasons.is_empty() {
                "all conditions hold".to_owned()
            } else {
                reasons.join("; ")
            })
        };
        let cells = vec![
            Cell { class: "verdict", ..Cell::words(verdict.assessability.words()) },
            because(&verdict.because),
            Cell { class: "verdict", ..Cell::words(verdict.verdict.word()) },
            because(&verdict.verdict_because),
        ];
        sheet.push_marked(item, marks, cells);
    }
    sheet
}

/// Items in the order of the findings, then whatever else the rows hold.
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

/// The clinicians with each other, in all arms and in each.
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

fn bias(findings: &Findings, judge: &str) -> Option<Sheet> {
    let head = [
        "Item",
        "Contrast",
        "Bias in the original",
        "Bias in the condition",
        "Difference",
        "pairs",
        "p, Holm",
    ];
    let mut sheet = Sheet::new("Bias by arm: judge minus clinicians, in one arm against the original", head);
    for bias in findings.bias_by_arm.iter().filter(|b| b.judge == judge) {
        let cells = vec![
            Cell::words(&bias.contrast),
            sheet.estimate(&bias.original, 2),
            sheet.estimate(&bias.in_condition, 2),
            sheet.estimate(&bias.difference, 2),
            Cell::count(bias.difference.n_units()),
            p_cell(bias.p_adjusted),
        ];
        let (item, marks) = named(findings, &bias.item);
        sheet.push_marked(item, marks, cells);
    }
    (!sheet.rows.is_empty()).then_some(sheet)
}

fn alternative(findings: &Findings, judge: &str) -> Option<Sheet> {
    let head = ["Item", "n", "clinicians", "wins against", "fits at least as well", ""];
    let mut sheet = Sheet::new("Could the judge stand in for one clinician?", head);
    for one in findings.alternatives.iter().filter(|one| one.judge == judge) {
        let cells = vec![
            Cell::count(one.winning_rate.n_units()),
            Cell::count(one.humans),
            sheet.share(&one.winning_rate),
            sheet.share(&one.advantage),
            Cell::words(one.outcome.words()),
        ];
        let (item, marks) = named(findings, &one.item);
        sheet.push_marked(item, marks, cells);
    }
    (!sheet.rows.is_empty()).then_some(sheet)
}

fn corrected(findings: &Findings, judge: &str) -> Option<Sheet> {
    let head = [
        "Item",
        "Arm or contrast",
        "rated",
        "judged only",
        "Clinicians",
        "Judge alone",
        "Corrected, PPI++",
        "p, Holm",
    ];
    let mut sheet = Sheet::new("Means of all sources, from the clinicians' ratings of some", head);
    for mean in findings.corrected.iter().filter(|m| m.judge == judge && m.unlabelled > 0) {
        let cells = vec![
            Cell::words(if mean.contrast.is_empty() { &mean.arm } else { &mean.contrast }),
            Cell::count(mean.labelled),
            Cell::count(mean.unlabelled),
            sheet.estimate(&mean.classical, 2),
            sheet.estimate(&mean.judge_alone, 2),
            sheet.estimate(&mean.ppi_plus, 2),
            p_cell(mean.p_adjusted),
        ];
        let (item, marks) = named(findings, &mean.item);
        sheet.push_marked(item, marks, cells);
    }
    (!sheet.rows.is_empty()).then_some(sheet)
}

fn calibrated(findings: &Findings, judge: &str) -> Option<Sheet> {
    let head = ["Item", "Arm", "n", "Raw", "Calibrated", "90 % within"];
    let mut sheet = Sheet::new("The judge's scores on the clinicians' scale", head);
    for mean in findings.calibrated.iter().filter(|mean| mean.judge == judge) {
        let width = mean.half_width.map_or_else(|| "none".to_owned(), |width| phrase::decimals(width, 2));
        let cells = vec![
            Cell::words(&mean.arm),
            Cell::count(mean.calibrated.n_units()),
            sheet.estimate(&mean.raw, 2),
            sheet.estimate(&mean.calibrated, 2),
            Cell::words(width),
        ];
        let (item, marks) = named(findings, &mean.item);
        sheet.push_marked(item, marks, cells);
    }
    (!sheet.rows.is_empty()).then_some(sheet)
}

fn order(findings: &Findings, judge: &str) -> Option<Sheet> {
    let order = findings.rank_orders.iter().find(|order| order.judge == judge && order.item == "total")?;
    let head = ["Arm", "by clinicians", "by the judge", "corrected"];
    let mut sheet = Sheet::new("Order of the arms by their mean total: 1 is the highest", head);
    for arm in &order.arms {
        let place = |rank: Option<f64>| Cell::words(rank.map_or_else(|| "none".to_owned(), number::shortest));
        sheet.push(arm.arm.as_str(), vec![place(arm.clinicians), place(arm.judge), place(arm.corrected)]);
    }
    Some(sheet)
}

fn orders(findings: &Findings, judge: &str) -> Option<Sheet> {
    let head = ["Item", "arms", "Judge", "Corrected"];
    let mut sheet =
        Sheet::new("Agreement on the order of the arms: Kendall's tau-b with the clinicians", head);
    for order in findings.rank_orders.iter().filter(|order| order.judge == judge) {
        let cells = vec![
            Cell::count(order.tau_judge.n_units()),
            sheet.estimate(&order.tau_judge, 2),
            sheet.estimate(&order.tau_corrected, 2),
        ];
        let (item, marks) = named(findings, &order.item);
        sheet.push_marked(item, marks, cells);
    }
    (!sheet.rows.is_empty()).then_some(sheet)
}
