//! Where in a ratings table of an experiment things are, and what is wrong with its header.

use super::{
    super::{
        layout::{Layout, Shape, rater_id},
        problem::{Problem, name},
        rows::{ColumnFinder, Rows},
        source::{RatingLayout, RatingSource},
    },
    RatingContext,
    study::{self, StudyColumns},
};
use crate::dataset::ratings::item::item_of;
use crate::domain::{ItemId, RaterId};

/// Where in a row things are.
pub(super) struct RatingColumnPlaces {
    pub(super) session: usize,
    pub(super) arm: Option<usize>,
    pub(super) epoch: Option<usize>,
    pub(super) digest: Option<usize>,
    pub(super) layout: Layout,
    /// What only the published layout has.
    pub(super) study: Option<StudyColumns>,
}

impl RatingColumnPlaces {
    pub(super) fn find(
        source: &RatingSource,
        path: &str,
        rows: &Rows<'_>,
        context: &RatingContext,
    ) -> Result<Self, Vec<Problem>> {
        let mut problems = declared(source, path, context);
        let mut finder = rows.finder();
        let published = study::columns();
        let names = if source.layout == RatingLayout::Study { &published } else { &source.columns };
        let session = finder.column(&names.session);
        let mut optional = |name: &Option<String>| name.as_deref().map(|name| finder.column(name));
        let [arm, epoch, digest, _] =
            [&names.arm, &names.epoch, &names.text_digest, &names.comment].map(&mut optional);
        let long = source.layout == RatingLayout::Long;
        let by_item = matches!(source.layout, RatingLayout::WideItems | RatingLayout::Study);
        let rater = (source.layout != RatingLayout::WideRaters).then_some(names.rater.as_str());
        let taken = [Some(names.session.as_str()), rater, names.arm.as_deref(), names.epoch.as_deref()];
        let scores = match source.layout {
            RatingLayout::WideRaters => rater_columns(source, path, &mut problems),
            RatingLayout::WideItems | RatingLayout::Study => {
                item_columns(source, path, rows, context, &taken, &mut finder, &mut problems)
            }
            RatingLayout::Long => Vec::new(),
        };
        // Where the rubric has one item, a table need not name it.
        let only = context.items.len() == 1 && rows.position(&names.item).is_none();
        let shape = Shape {
            layout: source.layout,
            item: (!by_item && !only).then_some(names.item.as_str()),
            rater,
            score: &names.score,
            not_assessable: names.not_assessable.as_deref().filter(|_| long),
            time: names.time.as_deref(),
            scores: &scores,
        };
        let layout = Layout::find(&mut finder, &shape);
        let study =
            (source.layout == RatingLayout::Study).then(|| StudyColumns::find(rows, &mut finder, context));
        problems.extend(finder.problems());
        problems.sort();
        problems.dedup();
        if problems.is_empty() {
            Ok(Self { session, arm, epoch, digest, layout, study })
        } else {
            Err(problems)
        }
    }
}

/// What is wrong with the declaration itself.
fn declared(source: &RatingSource, path: &str, context: &RatingContext) -> Vec<Problem> {
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
        let message = format!("`items` maps to {}, which the rubric does not have", name(item));
        problems.push(Problem::of(path, message));
    }
    problems
}

fn known_item(context: &RatingContext, item: &str) -> bool {
    ItemId::new(item).is_ok_and(|item| context.items.contains(&item))
}

fn rater_columns(source: &RatingSource, path: &str, problems: &mut Vec<Problem>) -> Vec<String> {
    if source.raters.is_empty() {
        problems.push(Problem::of(path, "layout `wide_raters` needs `raters`: the columns that hold scores"));
    }
    for rater in &source.raters {
        if let Err(error) = RaterId::new(rater_id(&source.rater_ids, rater)) {
            problems.push(Problem::of(path, format!("rater {}: {error}", name(rater))));
        }
    }
    source.raters.clone()
}

/// The columns whose name is an item of the rubric, or is mapped to one. Other columns are not ratings.
fn item_columns(
    source: &RatingSource,
    path: &str,
    rows: &Rows<'_>,
    context: &RatingContext,
    taken: &[Option<&str>],
    finder: &mut ColumnFinder<'_, '_>,
    problems: &mut Vec<Problem>,
) -> Vec<String> {
    for name in source.items.keys() {
        finder.column(name);
    }
    let (mut found, mut items): (Vec<String>, Vec<ItemId>) = (Vec::new(), Vec::new());
    for column in rows.header.iter().filter(|column| !taken.contains(&Some(column.as_str()))) {
        let Some(item) = item_of(source, context, column) else { continue };
        if items.contains(&item) {
            let message = format!("two columns hold item {}", name(item.as_str()));
            problems.push(Problem::at(path, rows.header_line, message));
        }
        found.push(column.clone());
        items.push(item);
    }
    if found.is_empty() {
        let columns: Vec<String> = rows.header.iter().map(|column| name(column)).collect();
        let message = format!("no column is an item of the rubric; columns found: {}", columns.join(", "));
        problems.push(Problem::at(path, rows.header_line, message).hint("map them under `items`"));
    }
    found
}
