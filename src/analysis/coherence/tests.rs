//! Tests of coherence on a small study whose grades are written by hand.

use super::*;
use crate::analysis::analyse;
use crate::analysis::findings::Findings;
use crate::analysis::testing::{CONDITION, Study};
use crate::domain::GradeResult;

fn grade(session: &Session, shown: ShownAs, grade: Option<u8>) -> AnswerGrade {
    let graded = grade.map_or(GradeResult::Unreadable, |grade| GradeResult::Grade { grade });
    AnswerGrade { session: session.id.clone(), counselor_turn: 2, shown, client_turn: 3, graded }
}

/// Every session has one exchange. The true turn gets `next`, another `other`; replays get `replayed` in order.
fn found(next: [u8; 4], other: [u8; 4], replayed: [Option<u8>; 4]) -> Findings {
    let study = Study { bootstrap: 200, ..Study::small() };
    let mut grades = Vec::new();
    for (at, pair) in study.sessions.chunks(2).enumerate() {
        grades.push(grade(&pair[0], ShownAs::Next, Some(next[at])));
        grades.push(grade(&pair[0], ShownAs::Other, Some(other[at])));
        grades.push(grade(&pair[1], ShownAs::Next, replayed[at]));
    }
    let asked = CoherenceInput {
        grades: &grades,
        grader: "grader",
        baseline: false,
        answers_from: 5,
        minimum_share: 0.5,
    };
    analyse(&Inputs { coherence: Some(asked), ..study.inputs() })
}

fn value(findings: &Findings, arm: &str, statistic: &str) -> Option<f64> {
    let fits = |row: &&EstimateRow| {
        row.key.family == "coherence" && row.key.arm == arm && row.key.statistic == statistic
    };
    findings.estimates.iter().find(fits).unwrap_or_else(|| panic!("{arm} {statistic}")).value()
}

fn total(contrasts: &[Contrast]) -> Estimate {
    let fits = |c: &&Contrast| c.judge == "J" && c.item == "total";
    contrasts.iter().find(fits).expect("the judge's total").difference.clone()
}

fn corrected_rows(findings: &Findings) -> Vec<&EstimateRow> {
    findings.estimates.iter().filter(|row| row.key.family == "contrast.coherent").collect()
}

#[test]
fn a_grader_that_can_tell_corrects_the_contrasts_by_the_declared_rule() {
    let findings = found([9, 8, 10, 7], [1, 0, 2, 3], [Some(9), Some(4), Some(5), None]);
    let coherence = findings.coherence.as_ref().expect("asked for");
    assert_eq!((coherence.auc.value(), coherence.usable), (Ok(1.0), true));
    assert_eq!((coherence.auc.n_units(), coherence.auc.n_dropped()), (4, 0));
    let replay = coherence.arms.iter().find(|arm| arm.arm == CONDITION).expect("graded");
    assert_eq!((replay.exchanges, replay.ungraded, replay.below, replay.unknown), (4, 1, 1, 1));
    assert_eq!(
        replay.share.value(),
        Ok(2.0 / 3.0),
        "the exchange without a grade is missing, not unanswered"
    );
    assert_eq!(replay.mean_grade.value(), Ok(6.0));
    assert!(replay.share.interval().is_ok());
    assert_eq!((total(&findings.contrasts).n_units(), total(&coherence.contrasts).n_units()), (4, 2));
    let rows = corrected_rows(&findings);
    assert!(!rows.is_empty() && rows.iter().all(|row| row.key.condition == CONDITION));
    assert_eq!(value(&findings, "original", "coherence.share"), Some(1.0));
    assert_eq!(value(&findings, CONDITION, "n.sessions_below"), Some(1.0));
    assert_eq!(value(&findings, CONDITION, "n.sessions_unknown"), Some(1.0));
}

#[test]
fn the_corrected_contrast_is_the_one_of_the_sessions_that_stay() {
    let findings = found([9, 8, 10, 7], [1, 0, 2, 3], [Some(9), Some(0), Some(9), Some(0)]);
    let kept = total(&findings.coherence.as_ref().expect("asked for").contrasts);
    let mut study = Study::small();
    study.ratings.retain(|rating| ["s1", "s3"].contains(&rating.source.as_str()));
    study.sessions.retain(|session| ["s1", "s3"].contains(&session.source.as_str()));
    let alone = total(&study.analyse().contrasts);
    assert_eq!((kept.value(), kept.n_units()), (alone.value(), alone.n_units()));
    assert_ne!(kept.value(), total(&findings.contrasts).value());
}

#[test]
fn a_grader_that_cannot_tell_is_not_usable_and_corrects_nothing() {
    let findings = found([5, 4, 6, 5], [5, 6, 4, 5], [Some(9), Some(4), Some(5), Some(1)]);
    let coherence = findings.coherence.as_ref().expect("asked for");
    assert_eq!((coherence.auc.value(), coherence.usable), (Ok(0.5), false));
    assert!(coherence.contrasts.is_empty() && corrected_rows(&findings).is_empty());
    let said = findings.headline.iter().find(|s| s.key == "coherence").expect("said");
    assert!(said.text.contains("is not usable: AUC 0.50"), "{}", said.text);
    assert!(said.text.contains("No corrected contrast"), "{}", said.text);
}

#[test]
fn without_another_turn_there_is_no_check_and_so_no_use() {
    let study = Study::small();
    let grades: Vec<AnswerGrade> =
        study.sessions.iter().map(|session| grade(session, ShownAs::Next, Some(9))).collect();
    let asked =
        CoherenceInput { grades: &grades, grader: "g", baseline: false, answers_from: 5, minimum_share: 0.5 };
    let findings = analyse(&Inputs { coherence: Some(asked), ..study.inputs() });
    let coherence = findings.coherence.expect("asked for");
    assert_eq!(coherence.auc.value(), Err(crate::stats::Undefined::NoPairs));
    assert!(!coherence.usable && coherence.contrasts.is_empty());
    assert_eq!(coherence.auc.n_dropped(), 4);
    assert!(Study::small().analyse().coherence.is_none(), "nobody asked");
}
