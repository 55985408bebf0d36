//! How the rows of a plain table become ratings.

use std::{
    borrow::Cow,
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use super::{
    super::{
        alike,
        cell::{ScoreField, cell, unreadable},
        layout::{RatedCell, rater_id},
        problem::{Note, OutOfScaleScore, Problem, count, name},
        ratings::both,
        repeated::RepeatedLines,
        rows::{InputRow, Interner},
        source::OutOfScalePolicy,
    },
    ONLY_ITEM, PlainRating, PlainTable, TableCounts, TableSpec,
    codes::DistinctScores,
    columns::{Columns, bad_rater, is_named},
};

/// Unit, item, rater.
type PlainKey = (u32, u32, u32);

/// An interned text with its number.
type Text = (u32, Arc<str>);

/// What all scores of a row share.
struct RowContext {
    unit: Text,
    arm: Option<Arc<str>>,
    source: Option<Arc<str>>,
    group: Option<Arc<str>>,
}

/// A rating before it is kept: its key, and what it is unless it was out of scale and is left out.
type ReadRating = (PlainKey, Option<PlainRating>);

pub(super) struct Reader<'s> {
    spec: &'s TableSpec,
    path: &'s str,
    columns: Columns,
    texts: Interner,
    /// Raters met by name, with their ids and whether they are asked for; why not when the id is refused.
    raters: HashMap<u32, Result<Option<Text>, String>>,
    order: Vec<Arc<str>>,
    seen: HashMap<PlainKey, u32>,
    pub(super) repeated: RepeatedLines,
    /// Ids by what they are of, with the line each is first on.
    ids: BTreeMap<&'static str, HashMap<u32, (Arc<str>, usize)>>,
    values: DistinctScores,
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
        Self {
            spec,
            path,
            columns,
            texts: Interner::default(),
            raters: HashMap::new(),
            order: Vec::new(),
            seen: HashMap::new(),
            repeated: RepeatedLines::default(),
            ids: BTreeMap::new(),
            values: DistinctScores::default(),
            table,
        }
    }

    /// Reads one row whole or not at all.
    pub(super) fn row(&mut self, row: &InputRow<'_>) -> Result<(), Vec<Problem>> {
        self.table.counts.rows += 1;
        let fulfils = |(column, equal, value): &(usize, bool, String)| (row.id(*column) == value) == *equal;
        if !self.columns.conditions.iter().all(fulfils) {
            self.table.counts.filtered += 1;
            return Ok(());
        }
        let one = |problem| vec![problem];
        let written = self.columns.layout.rater(row).map(str::to_owned);
        if let Some(written) = written
            && self.rater(row, &written).map_err(one)?.is_none()
        {
            self.table.counts.other_raters += 1;
            return Ok(());
        }
        let place = self.place(row).map_err(one)?;
        let columns = std::mem::take(&mut self.columns.layout);
        let read =
            columns.cells(self.path, row).map_err(one).and_then(|cells| self.cells(row, &place, &cells));
        self.columns.layout = columns;
        self.keep(row.line, read?);
        Ok(())
    }

    /// The ratings of a row, or everything wrong with them.
    fn cells(
        &mut self,
        row: &InputRow<'_>,
        place: &RowContext,
        cells: &[RatedCell<'_>],
    ) -> Result<(Vec<ReadRating>, Vec<OutOfScaleScore>), Vec<Problem>> {
        let (mut problems, mut ratings, mut outside) = (Vec::new(), Vec::new(), Vec::new());
        for cell in cells {
            match self.cell(row, place, cell, &mut outside) {
                Ok(rating) => ratings.extend(rating),
                Err(problem) => problems.push(problem),
            }
        }
        if problems.is_empty() { Ok((ratings, outside)) } else { Err(problems) }
    }

    fn keep(&mut self, line: usize, (ratings, outside): (Vec<ReadRating>, Vec<OutOfScaleScore>)) {
        let number = u32::try_from(line).unwrap_or(u32::MAX);
        for (key, rating) in ratings {
            self.seen.insert(key, number);
            match rating.as_ref().map(|rating| rating.score) {
                Some(None) => self.table.counts.missing += 1,
                Some(Some(score)) => self.values.add(score, line),
                None => {}
            }
            self.table.rows.extend(rating);
        }
        self.table.out_of_scale.extend(outside);
    }

    /// What all scores of a row share.
    fn place(&mut self, row: &InputRow<'_>) -> Result<RowContext, Problem> {
        let named = self.unit(row)?;
        let arm = self.optional(row, "arm", self.columns.arm);
        let group = self.optional(row, "group", self.columns.group);
        let source = self.optional(row, "source", self.columns.source);
        // The same name in two arms or groups is two units of one source.
        let parts: Vec<&str> = [&arm, &group].into_iter().flatten().map(|part| &**part).collect();
        if parts.is_empty() {
            return Ok(RowContext { unit: named, arm, source, group });
        }
        let unit = self.texts.put(&format!("{}@{}", named.1, parts.join("@")));
        Ok(RowContext { unit, arm, source: source.or(Some(named.1)), group })
    }

    /// The unit: one column, or several together.
    fn unit(&mut self, row: &InputRow<'_>) -> Result<Text, Problem> {
        let parts: Vec<&str> = self.columns.unit.iter().map(|column| row.id(*column)).collect();
        if parts.iter().all(|part| part.trim().is_empty()) {
            return Err(Problem::at(self.path, row.line, "the unit is empty"));
        }
        let written = match parts.as_slice() {
            [one] => Cow::Borrowed(*one),
            // Two marks for one in a part: no two units are joined to the same text.
            parts => {
                let parts: Vec<String> = parts.iter().map(|part| part.replace('|', "||")).collect();
                Cow::Owned(parts.join("|"))
            }
        };
        let id = self.spec.unit_ids.get(&*written).map_or(&*written, String::as_str);
        Ok(self.met("unit", id, row.line))
    }

    /// Notes where an id is first.
    fn met(&mut self, what: &'static str, id: &str, line: usize) -> Text {
        let text = self.texts.put(id);
        self.ids.entry(what).or_default().entry(text.0).or_insert_with(|| (text.1.clone(), line));
        text
    }

    /// One score of a row; none when its rater is not asked for, no rating when it is out of scale and excluded.
    fn cell(
        &mut self,
        row: &InputRow<'_>,
        place: &RowContext,
        found: &RatedCell<'_>,
        outside: &mut Vec<OutOfScaleScore>,
    ) -> Result<Option<ReadRating>, Problem> {
        let Some(rater) = self.rater(row, found.rater.unwrap_or_default())? else { return Ok(None) };
        let item = match found.item {
            None => self.texts.put(ONLY_ITEM),
            Some(item) if item.trim().is_empty() => {
                return Err(Problem::at(self.path, row.line, "the item is empty"));
            }
            Some(item) => self.met("item", item, row.line),
        };
        let key = (place.unit.0, item.0, rater.0);
        if let Some(before) = self.seen.get(&key) {
            self.repeated.push(row.line, usize::try_from(*before).unwrap_or(usize::MAX));
            let (unit, item, rater) = (name(&place.unit.1), name(&item.1), name(&rater.1));
            let message =
                format!("unit {unit}, item {item}, rater {rater} is already rated on line {before}");
            return Err(Problem::at(self.path, row.line, message));
        }
        let mut rating = PlainRating {
            unit: place.unit.1.clone(),
            item: item.1,
            rater: rater.1,
            score: None,
            arm: place.arm.clone(),
            source: place.source.clone(),
            group: place.group.clone(),
        };
        let keep = self.score(row.line, found, &mut rating, outside)?;
        Ok(Some((key, keep.then_some(rating))))
    }

    /// A rater by his name in the table; none when not asked for.
    fn rater(&mut self, row: &InputRow<'_>, written: &str) -> Result<Option<Text>, Problem> {
        let (number, _) = self.texts.put(written);
        if !self.raters.contains_key(&number) {
            let known = self.new_rater(written, row.line);
            self.raters.insert(number, known);
        }
        match &self.raters[&number] {
            Ok(rater) => Ok(rater.clone()),
            Err(message) => Err(Problem::at(self.path, row.line, message.as_str())),
        }
    }

    fn new_rater(&mut self, written: &str, line: usize) -> Result<Option<Text>, String> {
        let id = rater_id(&self.spec.rater_ids, written).into_owned();
        if let Some(message) = bad_rater(&id, written) {
            return Err(message);
        }
        let text = self.met("rater", &id, line);
        if !self.order.contains(&text.1) {
            self.order.push(text.1.clone());
        }
        let asked = self.spec.raters.is_empty() || is_named(&self.spec.raters, &[written, &id]);
        Ok(asked.then_some(text))
    }

    fn optional(
        &mut self,
        row: &InputRow<'_>,
        what: &'static str,
        column: Option<usize>,
    ) -> Option<Arc<str>> {
        let text = row.id(column?);
        if text.trim().is_empty() { None } else { Some(self.met(what, text, row.line).1) }
    }

    /// Puts the score into the rating; false leaves the rating out.
    fn score(
        &mut self,
        line: usize,
        found: &RatedCell<'_>,
        rating: &mut PlainRating,
        outside: &mut Vec<OutOfScaleScore>,
    ) -> Result<bool, Problem> {
        let value = match cell(found.score, &self.spec.table, &self.spec.words) {
            ScoreField::Number(_) if found.not_assessable => return Err(both(self.path, line)),
            ScoreField::Missing if !found.not_assessable => return Ok(true),
            ScoreField::Missing | ScoreField::NotAssessable => {
                self.table.counts.not_assessable += 1;
                return Ok(true);
            }
            ScoreField::Unreadable => return Err(unreadable(self.path, line, found.score, &self.spec.table)),
            ScoreField::Number(value) => value,
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
        let mut problems = self.alike();
        problems.extend(self.wrong_raters());
        match self.values.judged(self.path, self.spec) {
            Ok(note) => self.table.notes.extend(note),
            Err(problem) => problems.push(problem),
        }
        let n = self.table.counts.not_assessable;
        if n > 0 {
            let message = format!("{} not assessable, counted among the missing", count(n, "score"));
            self.table.notes.push(Note { path: self.path.to_owned(), message });
        }
        if problems.is_empty() { Ok(self.table) } else { Err(problems) }
    }

    /// Ids that look alike, one problem for each kind of id.
    fn alike(&self) -> Vec<Problem> {
        let of_kind = |(what, ids): (&&'static str, &HashMap<u32, (Arc<str>, usize)>)| {
            let remedy = match *what {
                "unit" => "if two are one, write them alike in the table, or give --rename-unit \"FROM=TO\"",
                "rater" => {
                    "if two are one, write them alike in the table, or give --rename-rater \"FROM=TO\""
                }
                _ => "if two are one, write them alike in the table",
            };
            let mut ids: Vec<(&str, usize)> = ids.values().map(|(id, line)| (&**id, *line)).collect();
            ids.sort_by_key(|(id, line)| (*line, *id));
            alike::problem(self.path, what, ids, remedy)
        };
        self.ids.iter().filter_map(of_kind).collect()
    }

    /// Puts raters into the order asked for; those asked for that are not there are problems.
    fn wrong_raters(&mut self) -> Vec<Problem> {
        if self.spec.raters.is_empty() {
            self.table.raters = self.order.clone();
            return Vec::new();
        }
        let found: Vec<String> = self.order.iter().map(|rater| name(rater)).collect();
        let mut problems = Vec::new();
        for asked in &self.spec.raters {
            let id = rater_id(&self.spec.rater_ids, asked);
            if let Some(known) = self.order.iter().find(|known| ***known == *id) {
                self.table.raters.push(known.clone());
            } else {
                let message = format!("no rater {}; raters found: {}", name(asked), found.join(", "));
                problems.push(Problem::of(self.path, message));
            }
        }
        problems
    }
}
