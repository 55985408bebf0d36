//! The section on scores: one chart per item for all arms, the same figures as a table, and contrasts.

use serde::Serialize;

use crate::analysis::findings::{ArmFinding, ArmItem, Findings, ItemFinding};
use crate::report::{number, tables};

use super::chart::{Axis, Builder, Chart};
use super::more::{Plain, plain};
use super::sheet::{Cell, Sheet};

/// The whole section.
#[derive(Debug, Serialize)]
pub(super) struct Scores {
    legend: Vec<(usize, String)>,
    charts: Vec<Chart>,
    table: Sheet,
    competent: Option<Sheet>,
    contrasts: Vec<Plain>,
    /// Directions compared with published ones, one table per condition.
    published: Vec<Plain>,
    published_wording: String,
    marks: Marks,
}

/// Footnotes of marked items.
#[derive(Debug, Serialize)]
pub(super) struct Marks {
    replay: bool,
    confidence: Vec<(String, String)>,
}

/// Rater groups in order: the clinicians as an empty name, then the judges.
fn groups(findings: &Findings) -> Vec<&str> {
    let clinicians = (!findings.clinicians.is_empty()).then_some("");
    clinicians.into_iter().chain(findings.judges.iter().map(|judge| judge.id.as_str())).collect()
}

/// Name of a rater group.
pub(super) fn group_name(findings: &Findings, group: &str) -> String {
    if group.is_empty() {
        return "clinicians".to_owned();
    }
    let baseline = findings.judges.iter().any(|judge| judge.id == group && judge.baseline);
    if baseline { format!("{group} (baseline)") } else { group.to_owned() }
}

/// Marks of an item: `R` confounded by replay, `L` low confidence.
pub(super) fn marks(item: &ItemFinding) -> Vec<&'static str> {
    let replay = item.replay_confounded.then_some("R");
    let low = item.confidence_note.is_some().then_some("L");
    replay.into_iter().chain(low).collect()
}

/// An item's name and marks by id; the id itself for rows without an item.
pub(super) fn named(findings: &Findings, id: &str) -> (String, Vec<&'static str>) {
    match findings.items.iter().find(|item| item.id == id) {
        Some(item) => (item.name.clone(), marks(item)),
        None if id == "pooled" => ("All items pooled".to_owned(), vec![]),
        None => (id.to_owned(), vec![]),
    }
}

/// Number of decimals for an item; totals have fewer.
fn places(item: &str) -> usize {
    if item.starts_with("total") { 1 } else { 2 }
}

/// Builds the section.
pub(super) fn scores(findings: &Findings) -> Scores {
    let groups = groups(findings);
    Scores {
        legend: groups.iter().enumerate().map(|(i, g)| (i % 4, group_name(findings, g))).collect(),
        charts: findings.items.iter().map(|item| chart(findings, item, &groups)).collect(),
        table: table(findings, &groups),
        competent: competent(findings, &groups),
        contrasts: tables::contrasts(&findings.items, &findings.judges, &findings.contrasts)
            .iter()
            .map(plain)
            .collect(),
        published: tables::published(&findings.items, &findings.judges, findings.published.as_ref())
            .iter()
            .map(plain)
            .collect(),
        published_wording: findings
            .published
            .as_ref()
            .map(|p| format!("{}, {}; {}", p.citation, p.place, p.wording))
            .unwrap_or_default(),
        marks: Marks {
            replay: findings.items.iter().any(|item| item.replay_confounded),
            confidence: findings
                .items
                .iter()
                .filter_map(|item| Some((item.name.clone(), item.confidence_note.clone()?)))
                .collect(),
        },
    }
}

fn cell<'f>(findings: &'f Findings, arm: &str, item: &str, judge: &str) -> Option<&'f ArmItem> {
    findings.arm_items.iter().find(|c| c.arm == arm && c.item == item && c.judge == judge)
}

fn chart(findings: &Findings, item: &ItemFinding, groups: &[&str]) -> Chart {
    let axis = if item.id.starts_with("total") {
        let own = findings.arm_items.iter().filter(|c| c.item == item.id).map(|c| &c.mean);
        Axis::around(own, false)
    } else {
        Axis::of_scale(findings.rubric.scale_min, findings.rubric.scale_max)
    };
    let mut builder = Builder::new(&item.name, marks(item), axis, places(&item.id));
    for arm in &findings.arms {
        builder.label(&arm_label(arm));
        for (series, group) in groups.iter().enumerate() {
            if let Some(cell) = cell(findings, &arm.id, &item.id, group) {
                builder.mark(series, &group_name(findings, group), &cell.mean);
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

fn table(findings: &Findings, groups: &[&str]) -> Sheet {
    let head = ["Item", "Rated by"].into_iter().chain(findings.arms.iter().map(|arm| arm.label.as_str()));
    let mut sheet = Sheet::new("Mean score with 95 % interval, clustered by recorded session", head);
    for item in &findings.items {
        for group in groups {
            let mut cells = vec![Cell::words(group_name(findings, group))];
            for arm in &findings.arms {
                cells.push(match cell(findings, &arm.id, &item.id, group) {
                    Some(found) => score_cell(&mut sheet, found),
                    None => Cell::words("not rated"),
                });
            }
            sheet.push_marked(&item.name, marks(item), cells);
        }
    }
    sheet
}

fn score_cell(sheet: &mut Sheet, found: &ArmItem) -> Cell {
    let mut cell = sheet.estimate(&found.mean, places(&found.item));
    cell = cell.with_small(format!("n = {}", found.mean.n_units()));
    let tally = found.tally;
    for (count, word) in [
        (tally.not_assessable, "not assessable"),
        (tally.unusable, "unusable"),
        (tally.not_applicable, "not applicable"),
        (tally.missing, "missing"),
    ] {
        if count > 0 {
            cell = cell.with_small(format!("{count} {word}"));
        }
    }
    cell
}

fn competent(findings: &Findings, groups: &[&str]) -> Option<Sheet> {
    let minimum = findings.rubric.competence_minimum?;
    let caption = format!(
        "Share of sessions with every item scored and a total of at least {}",
        number::shortest(minimum)
    );
    let head = ["Rated by"].into_iter().chain(findings.arms.iter().map(|arm| arm.label.as_str()));
    let mut sheet = Sheet::new(caption, head);
    for group in groups {
        let mut cells = Vec::new();
        for arm in &findings.arms {
            let share = cell(findings, &arm.id, "total_complete", group).and_then(|c| c.competent.as_ref());
            cells.push(match share {
                Some(share) => sheet.share(share).with_small(format!("n = {}", share.n_units())),
                None => Cell::words("not rated"),
            });
        }
        sheet.push(group_name(findings, group), cells);
    }
    Some(sheet)
}
