//! Reading a table of clinicians' ratings: text in, ratings or every problem out. A blank is missing, never 0;
//! a score outside the scale is counted and listed, whatever happens to it.

use std::collections::{BTreeMap, HashMap};

use columns::RatingColumnPlaces;

use self::item::item_of;
use super::{
    alike,
    cell::{ScoreField, cell, unreadable},
    layout::{RatedCell, rater_id},
    problem::{Note, OutOfScaleScore, Problem, RowProblems, count, lines, name},
    repeated::RepeatedLines,
    rows::{Contents, InputRow, Rows},
    source::{OutOfScalePolicy, RatingSource},
};
use crate::domain::{Arm, Digest, ItemId, RaterId, RaterKind, Rating, RatingOutcome, Scale, SessionId};

pub use crate::dataset::ratings::context::RatingContext;

mod columns;
mod context;
mod item;
mod rated;
mod study;

/// What a table holds.
#[derive(Debug, Clone, PartialEq)]
pub struct RatingsRead {
    /// Ratings in the order of the table; missing ones included, excluded out-of-scale ones not.
    pub ratings: Vec<Rating>,
    /// Scores outside the scale.
    pub out_of_scale: Vec<OutOfScaleScore>,
    /// How many of the ratings are missing.
    pub missing: usize,
    /// Rows left out, and ratings of another version of a session's text.
    pub notes: Vec<Note>,
}

/// Reads a table. `path` is as shown to people.
///
/// # Errors
/// Everything that is wrong, sorted by line.
pub fn read(
    source: &RatingSource,
    path: &str,
    text: &str,
    context: &RatingContext,
) -> Result<RatingsRead, Vec<Problem>> {
    let mut rows = Rows::open(path, text, &source.table, Contents::Names).map_err(|problem| vec![problem])?;
    let columns = RatingColumnPlaces::find(source, path, &rows, context)?;
    let mut reader = RatingsReader {
        source,
        path,
        context,
        columns,
        read: CollectedRatings::default(),
        seen: HashMap::new(),
        repeated: RepeatedLines::default(),
    };
    let mut bad = RowProblems::new(path, context.skip_bad_rows);
    while let Some(row) = rows.next() {
        match row {
            Ok(row) => reader.row(&row).unwrap_or_else(|problems| bad.push(row.line, problems)),
            Err((line, problem)) => bad.push(line, vec![problem]),
        }
    }
    let wrong = reader.wrong_raters();
    match bad.finish() {
        Ok(notes) if wrong.is_empty() => {
            let mut read = reader.finish(notes);
            read.notes.extend(rows.notes());
            Ok(read)
        }
        Ok(_) => Err(wrong),
        Err(mut problems) => {
            let advice = |column: &str| {
                format!(
                    "rows of one key differ in the column {}, which is not mapped: map it, such as \
                     `columns: {{arm: {column}}}`, or keep the rows that are meant",
                    name(column)
                )
            };
            reader.repeated.explain(&mut problems, path, text, &source.table, &mapped(source), advice);
            problems.extend(wrong);
            problems.sort();
            Err(problems)
        }
    }
}

/// The columns that have a part in a rating.
fn mapped(source: &RatingSource) -> Vec<&str> {
    let columns = &source.columns;
    let named = [&columns.session, &columns.item, &columns.rater, &columns.score].map(String::as_str);
    let optional = [&columns.arm, &columns.epoch, &columns.text_digest, &columns.comment, &columns.time]
        .into_iter()
        .filter_map(Option::as_deref);
    named.into_iter().chain(optional).chain(source.raters.iter().map(String::as_str)).collect()
}

/// Which text a row rates.
#[derive(Clone)]
struct RatedText {
    session: SessionId,
    source: SessionId,
    arm: Arm,
    epoch: u32,
    digest: Option<Digest>,
}

/// What a rating is of, and whose.
type RatingKey = (SessionId, ItemId, RaterId);

#[derive(Default)]
struct CollectedRatings {
    ratings: Vec<Rating>,
    out_of_scale: Vec<OutOfScaleScore>,
    /// Names of raters with the line each is first on.
    raters: BTreeMap<String, usize>,
    other_raters: usize,
    /// Rows about the counselor of another arm, whose text is not here.
    other_counselor: Vec<usize>,
    /// Sums that are not those of the items, by line.
    sums: Vec<Note>,
    stale: Vec<usize>,
}

struct RatingsReader<'s> {
    source: &'s RatingSource,
    path: &'s str,
    context: &'s RatingContext,
    columns: RatingColumnPlaces,
    read: CollectedRatings,
    seen: HashMap<RatingKey, usize>,
    repeated: RepeatedLines,
}

