//! Comparison of two runs: judge scores, unusable answers and flags, paired by recorded session. Differences
//! are the second run minus the first.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::{Deserialize, Serialize};

use crate::domain::{Digest, Flag, RaterKind, Rating, RatingOutcome, Rubric, Session, Speaker};
use crate::stats::adjust::{Adjust, adjust};
use crate::stats::bootstrap::{below, stream};
use crate::stats::descriptive::{mean, sd};
use crate::stats::paired::{paired_t, sign_flip};
use crate::stats::power::minimum_detectable_difference;
use crate::stats::prevalence::share;
use crate::stats::{Estimate, Undefined};

use super::LEVEL;
use super::findings::Findings;

/// Format name of a comparison's JSON.
pub const FORMAT: &str = "corater-comparison/1";

/// Number of random sign patterns if there are too many to enumerate.
const FLIPS: usize = 20_000;
/// The p value below which a test counts as significant in the self-test.
const ALPHA: f64 = 0.05;
/// The power for which a minimum detectable difference is given.
const POWER: f64 = 0.8;

/// One of the two runs.
#[derive(Debug, Clone, Copy)]
pub struct RunSide<'a> {
    /// Findings of the run.
    pub findings: &'a Findings,
    /// Recorded and reconstructed sessions.
    pub sessions: &'a [Session],
    /// Ratings of judges and clinicians.
    pub ratings: &'a [Rating],
    /// Flags, suppressed and rejected ones included.
    pub flags: &'a [Flag],
    /// The instrument.
    pub rubric: &'a Rubric,
}

/// The quantity that is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ComparedMeasure {
    /// A judge's score of an item, or its total.
    Score,
    /// Share of a judge's ratings that could not be used.
    UnusableRate,
    /// Flagged phrases of one axis per 100 counselor turns.
    FlagsPer100Turns,
}

impl ComparedMeasure {
    /// The word used in tables.
    pub fn word(self) -> &'static str {
        match self {
            Self::Score => "score",
            Self::UnusableRate => "unusable_rate",
            Self::FlagsPer100Turns => "flags_per_100_turns",
        }
    }
}

/// One figure of both runs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunDifference {
    /// The quantity that is compared.
    pub measure: ComparedMeasure,
    /// The judge, or `first / second` if its id differs between the runs; empty for flags.
    pub judge: String,
    /// The arm.
    pub arm: String,
    /// Item, `total`, or the axis of flags; empty for a rate over all items.
    pub item: String,
    /// Mean over the paired sources in the first run.
    pub first: Option<f64>,
    /// Mean over the paired sources in the second run.
    pub second: Option<f64>,
    /// Mean of the differences with paired t interval and p.
    pub difference: Estimate,
    /// The t test's p, Holm over the items of one judge and arm.
    pub p_adjusted: Option<f64>,
    /// The sign-flip test's p.
    pub p_sign_flip: Option<f64>,
    /// The true difference that the t test would detect with power 0.8, at this n and spread.
    pub detectable: Estimate,
}

/// How often the test is significant when there is no difference: the labels of the two runs are swapped at random
/// for each source, so that only chance differences remain.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SelfTest {
    /// Judge of the figure.
    pub judge: String,
    /// Arm of the figure.
    pub arm: String,
    /// Item of the figure.
    pub item: String,
    /// Share of random swaps with p below 0.05; it should be about 0.05.
    pub found: Estimate,
}

/// Result of comparing two runs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunComparison {
    /// [`FORMAT`].
    pub format: String,
    /// Names of the two runs.
    pub runs: [String; 2],
    /// Number of sessions in both runs, by id.
    pub paired_sessions: usize,
    /// Number of those with the same text: only there can a difference come from the judge alone.
    pub same_text: usize,
    /// Ids of the sessions that only one run holds.
    pub only_in: [Vec<String>; 2],
    /// Ids of the judges that only one run holds.
    pub judges_only_in: [Vec<String>; 2],
    /// True if the rubrics of the runs differ.
    pub rubrics_differ: bool,
    /// Every figure.
    pub differences: Vec<RunDifference>,
    /// The self-test, if requested.
    pub self_test: Vec<SelfTest>,
}

/// Values per source, by arm and item.
type SourceValues = BTreeMap<(String, String), BTreeMap<String, f64>>;

