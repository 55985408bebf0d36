//! The leave-one-rater-out comparison: how well each rater, and a candidate, agree with the mean of the other raters.
//!
//! For each rater h, over the units where h, the candidate and all other raters are present: `own` compares h with the
//! mean of the others, and `candidate` compares the candidate with the same mean. Both therefore share one reference. A
//! candidate compared with the mean of all raters would look better than it is, because that reference is less noisy.

use super::estimate::{Estimate, Undefined};
use super::table::{Pairs, RatingMatrix};

/// The comparison with one rater left out.
#[derive(Debug, Clone, PartialEq)]
pub struct OneLeftOut {
    /// The column of the rater left out.
    pub rater: usize,
    /// This rater compared with the mean of the others.
    pub own: Estimate,
    /// The candidate compared with the same mean, over the same units.
    pub candidate: Estimate,
}

/// The comparison averaged over the raters.
#[derive(Debug, Clone, PartialEq)]
pub struct LeaveOneOut {
    /// One entry per rater, in column order.
    pub each: Vec<OneLeftOut>,
    /// The mean over raters of `own`: the ceiling.
    pub own: Estimate,
    /// The mean over raters of `candidate`.
    pub candidate: Estimate,
    /// `candidate - own`.
    pub gap: Estimate,
}

/// Compares by `statistic`, whose first list is the reference (the mean of the others).
///
/// `raters` is units x raters, `candidate` has one entry per unit. A mean is undefined when any part of it is.
/// `n_units` of the means counts the units used for the first rater (all raters use the same complete units).
pub fn leave_one_out(
    raters: &RatingMatrix,
    candidate: &[Option<f64>],
    statistic: impl Fn(&Pairs) -> Estimate,
) -> LeaveOneOut {
    if raters.n_raters() < 2 {
        let none = Estimate::undefined(Undefined::TooFewRaters);
        return LeaveOneOut { each: Vec::new(), own: none.clone(), candidate: none.clone(), gap: none };
    }
    let each: Vec<OneLeftOut> = (0..raters.n_raters())
        .map(|rater| {
            let (own, other) = pairs_without(raters, candidate, rater);
            OneLeftOut { rater, own: statistic(&own), candidate: statistic(&other) }
        })
        .collect();
    let counts = each.first().map_or((0, 0), |e| (e.own.n_units(), raters.n_units() - e.own.n_units()));
    let average = |part: fn(&OneLeftOut) -> &Estimate| {
        let sum: Result<f64, Undefined> = each.iter().map(|e| part(e).value()).sum();
        sum.map(|s| s / each.len() as f64)
    };
    let (own, other) = (average(|e| &e.own), average(|e| &e.candidate));
    let gap = own.and_then(|o| other.map(|c| c - o));
    let wrap = |v| Estimate::from_result(v).with_counts(counts.0, raters.n_raters(), counts.1);
    LeaveOneOut { own: wrap(own), candidate: wrap(other), gap: wrap(gap), each }
}

/// (mean of the others, rater) and (mean of the others, candidate) over the complete units.
fn pairs_without(raters: &RatingMatrix, candidate: &[Option<f64>], left_out: usize) -> (Pairs, Pairs) {
    let n = raters.n_units();
    let (mut rest, mut own, mut other) =
        (Vec::with_capacity(n), Vec::with_capacity(n), Vec::with_capacity(n));
    for (i, row) in raters.rows().enumerate() {
        let cell = candidate.get(i).copied().flatten();
        let complete = cell.is_some() && row.iter().all(Option::is_some);
        let mean = complete.then(|| {
            let sum: f64 =
                row.iter().enumerate().filter(|(j, _)| *j != left_out).filter_map(|(_, x)| *x).sum();
            sum / (row.len() - 1) as f64
        });
        rest.push(mean);
        own.push(row.get(left_out).copied().flatten());
        other.push(cell);
    }
    (Pairs::new(&rest, &own), Pairs::new(&rest, &other))
}

/// Predicts each unit by the mean of the other folds: what a predictor without information achieves.
///
/// `reference` has one entry per unit, `folds` the fold of each unit. Returns the predictions, `None` where the
/// reference is missing or no other fold has a value, and the mean absolute error over the predicted units.
pub fn constant_predictor(reference: &[Option<f64>], folds: &[usize]) -> (Vec<Option<f64>>, Estimate) {
    // Sums per fold rather than one pass per unit, because tables hold 100,000 units.
    let mut sums: std::collections::BTreeMap<usize, (f64, usize)> = std::collections::BTreeMap::new();
    for (x, fold) in reference.iter().zip(folds) {
        if let Some(x) = x.filter(|x| x.is_finite()) {
            let sum = sums.entry(*fold).or_default();
            *sum = (sum.0 + x, sum.1 + 1);
        }
    }
    let total = sums.values().fold((0.0, 0), |all, sum| (all.0 + sum.0, all.1 + sum.1));
    let predictions: Vec<Option<f64>> = reference
        .iter()
        .zip(folds)
        .map(|(x, fold)| {
            x.filter(|x| x.is_finite())?;
            let own = sums.get(fold)?;
            let others = total.1 - own.1;
            (others > 0).then(|| (total.0 - own.0) / others as f64)
        })
        .collect();
    let pairs = Pairs::new(reference, &predictions);
    (predictions, super::pair::mae(&pairs))
}
