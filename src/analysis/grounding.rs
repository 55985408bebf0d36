//! Grounding: names, numbers, dates, relatives and places that a counselor mentions before anybody else has. Found by
//! rule, so a proxy: a hit is a reason to read the turn.

use rayon::prelude::*;

use crate::domain::{Session, Span, of_language};
use crate::stats::{Estimate, Undefined};
use crate::text::grounding::{FactKind, Grounding, SpokenFacts};

use super::findings::{GroundingFindings, GroundingRate, UnheardFact};
use super::inputs::{GroundingInput, Inputs};
use super::outcomes::clustered_ratio;
use super::resampling::Resampling;
use super::row::{EstimateKey, EstimateRow};

/// Word for all kinds together.
const ANY: &str = "any";

/// Hits of one session.
struct SessionFacts<'a> {
    session: &'a Session,
    arm: String,
    /// True if there are words for its language.
    checked: bool,
    turns: usize,
    facts: Vec<UnheardFact>,
}

/// Findings on grounding, with the rows; `None` if nothing is checked. `sessions` are in id order.
pub(super) fn grounding(
    inputs: &Inputs<'_>,
    sessions: &[&Session],
    arms: &[String],
    resampling: &Resampling,
) -> Option<(GroundingFindings, Vec<EstimateRow>)> {
    let asked = inputs.grounding?;
    let seen: Vec<SessionFacts<'_>> = sessions.par_iter().map(|session| look(session, &asked)).collect();
    let mut rates = Vec::new();
    for arm in arms {
        let own: Vec<&SessionFacts<'_>> = seen.iter().filter(|seen| seen.arm == *arm).collect();
        for kind in std::iter::once(ANY).chain(FactKind::ALL.map(FactKind::word)) {
            rates.push(rate(arm, kind, &own, resampling));
        }
    }
    let rows = rates.iter().flat_map(rows_of).collect();
    let facts = seen.into_iter().flat_map(|seen| seen.facts).collect();
    let wording = "by rule, a proxy: each hit must be read".to_owned();
    Some((GroundingFindings { wording, rates, facts }, rows))
}

fn look<'a>(session: &'a Session, asked: &GroundingInput<'_>) -> SessionFacts<'a> {
    let arm = session.arm.to_string();
    let words = of_language(asked.words, |words| &words.spec().language, &session.provenance.language);
    let facts = words.map(|words| facts(session, &arm, words, asked)).unwrap_or_default();
    SessionFacts { session, checked: words.is_some(), turns: session.counselor_turns().count(), arm, facts }
}

/// Hits turn by turn: once a counselor has mentioned a fact, it is known.
fn facts(session: &Session, arm: &str, words: &Grounding, asked: &GroundingInput<'_>) -> Vec<UnheardFact> {
    let mut heard = SpokenFacts::default();
    if let Some(told) = asked.context.get(&session.source) {
        heard.hear(told);
    }
    let mut found = Vec::new();
    for turn in &session.turns {
        if turn.is_counted_counselor() {
            found.extend(words.unheard(&turn.text, &heard).into_iter().map(|fact| UnheardFact {
                session: session.id.to_string(),
                arm: arm.to_owned(),
                span: Span { turn: turn.number, start: fact.range.start, end: fact.range.end },
                kind: fact.kind.word().to_owned(),
            }));
        }
        heard.hear(&turn.text);
    }
    found
}