/// Compares two runs. With `exchanges`, also runs the self-test with that many random swaps.
pub fn compare(
    names: [String; 2],
    first: RunSide<'_>,
    second: RunSide<'_>,
    seed: u64,
    exchanges: usize,
) -> RunComparison {
    let (judges, judges_only_in) = judge_pairs(&judges(first.findings), &judges(second.findings));
    let mut differences = Vec::new();
    let mut self_test = Vec::new();
    for (a, b) in &judges {
        let name = if a == b { a.clone() } else { format!("{a} / {b}") };
        let (x, y) = (scores(first, a), scores(second, b));
        self_test.extend(exchanged(&name, &x, &y, seed, exchanges));
        differences.extend(compared(ComparedMeasure::Score, &name, &x, &y, seed));
        let (x, y) = (unusable(first, a), unusable(second, b));
        differences.extend(compared(ComparedMeasure::UnusableRate, &name, &x, &y, seed));
    }
    differences.extend(compared(ComparedMeasure::FlagsPer100Turns, "", &flags(first), &flags(second), seed));
    let texts = |side: RunSide<'_>| -> HashMap<String, Digest> {
        side.sessions.iter().map(|session| (session.id.to_string(), session.text_digest())).collect()
    };
    let (a, b) = (texts(first), texts(second));
    let only = |own: &HashMap<String, Digest>, other: &HashMap<String, Digest>| -> Vec<String> {
        own.keys()
            .filter(|id| !other.contains_key(*id))
            .cloned()
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect()
    };
    RunComparison {
        format: FORMAT.to_owned(),
        runs: names,
        paired_sessions: a.keys().filter(|id| b.contains_key(*id)).count(),
        same_text: a.iter().filter(|(id, text)| b.get(*id) == Some(text)).count(),
        only_in: [only(&a, &b), only(&b, &a)],
        judges_only_in,
        rubrics_differ: Digest::of_value(first.rubric) != Digest::of_value(second.rubric),
        differences,
        self_test,
    }
}

fn judges(findings: &Findings) -> Vec<String> {
    findings.judges.iter().map(|judge| judge.id.clone()).collect()
}

/// Pairs of judges with equal ids, or else the only judge of each side, and the judges left unpaired.
pub(super) fn judge_pairs(a: &[String], b: &[String]) -> (Vec<(String, String)>, [Vec<String>; 2]) {
    let shared: Vec<(String, String)> =
        a.iter().filter(|id| b.contains(id)).map(|id| (id.clone(), id.clone())).collect();
    if let (true, [only_a], [only_b]) = (shared.is_empty(), a, b) {
        return (vec![(only_a.clone(), only_b.clone())], [Vec::new(), Vec::new()]);
    }
    let alone =
        |own: &[String], other: &[String]| own.iter().filter(|id| !other.contains(id)).cloned().collect();
    (shared, [alone(a, b), alone(b, a)])
}

/// Means per source of the collected values.
fn means(collected: BTreeMap<(String, String), BTreeMap<String, Vec<f64>>>) -> SourceValues {
    let of = |values: BTreeMap<String, Vec<f64>>| {
        values.into_iter().filter_map(|(source, values)| Some((source, mean(&values)?))).collect()
    };
    collected.into_iter().map(|(key, values)| (key, of(values))).collect()
}

fn of_judge<'a>(side: RunSide<'a>, judge: &'a str) -> impl Iterator<Item = &'a Rating> {
    side.ratings.iter().filter(move |r| r.kind == RaterKind::Judge && r.rater.as_str() == judge)
}

fn scores(side: RunSide<'_>, judge: &str) -> SourceValues {
    let mut collected: BTreeMap<(String, String), BTreeMap<String, Vec<f64>>> = BTreeMap::new();
    let mut sessions: BTreeMap<(&str, &str), (String, Vec<f64>)> = BTreeMap::new();
    for rating in of_judge(side, judge) {
        let Some(score) = rating.outcome.score() else { continue };
        let source = rating.source.to_string();
        let key = (rating.arm.to_string(), rating.item.to_string());
        collected.entry(key).or_default().entry(source.clone()).or_default().push(score);
        let session = (rating.session.as_str(), rating.source.as_str());
        sessions.entry(session).or_insert_with(|| (rating.arm.to_string(), Vec::new())).1.push(score);
    }
    for ((_, source), (arm, scores)) in sessions {
        if let Some(total) = side.rubric.total(&scores) {
            let own = collected.entry((arm, "total".to_owned())).or_default();
            own.entry(source.to_owned()).or_default().push(total);
        }
    }
    means(collected)
}

fn unusable(side: RunSide<'_>, judge: &str) -> SourceValues {
    let mut collected: BTreeMap<(String, String), BTreeMap<String, Vec<f64>>> = BTreeMap::new();
    for rating in of_judge(side, judge) {
        let missed = matches!(rating.outcome, RatingOutcome::Unusable { .. });
        let own = collected.entry((rating.arm.to_string(), String::new())).or_default();
        own.entry(rating.source.to_string()).or_default().push(f64::from(u8::from(missed)));
    }
    means(collected)
}

