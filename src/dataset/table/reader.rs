//! Owns how the rows of a plain table become ratings.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use super::{
    super::{
        problem::{Note, OutOfScaleScore, Problem, shown},
        rows::{Cell, Interner, Row, Rows, cell, unreadable},
        source::{OutOfScalePolicy, RatingLayout},
    },
    ONLY_ITEM, PlainRating, PlainTable, TableCounts, TableSpec,
};
use crate::domain::RaterId;

pub(super) struct Columns {
    unit: usize,
    arm: Option<usize>,
    source: Option<usize>,
    group: Option<usize>,
    conditions: Vec<(usize, bool, String)>,
    item: Option<usize>,
    rater: Option<usize>,
    /// Columns that hold scores, with the rater or item each is named after (`long`: one, unnamed).
    scores: Vec<(usize, String)>,
}

impl Columns {
    pub(super) fn find(spec: &TableSpec, path: &str, rows: &Rows<'_>) -> Result<Self, Vec<Problem>> {
        let mut problems = Vec::new();
        let mut column = |name: &str| {
            rows.column(name).unwrap_or_else(|problem| {
                problems.push(problem);
                0
            })
        };
        let mut optional = |name: &Option<String>| name.as_deref().map(&mut column);
        let (arm, source, group) = (optional(&spec.arm), optional(&spec.source), optional(&spec.mean_by));
        let unit = column(&spec.unit);
        let conditions =
            spec.conditions.iter().map(|w| (column(&w.column), w.equal, w.value.clone())).collect();
        let mut named = |names: &[String]| names.iter().map(|name| (column(name), name.clone())).collect();
        let scores: Vec<(usize, String)> = match spec.layout {
            RatingLayout::Long => named(std::slice::from_ref(&spec.score)),
            RatingLayout::WideRaters => named(&spec.raters),
            RatingLayout::WideItems | RatingLayout::Study => named(&spec.items),
        };
        let wide_items = matches!(spec.layout, RatingLayout::WideItems | RatingLayout::Study);
        let item = spec.item.as_deref().filter(|_| !wide_items).map(&mut column);
        let rater = (spec.layout != RatingLayout::WideRaters).then(|| column(&spec.rater));
        if scores.is_empty() {
            let wanted = if wide_items { "items" } else { "raters" };
            problems.push(Problem::of(
                path,
                format!("a wide table needs the {wanted} whose columns hold scores"),
            ));
        }
        let names: HashSet<&str> = scores.iter().map(|(_, name)| name.as_str()).collect();
        if names.len() < scores.len() {
            problems.push(Problem::of(path, "a column of scores is asked for twice"));
        }
        if spec.layout == RatingLayout::WideRaters {
            let ids = spec.raters.iter().filter_map(|rater| bad_rater(rater));
            problems.extend(ids.map(|message| Problem::of(path, message)));
        }
        problems.sort();
        problems.dedup();
        if problems.is_empty() {
            Ok(Self { unit, arm, source, group, conditions, item, rater, scores })
        } else {
            Err(problems)
        }
    }
}

fn bad_rater(name: &str) -> Option<String> {
    RaterId::new(name).err().map(|error| format!("rater {}: {error}", shown(name)))
}

/// Unit, item, rater.
type Key = (u32, u32, u32);

/// An interned text with its number.
type Text = (u32, Arc<str>);

/// What all scores of a row share.
struct Place {
    unit: Text,
    item: Text,
    /// None for `wide_raters`, where each column has its own.
    rater: Option<Text>,
    arm: Option<Arc<str>>,
    source: Option<Arc<str>>,
    group: Option<Arc<str>>,
}

pub(super) struct Reader<'s> {
    spec: &'s TableSpec,
    path: &'s str,
    columns: Columns,
    /// Columns of scores with their interned names.
    scores: Vec<(usize, Text)>,
    texts: Interner,
    /// Raters met, with whether they are asked for; none when the id is refused.
    raters: HashMap<u32, Result<bool, String>>,
    order: Vec<Arc<str>>,
    seen: HashMap<Key, u32>,
    table: PlainTable,
}