fn rate(arm: &str, kind: &str, own: &[&SessionFacts<'_>], resampling: &Resampling) -> GroundingRate {
    let checked: Vec<&&SessionFacts<'_>> = own.iter().filter(|seen| seen.checked).collect();
    let hits =
        |seen: &SessionFacts<'_>| seen.facts.iter().filter(|fact| kind == ANY || fact.kind == kind).count();
    let parts: Vec<(&str, f64, f64)> = checked
        .iter()
        .map(|seen| (seen.session.source.as_str(), hits(seen) as f64, seen.turns as f64))
        .collect();
    let unknown = checked.is_empty() && !own.is_empty();
    GroundingRate {
        arm: arm.to_owned(),
        kind: kind.to_owned(),
        hits: checked.iter().map(|seen| hits(seen)).sum(),
        turns: checked.iter().map(|seen| seen.turns).sum(),
        sessions: checked.len(),
        sessions_with: checked.iter().filter(|seen| hits(seen) > 0).count(),
        per_100_turns: if unknown {
            Estimate::undefined(Undefined::NoLexiconForLanguage)
        } else {
            clustered_ratio(&parts, 100.0, resampling, "grounding")
        },
    }
}

fn rows_of(found: &GroundingRate) -> Vec<EstimateRow> {
    let condition = if found.arm == "original" { String::new() } else { found.arm.clone() };
    let item = found.kind.clone();
    let key = EstimateKey { arm: found.arm.clone(), condition, item, ..EstimateKey::of("grounding") };
    let count = match found.per_100_turns.value() {
        Err(reason) => Estimate::undefined(reason),
        Ok(_) => Estimate::ok(found.hits as f64).with_counts(found.turns, 0, 0),
    };
    vec![
        EstimateRow::new(key.statistic("n.hits"), &count),
        EstimateRow::new(key.statistic("per_100_turns"), &found.per_100_turns),
    ]
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::analysis::testing::{CONDITION, Study};
    use crate::domain::{Speaker, Turn, TurnRole};

    fn words() -> [Grounding; 1] {
        let text = include_str!("../../rubrics/grounding-cues.yaml");
        [Grounding::compile(serde_yaml::from_str(text).expect("readable")).expect("its examples come out")]
    }

    fn found(turns: &[(Speaker, &str)], told: Option<&str>) -> (GroundingFindings, Vec<EstimateRow>) {
        let mut study = Study::small();
        for session in &mut study.sessions {
            session.turns =
                (1..).zip(turns).map(|(n, (speaker, text))| Turn::recorded(n, *speaker, *text)).collect();
        }
        let words = words();
        let source = study.sessions[0].source.clone();
        let context: BTreeMap<_, _> = told.map(|told| (source, told.to_owned())).into_iter().collect();
        let mut inputs = study.inputs();
        inputs.grounding = Some(GroundingInput { words: &words, context: &context });
        let sessions: Vec<&Session> = inputs.sessions.iter().collect();
        let arms = ["original".to_owned(), CONDITION.to_owned()];
        grounding(&inputs, &sessions, &arms, &Resampling::new(1, 100)).expect("asked for")
    }

    const TURNS: [(Speaker, &str); 4] = [
        (Speaker::Client, "I failed my exam."),
        (Speaker::Counselor, "What did your wife say, and Maria?"),
        (Speaker::Client, "Nothing."),
        (Speaker::Counselor, "So Maria was quiet."),
    ];

    #[test]
    fn hits_are_counted_once_per_session_with_their_place() {
        let (found, rows) = found(&TURNS, None);
        let own: Vec<(u32, &str)> =
            found.of("s1").iter().map(|fact| (fact.span.turn, fact.kind.as_str())).collect();
        assert_eq!(own, [(2, "kinship"), (2, "name")]);
        let all = found.rates.iter().find(|rate| rate.arm == CONDITION && rate.kind == ANY).expect("a rate");
        assert_eq!((all.hits, all.turns, all.sessions_with), (8, 8, 4));
        assert_eq!(all.per_100_turns.value(), Ok(100.0));
        let names = rows.iter().find(|row| row.key.item == "name" && row.key.statistic == "per_100_turns");
        assert_eq!(names.and_then(super::super::row::EstimateRow::value), Some(50.0));
    }

    #[test]
    fn what_the_notes_say_is_known() {
        let (found, _) = found(&TURNS, Some("Married. Maria is the tutor."));
        assert!(found.of("s1").is_empty());
        assert_eq!(found.of("s2").len(), 2, "the notes are of one source");
    }

    #[test]
    fn openings_are_heard_and_not_checked_and_other_languages_are_undefined() {
        let words = words();
        let mut study = Study::small();
        study.sessions.truncate(1);
        study.sessions[0].turns = vec![
            Turn { place: TurnRole::Opening, ..Turn::recorded(1, Speaker::Counselor, "Hello there, Maria.") },
            Turn::recorded(2, Speaker::Client, "Hello."),
            Turn::recorded(3, Speaker::Counselor, "How are you, Maria?"),
        ];
        let context = BTreeMap::new();
        let of = |study: &Study| {
            let mut inputs = study.inputs();
            inputs.grounding = Some(GroundingInput { words: &words, context: &context });
            let sessions: Vec<&Session> = inputs.sessions.iter().collect();
            grounding(&inputs, &sessions, &["original".to_owned()], &Resampling::new(1, 0))
                .expect("asked for")
        };
        assert!(of(&study).0.facts.is_empty());
        study.sessions[0].provenance.language = "xx".into();
        let (_, rows) = of(&study);
        assert!(rows.iter().all(|row| row.reason() == Some(Undefined::NoLexiconForLanguage)), "never 0");
        let inputs = study.inputs();
        assert!(grounding(&inputs, &[], &[], &Resampling::new(1, 0)).is_none(), "nobody asked");
    }
}
