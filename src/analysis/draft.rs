//! Builds the panel of an analysis from single scores.

use super::{
    cell::{AnalysisUnit, ScoreCell},
    sheet::{Panel, Sheet, SheetKind},
    total_scores::TotalScores,
    totals,
};
use crate::{domain::Rubric, stats::RatingMatrix};

/// Material from which a panel is built. Units and raters are already in their final order.
pub(super) struct PanelDraft<'a> {
    pub(super) raters: Vec<String>,
    pub(super) humans: usize,
    pub(super) arms: Vec<String>,
    pub(super) items: Vec<String>,
    pub(super) units: Vec<AnalysisUnit>,
    pub(super) cells: Vec<ScoreCell>,
    /// Scores outside the scale, per item.
    pub(super) out_of_scale: Vec<usize>,
    pub(super) categories: Vec<f64>,
    pub(super) rubric: Option<&'a Rubric>,
}
impl PanelDraft<'_> {
    /// Groups the cells once and builds all sheets.
    pub(super) fn build(mut self) -> Panel {
        let duplicates = self.drop_duplicates();
        let mut by_item: Vec<Vec<ScoreCell>> = vec![Vec::new(); self.items.len()];
        for cell in &self.cells {
            by_item[cell.item as usize].push(*cell);
        }
        let raters = self.raters.len();
        let mut sheets: Vec<Sheet> = by_item
            .iter()
            .enumerate()
            .map(|(i, cells)| item_sheet(&self.items[i], cells, raters, self.out_of_scale[i]))
            .collect();
        let totals = self.rubric.map(|rubric| TotalScores::of(rubric, &self.items, &self.cells, raters));
        let pooled = (sheets.len() > 1).then(|| pooled_sheet(&sheets, raters));
        if let (Some(rubric), Some(scores)) = (self.rubric, &totals) {
            sheets.extend(totals::sheets(rubric, scores));
        }
        sheets.extend(pooled);
        Panel {
            raters: self.raters,
            humans: self.humans,
            arms: self.arms,
            units: self.units,
            sheets,
            categories: self.categories,
            totals,
            duplicates,
        }
    }

    /// Sorts the cells by unit, rater and item; a key that occurs twice keeps no value.
    fn drop_duplicates(&mut self) -> usize {
        self.cells.sort_unstable_by_key(|c| (c.unit, c.rater, c.item));
        let mut count = 0;
        let mut kept: Vec<ScoreCell> = Vec::with_capacity(self.cells.len());
        for cell in &self.cells {
            match kept.last_mut() {
                Some(last) if (last.unit, last.rater, last.item) == (cell.unit, cell.rater, cell.item) => {
                    last.value = None;
                    count += 1;
                }
                _ => kept.push(*cell),
            }
        }
        self.cells = kept;
        count
    }
}
pub(super) fn item_sheet(item: &str, cells: &[ScoreCell], raters: usize, out_of_scale: usize) -> Sheet {
    let mut rows: Vec<u32> = Vec::new();
    let mut values: Vec<Vec<Option<f64>>> = Vec::new();
    for cell in cells {
        if rows.last() != Some(&cell.unit) {
            rows.push(cell.unit);
            values.push(vec![None; raters]);
        }
        if let Some(row) = values.last_mut() {
            row[cell.rater as usize] = cell.value;
        }
    }
    let table = RatingMatrix::from_rows(&values);
    Sheet { item: item.to_owned(), kind: SheetKind::Item, rows, table, out_of_scale, absent: None }
}
pub(super) fn pooled_sheet(sheets: &[Sheet], raters: usize) -> Sheet {
    let rows = sheets.iter().flat_map(|s| s.rows.iter().copied()).collect();
    let values: Vec<&[Option<f64>]> = sheets.iter().flat_map(|s| s.table.rows()).collect();
    debug_assert!(values.iter().all(|row| row.len() == raters));
    Sheet {
        item: "pooled".to_owned(),
        kind: SheetKind::Pooled,
        rows,
        table: RatingMatrix::from_rows(&values),
        out_of_scale: sheets.iter().map(|s| s.out_of_scale).sum(),
        absent: None,
    }
}
