//! The label budget: which sessions clinicians should rate next, and what further ratings would add.
//!
//! The choice is a simple random sample of the recorded sessions that nobody has rated, with its inclusion
//! probabilities, because corrected means hold for random samples only.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::domain::Digest;
use crate::stats::bootstrap::{below, stream};
use crate::stats::correlation::product_moment;
use crate::stats::descriptive::sd;
use crate::stats::distributions::t_quantile;
use crate::stats::{Estimate, Undefined};

use super::LEVEL;
use super::bias::{base_arm, contrast_name, other_arms};
use super::corrected::SourceScores;
use super::inputs::Inputs;
use super::layout::layout;
use super::sheet::{Panel, Sheet, SheetKind};

/// Format name of a budget's JSON.
pub const FORMAT: &str = "corater-label-budget/1";

/// Options of a budget.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BudgetOptions {
    /// Number of recorded sessions to choose.
    pub next: usize,
    /// Seed of the choice.
    pub seed: u64,
    /// Wanted half width of the interval of a corrected difference, in points.
    pub half_width: Option<f64>,
}

/// A session to be rated.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ChosenSession {
    /// Session id.
    pub session: String,
    /// The recorded session behind it.
    pub source: String,
    /// Its arm.
    pub arm: String,
    /// Digest of the text to be rated, copied into the rating.
    pub text_digest: Digest,
    /// Probability with which its source was chosen.
    pub inclusion_probability: f64,
}

/// Expected gain from further ratings for one contrast.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BudgetPlan {
    /// The judge.
    pub judge: String,
    /// Item id or `total`.
    pub item: String,
    /// `condition - original`.
    pub contrast: String,
    /// Number of sources rated so far in both arms.
    pub rated: usize,
    /// Number of sources that the judge scored in both arms.
    pub sources: usize,
    /// Correlation of the judge's differences with the clinicians'.
    pub correlation: Estimate,
    /// Expected half widths, by number of rated sources.
    pub points: Vec<BudgetPoint>,
    /// Fewest rated sources that reach the wanted half width; `None` if not even all of them do.
    pub needed: Option<usize>,
    /// Why there is no expectation, if so.
    pub undefined: Option<Undefined>,
}

/// Expected half width of the 95 % interval, if spread and correlation stay the same.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct BudgetPoint {
    /// Number of rated sources.
    pub rated: usize,
    /// Half width with the clinicians alone, in points.
    pub classical: f64,
    /// Half width of the corrected mean (PPI++), in points.
    pub corrected: f64,
}

/// Result of a label budget.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LabelBudget {
    /// [`FORMAT`].
    pub format: String,
    /// The run.
    pub run: String,
    /// Seed of the choice.
    pub seed: u64,
    /// Number of recorded sessions of the run.
    pub sources: usize,
    /// Number of those rated by a clinician in any arm.
    pub rated: usize,
    /// The wanted half width, if given.
    pub half_width: Option<f64>,
    /// Sessions to rate next.
    pub chosen: Vec<ChosenSession>,
    /// Expected gain from rating them.
    pub plans: Vec<BudgetPlan>,
}

/// Chooses sessions to rate and estimates the gain from rating them.
pub fn label_budget(inputs: &Inputs<'_>, run: &str, options: BudgetOptions) -> LabelBudget {
    let layout = layout(inputs);
    let panel = &layout.panel;
    let humans = panel.clinicians();
    let mut rated_sources: BTreeSet<u32> = BTreeSet::new();
    let mut rated_arms: BTreeSet<u32> = BTreeSet::new();
    for sheet in panel.sheets.iter().filter(|sheet| sheet.kind == SheetKind::Item) {
        for (row, &unit) in sheet.table.rows().zip(&sheet.rows) {
            if humans.iter().any(|&human| row[human].is_some()) {
                rated_sources.insert(panel.units[unit as usize].cluster);
                rated_arms.extend(panel.units[unit as usize].arm);
            }
        }
    }
    let unrated: Vec<u32> = (0..layout.sources.len())
        .filter_map(|source| u32::try_from(source).ok())
        .filter(|source| !rated_sources.contains(source))
        .collect();
    let chosen = sample(&unrated, options.next, options.seed);
    let probability = if unrated.is_empty() { 0.0 } else { chosen.len() as f64 / unrated.len() as f64 };
    let wanted = |unit: usize| {
        let unit = panel.units[unit];
        // If nobody rated anything, every arm is included.
        let arm = rated_arms.is_empty() || unit.arm.is_some_and(|arm| rated_arms.contains(&arm));
        arm && chosen.contains(&unit.cluster)
    };
    let sessions = layout.sessions.iter().enumerate().filter(|(unit, _)| wanted(*unit));
    LabelBudget {
        format: FORMAT.to_owned(),
        run: run.to_owned(),
        seed: options.seed,
        sources: layout.sources.len(),
        rated: rated_sources.len(),
        half_width: options.half_width,
        chosen: sessions
            .map(|(_, session)| ChosenSession {
                session: session.id.to_string(),
                source: session.source.to_string(),
                arm: session.arm.to_string(),
                text_digest: session.text_digest(),
                inclusion_probability: probability,
            })
            .collect(),
        plans: plans(panel, options.half_width),
    }
}

