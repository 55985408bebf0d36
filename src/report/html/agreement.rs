//! Judge and clinicians: one chart a judge, with the error of a clinician, of the judge and of a constant.

use serde::Serialize;

use crate::analysis::findings::{AgreementFinding, Findings};
use crate::analysis::phrase;
use crate::report::tables::{PlacedTable, named, rated_by};

use super::chart::{Axis, Chart, ChartBuilder};
use crate::report::html::page::ShownTable;

/// One judge.
#[derive(Debug, Serialize)]
pub(super) struct JudgeAgreement<'t> {
    name: String,
    chart: Option<Chart>,
    tables: Vec<ShownTable<'t>>,
}

/// All judges, and the clinicians with each other.
#[derive(Debug, Serialize)]
pub(super) struct AgreementSection<'t> {
    judges: Vec<JudgeAgreement<'t>>,
    tables: Vec<ShownTable<'t>>,
    item_margin: String,
    total_margin: String,
}

/// Everything on agreement; `placed` are the tables of the section.
pub(super) fn agreement<'t>(findings: &Findings, placed: &[&'t PlacedTable]) -> AgreementSection<'t> {
    let of = |group: &str| placed.iter().filter(|one| one.group == group).map(|one| (*one).into()).collect();
    let judge = |id: &str| JudgeAgreement {
        name: rated_by(&findings.judges, id),
        chart: chart(findings, id),
        tables: of(id),
    };
    AgreementSection {
        judges: findings.judges.iter().map(|one| judge(&one.id)).collect(),
        tables: of(""),
        item_margin: phrase::decimals(findings.margins.item, 1),
        total_margin: phrase::decimals(findings.margins.total, 1),
    }
}

/// The three errors per item; totals have another unit and stay in the table.
fn chart(findings: &Findings, judge: &str) -> Option<Chart> {
    let own = findings.agreement.iter().filter(|a| a.judge == judge);
    let shown: Vec<&AgreementFinding> =
        own.filter(|a| !a.item.starts_with("total") && a.gap_mae.value().is_ok()).collect();
    if shown.is_empty() {
        return None;
    }
    let all = shown.iter().flat_map(|a| [&a.human_mae, &a.judge_mae, &a.constant_mae]);
    let axis = Axis::around(all, true);
    let mut builder = ChartBuilder::new("Mean absolute error against the other clinicians", vec![], axis, 2);
    for finding in shown {
        builder.label(&named(&findings.items, &finding.item).0);
        builder.mark(0, "a clinician", &finding.human_mae);
        builder.mark(1, "judge", &finding.judge_mae);
        builder.mark(2, "constant predictor", &finding.constant_mae);
    }
    Some(builder.build())
}
