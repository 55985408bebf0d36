//! Reads judge replies: repairs form and records each repair, but never changes content. A missing score, another
//! item's answer, two answers that disagree or a score outside the scale is a typed reason, never guessed.

use std::{collections::BTreeSet, ops::Range};

use serde::Deserialize;
use serde_json::Value;

use super::{
    json::{self, RepairedObject},
    schema::NOT_ASSESSABLE,
};
use crate::{
    chat::{Finish, Reply},
    domain::{Confidence, Item, RatingOutcome, Repair, Scale, Severity, Unusable},
};

/// A quoted observation as the judge wrote it.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct QuotedClaim {
    /// Turn number as written; the check finds out whether the transcript has it.
    #[serde(default)]
    pub turn: Option<f64>,
    /// `counselor` or `client`.
    #[serde(default)]
    pub speaker: Option<String>,
    /// The quoted words.
    #[serde(default)]
    pub quote: String,
    /// What was observed.
    #[serde(default)]
    pub note: String,
}

/// An absence as the judge wrote it.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct AbsenceClaim {
    /// What did not happen.
    #[serde(default)]
    pub what: String,
    /// First turn searched.
    #[serde(default)]
    pub from_turn: Option<f64>,
    /// Last turn searched.
    #[serde(default)]
    pub to_turn: Option<f64>,
}

/// A rating reply that could be parsed.
#[derive(Debug, Clone, PartialEq)]
pub struct RatingReply {
    /// Observations that support a higher score.
    pub positive: Vec<QuotedClaim>,
    /// Observations that support a lower score.
    pub negative: Vec<QuotedClaim>,
    /// Things that did not happen.
    pub absent: Vec<AbsenceClaim>,
    /// The judge's reasoning.
    pub reasoning: String,
    /// The score, or "not assessable".
    pub outcome: RatingOutcome,
    /// The judge's stated certainty; `None` if missing or not one of the requested words.
    pub confidence: Option<Confidence>,
    /// Repairs made to the form of the answer.
    pub repairs: BTreeSet<Repair>,
    /// Byte range of the score in the reply's text, if it is a number.
    pub score_at: Option<Range<usize>>,
}

#[derive(Debug, Deserialize)]
struct RawRating {
    item: Option<String>,
    #[serde(default)]
    positive: Vec<QuotedClaim>,
    #[serde(default)]
    negative: Vec<QuotedClaim>,
    #[serde(default)]
    absent: Vec<AbsenceClaim>,
    #[serde(default)]
    reasoning: String,
    score: Option<Value>,
    #[serde(default)]
    sure: Option<Value>,
}

/// Reads a rating reply.
///
/// # Errors
/// The reason why the reply cannot be used.
pub fn rating(reply: &Reply, item: &Item, scale: Scale) -> Result<RatingReply, Unusable> {
    let found = object(reply, |value| value.get("score").is_some())?;
    let raw: RawRating = serde_json::from_value(found.value).map_err(|_| Unusable::Unparsable)?;
    if raw.item.as_deref().is_some_and(|named| named != item.id.as_str()) {
        return Err(Unusable::Unparsable);
    }
    answer(raw, scale, found.repairs, found.scores.into_iter().next_back())
}

/// Reads a reply about all items: one result per requested item, in that order.
///
/// # Errors
/// The reason why nothing in the reply can be used.
pub fn ratings(
    reply: &Reply,
    items: &[&Item],
    scale: Scale,
) -> Result<Vec<Result<RatingReply, Unusable>>, Unusable> {
    let found = object(reply, |value| value.get("ratings").is_some_and(Value::is_array))?;
    let list = found.value.get("ratings").and_then(Value::as_array).cloned().unwrap_or_default();
    // Unless every answer has exactly one `score`, its position does not show whose it is.
    let places = (found.scores.len() == list.len()).then_some(found.scores);
    let of_item = |item: &Item| {
        let mut own = list.iter().enumerate().filter(|(_, raw)| {
            raw.get("item").and_then(Value::as_str).is_some_and(|named| named == item.id.as_str())
        });
        // There is no answer, or there are two and neither can be preferred.
        let ((index, raw), None) = (own.next().ok_or(Unusable::Unparsable)?, own.next()) else {
            return Err(Unusable::Unparsable);
        };
        let raw: RawRating = serde_json::from_value(raw.clone()).map_err(|_| Unusable::Unparsable)?;
        answer(raw, scale, found.repairs.clone(), places.as_ref().map(|places| places[index].clone()))
    };
    Ok(items.iter().map(|item| of_item(item)).collect())
}

