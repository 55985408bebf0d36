//! Owns the one reference: clinician, judge and a constant, each against the mean of the *other* clinicians over the
//! same sessions. A judge held against the mean of all clinicians would be flattered by its less noisy reference.

use rayon::prelude::*;

use crate::stats::bootstrap::Clusters;
use crate::stats::leave_one_out::{LeaveOneOut, constant_predictor, leave_one_out};
use crate::stats::{Estimate, Undefined, pair};

use super::measures::{resampled_mean, with_bootstrap};
use super::resampling::Resampling;
use super::row::{EstimateRow, Key};
use super::sheet::{Panel, Sheet, View, mean_of};

/// The comparison on one item for one judge.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Ceiling {
    pub(super) item: String,
    pub(super) judge: String,
    pub(super) human_mae: Estimate,
    pub(super) judge_mae: Estimate,
    pub(super) gap_mae: Estimate,
    pub(super) constant_mae: Estimate,
    pub(super) beats_constant: Option<bool>,
    pub(super) rows: Vec<EstimateRow>,
}

/// One entry per sheet and judge, in order.
pub(super) fn ceilings(panel: &Panel, resampling: &Resampling) -> Vec<Ceiling> {
    let jobs: Vec<(&Sheet, usize)> =
        panel.sheets.iter().flat_map(|sheet| panel.judges().map(move |judge| (sheet, judge))).collect();
    jobs.into_par_iter().map(|(sheet, judge)| ceiling(panel, sheet, judge, resampling)).collect()
}

fn ceiling(panel: &Panel, sheet: &Sheet, judge: usize, resampling: &Resampling) -> Ceiling {
    let humans = panel.clinicians();
    let columns: Vec<usize> = humans.iter().copied().chain([judge]).collect();
    let view = panel.view(sheet, &columns, None);
    let compared = Compared::of(&view, humans.len());
    let sides = compared.sides(&view, resampling);
    let key = Key {
        item: sheet.item.clone(),
        judge: panel.raters[judge].clone(),
        raters: panel.names(&columns),
        reference: "mean(others)".to_owned(),
        ..Key::of("ceiling")
    };
    let named = [
        ("ceiling.human_mae", &sides.human),
        ("ceiling.judge_mae", &sides.judge),
        ("ceiling.gap_mae", &sides.gap),
        ("constant.mae", &sides.constant),
    ];
    let rows = named
        .into_iter()
        .map(|(statistic, estimate)| EstimateRow::new(key.statistic(statistic), estimate))
        .collect();
    let beats_constant = match (sides.judge.value(), sides.constant.value()) {
        (Ok(judge), Ok(constant)) => Some(judge < constant),
        _ => None,
    };
    Ceiling {
        item: sheet.item.clone(),
        judge: panel.raters[judge].clone(),
        human_mae: sides.human,
        judge_mae: sides.judge,
        gap_mae: sides.gap,
        constant_mae: sides.constant,
        beats_constant,
        rows,
    }
}

/// The judge's and the constant's leave-one-out comparisons over the same sessions.
struct Compared {
    judge: LeaveOneOut,
    constant: LeaveOneOut,
    /// Why there is nothing to compare.
    absent: Option<Undefined>,
}

struct Sides {
    human: Estimate,
    judge: Estimate,
    gap: Estimate,
    constant: Estimate,
}

impl Compared {
    /// Columns of the view: the clinicians, then the judge.
    fn of(view: &View, humans: usize) -> Self {
        let columns: Vec<usize> = (0..humans).collect();
        let raters = view.table.select(&columns);
        let judge = view.table.column(humans);
        // The constant is learned from the clinicians' means in the other sources, over all rated sessions, and
        // judged where the judge is: so that both are held against the same sessions.
        let reference: Vec<Option<f64>> = view.table.rows().map(|row| mean_of(row, &columns)).collect();
        let folds: Vec<usize> = view.clusters.iter().map(|&cluster| cluster as usize).collect();
        let (predictions, _) = constant_predictor(&reference, &folds);
        let constant: Vec<Option<f64>> = predictions.iter().zip(&judge).map(|(p, j)| j.and(*p)).collect();
        let some = |row: &[Option<f64>]| row[..humans].iter().flatten().count() >= 2;
        let all = |row: &[Option<f64>]| row.iter().all(Option::is_some);
        let absent = view.absent.or_else(|| {
            if judge.iter().all(Option::is_none) {
                return Some(Undefined::NoUsableRatings);
            }
            let incomplete = humans >= 2 && !view.table.rows().any(all) && view.table.rows().any(some);
            incomplete.then_some(Undefined::IncompleteDesign)
        });
        Self {
            judge: leave_one_out(&raters, &judge, pair::mae),
            constant: leave_one_out(&raters, &constant, pair::mae),
            absent,
        }
    }

    fn sides(&self, view: &View, resampling: &Resampling) -> Sides {
        let figures = Figures::of(view);
        let interval = |estimate: &Estimate, values: &[f64], name: &str| match self.absent {
            Some(reason) if estimate.value().is_err() => Estimate::undefined(reason),
            _ => {
                let resampled = resampled_mean(values, &figures.clusters, resampling, name);
                with_bootstrap(estimate.clone(), resampled)
            }
        };
        let constant = match self.absent {
            Some(reason) if self.constant.candidate.value().is_err() => Estimate::undefined(reason),
            _ => self.constant.candidate.clone(),
        };
        Sides {
            human: interval(&self.judge.own, &figures.human, "ceiling.human_mae"),
            judge: interval(&self.judge.candidate, &figures.judge, "ceiling.judge_mae"),
            gap: interval(&self.judge.gap, &figures.gap, "ceiling.gap_mae"),
            constant,
        }
    }
}

/// Each complete session's contribution to the means: they are means over sessions, so cluster sums resample them.
struct Figures {
    human: Vec<f64>,
    judge: Vec<f64>,
    gap: Vec<f64>,
    clusters: Clusters,
}

impl Figures {
    fn of(view: &View) -> Self {
        let (mut human, mut judge, mut labels) = (Vec::new(), Vec::new(), Vec::new());
        for (row, cluster) in view.table.rows().zip(&view.clusters) {
            let Some(complete) = row.iter().copied().collect::<Option<Vec<f64>>>() else { continue };
            let Some((candidate, raters)) = complete.split_last() else { continue };
            let k = raters.len() as f64;
            let sum: f64 = raters.iter().sum();
            let others = |own: f64| (sum - own) / (k - 1.0);
            let mean_error = |of: &dyn Fn(f64) -> f64| raters.iter().map(|&own| of(own)).sum::<f64>() / k;
            human.push(mean_error(&|own| (own - others(own)).abs()));
            judge.push(mean_error(&|own| (candidate - others(own)).abs()));
            labels.push(*cluster);
        }
        let gap = judge.iter().zip(&human).map(|(j, h)| j - h).collect();
        Self { human, judge, gap, clusters: Clusters::from_labels(&labels) }
    }
}