/// A simple random sample without replacement, in ascending order.
fn sample(from: &[u32], size: usize, seed: u64) -> BTreeSet<u32> {
    let mut pool = from.to_vec();
    let mut rng = stream(seed, "label_budget", 0);
    let mut chosen = BTreeSet::new();
    while chosen.len() < size && !pool.is_empty() {
        chosen.insert(pool.swap_remove(below(&mut rng, pool.len())));
    }
    chosen
}

/// Plans for the total, or for every item if there is no total.
fn plans(panel: &Panel, wanted: Option<f64>) -> Vec<BudgetPlan> {
    let Some(base) = base_arm(panel).filter(|_| panel.humans > 0) else { return Vec::new() };
    let total = |sheet: &&Sheet| sheet.item == "total" && sheet.absent.is_none();
    let totals: Vec<&Sheet> = panel.sheets.iter().filter(total).collect();
    let items = || panel.sheets.iter().filter(|sheet| sheet.kind == SheetKind::Item).collect();
    let sheets: Vec<&Sheet> = if totals.is_empty() { items() } else { totals };
    let mut plans = Vec::new();
    for judge in panel.judges() {
        for arm in other_arms(panel, base) {
            for sheet in &sheets {
                let first = SourceScores::of(panel, sheet, judge, base);
                let scores = SourceScores::of(panel, sheet, judge, arm).minus(&first);
                if scores.judge.is_empty() || scores.clinicians.is_empty() {
                    continue;
                }
                let mut plan = plan(&scores, wanted);
                plan.judge.clone_from(&panel.raters[judge]);
                plan.item.clone_from(&sheet.item);
                plan.contrast = contrast_name(panel, base, arm);
                plans.push(plan);
            }
        }
    }
    plans
}

fn plan(scores: &SourceScores, wanted: Option<f64>) -> BudgetPlan {
    let both: Vec<(f64, f64)> =
        scores.clinicians.iter().filter_map(|(source, y)| Some((*y, *scores.judge.get(source)?))).collect();
    let (labels, predictions): (Vec<f64>, Vec<f64>) = both.into_iter().unzip();
    let (rated, sources) = (labels.len(), scores.judge.len());
    // A judge that never varies is uninformative about single sources: its correlation counts as 0 here.
    let correlation = match product_moment(&labels, &predictions) {
        Err(Undefined::NoVariance | Undefined::ConstantRater) => Ok(0.0),
        other => other,
    };
    let spread = sd(&labels).ok_or(Undefined::TooFewUnits);
    let mut plan = BudgetPlan {
        judge: String::new(),
        item: String::new(),
        contrast: String::new(),
        rated,
        sources,
        correlation: Estimate::from_result(correlation)
            .with_interval(Err(Undefined::NotApplicable))
            .with_counts(rated, 2, 0),
        points: Vec::new(),
        needed: None,
        undefined: None,
    };
    match (correlation, spread) {
        (Ok(r), Ok(spread)) if rated > 2 => {
            let at = |n: usize| point(n, sources, r, spread);
            plan.points = steps(rated, sources).into_iter().filter_map(at).collect();
            let reaches =
                |n: &usize| at(*n).is_some_and(|p| wanted.is_some_and(|wanted| p.corrected <= wanted));
            plan.needed = (rated..=sources).find(reaches);
        }
        (Err(reason), _) | (_, Err(reason)) => plan.undefined = Some(reason),
        _ => plan.undefined = Some(Undefined::TooFewUnits),
    }
    plan
}

