//! The layout that every agreement question reads: one units x raters sheet per item, with raters and units in a
//! fixed order, grouped once.

use crate::domain::Rubric;
use crate::stats::{Table, Undefined};

use super::totals::{self, TotalScores};

/// One score (or an explicit missing value) of one rater.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Cell {
    pub(super) unit: u32,
    pub(super) item: u32,
    pub(super) rater: u32,
    pub(super) value: Option<f64>,
}

/// What a unit belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Unit {
    /// Index of the recorded session behind it: the cluster of every interval.
    pub(super) cluster: u32,
    /// Index of its arm.
    pub(super) arm: Option<u32>,
    /// With `--mean-by`: the group whose means are compared.
    pub(super) group: Option<u32>,
}

/// Contents of a sheet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SheetKind {
    /// One item.
    Item,
    /// Totals by the rubric's rule: `total` or `total_complete`.
    Total,
    /// All items, one below the other.
    Pooled,
}

/// The ratings of one item (or of the totals, or of all items): rows are units in id order, columns raters.
#[derive(Debug, Clone)]
pub(super) struct Sheet {
    pub(super) item: String,
    pub(super) kind: SheetKind,
    /// Panel unit of each row.
    pub(super) rows: Vec<u32>,
    pub(super) table: Table,
    pub(super) out_of_scale: usize,
    /// Why the whole sheet is empty, if known.
    pub(super) absent: Option<Undefined>,
}

/// Input of one analysis of agreement.
#[derive(Debug, Clone)]
pub(super) struct Panel {
    /// Clinicians first, then judges.
    pub(super) raters: Vec<String>,
    /// Number of clinicians among the raters.
    pub(super) humans: usize,
    pub(super) arms: Vec<String>,
    pub(super) units: Vec<Unit>,
    /// Items in order, then totals, then `pooled`.
    pub(super) sheets: Vec<Sheet>,
    /// The whole scores of the scale; empty if no scale was declared.
    pub(super) categories: Vec<f64>,
    /// Items behind each rater's totals, if there are totals.
    pub(super) totals: Option<TotalScores>,
    /// Number of unit x item x rater keys that occur more than once; none of their values is used.
    pub(super) duplicates: usize,
}

/// Material from which a panel is built. Units and raters are already in their final order.
pub(super) struct Draft<'a> {
    pub(super) raters: Vec<String>,
    pub(super) humans: usize,
    pub(super) arms: Vec<String>,
    pub(super) items: Vec<String>,
    pub(super) units: Vec<Unit>,
    pub(super) cells: Vec<Cell>,
    /// Scores outside the scale, per item.
    pub(super) out_of_scale: Vec<usize>,
    pub(super) categories: Vec<f64>,
    pub(super) rubric: Option<&'a Rubric>,
}

