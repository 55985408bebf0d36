//! The shared reference: clinician, judge and a constant, each compared with the mean of the *other* clinicians over
//! the same sessions. The mean of all clinicians is less noisy and would make the judge look better.

use rayon::prelude::*;

use crate::stats::bootstrap::Clusters;
use crate::stats::icc::IccForm;
use crate::stats::icc_sums::IccSums;
use crate::stats::leave_one_out::{LeaveOneOut, constant_predictor, leave_one_out};
use crate::stats::{Estimate, RatingMatrix, Undefined, pair};

use super::measures::{resample, resampled_mean, with_bootstrap};
use super::resampling::Resampling;
use super::row::{EstimateKey, EstimateRow};
use super::sheet::{Panel, Sheet, SheetView, mean_of};

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
    let compared = CeilingComparison::of(&view, humans.len());
    let sides = compared.sides(&view, resampling);
    let key = EstimateKey {
        item: sheet.item.clone(),
        judge: panel.raters[judge].clone(),
        raters: panel.names(&columns),
        reference: "mean(others)".to_owned(),
        ..EstimateKey::of("ceiling")
    };
    let named = [
        ("ceiling.human_mae", &sides.human),
        ("ceiling.judge_mae", &sides.judge),
        ("ceiling.gap_mae", &sides.gap),
        ("constant.mae", &sides.constant),
        ("ceiling.human_icc_a1", &sides.icc.human),
        ("ceiling.judge_icc_a1", &sides.icc.judge),
        ("ceiling.gap_icc_a1", &sides.icc.gap),
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
struct CeilingComparison {
    judge: LeaveOneOut,
    constant: LeaveOneOut,
    /// Why there is nothing to compare, if so.
    absent: Option<Undefined>,
}

struct Sides {
    human: Estimate,
    judge: Estimate,
    gap: Estimate,
    constant: Estimate,
    icc: IccSides,
}

impl CeilingComparison {
    /// Computes the comparisons from a view whose columns are the clinicians, then the judge.
    fn of(view: &SheetView, humans: usize) -> Self {
        let columns: Vec<usize> = (0..humans).collect();
        let raters = view.table.select(&columns);
        let judge = view.table.column(humans);
        // The constant is learned from the clinicians' means in the other sources, over all rated sessions, and
        // evaluated on the judge's sessions, so that both are compared with the same reference values.
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

    fn sides(&self, view: &SheetView, resampling: &Resampling) -> Sides {
        let figures = CeilingFigures::of(view);
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
            icc: IccSides::of(&figures, resampling, self.absent),
        }
    }
}

/// Contribution of each complete session to the means, which are means over sessions: cluster sums resample them.
struct CeilingFigures {
    human: Vec<f64>,
    judge: Vec<f64>,
    gap: Vec<f64>,
    clusters: Clusters,
    /// Complete sessions, in the order of the lists above: the clinicians' scores and the judge's.
    complete: Vec<Vec<f64>>,
    /// Number of sessions left out.
    dropped: usize,
}

impl CeilingFigures {
    fn of(view: &SheetView) -> Self {
        let (mut human, mut judge, mut labels) = (Vec::new(), Vec::new(), Vec::new());
        let mut sessions = Vec::new();
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
            sessions.push(complete);
        }
        let gap = judge.iter().zip(&human).map(|(j, h)| j - h).collect();
        let (clusters, dropped) = (Clusters::from_labels(&labels), view.table.n_units() - labels.len());
        Self { human, judge, gap, clusters, complete: sessions, dropped }
    }
}

/// ICC(A,1) with the mean of the other clinicians, averaged over the clinicians left out in turn. Only the gap is
/// resampled, because a bootstrap interval of an ICC itself has too little coverage.
struct IccSides {
    human: Estimate,
    judge: Estimate,
    gap: Estimate,
}

impl IccSides {
    fn of(figures: &CeilingFigures, resampling: &Resampling, absent: Option<Undefined>) -> Self {
        let (units, counts) = (figures.complete.len(), figures.complete.first().map_or(0, Vec::len));
        let humans = counts.saturating_sub(1);
        let undefined = |reason| Estimate::undefined(reason).with_counts(0, counts, figures.dropped);
        let all =
            |reason| Self { human: undefined(reason), judge: undefined(reason), gap: undefined(reason) };
        if let Some(reason) = absent.filter(|_| figures.complete.is_empty()) {
            return all(reason);
        }
        if humans < 2 {
            return all(if counts == 0 { Undefined::NoPairs } else { Undefined::TooFewRaters });
        }
        let sides = (0..humans).map(|left_out| {
            Ok((against_others(figures, left_out, left_out)?, against_others(figures, left_out, humans)?))
        });
        let sides: Vec<(IccSums, IccSums)> = match sides.collect() {
            Ok(sides) => sides,
            Err(reason) => return all(reason),
        };
        let means = |clusters: &[usize]| -> Result<[f64; 2], Undefined> {
            let mut sums = [0.0; 2];
            for (own, judge) in &sides {
                sums[0] += own.coefficient(clusters, IccForm::A1)?;
                sums[1] += judge.coefficient(clusters, IccForm::A1)?;
            }
            Ok(sums.map(|sum| sum / humans as f64))
        };
        let clusters = figures.clusters.len();
        let every: Vec<usize> = (0..clusters).collect();
        let whole = means(&every);
        let value = |of: fn([f64; 2]) -> f64| {
            Estimate::from_result(whole.map(of)).with_interval(Err(Undefined::NotApplicable)).with_counts(
                units,
                counts,
                figures.dropped,
            )
        };
        let gap = |[human, judge]: [f64; 2]| judge - human;
        let resampled = resample(clusters, resampling, "ceiling.gap_icc_a1", |drawn| means(drawn).map(gap));
        Self {
            human: value(|[human, _]| human),
            judge: value(|[_, judge]| judge),
            gap: with_bootstrap(value(gap), resampled),
        }
    }
}

/// Two columns: the mean of the clinicians except `left_out`, and the column `compared`.
fn against_others(figures: &CeilingFigures, left_out: usize, compared: usize) -> Result<IccSums, Undefined> {
    let row = |session: &Vec<f64>| {
        let raters = &session[..session.len() - 1];
        let others = (raters.iter().sum::<f64>() - raters[left_out]) / (raters.len() - 1) as f64;
        [Some(others), Some(session[compared])]
    };
    let rows: Vec<[Option<f64>; 2]> = figures.complete.iter().map(row).collect();
    Ok(IccSums::new(&RatingMatrix::from_rows(&rows).listwise().0)?.by_cluster(&figures.clusters))
}
