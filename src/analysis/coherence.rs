//! Coherence: whether the client's turns answer the counselor, whether the grader can tell, and the contrasts without
//! those reconstructions in which the client mostly ignores the counselor.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::{AnswerGrade, Arm, Mode, Rating, Session, ShownAs, coherence::BEST_GRADE};
use crate::stats::auc::auc_of_counts;
use crate::stats::paired::paired_t;
use crate::stats::{Estimate, descriptive};

use super::LEVEL;
use super::contrast;
use super::findings::{ArmCoherence, CoherenceFindings, Contrast, SessionCoherence};
use super::inputs::{CoherenceInput, Inputs};
use super::layout::{RaterLayout, layout};
use super::measures::{resample, with_bootstrap, with_width};
use super::outcomes::clustered_ratio;
use super::resampling::Resampling;
use super::row::{EstimateKey, EstimateRow};

/// AUC below which the grader is not usable and no contrast is corrected.
const LEAST_AUC: f64 = 0.6;
/// Number of levels of a grade.
const LEVELS: usize = BEST_GRADE as usize + 1;

/// Findings on coherence, with the rows; `None` if nothing was graded.
pub(super) fn coherence(
    inputs: &Inputs<'_>,
    layout: &RaterLayout<'_>,
    resampling: &Resampling,
) -> Option<(CoherenceFindings, Vec<EstimateRow>)> {
    let asked = inputs.coherence?;
    let mut by_session: BTreeMap<&str, Vec<&AnswerGrade>> = BTreeMap::new();
    for grade in asked.grades {
        by_session.entry(grade.session.as_str()).or_default().push(grade);
    }
    let graded: Vec<&Session> = layout.sessions.iter().copied().filter(|s| applies(s.mode)).collect();
    let none: &[&AnswerGrade] = &[];
    let own = |session: &Session| by_session.get(session.id.as_str()).map_or(none, Vec::as_slice);
    let sessions: Vec<SessionCoherence> = graded.iter().map(|s| of_session(s, own(s), &asked)).collect();
    let recorded: Vec<&[&AnswerGrade]> =
        graded.iter().filter(|s| s.arm == Arm::Original).map(|s| own(s)).collect();
    let auc = auc(&recorded, resampling);
    let usable = auc.value().is_ok_and(|auc| auc >= LEAST_AUC);
    let arms: Vec<ArmCoherence> = layout
        .panel
        .arms
        .iter()
        .filter(|arm| sessions.iter().any(|session| session.arm == **arm))
        .map(|arm| of_arm(arm, &sessions, &by_session, &asked, resampling))
        .collect();
    let mut rows = vec![EstimateRow::new(key("original").statistic("coherence.auc"), &auc)];
    rows.extend(arms.iter().flat_map(rows_of));
    let (contrasts, corrected) =
        if usable { corrected(inputs, &sessions, &asked) } else { Default::default() };
    rows.extend(corrected);
    let mut grades = asked.grades.to_vec();
    grades.sort();
    let found = CoherenceFindings {
        grader: asked.grader.to_owned(),
        baseline: asked.baseline,
        answers_from: asked.answers_from,
        minimum_share: asked.minimum_share,
        wording: "graded by a program, confirmed by nobody: a proxy".to_owned(),
        auc,
        least_auc: LEAST_AUC,
        usable,
        arms,
        sessions,
        grades,
        contrasts,
    };
    Some((found, rows))
}

/// True for recorded sessions and for modes in which recorded client turns follow another counselor.
fn applies(mode: Option<Mode>) -> bool {
    mode.is_none_or(Mode::client_is_recorded)
}

fn of_session(session: &Session, own: &[&AnswerGrade], asked: &CoherenceInput<'_>) -> SessionCoherence {
    let next = || own.iter().filter(|grade| grade.shown == ShownAs::Next);
    let graded = next().filter(|grade| grade.graded.grade().is_some()).count();
    let answered = next().filter(|grade| grade.graded.grade() >= Some(asked.answers_from)).count();
    SessionCoherence {
        session: session.id.to_string(),
        arm: session.arm.to_string(),
        source: session.source.to_string(),
        exchanges: next().count(),
        graded,
        answered,
        share: (graded > 0).then(|| answered as f64 / graded as f64),
    }
}

/// AUC over exchanges of recorded sessions that were graded with both turns, with sessions resampled.
fn auc(recorded: &[&[&AnswerGrade]], resampling: &Resampling) -> Estimate {
    let sessions: Vec<Levels> =
        recorded.iter().map(|own| Levels::of(own)).filter(|own| own.pairs > 0).collect();
    let value = |drawn: &[usize]| {
        let (mut next, mut other) = ([0.0; LEVELS], [0.0; LEVELS]);
        for own in drawn.iter().map(|&at| &sessions[at]) {
            next.iter_mut().zip(own.next).for_each(|(sum, n)| *sum += n);
            other.iter_mut().zip(own.other).for_each(|(sum, n)| *sum += n);
        }
        auc_of_counts(&next, &other)
    };
    let all: Vec<usize> = (0..sessions.len()).collect();
    let resampled = resample(sessions.len(), resampling, "coherence.auc", value);
    let pairs = sessions.iter().map(|own| own.pairs).sum();
    let asked: usize =
        recorded.iter().map(|own| own.iter().filter(|grade| grade.shown == ShownAs::Next).count()).sum();
    let estimate = with_width(with_bootstrap(Estimate::from_result(value(&all)), resampled));
    estimate.with_counts(pairs, 0, asked - pairs)
}

/// Number of times each grade was given in one session.
struct Levels {
    next: [f64; LEVELS],
    other: [f64; LEVELS],
    pairs: usize,
}

