//! Session dynamics: turns, words, talk ratio, questions, and progress through the steps of the method. All of them are
//! proxies, counted by rule without understanding.

use std::collections::BTreeMap;

use rayon::prelude::*;

use crate::domain::{Session, Speaker, Turn, TurnRole};
use crate::stats::paired::paired_t;
use crate::stats::{Estimate, Undefined, descriptive};
use crate::text::conversation::Cues;
use crate::text::words::{character_count, question_count, sentences, word_count};

use super::LEVEL;
use super::findings::{ArmDynamics, Dynamics, MeasureKind, MethodCourse, SessionDynamics};
use super::latency::waiting;
use super::measures::{mean_and_sd, with_width};
use super::resampling::Resampling;
use super::row::{EstimateKey, EstimateRow};
use super::safety::cues_for;

/// Languages that do not separate words by spaces; length is counted in characters.
const UNSPACED: [&str; 9] = ["zh", "ja", "th", "lo", "km", "my", "yue", "wuu", "bo"];

/// A measure of one session; `None` if its denominator is 0.
type DynamicsMeasure = fn(&SessionDynamics) -> Option<f64>;

/// The measures in order of presentation.
const MEASURES: [(&str, DynamicsMeasure); 17] = [
    ("counselor_turns", |s| Some(s.counselor_turns as f64)),
    ("client_turns", |s| Some(s.client_turns as f64)),
    ("counselor_words", |s| Some(s.counselor_words as f64)),
    ("client_words", |s| Some(s.client_words as f64)),
    ("words_per_turn", |s| s.words_per_turn),
    ("talk_ratio", |s| s.talk_ratio),
    ("questions_per_turn", |s| s.questions_per_turn),
    ("question_assertion_ratio", |s| s.question_assertion_ratio),
    ("stage_coverage", |s| Some(s.method.as_ref()?.stage_coverage)),
    ("stage_order", |s| s.method.as_ref()?.stage_order),
    ("on_protocol", |s| s.method.as_ref()?.on_protocol),
    ("on_protocol.first_third", |s| s.method.as_ref()?.on_protocol_thirds[0]),
    ("on_protocol.middle_third", |s| s.method.as_ref()?.on_protocol_thirds[1]),
    ("on_protocol.last_third", |s| s.method.as_ref()?.on_protocol_thirds[2]),
    ("longest_off_protocol", |s| Some(s.method.as_ref()?.longest_off_protocol as f64)),
    ("first_move", |s| Some(s.method.as_ref()?.first_move? as f64)),
    ("off_protocol_words", |s| s.method.as_ref()?.off_protocol_words),
];

/// Findings for every session and means for every arm, with the rows. `sessions` are in id order.
pub(super) fn dynamics(
    cues: &[Cues],
    sessions: &[&Session],
    arms: &[String],
    resampling: &Resampling,
) -> (Dynamics, Vec<EstimateRow>) {
    let each: Vec<SessionDynamics> =
        sessions.par_iter().map(|session| of_session(session, cues_for(cues, session))).collect();
    let mut found = Vec::new();
    for arm in arms {
        for (measure, value) in MEASURES {
            found.push(of_arm(&each, arm, measure, value));
        }
    }
    let mut rows: Vec<EstimateRow> = found.iter().flat_map(rows_of).collect();
    let waits = waiting(sessions, arms, resampling);
    rows.extend(waits.iter().flat_map(rows_of));
    // If no session has times, the report's table omits the undefined cells; estimates.csv still lists them.
    if waits.iter().any(|wait| wait.mean.value().is_ok()) {
        found.extend(waits);
    }
    let wording = "proxies: counted by rule, not understood".to_owned();
    (Dynamics { sessions: each, arms: found, wording }, rows)
}

