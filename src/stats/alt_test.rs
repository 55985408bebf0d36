//! The alternative annotator test: whether a judge may replace one of several human raters.
//!
//! Calderon, Reichart & Dror (2025), "The Alternative Annotator Test for LLM-as-a-Judge". Each human is compared with
//! the judge by how well each fits the remaining humans. The judge wins against a human if its fit is at least as good,
//! minus a declared advantage `epsilon`. As published every unit counts as independent; here clusters can be given,
//! because sessions from one source are not.

use std::collections::BTreeMap;

use super::adjust::{Adjust, adjust};
use super::descriptive::{mean, sd};
use super::distributions::t_sf;
use super::estimate::Undefined;
use super::table::RatingMatrix;

/// How closely a score fits the scores of the other raters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AltTestFit {
    /// Share of the others that gave the same score.
    Exact,
    /// Minus the root mean squared difference from the others.
    NegRmse,
}

impl AltTestFit {
    fn of(self, score: f64, others: &[f64]) -> f64 {
        let n = others.len() as f64;
        match self {
            Self::Exact => others.iter().filter(|other| (*other - score).abs() < 1e-12).count() as f64 / n,
            Self::NegRmse => -(others.iter().map(|other| (score - other).powi(2)).sum::<f64>() / n).sqrt(),
        }
    }
}

/// Settings of the test.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AltTestOptions {
    /// How fit is measured.
    pub fit: AltTestFit,
    /// Extra cost of a human over the judge, as a share of units: 0.2 for experts, 0.1 for crowd workers.
    pub epsilon: f64,
    /// False discovery rate of the comparisons (Benjamini-Yekutieli).
    pub rate: f64,
    /// Units that a human must share with the judge to be compared.
    pub min_units: usize,
}

/// Comparison of the judge with one human.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AgainstOne {
    /// Column of the human.
    pub human: usize,
    /// Units compared.
    pub units: usize,
    /// Mean of (human fits at least as well) minus (judge fits at least as well); below 0 the judge fits better.
    pub difference: f64,
    /// One-sided p value for the difference being below epsilon.
    pub p: f64,
    /// Share of units on which the judge fits at least as well.
    pub advantage: f64,
    /// True if the judge wins.
    pub won: bool,
}

/// Result of the test.
#[derive(Debug, Clone, PartialEq)]
pub struct AltTest {
    /// Share of the compared humans that the judge wins against.
    pub winning_rate: f64,
    /// Mean share of units on which the judge fits at least as well.
    pub advantage: f64,
    /// Human by human.
    pub humans: Vec<AgainstOne>,
}

impl AltTest {
    /// True if the judge wins against at least half of the humans.
    pub fn passes(&self) -> bool {
        self.winning_rate >= 0.5
    }
}

/// Runs the test. `humans` and `judge` are columns of the table; units with fewer than two humans or without the judge are left out.
/// `clusters` has one label per unit: the t test then runs on the clusters' means.
///
/// # Errors
/// `TooFewRaters` below two humans, `TooFewUnits` when no human shares `min_units` units with the judge.
pub fn alt_test(
    table: &RatingMatrix,
    humans: &[usize],
    judge: usize,
    clusters: Option<&[u32]>,
    options: AltTestOptions,
) -> Result<AltTest, Undefined> {
    if humans.len() < 2 {
        return Err(Undefined::TooFewRaters);
    }
    let mut found: Vec<AgainstOne> =
        humans.iter().filter_map(|&human| against(table, humans, human, judge, clusters, options)).collect();
    if found.is_empty() {
        return Err(Undefined::TooFewUnits);
    }
    let p: Vec<Option<f64>> = found.iter().map(|one| Some(one.p)).collect();
    for (one, p) in found.iter_mut().zip(adjust(&p, Adjust::By)) {
        one.won = p.is_some_and(|p| p <= options.rate);
    }
    let compared = found.len() as f64;
    Ok(AltTest {
        winning_rate: found.iter().filter(|one| one.won).count() as f64 / compared,
        advantage: found.iter().map(|one| one.advantage).sum::<f64>() / compared,
        humans: found,
    })
}

