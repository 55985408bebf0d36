//! Arms and items: one chart an item, with the mean of each rater group in each arm.

use serde::Serialize;

use crate::analysis::findings::{ArmFinding, Findings, ItemFinding};
use crate::report::tables::{PlacedTable, arm_item, groups, marks, places, rated_by};

use super::chart::{Axis, Chart, ChartBuilder};
use crate::report::html::page::ShownTable;

/// The whole section.
#[derive(Debug, Serialize)]
pub(super) struct ScoreSection<'t> {
    legend: Vec<(usize, String)>,
    charts: Vec<Chart>,
    tables: Vec<ShownTable<'t>>,
    marks: Marks,
}

/// Footnotes of marked items.
#[derive(Debug, Serialize)]
pub(super) struct Marks {
    replay: bool,
    confidence: Vec<(String, String)>,
}

/// Everything on scores; `placed` are the tables of the section.
pub(super) fn scores<'t>(findings: &Findings, placed: &[&'t PlacedTable]) -> ScoreSection<'t> {
    let groups = groups(findings);
    let legend = groups.iter().enumerate().map(|(i, group)| (i % 4, rated_by(&findings.judges, group)));
    let confidence =
        findings.items.iter().filter_map(|item| Some((item.name.clone(), item.confidence_note.clone()?)));
    ScoreSection {
        legend: legend.collect(),
        charts: findings.items.iter().map(|item| chart(findings, item, &groups)).collect(),
        tables: placed.iter().map(|one| (*one).into()).collect(),
        marks: Marks {
            replay: findings.items.iter().any(|item| item.replay_confounded),
            confidence: confidence.collect(),
        },
    }
}

fn chart(findings: &Findings, item: &ItemFinding, groups: &[&str]) -> Chart {
    let axis = if item.id.starts_with("total") {
        let own = findings.arm_items.iter().filter(|c| c.item == item.id).map(|c| &c.mean);
        Axis::around(own, false)
    } else {
        Axis::of_scale(findings.rubric.scale_min, findings.rubric.scale_max)
    };
    let mut builder = ChartBuilder::new(&item.name, marks(item), axis, places(&item.id));
    for arm in &findings.arms {
        builder.label(&arm_label(arm));
        for (series, group) in groups.iter().enumerate() {
            if let Some(cell) = arm_item(findings, &arm.id, &item.id, group) {
                builder.mark(series, &rated_by(&findings.judges, group), &cell.mean);
            }
        }
    }
    builder.build()
}

/// A short name of an arm; the table of arms describes it in full.
fn arm_label(arm: &ArmFinding) -> String {
    const ROOM: usize = 46;
    let id: String = if arm.id.chars().count() > ROOM {
        arm.id.chars().take(ROOM - 1).chain(['…']).collect()
    } else {
        arm.id.clone()
    };
    if arm.baseline { format!("{id} (baseline)") } else { id }
}