pub(super) fn of_session(session: &Session, cues: Option<&Cues>) -> SessionDynamics {
    let primary = session.provenance.language.split(['-', '_']).next().unwrap_or_default().to_lowercase();
    let in_characters = UNSPACED.contains(&primary.as_str());
    let length =
        |turn: &Turn| if in_characters { character_count(&turn.text) } else { word_count(&turn.text) };
    let body = |speaker: Speaker| {
        session.turns.iter().filter(move |turn| turn.speaker == speaker && turn.place == TurnRole::Body)
    };
    let counselor_turns = body(Speaker::Counselor).count();
    let counselor_words: usize = body(Speaker::Counselor).map(length).sum();
    let client_words: usize = body(Speaker::Client).map(length).sum();
    let questions: usize = body(Speaker::Counselor).map(|turn| question_count(&turn.text)).sum();
    let over = |part: usize, whole: usize| (whole > 0).then(|| part as f64 / whole as f64);
    SessionDynamics {
        session: session.id.to_string(),
        arm: session.arm.to_string(),
        source: session.source.to_string(),
        counselor_turns,
        client_turns: body(Speaker::Client).count(),
        counselor_words,
        client_words,
        words_per_turn: over(counselor_words, counselor_turns),
        talk_ratio: over(counselor_words, counselor_words + client_words),
        questions_per_turn: over(questions, counselor_turns),
        in_characters,
        question_assertion_ratio: asked_and_said(body(Speaker::Counselor)),
        method: cues.map(|cues| course(cues, body(Speaker::Counselor), length)),
    }
}

/// Ratio of sentences that end in a question mark to those that do not.
fn asked_and_said<'t>(turns: impl Iterator<Item = &'t Turn>) -> Option<f64> {
    let (mut asked, mut said) = (0usize, 0usize);
    for turn in turns {
        for range in sentences(&turn.text) {
            if question_count(&turn.text[range]) > 0 { asked += 1 } else { said += 1 }
        }
    }
    (said > 0).then(|| asked as f64 / said as f64)
}

/// Progress through the steps of the method, counselor turn by counselor turn.
fn course<'t>(
    cues: &Cues,
    turns: impl Iterator<Item = &'t Turn>,
    length: impl Fn(&Turn) -> usize,
) -> MethodCourse {
    let found: Vec<(Vec<usize>, usize)> =
        turns.map(|turn| (cues.of_counselor(&turn.text).stages, length(turn))).collect();
    let on: Vec<bool> = found.iter().map(|(stages, _)| !stages.is_empty()).collect();
    let stages = cues.spec().stages.len();
    let firsts: Vec<usize> = (0..stages)
        .filter_map(|stage| found.iter().position(|(stages, _)| stages.contains(&stage)))
        .collect();
    let share = |list: &[bool]| {
        (!list.is_empty()).then(|| list.iter().filter(|on| **on).count() as f64 / list.len() as f64)
    };
    let third = |index: usize| {
        let own: Vec<bool> =
            on.iter().enumerate().filter(|(at, _)| at * 3 / on.len() == index).map(|(_, on)| *on).collect();
        share(&own)
    };
    let words: usize = found.iter().map(|(_, words)| words).sum();
    let off: usize = found.iter().filter(|(stages, _)| stages.is_empty()).map(|(_, words)| words).sum();
    MethodCourse {
        stage_coverage: firsts.len() as f64 / stages.max(1) as f64,
        stage_order: in_order(&firsts),
        on_protocol: share(&on),
        on_protocol_thirds: [third(0), third(1), third(2)],
        longest_off_protocol: on.split(|on| *on).map(<[bool]>::len).max().unwrap_or(0),
        first_move: on.iter().position(|on| *on).map(|at| at + 1),
        off_protocol_words: (words > 0).then(|| off as f64 / words as f64),
    }
}

/// Among all pairs of steps, the share whose first occurrences are in the protocol's order or at the same turn.
fn in_order(firsts: &[usize]) -> Option<f64> {
    let pairs = firsts.iter().enumerate().flat_map(|(i, a)| firsts[i + 1..].iter().map(move |b| a <= b));
    let kept: Vec<bool> = pairs.collect();
    (!kept.is_empty()).then(|| kept.iter().filter(|kept| **kept).count() as f64 / kept.len() as f64)
}