fn answer(
    raw: RawRating,
    scale: Scale,
    mut repairs: BTreeSet<Repair>,
    at: Option<Range<usize>>,
) -> Result<RatingReply, Unusable> {
    let written = raw.score.as_ref().ok_or(Unusable::Unparsable)?;
    let outcome = score(written, scale, &raw.reasoning)?;
    if written.is_string() && outcome.score().is_some() {
        repairs.insert(Repair::QuotedNumber);
    }
    let score_at = at.filter(|_| written.is_number());
    let confidence = raw.sure.as_ref().and_then(sure);
    let RawRating { positive, negative, absent, mut reasoning, .. } = raw;
    reasoning.shrink_to_fit();
    Ok(RatingReply { positive, negative, absent, reasoning, outcome, confidence, repairs, score_at })
}

fn sure(value: &Value) -> Option<Confidence> {
    let word = value.as_str()?.trim().to_lowercase();
    Confidence::ALL.into_iter().find(|level| level.word() == word)
}

fn score(value: &Value, scale: Scale, reasoning: &str) -> Result<RatingOutcome, Unusable> {
    let number = match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) if text.trim() == NOT_ASSESSABLE => {
            return Ok(RatingOutcome::NotAssessable { reason: reasoning.trim().to_owned() });
        }
        // A number in quotes is a formal error; any other string is not a score.
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    let number: f64 = number.ok_or(Unusable::Unparsable)?;
    if number.fract() != 0.0 {
        return Err(Unusable::OutOfScale);
    }
    let score = scale.score(number).map_err(|_| Unusable::OutOfScale)?;
    Ok(RatingOutcome::Scored { score })
}

/// One verdict of the flag pass.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct VerdictClaim {
    /// Number of the candidate, from 1.
    pub candidate: f64,
    /// Whether the words fall under the category.
    pub confirmed: bool,
    /// Id of the category they belong to, if the judge changed it.
    #[serde(default)]
    pub category: Option<String>,
    /// Severity in this context, if the judge changed it.
    #[serde(default, deserialize_with = "severity")]
    pub severity: Option<Severity>,
}

/// One phrase the judge adds.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct AddedClaim {
    /// Turn number.
    #[serde(default)]
    pub turn: Option<f64>,
    /// Category id.
    #[serde(default)]
    pub category: String,
    /// The phrase, as quoted.
    #[serde(default)]
    pub quote: String,
    /// Severity in this context, if given.
    #[serde(default, deserialize_with = "severity")]
    pub severity: Option<Severity>,
}

/// Reads a severity. An unknown word counts as no severity and does not make the answer unreadable.
fn severity<'d, D: serde::Deserializer<'d>>(reader: D) -> Result<Option<Severity>, D::Error> {
    let written = Value::deserialize(reader)?;
    Ok(serde_json::from_value(written).ok())
}

/// A flag reply that could be parsed.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct FlagReply {
    /// Verdicts on candidates.
    pub verdicts: Vec<VerdictClaim>,
    /// Phrases missing from the list.
    #[serde(default)]
    pub added: Vec<AddedClaim>,
}

/// Reads a flag reply.
///
/// # Errors
/// The reason why the reply cannot be used.
pub fn flags(reply: &Reply) -> Result<FlagReply, Unusable> {
    let found = object(reply, |value| value.get("verdicts").is_some())?;
    serde_json::from_value(found.value).map_err(|_| Unusable::Unparsable)
}

/// Reads a guess about who wrote the counselor's turns: the percentage given to "a program".
///
/// # Errors
/// The reason why the reply cannot be used.
pub fn source(reply: &Reply) -> Result<f64, Unusable> {
    let found = object(reply, |value| value.get("percent").is_some())?;
    let percent = found.value.get("percent").and_then(Value::as_f64).ok_or(Unusable::Unparsable)?;
    if (0.0..=100.0).contains(&percent) { Ok(percent) } else { Err(Unusable::OutOfScale) }
}

