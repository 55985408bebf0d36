//! The scored items behind every total.

use super::cell::ScoreCell;
use crate::domain::Rubric;

/// The scored items behind every total, per unit and rater.
#[derive(Debug, Clone)]
pub(super) struct TotalScores {
    pub(super) raters: usize,
    /// Panel unit of each row.
    pub(super) rows: Vec<u32>,
    /// Row-major, one entry per rater: the scored items and their scores.
    pub(super) scored: Vec<Vec<(u32, f64)>>,
}
impl TotalScores {
    /// Collects the items of the rubric that each rater scored; `cells` are sorted by unit, rater and item.
    pub(super) fn of(rubric: &Rubric, items: &[String], cells: &[ScoreCell], raters: usize) -> Self {
        let counts: Vec<bool> =
            items.iter().map(|id| rubric.items.iter().any(|item| item.id.as_str() == id)).collect();
        let mut scores = Self { raters, rows: Vec::new(), scored: Vec::new() };
        for cell in cells {
            if scores.rows.last() != Some(&cell.unit) {
                scores.rows.push(cell.unit);
                scores.scored.extend(std::iter::repeat_with(Vec::new).take(raters));
            }
            let (Some(value), true) = (cell.value, counts[cell.item as usize]) else { continue };
            let start = scores.scored.len() - raters;
            scores.scored[start + cell.rater as usize].push((cell.item, value));
        }
        scores
    }

    pub(super) fn of_row(&self, row: usize) -> &[Vec<(u32, f64)>] {
        &self.scored[row * self.raters..(row + 1) * self.raters]
    }
}
