//! The units x raters matrix that agreement statistics read, and pairs taken from it.

use serde::{Deserialize, Serialize};

/// A units x raters matrix, row-major, with missing cells. A non-finite cell counts as missing.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct RatingMatrix {
    n_units: usize,
    n_raters: usize,
    cells: Vec<Option<f64>>,
}

impl RatingMatrix {
    /// One row per unit; short rows are filled with missing cells up to the longest.
    pub fn from_rows<R: AsRef<[Option<f64>]>>(rows: &[R]) -> Self {
        let n_raters = rows.iter().map(|r| r.as_ref().len()).max().unwrap_or(0);
        let mut cells = Vec::with_capacity(rows.len() * n_raters);
        for row in rows {
            let row = row.as_ref();
            cells.extend((0..n_raters).map(|j| finite(row.get(j))));
        }
        Self { n_units: rows.len(), n_raters, cells }
    }

    /// One column per rater; short columns are filled with missing cells up to the longest.
    pub fn from_columns<C: AsRef<[Option<f64>]>>(columns: &[C]) -> Self {
        let n_units = columns.iter().map(|c| c.as_ref().len()).max().unwrap_or(0);
        let n_raters = columns.len();
        let mut cells = Vec::with_capacity(n_units * n_raters);
        for i in 0..n_units {
            cells.extend(columns.iter().map(|c| finite(c.as_ref().get(i))));
        }
        Self { n_units, n_raters, cells }
    }

    /// Number of rows.
    pub fn n_units(&self) -> usize {
        self.n_units
    }

    /// Number of columns.
    pub fn n_raters(&self) -> usize {
        self.n_raters
    }

    /// The cell; `None` if it is missing or out of range.
    pub fn get(&self, unit: usize, rater: usize) -> Option<f64> {
        if rater >= self.n_raters {
            return None;
        }
        self.cells.get(unit * self.n_raters + rater).copied().flatten()
    }

    /// The cells of one unit; empty if out of range.
    pub fn row(&self, unit: usize) -> &[Option<f64>] {
        self.cells.get(unit * self.n_raters..(unit + 1) * self.n_raters).unwrap_or(&[])
    }

    /// All rows in order.
    pub fn rows(&self) -> impl Iterator<Item = &[Option<f64>]> {
        (0..self.n_units).map(|i| self.row(i))
    }

    /// The cells of one rater, one per unit.
    pub fn column(&self, rater: usize) -> Vec<Option<f64>> {
        (0..self.n_units).map(|i| self.get(i, rater)).collect()
    }

    /// The columns with these indices, in this order; an index out of range gives a column of missing cells.
    pub fn select(&self, raters: &[usize]) -> Self {
        let columns: Vec<_> = raters.iter().map(|&j| self.column(j)).collect();
        Self::from_columns(&columns)
    }

    /// The rows without a missing cell, and how many rows were dropped.
    pub fn listwise(&self) -> (Complete, usize) {
        let mut values = Vec::with_capacity(self.cells.len());
        let mut n_units = 0;
        for row in self.rows() {
            if !row.is_empty() && row.iter().all(Option::is_some) {
                values.extend(row.iter().flatten());
                n_units += 1;
            }
        }
        (Complete { n_units, n_raters: self.n_raters, values }, self.n_units - n_units)
    }
}

fn finite(cell: Option<&Option<f64>>) -> Option<f64> {
    cell.copied().flatten().filter(|v| v.is_finite())
}

/// A units x raters matrix without missing cells, row-major.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Complete {
    n_units: usize,
    n_raters: usize,
    values: Vec<f64>,
}

impl Complete {
    /// Number of rows.
    pub fn n_units(&self) -> usize {
        self.n_units
    }

    /// Number of columns.
    pub fn n_raters(&self) -> usize {
        self.n_raters
    }

    /// All values, row-major.
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// All rows in order.
    pub fn rows(&self) -> impl Iterator<Item = &[f64]> {
        self.values.chunks_exact(self.n_raters.max(1))
    }

    /// One column.
    pub fn column(&self, rater: usize) -> Vec<f64> {
        self.rows().filter_map(|r| r.get(rater).copied()).collect()
    }
}

/// Two equally long lists of finite values, one entry per unit that both sides rated.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Pairs {
    a: Vec<f64>,
    b: Vec<f64>,
    n_dropped: usize,
}

impl Pairs {
    /// Keeps the positions where both values are present, up to the end of the shorter list.
    pub fn new(a: &[Option<f64>], b: &[Option<f64>]) -> Self {
        let mut pairs = Self { n_dropped: a.len().max(b.len()), ..Self::default() };
        for (x, y) in a.iter().zip(b) {
            if let (Some(x), Some(y)) = (finite(Some(x)), finite(Some(y))) {
                pairs.a.push(x);
                pairs.b.push(y);
                pairs.n_dropped -= 1;
            }
        }
        pairs
    }

    /// Pairs of two lists without missing values.
    pub fn complete(a: &[f64], b: &[f64]) -> Self {
        let wrap = |v: &[f64]| v.iter().map(|&x| Some(x)).collect::<Vec<_>>();
        Self::new(&wrap(a), &wrap(b))
    }

    /// The first side.
    pub fn a(&self) -> &[f64] {
        &self.a
    }

    /// The second side.
    pub fn b(&self) -> &[f64] {
        &self.b
    }

    /// Number of pairs.
    pub fn len(&self) -> usize {
        self.a.len()
    }

    /// True if there is no pair.
    pub fn is_empty(&self) -> bool {
        self.a.is_empty()
    }

    /// Number of positions left out because a value was missing.
    pub fn n_dropped(&self) -> usize {
        self.n_dropped
    }

    /// The differences b - a.
    pub fn differences(&self) -> Vec<f64> {
        self.a.iter().zip(&self.b).map(|(a, b)| b - a).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ragged_rows_are_filled_and_dropped_listwise() {
        let t = RatingMatrix::from_rows(&[
            vec![Some(1.0), Some(2.0)],
            vec![Some(3.0)],
            vec![Some(f64::NAN), Some(1.0)],
        ]);
        assert_eq!((t.n_units(), t.n_raters()), (3, 2));
        let (complete, dropped) = t.listwise();
        assert_eq!((complete.values(), dropped), (&[1.0, 2.0][..], 2));
        assert_eq!(t.select(&[1, 9]).column(0), t.column(1));
    }
}