/// The only object of the reply that is an answer. Several are accepted only if they are equal.
pub(super) fn object(reply: &Reply, is_answer: impl Fn(&Value) -> bool) -> Result<RepairedObject, Unusable> {
    if reply.refusal.is_some() || reply.finish == Finish::ContentFilter {
        return Err(Unusable::Refused);
    }
    let cut = reply.finish == Finish::Length;
    if reply.text.trim().is_empty() {
        return Err(if cut { Unusable::Truncated } else { Unusable::Empty });
    }
    let (found, _) = json::objects(&reply.text, cut);
    let mut answers = found.into_iter().filter(|object| is_answer(&object.value));
    let Some(mut first) = answers.next() else {
        return Err(if cut { Unusable::Truncated } else { Unusable::Unparsable });
    };
    if answers.any(|other| other.value != first.value) {
        return Err(Unusable::Unparsable);
    }
    first.repairs.extend(around(&reply.text, &first.range));
    Ok(first)
}

/// Repairs for text around the answer: a code fence, or prose.
fn around(text: &str, range: &Range<usize>) -> Vec<Repair> {
    let outside = [&text[..range.start], &text[range.end..]];
    let fenced = outside.iter().any(|part| part.contains("```"));
    let bare = |part: &str| part.replace("```json", "").replace("```", "");
    let prose = outside.iter().any(|part| !bare(part).trim().is_empty());
    [(fenced, Repair::Fence), (prose, Repair::Prose)]
        .into_iter()
        .filter_map(|(is, repair)| is.then_some(repair))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{ItemId, LookFor};

    fn item() -> Item {
        Item {
            id: ItemId::new("agenda").expect("id"),
            number: 1,
            name: "Agenda".into(),
            measures: "m".into(),
            anchors: std::collections::BTreeMap::new(),
            look_for: LookFor::default(),
            not_assessable_when: None,
            replay_confounded: false,
            confidence_note: None,
        }
    }

    fn read(text: &str) -> Result<RatingOutcome, Unusable> {
        rating(&Reply::text(text), &item(), Scale { min: 0, max: 6 }).map(|r| r.outcome)
    }

    fn scored(value: f64) -> RatingOutcome {
        let score = Scale { min: 0, max: 6 }.score(value).expect("on the scale");
        RatingOutcome::Scored { score }
    }

    #[test]
    fn form_is_repaired() {
        assert_eq!(read(r#"{"item":"agenda","score":4}"#), Ok(scored(4.0)));
        assert_eq!(read("Here you go {sure}:\n```json\n{\"score\": 0}\n```\nHope it helps"), Ok(scored(0.0)));
        assert_eq!(read("{\u{201c}score\u{201d}: 3}"), Ok(scored(3.0)));
        assert_eq!(read(r#"{"score": "5"}"#), Ok(scored(5.0)));
        assert_eq!(
            read(r#"{"reasoning":"no text","score":"not_assessable"}"#),
            Ok(RatingOutcome::NotAssessable { reason: "no text".into() })
        );
    }

    #[test]
    fn content_is_never_guessed() {
        assert_eq!(read(r#"{"item":"agenda"}"#), Err(Unusable::Unparsable));
        assert_eq!(read(r#"{"item":"feedback","score":4}"#), Err(Unusable::Unparsable));
        assert_eq!(read(r#"{"score": 7}"#), Err(Unusable::OutOfScale));
        assert_eq!(read(r#"{"score": 3.5}"#), Err(Unusable::OutOfScale));
        assert_eq!(read(r#"{"score": "good"}"#), Err(Unusable::Unparsable));
        assert_eq!(read("I would say 4."), Err(Unusable::Unparsable));
        assert_eq!(read(r#"{"score": 2} or rather {"score": 5}"#), Err(Unusable::Unparsable), "two answers");
        assert_eq!(read(r#"{"score": 2} Again: {"score": 2}"#), Ok(scored(2.0)), "said twice");
    }

    /// Faults of form seen in replies of large judge models, each written anew.
    #[test]
    fn faults_of_form_seen_in_the_wild_end_in_the_right_outcome() {
        use Repair::{Fence, InnerQuotes, MissingClose, Prose, QuoteMarks, TrailingComma};
        let cases: [(&str, Result<f64, Unusable>, &[Repair]); 12] = [
            (
                r#"{"reasoning": "offers ("I" statements, two of them), and warmth", "score": 5}"#,
                Ok(5.0),
                &[InnerQuotes],
            ),
            (
                "I need to weigh this first.\n\n{\n  \"reasoning\": \"short\",\n  \"score\": 2\n}",
                Ok(2.0),
                &[Prose],
            ),
            ("I'll rate it.\n\n```json\n{\"score\": 4}\n```", Ok(4.0), &[Fence, Prose]),
            (
                "The text is \"nan\", nothing to see.\n{\"reasoning\": \"empty ('nan')\", \"score\": 0}",
                Ok(0.0),
                &[Prose],
            ),
            (
                "```json\n{\"reasoning\": \"it is empty (\"nan\"), so no\", \"score\": 0}\n```",
                Ok(0.0),
                &[Fence, InnerQuotes],
            ),
            ("{\n “score”: 5,\n “reasoning”: “deep, and it’s warm.”  \n}", Ok(5.0), &[QuoteMarks]),
            (r#"{"score": 3, "reasoning": "clear, but general.""#, Ok(3.0), &[MissingClose]),
            (r#"{"score": 3, "reasoning": "clear",}"#, Ok(3.0), &[TrailingComma]),
            (r#"{"score": 3, "reasoning": "clear, but gen"#, Err(Unusable::Unparsable), &[]),
            (r#"{"score": 2.7, "reasoning": "between"}"#, Err(Unusable::OutOfScale), &[]),
            (
                "What you gave me looks like a plan, not a reply, so I cannot rate it.",
                Err(Unusable::Unparsable),
                &[],
            ),
            (" \n", Err(Unusable::Empty), &[]),
        ];
        for (text, outcome, repairs) in cases {
            let read = rating(&Reply::text(text), &item(), Scale { min: 0, max: 6 });
            assert_eq!(read.clone().map(|r| r.outcome), outcome.map(scored), "{text}");
            let mended: Vec<Repair> = read.map(|r| r.repairs.into_iter().collect()).unwrap_or_default();
            assert_eq!(mended, repairs, "{text}");
        }
    }

    #[test]
    fn a_reply_about_all_items_answers_for_each_or_says_why_not() {
        let named = |id: &str| Item { id: ItemId::new(id).expect("id"), ..item() };
        let (a, b, c, d) = (named("a"), named("b"), named("c"), named("d"));
        let text = r#"{"ratings": [{"item": "b", "score": 2, "sure": "low"}, {"item": "a", "score": 5},
            {"item": "c", "score": 1}, {"item": "c", "score": 4}]}"#;
        let read =
            ratings(&Reply::text(text), &[&a, &b, &c, &d], Scale { min: 0, max: 6 }).expect("an object");
        let scores: Vec<Result<f64, Unusable>> = read
            .iter()
            .map(|r| r.as_ref().map(|r| r.outcome.score().expect("scored")).map_err(|e| *e))
            .collect();
        assert_eq!(scores, [Ok(5.0), Ok(2.0), Err(Unusable::Unparsable), Err(Unusable::Unparsable)]);
        let (first, second) = (read[0].as_ref().expect("a"), read[1].as_ref().expect("b"));
        assert_eq!((first.confidence, second.confidence), (None, Some(Confidence::Low)));
        assert_eq!(first.score_at.clone().map(|at| &text[at]), Some("5"));
    }

    #[test]
    fn refusals_and_cuts_have_their_own_reasons() {
        let cut = Reply { finish: Finish::Length, ..Reply::text(r#"{"item":"agenda","positive":[{"tu"#) };
        assert_eq!(rating(&cut, &item(), Scale { min: 0, max: 6 }), Err(Unusable::Truncated));
        let refused = Reply { refusal: Some("no".into()), ..Reply::text("") };
        assert_eq!(rating(&refused, &item(), Scale { min: 0, max: 6 }), Err(Unusable::Refused));
    }
}
