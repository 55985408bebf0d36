//! Where in the rows of a ratings table the ratings are, for every layout: experiments and `agree` read through this.

use std::{borrow::Cow, collections::BTreeMap};

use super::{
    problem::Problem,
    rows::{ColumnFinder, InputRow},
    selected,
    source::RatingLayout,
    timestamp,
};

/// What a table declares of its layout.
#[derive(Debug, Clone)]
pub(super) struct Shape<'s> {
    pub(super) layout: RatingLayout,
    /// Column of the item; none where one thing was rated.
    pub(super) item: Option<&'s str>,
    /// Column of the rater; none where each column is a rater, or all rows are of one.
    pub(super) rater: Option<&'s str>,
    /// Column of the score (`long`).
    pub(super) score: &'s str,
    /// Column of a mark that the rater could not tell (`long`).
    pub(super) not_assessable: Option<&'s str>,
    /// Column of the time of rating.
    pub(super) time: Option<&'s str>,
    /// The columns that hold scores (wide layouts).
    pub(super) scores: &'s [String],
}

/// Where in a row the ratings are.
#[derive(Default)]
pub(super) struct Layout {
    item: Option<usize>,
    rater: Option<usize>,
    /// Columns of scores; with the item or rater that each is named after in wide layouts.
    scores: Vec<(usize, String)>,
    columns_are: RatingLayout,
    not_assessable: Option<usize>,
    time: Option<usize>,
}

/// One rating as the table has it. What has no column is empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct RatedCell<'r> {
    pub(super) item: Option<&'r str>,
    pub(super) rater: Option<&'r str>,
    pub(super) score: &'r str,
    /// The rater said that he could not tell.
    pub(super) not_assessable: bool,
}

impl Layout {
    pub(super) fn find(finder: &mut ColumnFinder<'_, '_>, shape: &Shape<'_>) -> Self {
        let long = shape.layout == RatingLayout::Long;
        let scores = if long { std::slice::from_ref(&shape.score) } else { &[] };
        let named = scores.iter().map(|name| (*name).to_owned());
        let named = named.chain(shape.scores.iter().filter(|_| !long).cloned());
        let mut column = |name: &str| finder.column(name);
        Self {
            item: shape.item.map(&mut column),
            rater: shape.rater.map(&mut column),
            scores: named.map(|name| (column(&name), name)).collect(),
            columns_are: shape.layout,
            not_assessable: shape.not_assessable.map(&mut column),
            time: shape.time.map(&mut column),
        }
    }

    /// The rater that a whole row is of; none where each column has its own.
    pub(super) fn rater<'r>(&self, row: &'r InputRow<'_>) -> Option<&'r str> {
        self.rater.map(|column| row.id(column))
    }

    /// The ratings of a row.
    pub(super) fn cells<'r>(
        &'r self,
        path: &str,
        row: &'r InputRow<'_>,
    ) -> Result<Vec<RatedCell<'r>>, Problem> {
        let mark = self.not_assessable.map(|column| row.field(column)).unwrap_or_default();
        let Some(not_assessable) = selected::mark(mark) else {
            let found = super::problem::name(mark);
            let problem = Problem::at(path, row.line, format!("`not_assessable` is {found}"));
            return Err(problem.hint("write true or false, or leave it empty"));
        };
        let time = self.time.map(|column| row.field(column)).filter(|text| !text.trim().is_empty());
        if let Some(Err(error)) = time.map(timestamp::parse_date_or_time) {
            return Err(Problem::at(path, row.line, format!("time of rating: {error}")));
        }
        let (item, rater) = (self.item.map(|column| row.id(column)), self.rater(row));
        let cell = |(column, name): &'r (usize, String)| {
            let (item, rater) = match self.columns_are {
                RatingLayout::Long => (item, rater),
                RatingLayout::WideRaters => (item, Some(name.as_str())),
                RatingLayout::WideItems | RatingLayout::Study => (Some(name.as_str()), rater),
            };
            RatedCell { item, rater, score: row.field(*column), not_assessable }
        };
        Ok(self.scores.iter().map(cell).collect())
    }
}

/// The id behind a name: mapped, else as written with other characters for those that no id of a rater may hold.
pub(super) fn rater_id<'n>(map: &'n BTreeMap<String, String>, written: &'n str) -> Cow<'n, str> {
    let id = map.get(written).map_or(written, String::as_str);
    if !id.contains(FORBIDDEN) {
        return Cow::Borrowed(id);
    }
    let other = |c: char| FORBIDDEN.iter().position(|f| *f == c).map_or(c, |at| INSTEAD[at]);
    Cow::Owned(id.chars().map(other).collect())
}

/// They join names in estimates.
const FORBIDDEN: [char; 5] = [',', '+', '|', '(', ')'];
const INSTEAD: [char; 5] = [';', '&', '/', '[', ']'];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_ids_that_estimates_can_join() {
        let map = BTreeMap::from([("Okafor, Ben".to_owned(), "BO".to_owned())]);
        assert_eq!(rater_id(&map, "Okafor, Ben"), "BO");
        assert_eq!(rater_id(&map, "Weiss, Anna (MD)"), "Weiss; Anna [MD]");
        assert_eq!(rater_id(&map, "P1"), "P1");
    }
}