impl Draft<'_> {
    /// Groups the cells once and builds all sheets.
    pub(super) fn build(mut self) -> Panel {
        let duplicates = self.drop_duplicates();
        let mut by_item: Vec<Vec<Cell>> = vec![Vec::new(); self.items.len()];
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
        let mut kept: Vec<Cell> = Vec::with_capacity(self.cells.len());
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

fn item_sheet(item: &str, cells: &[Cell], raters: usize, out_of_scale: usize) -> Sheet {
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
    let table = Table::from_rows(&values);
    Sheet { item: item.to_owned(), kind: SheetKind::Item, rows, table, out_of_scale, absent: None }
}

fn pooled_sheet(sheets: &[Sheet], raters: usize) -> Sheet {
    let rows = sheets.iter().flat_map(|s| s.rows.iter().copied()).collect();
    let values: Vec<&[Option<f64>]> = sheets.iter().flat_map(|s| s.table.rows()).collect();
    debug_assert!(values.iter().all(|row| row.len() == raters));
    Sheet {
        item: "pooled".to_owned(),
        kind: SheetKind::Pooled,
        rows,
        table: Table::from_rows(&values),
        out_of_scale: sheets.iter().map(|s| s.out_of_scale).sum(),
        absent: None,
    }
}

/// Selected columns of a sheet, restricted to an arm and averaged within groups if requested.
#[derive(Debug, Clone)]
pub(super) struct View {
    pub(super) table: Table,
    /// Index of the cluster of each row.
    pub(super) clusters: Vec<u32>,
    pub(super) out_of_scale: usize,
    pub(super) absent: Option<Undefined>,
}

impl Panel {
    /// The judges' columns.
    pub(super) fn judges(&self) -> std::ops::Range<usize> {
        self.humans..self.raters.len()
    }

    /// The clinicians' columns.
    pub(super) fn clinicians(&self) -> Vec<usize> {
        (0..self.humans).collect()
    }

    /// Rater ids joined by `+`.
    pub(super) fn names(&self, raters: &[usize]) -> String {
        raters.iter().map(|&r| self.raters[r].as_str()).collect::<Vec<_>>().join("+")
    }

    /// `mean(C1|C2)`, or the id alone if there is only one.
    pub(super) fn mean_name(&self, raters: &[usize]) -> String {
        let names: Vec<&str> = raters.iter().map(|&r| self.raters[r].as_str()).collect();
        if names.len() == 1 { names[0].to_owned() } else { format!("mean({})", names.join("|")) }
    }

    /// The raters' columns of a sheet, for one arm or, with `None`, for all.
    pub(super) fn view(&self, sheet: &Sheet, raters: &[usize], arm: Option<u32>) -> View {
        self.view_of(sheet, arm, |row| raters.iter().map(|&r| row[r]).collect())
    }

    /// Two columns: the mean of the clinicians present, and one other rater.
    pub(super) fn against_mean(
        &self,
        sheet: &Sheet,
        humans: &[usize],
        other: usize,
        arm: Option<u32>,
    ) -> View {
        self.view_of(sheet, arm, |row| vec![mean_of(row, humans), row[other]])
    }

    fn view_of(
        &self,
        sheet: &Sheet,
        arm: Option<u32>,
        pick: impl Fn(&[Option<f64>]) -> Vec<Option<f64>>,
    ) -> View {
        let kept = (0..sheet.rows.len())
            .map(|row| (row, self.units[sheet.rows[row] as usize]))
            .filter(|(_, unit)| arm.is_none() || unit.arm == arm);
        let picked: Vec<(Unit, Vec<Option<f64>>)> =
            kept.map(|(row, unit)| (unit, pick(sheet.table.row(row)))).collect();
        let (clusters, rows) = if picked.iter().any(|(unit, _)| unit.group.is_some()) {
            group_means(&picked)
        } else {
            picked.into_iter().map(|(unit, row)| (unit.cluster, row)).unzip()
        };
        let absent = sheet.absent.or(rows.is_empty().then_some(Undefined::NoPairs));
        let out_of_scale = if arm.is_none() { sheet.out_of_scale } else { 0 };
        View { table: Table::from_rows(&rows), clusters, out_of_scale, absent }
    }
}

/// The mean of the present values among the given columns.
pub(super) fn mean_of(row: &[Option<f64>], columns: &[usize]) -> Option<f64> {
    let present: Vec<f64> = columns.iter().filter_map(|&c| row.get(c).copied().flatten()).collect();
    crate::stats::descriptive::mean(&present)
}

/// Each rater's mean over the complete rows of every group; groups in order of their index.
fn group_means(picked: &[(Unit, Vec<Option<f64>>)]) -> (Vec<u32>, Vec<Vec<Option<f64>>>) {
    let mut groups: std::collections::BTreeMap<u32, (usize, Vec<f64>)> = std::collections::BTreeMap::new();
    for (unit, row) in picked {
        let complete: Option<Vec<f64>> = row.iter().copied().collect();
        if let (Some(group), Some(values)) = (unit.group, complete) {
            let (count, sums) = groups.entry(group).or_insert_with(|| (0, vec![0.0; values.len()]));
            *count += 1;
            sums.iter_mut().zip(&values).for_each(|(sum, value)| *sum += value);
        }
    }
    groups
        .into_iter()
        .map(|(group, (count, sums))| {
            (group, sums.into_iter().map(|sum| Some(sum / count as f64)).collect::<Vec<_>>())
        })
        .unzip()
}