fn flags(side: RunSide<'_>) -> SourceValues {
    let axes: BTreeMap<&str, &str> = side
        .findings
        .flags
        .rates
        .iter()
        .filter(|rate| !rate.category.is_empty() && rate.undefined.is_none())
        .map(|rate| (rate.category.as_str(), rate.kind.word()))
        .collect();
    let kinds: BTreeSet<&str> = axes.values().copied().collect();
    let mut counts: HashMap<(&str, &str), f64> = HashMap::new();
    for flag in side.flags.iter().filter(|flag| flag.counts() && flag.speaker == Speaker::Counselor) {
        if let Some(axis) = axes.get(flag.category.as_str()) {
            *counts.entry((flag.session.as_str(), axis)).or_default() += 1.0;
        }
    }
    let mut collected: BTreeMap<(String, String), BTreeMap<String, Vec<f64>>> = BTreeMap::new();
    for session in side.sessions {
        let turns = session.counselor_turns().count();
        for axis in kinds.iter().filter(|_| turns > 0) {
            let count = counts.get(&(session.id.as_str(), *axis)).copied().unwrap_or(0.0);
            let own = collected.entry((session.arm.to_string(), (*axis).to_owned())).or_default();
            own.entry(session.source.to_string()).or_default().push(100.0 * count / turns as f64);
        }
    }
    means(collected)
}

/// Pairs of one figure, source by source.
fn paired(x: &BTreeMap<String, f64>, y: &BTreeMap<String, f64>) -> Vec<(f64, f64)> {
    x.iter().filter_map(|(source, a)| Some((*a, *y.get(source)?))).collect()
}

fn compared(
    measure: ComparedMeasure,
    judge: &str,
    x: &SourceValues,
    y: &SourceValues,
    seed: u64,
) -> Vec<RunDifference> {
    let shared = x.iter().filter_map(|(key, a)| Some((key, a, y.get(key)?)));
    let mut found: Vec<RunDifference> = shared
        .map(|((arm, item), a, b)| {
            let pairs = paired(a, b);
            let changes: Vec<f64> = pairs.iter().map(|(a, b)| b - a).collect();
            let unpaired = a.len() + b.len() - 2 * pairs.len();
            let side = |pick: fn(&(f64, f64)) -> f64| mean(&pairs.iter().map(pick).collect::<Vec<_>>());
            RunDifference {
                measure,
                judge: judge.to_owned(),
                arm: arm.clone(),
                item: item.clone(),
                first: side(|pair| pair.0),
                second: side(|pair| pair.1),
                difference: paired_t(&changes, LEVEL).with_counts(changes.len(), 1, unpaired),
                p_adjusted: None,
                p_sign_flip: sign_flip(&changes, seed, FLIPS).ok().map(|flip| flip.p_two),
                detectable: detectable(&changes),
            }
        })
        .collect();
    let arms: BTreeSet<String> = found.iter().map(|difference| difference.arm.clone()).collect();
    for arm in arms {
        let family = |d: &RunDifference| d.arm == arm && d.item != "total";
        let p: Vec<Option<f64>> = found.iter().map(|d| d.difference.p().filter(|_| family(d))).collect();
        for (difference, p) in found.iter_mut().zip(adjust(&p, Adjust::Holm)) {
            difference.p_adjusted = p.or(difference.p_adjusted);
        }
    }
    found
}

fn detectable(changes: &[f64]) -> Estimate {
    let found = sd(changes)
        .ok_or(Undefined::TooFewUnits)
        .and_then(|sd| minimum_detectable_difference(changes.len(), sd, ALPHA, POWER));
    Estimate::from_result(found).with_counts(changes.len(), 1, 0)
}

/// The self-test on every total, or on every item if there is no total.
fn exchanged(judge: &str, x: &SourceValues, y: &SourceValues, seed: u64, exchanges: usize) -> Vec<SelfTest> {
    let totals = x.keys().any(|(_, item)| item == "total");
    let tested = x.iter().filter(|((_, item), _)| exchanges > 0 && (item == "total" || !totals));
    tested
        .filter_map(|((arm, item), a)| {
            let pairs = paired(a, y.get(&(arm.clone(), item.clone()))?);
            let mut changes: Vec<f64> = pairs.iter().map(|(a, b)| b - a).collect();
            // A figure that no swap can change cannot be tested.
            paired_t(&changes, LEVEL).p()?;
            let mut rng = stream(seed, "exchange", 0);
            let mut hits = 0;
            for _ in 0..exchanges {
                for change in &mut changes {
                    if below(&mut rng, 2) == 1 {
                        *change = -*change;
                    }
                }
                hits += usize::from(paired_t(&changes, LEVEL).p().is_some_and(|p| p < ALPHA));
            }
            let found = share(hits as f64 / exchanges as f64, exchanges, LEVEL);
            Some(SelfTest { judge: judge.to_owned(), arm: arm.clone(), item: item.clone(), found })
        })
        .collect()
}