impl Levels {
    fn of(own: &[&AnswerGrade]) -> Self {
        let mut by_turn: BTreeMap<u32, [Option<u8>; 2]> = BTreeMap::new();
        for grade in own {
            let side = usize::from(grade.shown == ShownAs::Other);
            by_turn.entry(grade.counselor_turn).or_default()[side] = grade.graded.grade();
        }
        let mut levels = Self { next: [0.0; LEVELS], other: [0.0; LEVELS], pairs: 0 };
        for grades in by_turn.into_values() {
            if let [Some(next), Some(other)] = grades {
                levels.next[usize::from(next.min(BEST_GRADE))] += 1.0;
                levels.other[usize::from(other.min(BEST_GRADE))] += 1.0;
                levels.pairs += 1;
            }
        }
        levels
    }
}

fn of_arm(
    arm: &str,
    sessions: &[SessionCoherence],
    by_session: &BTreeMap<&str, Vec<&AnswerGrade>>,
    asked: &CoherenceInput<'_>,
    resampling: &Resampling,
) -> ArmCoherence {
    let own: Vec<&SessionCoherence> = sessions.iter().filter(|session| session.arm == arm).collect();
    let sum = |of: fn(&SessionCoherence) -> usize| own.iter().map(|session| of(session)).sum::<usize>();
    let ungraded = sum(|s| s.exchanges) - sum(|s| s.graded);
    let ratio = |above: &dyn Fn(&SessionCoherence) -> f64, name: &str| {
        let parts: Vec<(&str, f64, f64)> =
            own.iter().map(|s| (s.source.as_str(), above(s), s.graded as f64)).collect();
        let ratio = clustered_ratio(&parts, 1.0, resampling, name);
        let n = ratio.n_units();
        ratio.with_counts(n, 0, ungraded)
    };
    let points = |session: &SessionCoherence| {
        let grades = by_session.get(session.session.as_str()).into_iter().flatten();
        let next = grades.filter(|grade| grade.shown == ShownAs::Next);
        next.filter_map(|grade| grade.graded.grade()).map(f64::from).sum::<f64>()
    };
    ArmCoherence {
        arm: arm.to_owned(),
        sessions: own.len(),
        exchanges: sum(|s| s.exchanges),
        ungraded,
        share: ratio(&|session| session.answered as f64, "coherence.share"),
        mean_grade: ratio(&points, "coherence.grade"),
        difference: (arm != "original").then(|| difference(arm, sessions)),
        below: own.iter().filter(|s| s.share.is_some_and(|share| share < asked.minimum_share)).count(),
        unknown: own.iter().filter(|s| s.share.is_none()).count(),
    }
}

/// Mean share of a source's sessions in the arm, minus that of the recorded session.
fn difference(arm: &str, sessions: &[SessionCoherence]) -> Estimate {
    let shares = |arm: &str| -> BTreeMap<&str, Vec<f64>> {
        let mut shares: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
        for session in sessions.iter().filter(|session| session.arm == arm) {
            shares.entry(session.source.as_str()).or_default().extend(session.share);
        }
        shares
    };
    let original = shares("original");
    let differences: Vec<f64> = shares(arm)
        .into_iter()
        .filter_map(|(source, own)| {
            Some(descriptive::mean(&own)? - descriptive::mean(original.get(source)?)?)
        })
        .collect();
    paired_t(&differences, LEVEL)
}

/// Contrasts of graded conditions without reconstructions whose share is below the declared one or unknown.
/// Both are counted in the findings.
fn corrected(
    inputs: &Inputs<'_>,
    sessions: &[SessionCoherence],
    asked: &CoherenceInput<'_>,
) -> (Vec<Contrast>, Vec<EstimateRow>) {
    let reconstructed = || sessions.iter().filter(|session| session.arm != "original");
    let out: BTreeSet<&str> = reconstructed()
        .filter(|session| session.share.is_none_or(|share| share < asked.minimum_share))
        .map(|session| session.session.as_str())
        .collect();
    let kept: Vec<Rating> =
        inputs.ratings.iter().filter(|rating| !out.contains(rating.session.as_str())).cloned().collect();
    let narrowed = Inputs { ratings: &kept, ..*inputs };
    let (contrasts, rows) = contrast::contrasts(&layout(&narrowed).panel, inputs.seed);
    let arms: BTreeSet<&str> = reconstructed().map(|session| session.arm.as_str()).collect();
    let rows = rows.into_iter().filter(|row| arms.contains(row.key.condition.as_str())).map(|mut row| {
        "contrast.coherent".clone_into(&mut row.key.family);
        row
    });
    let rows = rows.collect();
    (contrasts.into_iter().filter(|contrast| arms.contains(contrast.condition.as_str())).collect(), rows)
}

fn key(arm: &str) -> EstimateKey {
    let condition = if arm == "original" { String::new() } else { arm.to_owned() };
    EstimateKey { arm: arm.to_owned(), condition, ..EstimateKey::of("coherence") }
}

fn rows_of(found: &ArmCoherence) -> Vec<EstimateRow> {
    let key = key(&found.arm);
    let count = |n: usize| Estimate::ok(n as f64).with_counts(found.sessions, 0, 0);
    let mut rows = vec![
        EstimateRow::new(key.statistic("coherence.share"), &found.share),
        EstimateRow::new(key.statistic("coherence.mean_grade"), &found.mean_grade),
        EstimateRow::new(key.statistic("n.sessions_below"), &count(found.below)),
        EstimateRow::new(key.statistic("n.sessions_unknown"), &count(found.unknown)),
    ];
    rows.extend(found.difference.iter().map(|difference| {
        let contrast = format!("{} - original", found.arm);
        let key = EstimateKey { contrast, arm: String::new(), ..key.statistic("coherence.share") };
        EstimateRow::new(key, difference)
    }));
    rows
}

#[cfg(test)]
mod tests;
