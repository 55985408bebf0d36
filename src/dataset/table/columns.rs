//! Where in a plain ratings table things are.

use std::collections::HashSet;

use super::{
    super::{
        layout::{Layout, Shape},
        problem::{Problem, name},
        rows::Rows,
        source::RatingLayout,
    },
    TableSpec,
};
use crate::domain::RaterId;

/// Where in a row things are.
pub(super) struct Columns {
    /// Together they are the unit.
    pub(super) unit: Vec<usize>,
    pub(super) arm: Option<usize>,
    pub(super) source: Option<usize>,
    pub(super) group: Option<usize>,
    pub(super) conditions: Vec<(usize, bool, String)>,
    pub(super) layout: Layout,
}

impl Columns {
    pub(super) fn find(spec: &TableSpec, path: &str, rows: &Rows<'_>) -> Result<Self, Vec<Problem>> {
        let mut finder = rows.finder();
        let scores = match spec.layout {
            RatingLayout::WideRaters => &spec.raters,
            RatingLayout::Long | RatingLayout::WideItems | RatingLayout::Study => &spec.items,
        };
        let unit = unit_columns(spec, rows).iter().map(|name| finder.column(name)).collect();
        let [arm, source, group] = [&spec.arm, &spec.source, &spec.mean_by]
            .map(|name| name.as_deref().map(|name| finder.column(name)));
        let conditions =
            spec.conditions.iter().map(|w| (finder.column(&w.column), w.equal, w.value.clone())).collect();
        let shape = Shape {
            layout: spec.layout,
            item: item_column(spec, rows),
            rater: (spec.layout != RatingLayout::WideRaters).then_some(spec.rater.as_str()),
            score: &spec.score,
            not_assessable: spec.not_assessable.as_deref(),
            time: None,
            scores,
        };
        let layout = Layout::find(&mut finder, &shape);
        let mut problems = finder.problems();
        if spec.layout != RatingLayout::Long {
            problems.extend(wrong_scores(spec, path, scores));
        }
        problems.sort();
        if problems.is_empty() {
            Ok(Self { unit, arm, source, group, conditions, layout })
        } else {
            Err(problems)
        }
    }
}

/// The columns of the unit: one of that name, else those whose names stand between commas.
pub(super) fn unit_columns<'s>(spec: &'s TableSpec, rows: &Rows<'_>) -> Vec<&'s str> {
    if rows.header.contains(&spec.unit) {
        vec![&spec.unit]
    } else {
        spec.unit.split(',').map(str::trim).collect()
    }
}

/// The column of the item: the one named, else a column `item` where there is one.
pub(super) fn item_column<'s>(spec: &'s TableSpec, rows: &Rows<'_>) -> Option<&'s str> {
    if matches!(spec.layout, RatingLayout::WideItems | RatingLayout::Study) {
        return None;
    }
    spec.item.as_deref().or_else(|| rows.position("item").map(|_| "item"))
}

fn wrong_scores(spec: &TableSpec, path: &str, scores: &[String]) -> Vec<Problem> {
    let mut problems = Vec::new();
    if scores.is_empty() {
        let wanted = if spec.layout == RatingLayout::WideRaters { "raters" } else { "items" };
        let message = format!("a wide table needs the {wanted} whose columns hold scores");
        problems.push(Problem::of(path, message));
    }
    let names: HashSet<&str> = scores.iter().map(String::as_str).collect();
    if names.len() < scores.len() {
        problems.push(Problem::of(path, "a column of scores is asked for twice"));
    }
    problems
}

/// Why a rater's id is refused.
pub(super) fn bad_rater(id: &str, written: &str) -> Option<String> {
    RaterId::new(id).err().map(|error| format!("rater {}: {error}", name(written)))
}

/// True when one of these names is in the list.
pub(super) fn is_named(list: &[String], names: &[&str]) -> bool {
    list.iter().any(|listed| names.contains(&listed.as_str()))
}
