//! Owns where in a ratings table things are, and what is wrong with its header.

use super::{
    super::{
        problem::{Problem, shown},
        rows::Rows,
        source::{RatingLayout, RatingSource},
    },
    RatingContext,
    study::{self, Study},
};
use crate::domain::{ItemId, RaterId};

/// Where in a row things are.
pub(super) struct Columns {
    pub(super) session: usize,
    pub(super) arm: Option<usize>,
    pub(super) epoch: Option<usize>,
    pub(super) digest: Option<usize>,
    pub(super) cells: Cells,
    /// What only the published layout has.
    pub(super) study: Option<Study>,
}

pub(super) enum Cells {
    Long { item: usize, rater: usize, score: usize },
    Raters { item: usize, columns: Vec<(usize, RaterId)> },
    Items { rater: usize, columns: Vec<(usize, ItemId)> },
}

impl Columns {
    pub(super) fn find(
        source: &RatingSource,
        path: &str,
        rows: &Rows<'_>,
        context: &RatingContext,
    ) -> Result<Self, Vec<Problem>> {
        let mut problems = Vec::new();
        if source.scale != context.scale {
            let (own, rubric) = (source.scale, context.scale);
            let message = format!(
                "the table's scale {}..{} is not the rubric's {}..{}",
                own.min, own.max, rubric.min, rubric.max
            );
            problems.push(Problem::of(path, message));
        }
        for item in source.items.values().filter(|item| !known_item(context, item)) {
            problems.push(Problem::of(
                path,
                format!("`items` maps to {}, which the rubric does not have", shown(item)),
            ));
        }
        let mut column = |name: &str| {
            rows.column(name).unwrap_or_else(|problem| {
                problems.push(problem);
                0
            })
        };
        let published = study::columns();
        let names = if source.layout == RatingLayout::Study { &published } else { &source.columns };
        let session = column(&names.session);
        let arm = names.arm.as_deref().map(&mut column);
        let epoch = names.epoch.as_deref().map(&mut column);
        let digest = names.text_digest.as_deref().map(&mut column);
        let cells = match source.layout {
            RatingLayout::Long => Cells::Long {
                item: column(&names.item),
                rater: column(&names.rater),
                score: column(&names.score),
            },
            RatingLayout::WideRaters => {
                let item = column(&names.item);
                let columns: Vec<usize> = source.raters.iter().map(|rater| column(rater)).collect();
                Cells::Raters { item, columns: rater_columns(source, path, columns, &mut problems) }
            }
            RatingLayout::WideItems | RatingLayout::Study => {
                let rater = column(&names.rater);
                let taken = [Some(session), Some(rater), arm, epoch, digest];
                Cells::Items {
                    rater,
                    columns: item_columns(source, path, rows, context, &taken, &mut problems),
                }
            }
        };
        let study = (source.layout == RatingLayout::Study).then(|| Study::find(rows, context, &mut problems));
        problems.sort();
        problems.dedup();
        if problems.is_empty() {
            Ok(Self { session, arm, epoch, digest, cells, study })
        } else {
            Err(problems)
        }
    }
}

fn known_item(context: &RatingContext, item: &str) -> bool {
    ItemId::new(item).is_ok_and(|item| context.items.contains(&item))
}

fn rater_columns(
    source: &RatingSource,
    path: &str,
    columns: Vec<usize>,
    problems: &mut Vec<Problem>,
) -> Vec<(usize, RaterId)> {
    if source.raters.is_empty() {
        problems.push(Problem::of(path, "layout `wide_raters` needs `raters`: the columns that hold scores"));
    }
    let mut found = Vec::new();
    for (column, rater) in columns.into_iter().zip(&source.raters) {
        match RaterId::new(rater.as_str()) {
            Ok(rater) => found.push((column, rater)),
            Err(error) => problems.push(Problem::of(path, format!("rater {}: {error}", shown(rater)))),
        }
    }
    found
}

/// The columns whose name is an item of the rubric, or is mapped to one. Other columns are not ratings.
fn item_columns(
    source: &RatingSource,
    path: &str,
    rows: &Rows<'_>,
    context: &RatingContext,
    taken: &[Option<usize>],
    problems: &mut Vec<Problem>,
) -> Vec<(usize, ItemId)> {
    for name in source.items.keys() {
        problems.extend(rows.column(name).err());
    }
    let mut found: Vec<(usize, ItemId)> = Vec::new();
    for (index, name) in rows.header.iter().enumerate().filter(|(index, _)| !taken.contains(&Some(*index))) {
        let Some(item) = item_of(source, context, name) else { continue };
        if found.iter().any(|(_, before)| *before == item) {
            problems.push(Problem::at(path, 1, format!("two columns hold item {}", shown(item.as_str()))));
        }
        found.push((index, item));
    }
    if found.is_empty() {
        problems
            .push(Problem::at(path, 1, "no column is an item of the rubric").hint("map them under `items`"));
    }
    found
}

/// The rubric's item that a name of the table means.
pub(super) fn item_of(source: &RatingSource, context: &RatingContext, name: &str) -> Option<ItemId> {
    let mapped = source.items.get(name).map_or(name, String::as_str);
    if source.layout == RatingLayout::Study && !source.items.contains_key(name) {
        return study::item(context, name);
    }
    ItemId::new(mapped).ok().filter(|item| context.items.contains(item))
}