impl<'s> Reader<'s> {
    pub(super) fn new(spec: &'s TableSpec, path: &'s str, columns: Columns) -> Self {
        let table = PlainTable {
            rows: Vec::new(),
            raters: Vec::new(),
            out_of_scale: Vec::new(),
            counts: TableCounts::default(),
            notes: Vec::new(),
        };
        let mut texts = Interner::default();
        let scores = columns.scores.iter().map(|(column, name)| (*column, texts.put(name))).collect();
        Self {
            spec,
            path,
            columns,
            scores,
            texts,
            raters: HashMap::new(),
            order: Vec::new(),
            seen: HashMap::new(),
            table,
        }
    }

    /// Reads one row whole or not at all.
    pub(super) fn row(&mut self, row: &Row<'_>) -> Result<(), Vec<Problem>> {
        self.table.counts.rows += 1;
        let fulfils = |(column, equal, value): &(usize, bool, String)| (row.id(*column) == value) == *equal;
        if !self.columns.conditions.iter().all(fulfils) {
            self.table.counts.filtered += 1;
            return Ok(());
        }
        let Some(place) = self.place(row).map_err(|problem| vec![problem])? else {
            self.table.counts.other_raters += 1;
            return Ok(());
        };
        let (mut problems, mut ratings, mut outside) = (Vec::new(), Vec::new(), Vec::new());
        for index in 0..self.scores.len() {
            match self.cell(row, &place, index, &mut outside) {
                Ok(rating) => ratings.push(rating),
                Err(problem) => problems.push(problem),
            }
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        let line = u32::try_from(row.line).unwrap_or(u32::MAX);
        for (key, rating) in ratings {
            self.seen.insert(key, line);
            self.table.counts.missing += usize::from(rating.as_ref().is_some_and(|r| r.score.is_none()));
            self.table.rows.extend(rating);
        }
        self.table.out_of_scale.extend(outside);
        Ok(())
    }

    /// What all scores of a row share; none when its rater is not asked for.
    fn place(&mut self, row: &Row<'_>) -> Result<Option<Place>, Problem> {
        let rater = match self.columns.rater {
            None => None,
            Some(column) => match self.rater(row, column)? {
                None => return Ok(None),
                rater => rater,
            },
        };
        let named = self.filled(row, self.columns.unit, "unit")?;
        let item = match self.columns.item {
            None => self.texts.put(ONLY_ITEM),
            Some(column) => self.filled(row, column, "item")?,
        };
        let arm = self.optional(row, self.columns.arm).map(|(_, text)| text);
        let group = self.optional(row, self.columns.group).map(|(_, text)| text);
        let source = self.optional(row, self.columns.source).map(|(_, text)| text);
        // The same name in two arms or groups is two units of one source.
        let parts: Vec<&str> = [&arm, &group].into_iter().flatten().map(|part| &**part).collect();
        if parts.is_empty() {
            return Ok(Some(Place { unit: named, item, rater, arm, source, group }));
        }
        let unit = self.texts.put(&format!("{}@{}", named.1, parts.join("@")));
        Ok(Some(Place { unit, item, rater, arm, source: source.or(Some(named.1)), group }))
    }

    /// One score of a row; no rating when it is out of scale and excluded.
    fn cell(
        &self,
        row: &Row<'_>,
        place: &Place,
        index: usize,
        outside: &mut Vec<OutOfScaleScore>,
    ) -> Result<(Key, Option<PlainRating>), Problem> {
        let (column, name) = &self.scores[index];
        let (item, rater) = match self.spec.layout {
            RatingLayout::WideItems | RatingLayout::Study => (name, place.rater.as_ref().unwrap_or(name)),
            RatingLayout::Long | RatingLayout::WideRaters => {
                (&place.item, place.rater.as_ref().unwrap_or(name))
            }
        };
        let key = (place.unit.0, item.0, rater.0);
        if let Some(before) = self.seen.get(&key) {
            let (unit, item, rater) = (shown(&place.unit.1), shown(&item.1), shown(&rater.1));
            let message =
                format!("unit {unit}, item {item}, rater {rater} is already rated on line {before}");
            return Err(Problem::at(self.path, row.line, message));
        }
        let mut rating = PlainRating {
            unit: place.unit.1.clone(),
            item: item.1.clone(),
            rater: rater.1.clone(),
            score: None,
            arm: place.arm.clone(),
            source: place.source.clone(),
            group: place.group.clone(),
        };
        let keep = self.score(row.line, row.field(*column), &mut rating, outside)?;
        Ok((key, keep.then_some(rating)))
    }

    fn filled(&mut self, row: &Row<'_>, column: usize, what: &str) -> Result<Text, Problem> {
        let text = row.id(column);
        if text.trim().is_empty() {
            return Err(Problem::at(self.path, row.line, format!("the {what} is empty")));
        }
        Ok(self.texts.put(text))
    }

    /// The rater of a row; none when not asked for.
    fn rater(&mut self, row: &Row<'_>, column: usize) -> Result<Option<Text>, Problem> {
        let (number, text) = self.texts.put(row.id(column));
        let (spec, order) = (self.spec, &mut self.order);
        let known = self.raters.entry(number).or_insert_with(|| {
            if let Some(message) = bad_rater(&text) {
                return Err(message);
            }
            order.push(text.clone());
            Ok(spec.raters.is_empty() || spec.raters.iter().any(|wanted| **wanted == *text))
        });
        match known {
            Ok(wanted) => Ok(wanted.then_some((number, text))),
            Err(message) => Err(Problem::at(self.path, row.line, message.as_str())),
        }
    }

    fn optional(&mut self, row: &Row<'_>, column: Option<usize>) -> Option<Text> {
        let text = row.id(column?);
        if text.trim().is_empty() { None } else { Some(self.texts.put(text)) }
    }

    /// Puts the score into the rating; false leaves the rating out.
    fn score(
        &self,
        line: usize,
        text: &str,
        rating: &mut PlainRating,
        outside: &mut Vec<OutOfScaleScore>,
    ) -> Result<bool, Problem> {
        let value = match cell(text, &self.spec.table) {
            Cell::Missing => return Ok(true),
            Cell::Unreadable => return Err(unreadable(self.path, line, text, &self.spec.table)),
            Cell::Number(value) => value,
        };
        rating.score = Some(value);
        let Some(Err(found)) = self.spec.scale.map(|scale| scale.score(value)) else { return Ok(true) };
        if self.spec.out_of_scale == OutOfScalePolicy::Refuse {
            return Err(Problem::at(self.path, line, found.to_string()));
        }
        let kept = self.spec.out_of_scale == OutOfScalePolicy::Keep;
        outside.push(OutOfScaleScore {
            path: self.path.to_owned(),
            line,
            unit: rating.unit.to_string(),
            item: rating.item.to_string(),
            rater: rating.rater.to_string(),
            value,
            kept,
        });
        Ok(kept)
    }

    pub(super) fn finish(mut self, notes: Vec<Note>) -> Result<PlainTable, Vec<Problem>> {
        self.table.notes = notes;
        if self.spec.raters.is_empty() {
            self.table.raters = self.order;
            return Ok(self.table);
        }
        self.table.raters = self.spec.raters.iter().map(|rater| self.texts.put(rater).1).collect();
        if self.spec.layout == RatingLayout::WideRaters {
            return Ok(self.table);
        }
        let found: Vec<String> = self.order.iter().map(|rater| shown(rater)).collect();
        let absent =
            self.spec.raters.iter().filter(|rater| !self.order.iter().any(|seen| **seen == ***rater));
        let problems: Vec<Problem> = absent
            .map(|rater| {
                let message = format!("no rater {}; raters found: {}", shown(rater), found.join(", "));
                Problem::of(self.path, message)
            })
            .collect();
        if problems.is_empty() { Ok(self.table) } else { Err(problems) }
    }
}
