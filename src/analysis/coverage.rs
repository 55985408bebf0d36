//! Coverage: how much of what the client said is used by modes that leave out client turns.

use std::collections::BTreeMap;

use crate::domain::{Arm, Mode, Session, Speaker};
use crate::stats::{Estimate, Undefined};
use crate::text::words::word_count;

use super::findings::CoverageFinding;
use super::measures::mean_and_sd;
use super::row::{EstimateKey, EstimateRow};

/// Findings for every arm whose mode leaves out client turns, in order of the arms, with the rows.
pub(super) fn coverage(sessions: &[&Session], arms: &[String]) -> (Vec<CoverageFinding>, Vec<EstimateRow>) {
    let recorded: BTreeMap<&str, &Session> =
        sessions.iter().filter(|s| s.arm == Arm::Original).map(|s| (s.source.as_str(), *s)).collect();
    let mut found = Vec::new();
    for arm in arms {
        let leaves_out = |mode: Mode| matches!(mode, Mode::Selected | Mode::Aligned);
        let own = sessions.iter().filter(|s| s.arm.to_string() == *arm && s.mode.is_some_and(leaves_out));
        let own: Vec<(&Session, &Session)> =
            own.filter_map(|s| recorded.get(s.source.as_str()).map(|source| (*s, *source))).collect();
        let Some((first, _)) = own.first() else { continue };
        let mode = first.mode.map(|mode| mode.word().to_owned()).unwrap_or_default();
        let turns = |session: &Session| client(session).count();
        let words = |session: &Session| client(session).map(word_count).sum::<usize>();
        let unused: usize = own.iter().map(|(s, source)| turns(source).saturating_sub(turns(s))).sum();
        found.push(CoverageFinding {
            arm: arm.clone(),
            mode,
            sessions: own.len(),
            complete: own.iter().filter(|(s, source)| turns(s) == turns(source)).count(),
            unused,
            client_turns: share(&own, turns),
            client_words: share(&own, words),
        });
    }
    let rows = found.iter().flat_map(rows_of).collect();
    (found, rows)
}

fn client(session: &Session) -> impl Iterator<Item = &str> {
    session.turns.iter().filter(|turn| turn.speaker == Speaker::Client).map(|turn| turn.text.as_str())
}

/// Mean share over sessions; repeats of one source are one cluster.
fn share(own: &[(&Session, &Session)], size: impl Fn(&Session) -> usize) -> Estimate {
    let mut labels: BTreeMap<&str, u32> = BTreeMap::new();
    let (mut values, mut clusters) = (Vec::new(), Vec::new());
    for (session, source) in own {
        let whole = size(source);
        if whole == 0 {
            continue;
        }
        let next = u32::try_from(labels.len()).expect("fewer sessions than 2^32");
        clusters.push(*labels.entry(source.id.as_str()).or_insert(next));
        values.push(size(session) as f64 / whole as f64);
    }
    if values.is_empty() {
        return Estimate::undefined(Undefined::TooFewUnits);
    }
    mean_and_sd(&values, &clusters).0
}

fn rows_of(found: &CoverageFinding) -> Vec<EstimateRow> {
    let key =
        EstimateKey { arm: found.arm.clone(), condition: found.arm.clone(), ..EstimateKey::of("coverage") };
    vec![
        EstimateRow::new(key.statistic("coverage.client_turns"), &found.client_turns),
        EstimateRow::new(key.statistic("coverage.client_words"), &found.client_words),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::testing::session;
    use crate::domain::Turn;

    /// Two exchanges of which the reconstruction uses the first, in 4 of 7 words.
    fn pair(source: &str, mode: Mode) -> (Session, Session) {
        let original = session(source, None);
        let mut short = session(source, Some("m.p.aligned"));
        short.mode = Some(mode);
        short.turns.truncate(2);
        (original, short)
    }

    #[test]
    fn shares_are_of_the_recorded_client_turns_and_words() {
        let (a, a_short) = pair("s1", Mode::Aligned);
        let (b, mut b_short) = pair("s2", Mode::Aligned);
        b_short.turns.push(Turn { number: 3, ..b.turns[2].clone() });
        let all = [&a, &b, &a_short, &b_short];
        let (found, rows) = coverage(&all, &["original".into(), "m.p.aligned".into()]);
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].sessions, found[0].complete, found[0].unused), (2, 1, 1));
        assert_eq!(found[0].client_turns.value().ok(), Some(0.75));
        let words = found[0].client_words.value().expect("defined");
        assert!((words - f64::midpoint(4.0 / 7.0, 1.0)).abs() < 1e-12, "{words}");
        assert_eq!(rows.len(), 2);
    }

    #[test]
    fn modes_that_use_every_turn_have_no_coverage() {
        let (a, replayed) = pair("s1", Mode::Replay);
        assert!(coverage(&[&a, &replayed], &["m.p.aligned".into()]).0.is_empty());
    }
}
