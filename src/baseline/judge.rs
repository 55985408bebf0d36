//! The baseline judge: item scores from observable features, with real quotes. Its table is data
//! (`judge.json`): a base score, and terms that add or subtract along a linear ramp.

use std::{collections::BTreeMap, sync::OnceLock};

use serde::Deserialize;
use serde_json::{Value, json};

use super::features::{Cue, CuePosition, Features, quote_around};
use crate::baseline::request::prompt_and_transcript;
use crate::chat::{Failure, FailureKind, Reply, Request};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct FeatureTable {
    cues: BTreeMap<String, Cue>,
    items: BTreeMap<String, ItemTable>,
    stages: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ItemTable {
    base: f64,
    terms: Vec<Term>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Per {
    Session,
    Turn,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Term {
    measure: String,
    per: Per,
    from: f64,
    to: f64,
    weight: f64,
    label: String,
}

fn table() -> &'static FeatureTable {
    static TABLE: OnceLock<FeatureTable> = OnceLock::new();
    TABLE.get_or_init(|| {
        serde_json::from_str(include_str!("judge.json")).expect("the embedded table fits its type (tested)")
    })
}

/// Result of one term.
struct Finding<'t> {
    term: &'t Term,
    contribution: f64,
    places: Vec<CuePosition>,
}

/// Rates the item that the reply schema names.
///
/// # Errors
/// `Unsupported` if there is no transcript block or no item, or if the table does not know the item.
pub(super) fn answer(request: &Request, schema: &Value) -> Result<Reply, Failure> {
    let unsupported = |message: String| Failure::new(FailureKind::Unsupported, message);
    let item = schema
        .pointer("/properties/item/const")
        .and_then(Value::as_str)
        .ok_or_else(|| unsupported("the rating request names no item".into()))?;
    let (_, lines) = prompt_and_transcript(request)?;
    Ok(Reply::text(rate(item, &Features::of(&lines))?.to_string()))
}

/// Rates every item that the reply schema lists, in its order.
///
/// # Errors
/// The same as [`answer`].
pub(super) fn answer_all(request: &Request, schema: &Value) -> Result<Reply, Failure> {
    let unsupported = |message: &str| Failure::new(FailureKind::Unsupported, message);
    let items = schema
        .pointer("/properties/ratings/items/properties/item/enum")
        .and_then(Value::as_array)
        .ok_or_else(|| unsupported("the rating request lists no items"))?;
    let (_, lines) = prompt_and_transcript(request)?;
    let features = Features::of(&lines);
    let rated = |item: &Value| rate(item.as_str().unwrap_or_default(), &features);
    let ratings = items.iter().map(rated).collect::<Result<Vec<Value>, Failure>>()?;
    Ok(Reply::text(json!({"ratings": ratings}).to_string()))
}

fn rate(item: &str, features: &Features<'_>) -> Result<Value, Failure> {
    let rule = table().items.get(item).ok_or_else(|| {
        let message = format!("the baseline judge has no features for item `{item}`");
        Failure::new(FailureKind::Unsupported, message)
    })?;
    if features.turns() == 0 {
        return Ok(nothing_to_rate(item));
    }
    let findings: Vec<Finding<'_>> = rule.terms.iter().map(|term| measure(term, features)).collect();
    let sum = rule.base + findings.iter().map(|f| f.contribution).sum::<f64>();
    Ok(reply(item, sum, &findings, features))
}

fn nothing_to_rate(item: &str) -> Value {
    json!({
        "item": item, "positive": [], "negative": [],
        "absent": [{"what": "any counselor turn", "from_turn": 1, "to_turn": 1}],
        "reasoning": "The transcript holds no counselor turn.", "score": "not_assessable",
    })
}

fn measure<'t>(term: &'t Term, features: &Features<'_>) -> Finding<'t> {
    let table = table();
    let (value, places) = match term.measure.as_str() {
        "talk_share" => (features.talk_share(), Vec::new()),
        "words_per_turn" => (features.words_per_turn(), Vec::new()),
        "variety" => (features.variety(), Vec::new()),
        "stages" => (features.stages(&table.stages, &table.cues) as f64, Vec::new()),
        "open_questions" => counted(features.open_questions()),
        cue => {
            let cue = cue.strip_prefix("cue:").and_then(|id| table.cues.get(id));
            counted(features.find(cue.expect("terms name cues of the table (tested)")))
        }
    };
    let value = if term.per == Per::Turn { value / features.turns() as f64 } else { value };
    let ramp = ((value - term.from) / (term.to - term.from)).clamp(0.0, 1.0);
    Finding { term, contribution: term.weight * ramp, places }
}

fn counted(places: Vec<CuePosition>) -> (f64, Vec<CuePosition>) {
    (places.len() as f64, places)
}

fn reply(item: &str, sum: f64, findings: &[Finding<'_>], features: &Features<'_>) -> Value {
    let quoted = |finding: &Finding<'_>| -> Vec<Value> {
        finding
            .places
            .iter()
            .take(2)
            .filter_map(|place| {
                let quote = quote_around(features.text(place.turn)?, *place);
                Some(json!({"turn": place.turn, "speaker": "counselor", "quote": quote, "note": finding.term.label}))
            })
            .collect()
    };
    let side = |positive: bool| -> Vec<Value> {
        findings.iter().filter(|f| (f.term.weight > 0.0) == positive).flat_map(quoted).take(4).collect()
    };
    let (first, last) = features.span();
    let absent: Vec<Value> = findings
        .iter()
        .filter(|f| f.term.weight > 0.0 && f.contribution <= 0.0)
        .map(|f| json!({"what": f.term.label, "from_turn": first, "to_turn": last}))
        .collect();
    let weights: Vec<String> =
        findings.iter().map(|f| format!("{} {:+.2}", f.term.label, f.contribution)).collect();
    json!({
        "item": item,
        "positive": side(true),
        "negative": side(false),
        "absent": absent,
        "reasoning": format!("Baseline, not a language model. Features: {}.", weights.join("; ")),
        "score": whole(sum),
    })
}

/// The nearest whole score of the table's scale, 0 to 6.
fn whole(sum: f64) -> usize {
    (1..=6).filter(|score| sum.round() >= f64::from(*score)).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        chat::{Decoding, Message, OutputFormat},
        domain::{Speaker, Turn, transcript},
    };

    fn rate(item: &str, counselor: &str) -> Value {
        let turns = [
            Turn::recorded(1, Speaker::Client, "I failed the test and I feel like a failure."),
            Turn::recorded(2, Speaker::Counselor, counselor),
        ];
        let schema = json!({"properties": {"item": {"const": item}}});
        let request = Request {
            model: "judge".into(),
            messages: vec![Message::user(transcript::render(&turns))],
            decoding: Decoding::default(),
            output: OutputFormat::Json { name: "rating".into(), schema: schema.clone().into() },
            logprobs: None,
            repeat: 1,
        };
        serde_json::from_str(&answer(&request, &schema).expect("answers").text).expect("json")
    }

    #[test]
    fn every_cue_named_by_a_term_exists_and_every_ramp_rises() {
        for (item, rule) in &table().items {
            for term in &rule.terms {
                assert!(term.to > term.from, "{item}: {}", term.label);
                let counts = ["talk_share", "words_per_turn", "variety", "stages", "open_questions"];
                let cue = term.measure.strip_prefix("cue:").is_some_and(|cue| table().cues.contains_key(cue));
                assert!(cue || counts.contains(&term.measure.as_str()), "{item}: {}", term.measure);
            }
        }
        for stage in &table().stages {
            assert!(table().cues.contains_key(stage), "stage {stage}");
        }
        assert_eq!(include_str!("judge.json"), include_str!("judge.json").to_ascii_lowercase());
    }

    #[test]
    fn quotes_are_words_of_the_turn() {
        let said = "Thank you. What went through your mind when you saw the mark on that day?";
        let rating = rate("key_cognitions", said);
        let quote = rating["positive"][0]["quote"].as_str().expect("a quote");
        assert!(said.contains(quote) && quote.split_whitespace().count() >= 4, "{quote}");
    }

    #[test]
    fn more_of_what_the_item_asks_for_scores_higher() {
        let low = rate("agenda", "Tell me about it.");
        let high =
            rate("agenda", "The plan for this session: we start with one event. Does that plan suit you?");
        assert!(low["score"].as_i64() < high["score"].as_i64());
        assert_eq!(low["absent"][0]["what"], "words that set an agenda");
    }
}