fn against(
    table: &RatingMatrix,
    humans: &[usize],
    human: usize,
    judge: usize,
    clusters: Option<&[u32]>,
    options: AltTestOptions,
) -> Option<AgainstOne> {
    let mut advantage = Vec::new();
    let mut differences: Vec<f64> = Vec::new();
    let mut labels: Vec<u32> = Vec::new();
    for (unit, row) in table.rows().enumerate() {
        let others: Vec<f64> =
            humans.iter().filter(|&&other| other != human).filter_map(|&other| row[other]).collect();
        let (Some(own), Some(judged)) = (row[human], row[judge]) else { continue };
        if others.is_empty() {
            continue;
        }
        let (own, judged) = (options.fit.of(own, &others), options.fit.of(judged, &others));
        let at_least = |a: f64, b: f64| f64::from(u8::from(a >= b));
        advantage.push(at_least(judged, own));
        differences.push(at_least(own, judged) - at_least(judged, own));
        labels.extend(clusters.and_then(|clusters| clusters.get(unit)));
    }
    if differences.len() < options.min_units.max(2) {
        return None;
    }
    let difference = mean(&differences)?;
    let tested = if clusters.is_some() { cluster_means(&labels, &differences) } else { differences.clone() };
    Some(AgainstOne {
        human,
        units: differences.len(),
        difference,
        p: p_below(&tested, options.epsilon)?,
        advantage: mean(&advantage)?,
        won: false,
    })
}

fn cluster_means(labels: &[u32], values: &[f64]) -> Vec<f64> {
    let mut clusters: BTreeMap<u32, Vec<f64>> = BTreeMap::new();
    for (label, value) in labels.iter().zip(values) {
        clusters.entry(*label).or_default().push(*value);
    }
    clusters.values().filter_map(|own| mean(own)).collect()
}

/// One-sided t test of a mean below `bound`; p is 0 or 1 if the values do not vary.
fn p_below(values: &[f64], bound: f64) -> Option<f64> {
    let (centre, sd, n) = (mean(values)?, sd(values)?, values.len() as f64);
    if sd <= 0.0 {
        return Some(if centre < bound { 0.0 } else { 1.0 });
    }
    t_sf(-(centre - bound) / (sd / n.sqrt()), n - 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(epsilon: f64) -> AltTestOptions {
        AltTestOptions { fit: AltTestFit::NegRmse, epsilon, rate: 0.05, min_units: 10 }
    }

    /// C1 and C2 differ by a point in turns, the judge gives their mean.
    fn table() -> RatingMatrix {
        let rows: Vec<[Option<f64>; 3]> = (0..40_u32)
            .map(|i| {
                let base = f64::from(i % 4);
                [Some(base), Some(base + f64::from(i % 2)), Some(base + 0.5 * f64::from(i % 2))]
            })
            .collect();
        RatingMatrix::from_rows(&rows)
    }

    #[test]
    fn a_judge_between_the_raters_stands_in_for_either() {
        let found = alt_test(&table(), &[0, 1], 2, None, options(0.2)).expect("two humans");
        assert!(found.passes() && (found.winning_rate - 1.0).abs() < 1e-12, "{found:?}");
    }

    #[test]
    fn clusters_count_once() {
        let repeated: Vec<u32> = (0..40).map(|unit| unit % 2).collect();
        let alone = alt_test(&table(), &[0, 1], 2, None, options(0.2)).expect("two humans");
        let clustered = alt_test(&table(), &[0, 1], 2, Some(&repeated), options(0.2)).expect("two humans");
        assert!(clustered.humans[0].p >= alone.humans[0].p);
        assert!((clustered.humans[0].difference - alone.humans[0].difference).abs() < 1e-12);
    }

    #[test]
    fn too_little_data_is_undefined() {
        assert_eq!(alt_test(&table(), &[0], 2, None, options(0.2)), Err(Undefined::TooFewRaters));
        let many = AltTestOptions { min_units: 100, ..options(0.2) };
        assert_eq!(alt_test(&table(), &[0, 1], 2, None, many), Err(Undefined::TooFewUnits));
    }
}
