//! The layout that every agreement question reads: one units x raters sheet per item, with raters and units in a
//! fixed order, grouped once.

use crate::stats::{RatingMatrix, Undefined};

use crate::analysis::cell::AnalysisUnit;
use crate::analysis::total_scores::TotalScores;

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
    pub(super) table: RatingMatrix,
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
    pub(super) units: Vec<AnalysisUnit>,
    /// Items in order, then totals, then `pooled`.
    pub(super) sheets: Vec<Sheet>,
    /// The whole scores of the scale; empty if no scale was declared.
    pub(super) categories: Vec<f64>,
    /// Items behind each rater's totals, if there are totals.
    pub(super) totals: Option<TotalScores>,
    /// Number of unit x item x rater keys that occur more than once; none of their values is used.
    pub(super) duplicates: usize,
}

/// Selected columns of a sheet, restricted to an arm and averaged within groups if requested.
#[derive(Debug, Clone)]
pub(super) struct SheetView {
    pub(super) table: RatingMatrix,
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
    pub(super) fn view(&self, sheet: &Sheet, raters: &[usize], arm: Option<u32>) -> SheetView {
        self.view_of(sheet, arm, |row| raters.iter().map(|&r| row[r]).collect())
    }

    /// Two columns: the mean of the clinicians present, and one other rater.
    pub(super) fn against_mean(
        &self,
        sheet: &Sheet,
        humans: &[usize],
        other: usize,
        arm: Option<u32>,
    ) -> SheetView {
        self.view_of(sheet, arm, |row| vec![mean_of(row, humans), row[other]])
    }

    fn view_of(
        &self,
        sheet: &Sheet,
        arm: Option<u32>,
        pick: impl Fn(&[Option<f64>]) -> Vec<Option<f64>>,
    ) -> SheetView {
        let kept = (0..sheet.rows.len())
            .map(|row| (row, self.units[sheet.rows[row] as usize]))
            .filter(|(_, unit)| arm.is_none() || unit.arm == arm);
        let picked: Vec<(AnalysisUnit, Vec<Option<f64>>)> =
            kept.map(|(row, unit)| (unit, pick(sheet.table.row(row)))).collect();
        let (clusters, rows) = if picked.iter().any(|(unit, _)| unit.group.is_some()) {
            group_means(&picked)
        } else {
            picked.into_iter().map(|(unit, row)| (unit.cluster, row)).unzip()
        };
        let absent = sheet.absent.or(rows.is_empty().then_some(Undefined::NoPairs));
        let out_of_scale = if arm.is_none() { sheet.out_of_scale } else { 0 };
        SheetView { table: RatingMatrix::from_rows(&rows), clusters, out_of_scale, absent }
    }
}

/// The mean of the present values among the given columns.
pub(super) fn mean_of(row: &[Option<f64>], columns: &[usize]) -> Option<f64> {
    let present: Vec<f64> = columns.iter().filter_map(|&c| row.get(c).copied().flatten()).collect();
    crate::stats::descriptive::mean(&present)
}

/// Each rater's mean over the complete rows of every group; groups in order of their index.
fn group_means(picked: &[(AnalysisUnit, Vec<Option<f64>>)]) -> (Vec<u32>, Vec<Vec<Option<f64>>>) {
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