/// The current number of rated sources, then a few sizes up to all.
fn steps(rated: usize, sources: usize) -> Vec<usize> {
    let sizes = [6, 10, 20, 30, 50, 75, 100, 150, 200, 300, 500];
    let later = sizes.into_iter().filter(|size| *size > rated && *size < sources);
    let mut steps: Vec<usize> = std::iter::once(rated).chain(later).chain([sources]).collect();
    steps.dedup();
    steps
}

/// Expected half widths with n of the sources rated. The variance of a corrected mean is that of the labels times
/// (1 - r^2) / n + r^2 / N, so an uncorrelated judge adds nothing.
fn point(n: usize, sources: usize, r: f64, spread: f64) -> Option<BudgetPoint> {
    let reach = t_quantile(0.5 + 0.5 * LEVEL, n as f64 - 1.0)?;
    // A judge that correlates negatively with the clinicians gets no weight.
    let r2 = if r > 0.0 { r * r } else { 0.0 };
    let (n_rated, all) = (n as f64, sources as f64);
    Some(BudgetPoint {
        rated: n,
        classical: reach * spread / n_rated.sqrt(),
        corrected: reach * spread * ((1.0 - r2) / n_rated + r2 / all).sqrt(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::testing::{CONDITION, Study, rating, session};

    /// Twenty sources, eight of them rated by C1; the judge's differences follow the clinician's.
    fn study() -> Study {
        let mut study = Study::small();
        study.sessions = (10..30)
            .flat_map(|i| [session(&format!("s{i}"), None), session(&format!("s{i}"), Some(CONDITION))])
            .collect();
        study.ratings.clear();
        for (i, session) in study.sessions.iter().enumerate() {
            let (source, condition) = (i / 2, i % 2);
            let score = ((source * 7 + condition * (source % 3)) % 5) as f64;
            for item in ["a", "b", "c"] {
                study.ratings.push(rating(session, "J", item, score + 1.0));
                if source < 8 {
                    study.ratings.push(rating(session, "C1", item, score));
                }
            }
        }
        study
    }

    fn budget(next: usize, seed: u64, half_width: Option<f64>) -> LabelBudget {
        label_budget(&study().inputs(), "run", BudgetOptions { next, seed, half_width })
    }

    #[test]
    fn only_unrated_sources_are_chosen_with_all_their_rated_arms() {
        let found = budget(5, 1, None);
        assert_eq!((found.sources, found.rated, found.chosen.len()), (20, 8, 10));
        assert!(found.chosen.iter().all(|one| one.source.as_str() >= "s18"));
        assert!(found.chosen.iter().all(|one| (one.inclusion_probability - 5.0 / 12.0).abs() < 1e-12));
        assert_eq!(found, budget(5, 1, None), "the same seed chooses the same");
        assert_ne!(found.chosen, budget(5, 2, None).chosen);
        assert_eq!(budget(50, 1, None).chosen.len(), 24, "no more than there are");
    }

    #[test]
    fn each_source_is_chosen_equally_often() {
        let mut counts = [0_u32; 12];
        for seed in 0..3_000 {
            for source in sample(&(0..12).collect::<Vec<u32>>(), 3, seed) {
                counts[source as usize] += 1;
            }
        }
        // 750 expected; five standard deviations are 119.
        assert!(counts.iter().all(|n| (631..870).contains(n)), "{counts:?}");
    }

    #[test]
    fn a_judge_that_follows_the_clinicians_saves_ratings_and_another_saves_none() {
        let close = point(20, 200, 0.8, 2.0).expect("enough units");
        let apart = point(20, 200, 0.0, 2.0).expect("enough units");
        let against = point(20, 200, -0.8, 2.0).expect("enough units");
        assert!(close.corrected < 0.7 * close.classical, "{close:?}");
        assert!((apart.corrected - apart.classical).abs() < 1e-12);
        assert!((against.corrected - against.classical).abs() < 1e-12);
        let plan = &budget(1, 1, Some(1.0)).plans[0];
        assert_eq!((plan.item.as_str(), plan.rated, plan.sources), ("total", 8, 20));
        assert!(plan.points.windows(2).all(|pair| pair[1].corrected <= pair[0].corrected), "{plan:?}");
    }
}
