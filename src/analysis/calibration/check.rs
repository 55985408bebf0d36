//! Check of a calibration: whether the judge's bias has moved, from new scores of the anchor sessions.

use std::collections::{BTreeMap, HashMap};

use crate::analysis::LEVEL;
use crate::analysis::compare::judge_pairs;
use crate::analysis::gate::{CheckedCriterion, FigureLimit, GateOutcome, check as hold};
use crate::domain::{Digest, RaterKind, Rating, Rubric, Session};
use crate::stats::descriptive::{is_constant, mean};
use crate::stats::paired::paired_t;
use crate::stats::{Estimate, Interval, Undefined};

use super::{Anchor, Calibration, JudgeCalibration};
pub use crate::analysis::calibration::stability::CalibrationCheck;

/// Format name of a check's JSON.
pub const CHECK_FORMAT: &str = "corater-calibration-check/1";

/// A run that judged the anchor sessions again.
#[derive(Debug, Clone, Copy)]
pub struct RejudgedRun<'a> {
    /// Sessions of the run.
    pub sessions: &'a [Session],
    /// Ratings of the run.
    pub ratings: &'a [Rating],
    /// Instrument of the run.
    pub rubric: &'a Rubric,
    /// Digest of each judge of the run.
    pub identities: &'a BTreeMap<String, Digest>,
}

/// Compares the judge's new scores with those of the calibration, over the anchor sessions whose text is unchanged.
///
/// The shift passes if its 95 % interval (paired t, one value per recorded session) lies within one standard error
/// of measurement of a clinician, and fails if it lies entirely outside.
pub fn check(calibration: &Calibration, run: RejudgedRun<'_>) -> CalibrationCheck {
    let then: Vec<String> = calibration.judges.iter().map(|judge| judge.judge.clone()).collect();
    let now: Vec<String> = run.identities.keys().cloned().collect();
    let (pairs, [unchecked, _]) = judge_pairs(&then, &now);
    let mut because: Vec<String> =
        unchecked.iter().map(|judge| format!("the run has no judge {judge}")).collect();
    if Digest::of_value(run.rubric) != calibration.binding.rubric {
        because.push("the rubric is not the one the calibration was fitted with".to_owned());
    }
    let mut checked = Vec::new();
    for (then, now) in &pairs {
        let Some(judge) = calibration.judges.iter().find(|judge| judge.judge == *then) else { continue };
        if run.identities.get(now) != Some(&judge.identity) {
            because.push(format!("{now}: model, decoding, prompt or draws are not those of the calibration"));
        }
        let (found, missing) = shifts(judge, now, run);
        if missing > 0 {
            because.push(format!(
                "{now}: {missing} of {} anchor sessions were not judged again with the same text",
                judge.anchors.len()
            ));
        }
        checked.extend(found);
    }
    let worst = checked.iter().map(|one| one.outcome).max();
    CalibrationCheck {
        format: CHECK_FORMAT.to_owned(),
        calibrated_on: calibration.run.clone(),
        outcome: match worst {
            Some(GateOutcome::Pass) if !unchecked.is_empty() => GateOutcome::Inconclusive,
            worst => worst.unwrap_or(GateOutcome::Inconclusive),
        },
        because,
        checked,
        stability: Vec::new(),
    }
}

/// The shift of every item, and the number of anchors without a new score.
fn shifts(judge: &JudgeCalibration, now: &str, run: RejudgedRun<'_>) -> (Vec<CheckedCriterion>, usize) {
    let again = scores(now, run);
    let same: Vec<(&Anchor, &BTreeMap<String, f64>)> = judge
        .anchors
        .iter()
        .filter_map(|anchor| {
            let (text, scores) = again.get(anchor.session.as_str())?;
            (*text == anchor.text).then_some((anchor, scores))
        })
        .collect();
    let of = |item: &str| -> Estimate {
        let mut sources: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
        for (anchor, scores) in &same {
            if let (Some(then), Some(now)) = (anchor.scores.get(item), scores.get(item)) {
                sources.entry(&anchor.source).or_default().push(now - then);
            }
        }
        shift(&sources.values().filter_map(|own| mean(own)).collect::<Vec<_>>())
    };
    let checked = judge
        .items
        .iter()
        .filter(|item| judge.anchors.iter().any(|anchor| anchor.scores.contains_key(&item.item)))
        .map(|item| {
            // Rounded to three decimals, so that the limit equals what is printed.
            let limit = item.sem.map(|sem| (sem * 1000.0).round() / 1000.0).filter(|sem| *sem > 0.0);
            let shift = match limit {
                Some(_) => of(&item.item),
                // Unless two clinicians rated one session, there is no error of measurement to compare with.
                None => Estimate::undefined(Undefined::TooFewRaters),
            };
            hold("shift", now, &item.item, &shift, FigureLimit::Within(limit.unwrap_or(0.0)))
        })
        .collect();
    (checked, judge.anchors.len() - same.len())
}

/// Mean shift with a paired t interval; if the shift is the same everywhere, the interval has no width.
fn shift(differences: &[f64]) -> Estimate {
    let found = paired_t(differences, LEVEL);
    match found.value() {
        Ok(value) if differences.len() > 1 && is_constant(differences) => {
            found.with_interval(Interval::new(value, value, LEVEL, "t"))
        }
        _ => found,
    }
}

/// Text digest and scores of every session that the judge scored, totals included.
fn scores<'a>(judge: &str, run: RejudgedRun<'a>) -> HashMap<&'a str, (Digest, BTreeMap<String, f64>)> {
    let mut found: HashMap<&str, (Digest, BTreeMap<String, f64>)> =
        run.sessions.iter().map(|s| (s.id.as_str(), (s.text_digest(), BTreeMap::new()))).collect();
    let own = run.ratings.iter().filter(|r| r.kind == RaterKind::Judge && r.rater.as_str() == judge);
    for rating in own {
        let session = found.get_mut(rating.session.as_str());
        if let (Some((_, scores)), Some(score)) = (session, rating.outcome.score()) {
            scores.insert(rating.item.to_string(), score);
        }
    }
    found.retain(|_, (_, scores)| !scores.is_empty());
    for (_, scores) in found.values_mut() {
        let counting = |id: &&String| run.rubric.items.iter().any(|item| item.id.as_str() == id.as_str());
        let items: Vec<f64> = scores.iter().filter(|(id, _)| counting(id)).map(|(_, score)| *score).collect();
        if let Some(total) = run.rubric.total(&items) {
            scores.insert("total".to_owned(), total);
        }
    }
    found
}
