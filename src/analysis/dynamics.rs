//! Owns session dynamics: turns, words, talk ratio, questions. All of them are proxies: counted, not understood.

use std::collections::BTreeMap;

use crate::domain::{Place, Session, Speaker, Turn};
use crate::stats::paired::paired_t;
use crate::stats::{Estimate, Undefined, descriptive};
use crate::text::words::{character_count, question_count, word_count};

use super::LEVEL;
use super::findings::{ArmDynamics, Dynamics, SessionDynamics};
use super::measures::mean_and_sd;
use super::row::{EstimateRow, Key};

/// Languages that do not separate words by spaces: length is counted in characters.
const UNSPACED: [&str; 9] = ["zh", "ja", "th", "lo", "km", "my", "yue", "wuu", "bo"];

/// A measure of one session; none where there is nothing to divide by.
type Measure = fn(&SessionDynamics) -> Option<f64>;

/// The measures in order of presentation.
const MEASURES: [(&str, Measure); 7] = [
    ("counselor_turns", |s| Some(s.counselor_turns as f64)),
    ("client_turns", |s| Some(s.client_turns as f64)),
    ("counselor_words", |s| Some(s.counselor_words as f64)),
    ("client_words", |s| Some(s.client_words as f64)),
    ("words_per_turn", |s| s.words_per_turn),
    ("talk_ratio", |s| s.talk_ratio),
    ("questions_per_turn", |s| s.questions_per_turn),
];

/// Every session and every arm's means, with the rows. `sessions` are in id order.
pub(super) fn dynamics(sessions: &[&Session], arms: &[String]) -> (Dynamics, Vec<EstimateRow>) {
    let each: Vec<SessionDynamics> = sessions.iter().map(|session| of_session(session)).collect();
    let mut found = Vec::new();
    for arm in arms {
        for (measure, value) in MEASURES {
            found.push(of_arm(&each, arm, measure, value));
        }
    }
    let rows = found.iter().flat_map(rows_of).collect();
    let wording = "proxies: counted by rule, not understood".to_owned();
    (Dynamics { sessions: each, arms: found, wording }, rows)
}

fn of_session(session: &Session) -> SessionDynamics {
    let primary = session.provenance.language.split(['-', '_']).next().unwrap_or_default().to_lowercase();
    let in_characters = UNSPACED.contains(&primary.as_str());
    let length =
        |turn: &Turn| if in_characters { character_count(&turn.text) } else { word_count(&turn.text) };
    let body = |speaker: Speaker| {
        session.turns.iter().filter(move |turn| turn.speaker == speaker && turn.place == Place::Body)
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
    }
}

fn of_arm(each: &[SessionDynamics], arm: &str, measure: &str, value: Measure) -> ArmDynamics {
    let here = by_source(each, arm, value);
    let labelled: Vec<(f64, u32)> = here
        .values()
        .zip(0_u32..)
        .flat_map(|(values, label)| values.iter().map(move |value| (*value, label)))
        .collect();
    let (values, labels): (Vec<f64>, Vec<u32>) = labelled.into_iter().unzip();
    let mean = if values.is_empty() {
        Estimate::undefined(Undefined::TooFewUnits)
    } else {
        mean_and_sd(&values, &labels).0
    };
    let difference = (arm != "original").then(|| {
        let original = by_source(each, "original", value);
        let differences: Vec<f64> = here
            .iter()
            .filter_map(|(source, values)| {
                Some(descriptive::mean(values)? - descriptive::mean(original.get(source)?)?)
            })
            .collect();
        paired_t(&differences, LEVEL)
    });
    ArmDynamics { arm: arm.to_owned(), measure: measure.to_owned(), mean, difference }
}

/// The values of one arm by source, in id order.
fn by_source<'a>(each: &'a [SessionDynamics], arm: &str, value: Measure) -> BTreeMap<&'a str, Vec<f64>> {
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
    let key = Key { arm: found.arm.clone(), condition, ..Key::of("dynamics") };
    let mut rows = vec![EstimateRow::new(key.statistic(&found.measure), &found.mean)];
    rows.extend(found.difference.iter().map(|difference| {
        let contrast = format!("{} - original", found.arm);
        let key = Key { contrast, arm: String::new(), ..key.statistic(&found.measure) };
        EstimateRow::new(key, difference)
    }));
    rows
}