impl RatingsReader<'_> {
    /// Reads one row whole or not at all.
    fn row(&mut self, row: &InputRow<'_>) -> Result<(), Vec<Problem>> {
        if !self.is_asked_for(row) {
            self.read.other_raters += 1;
            return Ok(());
        }
        let cells = self.columns.layout.cells(self.path, row).map_err(|problem| vec![problem])?;
        if let Some(study) = &self.columns.study {
            if !study.is_of_this_text(self.path, self.context, row, self.session(row))? {
                self.read.other_counselor.push(row.line);
                return Ok(());
            }
            self.read.sums.extend(study.wrong_sums(self.path, row, &cells, self.source, self.context));
        }
        let named: Result<Vec<(ItemId, RaterId)>, Vec<Problem>> =
            cells.iter().map(|cell| self.names(row, cell)).collect();
        let named = named?;
        let rated = self.rated(row).map_err(|problem| vec![problem])?;
        let (mut problems, mut cells_read, mut outside) = (Vec::new(), Vec::new(), Vec::new());
        for ((item, rater), cell) in named.into_iter().zip(&cells) {
            let key = (rated.session.clone(), item, rater);
            if let Some(before) = self.seen.get(&key) {
                self.repeated.push(row.line, *before);
                problems.push(self.duplicate(row.line, *before, &key));
                continue;
            }
            match self.outcome(row.line, &key, cell, &mut outside) {
                Ok(outcome) => cells_read.push((key, outcome)),
                Err(problem) => problems.push(problem),
            }
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        if rated.digest.is_some_and(|digest| {
            rated.arm == Arm::Original && self.context.sessions.get(&rated.session) != Some(&digest)
        }) {
            self.read.stale.push(row.line);
        }
        for (key, outcome) in cells_read {
            let rating = outcome.map(|outcome| self.rating(&rated, key.clone(), outcome));
            self.read.ratings.extend(rating);
            self.seen.insert(key, row.line);
        }
        self.read.out_of_scale.extend(outside);
        Ok(())
    }

    /// True when the row is of a rater asked for, by name or id. Where columns are raters, every row is.
    fn is_asked_for(&mut self, row: &InputRow<'_>) -> bool {
        let Some(written) = self.columns.layout.rater(row) else { return true };
        if !self.read.raters.contains_key(written) {
            self.read.raters.insert(written.to_owned(), row.line);
        }
        let id = rater_id(&self.source.rater_ids, written);
        let wanted = |wanted: &String| *wanted == written || *wanted == id;
        self.source.raters.is_empty() || self.source.raters.iter().any(wanted)
    }

    fn names(&self, row: &InputRow<'_>, cell: &RatedCell<'_>) -> Result<(ItemId, RaterId), Vec<Problem>> {
        match (self.item(row, cell.item), self.rater(row, cell.rater.unwrap_or_default())) {
            (Ok(item), Ok(rater)) => Ok((item, rater)),
            (item, rater) => Err(item.err().into_iter().chain(rater.err()).collect()),
        }
    }

    fn item(&self, row: &InputRow<'_>, written: Option<&str>) -> Result<ItemId, Problem> {
        let only = || self.context.items.first().cloned();
        let found = written.map_or_else(only, |name| item_of(self.source, self.context, name));
        found.ok_or_else(|| {
            let known: Vec<&str> = self.context.items.iter().map(ItemId::as_str).collect();
            let found = name(written.unwrap_or_default());
            let message = format!("item {found} is not in the rubric; items: {}", known.join(", "));
            Problem::at(self.path, row.line, message).hint("map it under `items`")
        })
    }

    fn rater(&self, row: &InputRow<'_>, written: &str) -> Result<RaterId, Problem> {
        RaterId::new(rater_id(&self.source.rater_ids, written))
            .map_err(|error| Problem::at(self.path, row.line, format!("rater {}: {error}", name(written))))
    }

    fn outcome(
        &self,
        line: usize,
        key: &RatingKey,
        rated: &RatedCell<'_>,
        outside: &mut Vec<OutOfScaleScore>,
    ) -> Result<Option<RatingOutcome>, Problem> {
        let text = rated.score;
        let value = match cell(text, &self.source.table, &self.source.words) {
            ScoreField::Number(_) if rated.not_assessable => return Err(both(self.path, line)),
            ScoreField::Missing if !rated.not_assessable => return Ok(Some(RatingOutcome::Missing)),
            ScoreField::Missing | ScoreField::NotAssessable => {
                let reason = "the rater could not tell".to_owned();
                return Ok(Some(RatingOutcome::NotAssessable { reason }));
            }
            ScoreField::Unreadable => return Err(unreadable(self.path, line, text, &self.source.table)),
            ScoreField::Number(value) => value,
        };
        let found = match self.source.scale.score(value) {
            Ok(score) => return Ok(Some(RatingOutcome::Scored { score })),
            Err(found) => found,
        };
        let kept = match self.source.out_of_scale {
            OutOfScalePolicy::Refuse => return Err(Problem::at(self.path, line, found.to_string())),
            OutOfScalePolicy::Exclude => None,
            // The widest scale takes every number a person would write down.
            OutOfScalePolicy::Keep => {
                let any = Scale { min: i32::MIN, max: i32::MAX };
                Some(any.score(value).map_err(|wild| Problem::at(self.path, line, wild.to_string()))?)
            }
        };
        outside.push(OutOfScaleScore {
            path: self.path.to_owned(),
            line,
            unit: key.0.to_string(),
            item: key.1.to_string(),
            rater: key.2.to_string(),
            value,
            kept: kept.is_some(),
        });
        Ok(kept.map(|score| RatingOutcome::Scored { score }))
    }

    fn rating(&self, rated: &RatedText, (session, item, rater): RatingKey, outcome: RatingOutcome) -> Rating {
        Rating {
            session,
            source: rated.source.clone(),
            arm: rated.arm.clone(),
            epoch: rated.epoch,
            item,
            rater,
            kind: RaterKind::Clinician,
            outcome,
            text_digest: rated.digest,
            synthetic: self.source.synthetic,
            fold: None,
            draws: Vec::new(),
        }
    }

    fn duplicate(&self, line: usize, before: usize, key: &RatingKey) -> Problem {
        let (session, item, rater) = (name(key.0.as_str()), name(key.1.as_str()), name(key.2.as_str()));
        let message =
            format!("session {session}, item {item}, rater {rater} is already rated on line {before}");
        Problem::at(self.path, line, message)
    }

    /// Raters asked for that no row names, and raters that look alike.
    fn wrong_raters(&self) -> Vec<Problem> {
        let known: Vec<(&str, usize)> =
            self.read.raters.iter().map(|(rater, line)| (rater.as_str(), *line)).collect();
        if known.is_empty() {
            return Vec::new();
        }
        let ids: Vec<(String, usize)> = known
            .iter()
            .map(|(rater, line)| (rater_id(&self.source.rater_ids, rater).into_owned(), *line))
            .collect();
        let there =
            |wanted: &str| known.iter().any(|(r, _)| *r == wanted) || ids.iter().any(|(id, _)| id == wanted);
        let found: Vec<String> = known.iter().map(|(rater, _)| name(rater)).collect();
        let absent = self.source.raters.iter().filter(|rater| !there(rater));
        let mut problems: Vec<Problem> = absent
            .map(|rater| {
                let message = format!("no rater {}; raters found: {}", name(rater), found.join(", "));
                Problem::of(self.path, message)
            })
            .collect();
        let ids = ids.iter().map(|(id, line)| (id.as_str(), *line));
        let remedy = "map one to the other: `rater_ids: {\"FROM\": \"TO\"}`";
        problems.extend(alike::problem(self.path, "rater", ids, remedy));
        problems
    }

    fn finish(self, mut notes: Vec<Note>) -> RatingsRead {
        let mut note = |message: String| notes.push(Note { path: self.path.to_owned(), message });
        if self.read.other_raters > 0 {
            note(format!("{} by raters not asked for left out", count(self.read.other_raters, "row")));
        }
        if !self.read.other_counselor.is_empty() {
            let (n, at) = (count(self.read.other_counselor.len(), "row"), lines(&self.read.other_counselor));
            note(format!(
                "{n} on a session with the other counselor, whose text is not in this study, left out ({at})"
            ));
        }
        if !self.read.stale.is_empty() {
            let (n, at) = (count(self.read.stale.len(), "row"), lines(&self.read.stale));
            note(format!("stale: {n} on another text than the session has now ({at})"));
        }
        notes.extend(self.read.sums);
        let missing = self.read.ratings.iter().filter(|r| r.outcome == RatingOutcome::Missing).count();
        RatingsRead { ratings: self.read.ratings, out_of_scale: self.read.out_of_scale, missing, notes }
    }
}

/// A cell that holds a score and is marked not assessable.
pub(super) fn both(path: &str, line: usize) -> Problem {
    Problem::at(path, line, "a score, and marked not assessable").hint("take one of the two out")
}

#[cfg(test)]
mod tests;
