//! Calibration on small studies: which map is chosen, what it is bound to, and the result of a shift of the judge.

use std::collections::BTreeMap;

use super::{Calibration, RejudgedRun, check, fit};
use crate::analysis::findings::CalibrationState;
use crate::analysis::gate::GateOutcome;
use crate::analysis::testing::{CONDITION, Study, rating, session};
use crate::domain::{Digest, RatingOutcome, Scale};
use crate::stats::Undefined;
use crate::stats::calibrate::MapKind;

/// `sources` recorded sessions with a replay each. Clinicians differ by up to a point; the judge says `judge(mean)`.
fn study(sources: usize, judge: impl Fn(f64) -> f64) -> Study {
    let mut study = Study::small();
    study.sessions = (0..sources)
        .flat_map(|i| [session(&format!("s{i:02}"), None), session(&format!("s{i:02}"), Some(CONDITION))])
        .collect();
    study.ratings.clear();
    for (i, session) in study.sessions.iter().enumerate() {
        let (low, high) = ([0.0, 1.0, 2.0, 3.0][i % 4], [1.0, 2.0, 2.0, 4.0][i % 4]);
        for item in ["a", "b", "c"] {
            study.ratings.push(rating(session, "C1", item, low));
            study.ratings.push(rating(session, "C2", item, high));
            study.ratings.push(rating(session, "J", item, judge(f64::midpoint(low, high)).clamp(0.0, 6.0)));
        }
    }
    study
}

fn identities() -> BTreeMap<String, Digest> {
    BTreeMap::from([("J".to_owned(), Digest::of_bytes(b"judge"))])
}

fn fitted(study: &Study) -> Calibration {
    fit(&study.inputs(), "run-1", &identities())
}

#[test]
fn a_judge_that_is_off_by_a_point_is_shifted_and_nothing_more() {
    // Half points round up: the judge is 2 up where clinicians agree and 2.5 up where they are a point apart.
    let calibration = fitted(&study(20, |mean| (mean + 2.0).ceil()));
    let item = &calibration.judges[0].items[0];
    assert_eq!((item.item.as_str(), item.sources, item.pairs), ("a", 20, 40));
    assert_eq!(item.kind, Some(MapKind::MeanShift));
    let map = item.map.as_ref().expect("a map");
    assert!((map.at(4.0) - (4.0 - 2.375)).abs() < 1e-12, "{map:?}");
    assert!(item.mae_calibrated < item.mae_raw, "{item:?}");
    // One point apart in three of four sessions: variance 0.5 there, 0 in the fourth.
    assert!((item.sem.expect("two clinicians") - (0.75_f64 * 0.5).sqrt()).abs() < 1e-12);
    assert!(item.tried.iter().all(|t| t.kind != MapKind::Isotonic), "40 pairs are too few for it");
    assert!(item.tried.iter().all(|t| t.rmse >= t.rmse_in_sample), "{:?}", item.tried);
}

#[test]
fn a_judge_that_agrees_keeps_its_scores() {
    let mut study = study(12, f64::floor);
    study.ratings.retain(|r| r.rater.as_str() != "C2");
    assert_eq!(fitted(&study).judges[0].items[0].kind, Some(MapKind::Raw));
}

#[test]
fn what_cannot_be_calibrated_says_why() {
    let reason = |study: &Study| fitted(study).judges[0].items[0].undefined;
    assert_eq!(reason(&study(9, f64::floor)), Some(Undefined::TooFewUnits));
    assert_eq!(reason(&study(12, |_| 1.0)), Some(Undefined::ConstantRater));
    let mut alone = study(12, f64::floor);
    alone.ratings.retain(|r| r.rater.as_str() == "J");
    assert_eq!(reason(&alone), Some(Undefined::NoPairs));
}

#[test]
fn a_calibration_holds_only_for_what_it_was_fitted_with() {
    let study = study(12, |mean| (mean + 1.0).floor());
    let calibration = fitted(&study);
    let state = |change: fn(&mut Study)| {
        let mut study = study.clone();
        change(&mut study);
        let findings = crate::analysis::analyse(&crate::analysis::Inputs {
            calibration: Some(&calibration),
            ..study.inputs()
        });
        (findings.judges[0].calibration, findings.calibrated.len())
    };
    let (held, means) = state(|_| ());
    assert_eq!(held, CalibrationState::Calibrated);
    assert_eq!(means, 2 * 4, "two arms, three items and the total");
    assert_eq!(state(|study| study.judges[0].identity = None), (CalibrationState::Stale, 0));
    assert_eq!(state(|study| study.rubric.version = "2".into()), (CalibrationState::Stale, 0));
    let other = |study: &mut Study| {
        study.ratings.iter_mut().filter(|r| r.rater.as_str() == "J").for_each(|r| {
            r.rater = "K".to_owned().try_into().expect("an id");
        });
        study.judges[0].id = "K".to_owned().try_into().expect("an id");
    };
    assert_eq!(state(other), (CalibrationState::Uncalibrated, 0));
}

fn checked(then: &Study, now: &Study, identities: &BTreeMap<String, Digest>) -> super::CalibrationCheck {
    let run = RejudgedRun { sessions: &now.sessions, ratings: &now.ratings, rubric: &now.rubric, identities };
    check(&fitted(then), run)
}

/// Moves the judge's scores by `points` on one session in `every`.
fn moved(study: &Study, points: f64, every: usize) -> Study {
    let mut moved = study.clone();
    let judged = moved.ratings.iter_mut().filter(|r| r.rater.as_str() == "J");
    for (i, rating) in judged.enumerate() {
        if (i / 3) % every == 0 {
            let score = rating.outcome.score().expect("scored") + points;
            rating.outcome =
                RatingOutcome::Scored { score: Scale { min: 0, max: 6 }.score(score).expect("on the scale") };
        }
    }
    moved
}

#[test]
fn a_judge_that_moves_by_more_than_a_clinicians_error_fails_the_check() {
    let then = study(12, f64::floor);
    let same = checked(&then, &then, &identities());
    assert_eq!(same.outcome, GateOutcome::Pass);
    assert!(same.because.is_empty(), "{:?}", same.because);
    // The error of a clinician is 0.61 here. A point up everywhere lies wholly beyond it, in a fourth within it.
    assert_eq!(checked(&then, &moved(&then, 1.0, 1), &identities()).outcome, GateOutcome::Fail);
    let few = checked(&then, &moved(&then, 1.0, 6), &identities());
    assert_eq!(few.checked[0].outcome, GateOutcome::Pass, "{:?}", few.checked[0]);
    let half = checked(&then, &moved(&then, 1.0, 2), &identities());
    assert!(half.checked[0].value.value().is_ok());
}

#[test]
fn a_check_says_what_changed_and_what_is_missing() {
    let then = study(12, f64::floor);
    let mut now = then.clone();
    now.sessions.truncate(20);
    let other = BTreeMap::from([("J".to_owned(), Digest::of_bytes(b"another model"))]);
    let found = checked(&then, &now, &other);
    let expected = [
        "J: model, decoding, prompt or draws are not those of the calibration",
        "J: 4 of 24 anchor sessions were not judged again with the same text",
    ];
    assert_eq!(found.because, expected);
    assert_eq!(found.outcome, GateOutcome::Pass);
    let none = checked(&then, &now, &BTreeMap::new());
    assert_eq!(
        (none.outcome, none.because.as_slice()),
        (GateOutcome::Inconclusive, ["the run has no judge J".to_owned()].as_slice())
    );
}