fn of_arm(each: &[SessionDynamics], arm: &str, measure: &str, value: DynamicsMeasure) -> ArmDynamics {
    let here = by_source(each, arm, value);
    let labelled: Vec<(f64, u32)> = here
        .values()
        .zip(0_u32..)
        .flat_map(|(values, label)| values.iter().map(move |value| (*value, label)))
        .collect();
    let (values, labels): (Vec<f64>, Vec<u32>) = labelled.into_iter().unzip();
    let mut own = each.iter().filter(|session| session.arm == arm).peekable();
    let without_cues = own.peek().is_some() && own.all(|session| session.method.is_none());
    let mean = if values.is_empty() && without_cues {
        Estimate::undefined(Undefined::NoLexiconForLanguage)
    } else if values.is_empty() {
        Estimate::undefined(Undefined::TooFewUnits)
    } else {
        with_width(mean_and_sd(&values, &labels).0)
    };
    let difference = (arm != "original").then(|| {
        let original = by_source(each, "original", value);
        let differences: Vec<f64> = here
            .iter()
            .filter_map(|(source, values)| {
                Some(descriptive::mean(values)? - descriptive::mean(original.get(source)?)?)
            })
            .collect();
        with_width(paired_t(&differences, LEVEL))
    });
    let summary = MeasureKind::MeanOverSessions;
    ArmDynamics { arm: arm.to_owned(), measure: measure.to_owned(), summary, mean, difference }
}

/// The values of one arm by source, in id order.
fn by_source<'a>(
    each: &'a [SessionDynamics],
    arm: &str,
    value: DynamicsMeasure,
) -> BTreeMap<&'a str, Vec<f64>> {
    let mut found: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    for session in each.iter().filter(|session| session.arm == arm) {
        if let Some(value) = value(session) {
            found.entry(session.source.as_str()).or_default().push(value);
        }
    }
    found
}

fn rows_of(found: &ArmDynamics) -> Vec<EstimateRow> {
    let condition = if found.arm == "original" { String::new() } else { found.arm.clone() };
    let key = EstimateKey { arm: found.arm.clone(), condition, ..EstimateKey::of("dynamics") };
    let mut rows = vec![EstimateRow::new(key.statistic(&found.measure), &found.mean)];
    rows.extend(found.difference.iter().map(|difference| {
        let contrast = format!("{} - original", found.arm);
        let key = EstimateKey { contrast, arm: String::new(), ..key.statistic(&found.measure) };
        EstimateRow::new(key, difference)
    }));
    rows
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::testing::cues;

    fn of(said: &[&str]) -> MethodCourse {
        let turns: Vec<Turn> =
            (1..).zip(said).map(|(n, text)| Turn::recorded(n, Speaker::Counselor, *text)).collect();
        course(&cues(), turns.iter(), |turn| word_count(&turn.text))
    }

    #[test]
    fn the_way_through_the_method_turn_by_turn() {
        let found = of(&[
            "Hello there.",
            "Lovely weather.",
            "What happened just before?",
            "What went through your mind?",
            "Yes.",
            "What is the evidence against it?",
        ]);
        assert!((found.stage_coverage - 3.0 / 12.0).abs() < 1e-12, "{found:?}");
        assert_eq!((found.stage_order, found.on_protocol), (Some(1.0), Some(0.5)));
        assert_eq!(found.on_protocol_thirds, [Some(0.0), Some(1.0), Some(0.5)]);
        assert_eq!((found.longest_off_protocol, found.first_move), (2, Some(3)));
    }

    #[test]
    fn the_wrong_way_round_and_nothing_at_all() {
        let back = of(&["What is the evidence against it?", "What happened just before?"]);
        assert_eq!(back.stage_order, Some(0.0));
        let nothing = of(&[]);
        assert_eq!((nothing.on_protocol, nothing.first_move, nothing.stage_order), (None, None, None));
        assert_eq!(nothing.on_protocol_thirds, [None, None, None]);
    }

    #[test]
    fn questions_against_assertions() {
        let turn = |text| Turn::recorded(1, Speaker::Counselor, text);
        let ratio = |text| asked_and_said([turn(text)].iter());
        assert_eq!(ratio("I see. You were late. What then?"), Some(0.5));
        assert_eq!(ratio("What then?"), None, "nothing to divide by");
    }
}
