//! Waiting times: how long counselor and client took to answer, if the source has message times.
//! Reconstructions have no times.

use std::collections::BTreeMap;

use crate::domain::{Arm, Session, Speaker, TurnRole};
use crate::stats::pooled::PooledValues;
use crate::stats::{Estimate, Undefined};

use super::findings::{ArmDynamics, MeasureKind};
use super::measures::{resample, with_bootstrap, with_width};
use super::resampling::Resampling;

/// Waiting times are attributed to the speaker who answers.
const SPEAKERS: [Speaker; 2] = [Speaker::Counselor, Speaker::Client];

/// Median and interquartile range, in seconds over turns, per arm and speaker; intervals resample sources.
pub(super) fn waiting(sessions: &[&Session], arms: &[String], resampling: &Resampling) -> Vec<ArmDynamics> {
    let each = arms.iter().flat_map(|arm| SPEAKERS.map(|speaker| (arm, speaker)));
    each.flat_map(|(arm, speaker)| of_speaker(sessions, arm, speaker, resampling)).collect()
}

fn of_speaker(
    sessions: &[&Session],
    arm: &str,
    speaker: Speaker,
    resampling: &Resampling,
) -> [ArmDynamics; 2] {
    let recorded = sessions.iter().filter(|s| s.arm == Arm::Original && s.arm.to_string() == arm);
    let mut turns = 0;
    let mut sources: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    for session in recorded {
        // The first speaker waited for nobody.
        let own = session.turns.iter().skip(1).filter(|t| t.speaker == speaker && t.place == TurnRole::Body);
        turns += own.clone().count();
        let seconds = own.filter_map(|turn| turn.waited_ms).map(|ms| ms as f64 / 1000.0);
        sources.entry(session.source.as_str()).or_default().extend(seconds);
    }
    sources.retain(|_, seconds| !seconds.is_empty());
    let clusters: Vec<Vec<f64>> = sources.into_values().collect();
    let pooled = PooledValues::new(&clusters);
    let dropped = if pooled.is_empty() { 0 } else { turns - pooled.len() };
    let estimate = |name: &str, of: &(dyn Fn(&[usize]) -> Result<f64, Undefined> + Sync)| {
        if pooled.is_empty() {
            return Estimate::undefined(Undefined::NoTimestamps);
        }
        let all: Vec<usize> = (0..clusters.len()).collect();
        let resampled = resample(clusters.len(), resampling, name, of);
        let estimate = with_width(with_bootstrap(Estimate::from_result(of(&all)), resampled));
        estimate.with_counts(pooled.len(), 0, dropped)
    };
    let spread = |drawn: &[usize]| Ok(pooled.quantile(drawn, 0.75)? - pooled.quantile(drawn, 0.25)?);
    let found = |measure: &str, summary: MeasureKind, mean: Estimate| {
        let measure = format!("waiting.{}.{measure}", speaker.label());
        ArmDynamics { arm: arm.to_owned(), measure, summary, mean, difference: None }
    };
    [
        found(
            "median_seconds",
            MeasureKind::MedianOverTurns,
            estimate("waiting.median", &|drawn| pooled.quantile(drawn, 0.5)),
        ),
        found("iqr_seconds", MeasureKind::QuartilesOverTurns, estimate("waiting.iqr", &spread)),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::testing::{CONDITION, session};

    fn value(found: &[ArmDynamics], arm: &str, measure: &str) -> Result<f64, Undefined> {
        let cell = found.iter().find(|f| f.arm == arm && f.measure == measure);
        cell.unwrap_or_else(|| panic!("{arm} {measure}")).mean.value()
    }

    #[test]
    fn each_waits_for_the_other_and_a_reconstruction_for_nobody() {
        let mut original = session("s1", None);
        let waits = [Some(99_000), Some(2_000), Some(30_000), Some(6_000)];
        original.turns.iter_mut().zip(waits).for_each(|(turn, wait)| turn.waited_ms = wait);
        let mut replayed = session("s1", Some(CONDITION));
        replayed.turns[1].waited_ms = Some(1);
        let arms = ["original".to_owned(), CONDITION.to_owned()];
        let found = waiting(&[&original, &replayed], &arms, &Resampling::new(1, 0));
        let of = |measure| value(&found, "original", measure);
        assert_eq!(of("waiting.counselor.median_seconds"), Ok(4.0));
        assert_eq!(of("waiting.counselor.iqr_seconds"), Ok(2.0));
        assert_eq!(of("waiting.client.median_seconds"), Ok(30.0), "the first turn waited for nobody");
        let made_of: Vec<&str> = found[..2].iter().map(|figure| figure.summary.words()).collect();
        assert_eq!(made_of, ["median over turns", "distance of the quartiles over turns"]);
        for measure in ["waiting.counselor.median_seconds", "waiting.client.iqr_seconds"] {
            assert_eq!(value(&found, CONDITION, measure), Err(Undefined::NoTimestamps));
        }
    }

    #[test]
    fn turns_without_a_time_are_counted_as_dropped_and_never_zero() {
        let mut one = session("s1", None);
        one.turns[1].waited_ms = Some(2_000);
        let found = waiting(&[&one], &["original".to_owned()], &Resampling::new(1, 0));
        assert_eq!(
            (found[0].mean.value(), found[0].mean.n_units(), found[0].mean.n_dropped()),
            (Ok(2.0), 1, 1)
        );
        let none = session("s1", None);
        let found = waiting(&[&none], &["original".to_owned()], &Resampling::new(1, 0));
        assert!(found.iter().all(|f| f.mean.value() == Err(Undefined::NoTimestamps)));
    }
}
