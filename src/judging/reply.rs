//! Owns reading judge replies: it repairs form (fences, prose around the JSON, curly quotes), never content. A
//! missing score, another item's answer or a score off the scale is typed, never guessed.

use serde::Deserialize;
use serde_json::Value;

use super::schema::NOT_ASSESSABLE;
use crate::{
    chat::{Finish, Reply},
    domain::{Item, RatingOutcome, Scale, Unusable},
};

/// A quoted observation as the judge wrote it.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct QuotedClaim {
    /// Turn number; a number the transcript does not have is found out by the check.
    #[serde(default)]
    pub turn: Option<f64>,
    /// `counselor` or `client`.
    #[serde(default)]
    pub speaker: Option<String>,
    /// The words.
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

/// A rating reply whose form was readable.
#[derive(Debug, Clone, PartialEq)]
pub struct RatingReply {
    /// For a higher score.
    pub positive: Vec<QuotedClaim>,
    /// For a lower score.
    pub negative: Vec<QuotedClaim>,
    /// What did not happen.
    pub absent: Vec<AbsenceClaim>,
    /// The judge's reasoning.
    pub reasoning: String,
    /// The score, or not assessable.
    pub outcome: RatingOutcome,
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
}

/// Reads a rating reply.
///
/// # Errors
/// The typed reason why the reply cannot be used.
pub fn rating(reply: &Reply, item: &Item, scale: Scale) -> Result<RatingReply, Unusable> {
    let raw: RawRating = object(reply)?;
    if raw.item.as_deref().is_some_and(|named| named != item.id.as_str()) {
        return Err(Unusable::Unparsable);
    }
    let outcome = score(raw.score.as_ref().ok_or(Unusable::Unparsable)?, scale, &raw.reasoning)?;
    let RawRating { positive, negative, absent, reasoning, .. } = raw;
    Ok(RatingReply { positive, negative, absent, reasoning, outcome })
}

fn score(value: &Value, scale: Scale, reasoning: &str) -> Result<RatingOutcome, Unusable> {
    let number = match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) if text.trim() == NOT_ASSESSABLE => {
            return Ok(RatingOutcome::NotAssessable { reason: reasoning.trim().to_owned() });
        }
        // A number in quotes is a fault of form; anything else in quotes is not a score.
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
    /// The words.
    #[serde(default)]
    pub quote: String,
}

/// A flag reply whose form was readable.
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
/// The typed reason why the reply cannot be used.
pub fn flags(reply: &Reply) -> Result<FlagReply, Unusable> {
    object(reply)
}

/// The first JSON object in the reply that fits the shape.
fn object<T: for<'de> Deserialize<'de>>(reply: &Reply) -> Result<T, Unusable> {
    if reply.refusal.is_some() || reply.finish == Finish::ContentFilter {
        return Err(Unusable::Refused);
    }
    let straight = reply.text.replace(['\u{201c}', '\u{201d}'], "\"");
    find_object(&reply.text).or_else(|| find_object(&straight)).ok_or(if reply.finish == Finish::Length {
        Unusable::Truncated
    } else {
        Unusable::Unparsable
    })
}

fn find_object<T: for<'de> Deserialize<'de>>(text: &str) -> Option<T> {
    // Prose before the answer may hold braces of its own; forty starts are more than any real reply has.
    text.match_indices('{').take(40).find_map(|(at, _)| {
        let mut values = serde_json::Deserializer::from_str(&text[at..]).into_iter::<Value>();
        let value = values.next()?.ok()?;
        serde_json::from_value(value).ok()
    })
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
        assert_eq!(read(""), Err(Unusable::Unparsable));
    }

    #[test]
    fn refusals_and_cuts_have_their_own_reasons() {
        let cut = Reply { finish: Finish::Length, ..Reply::text(r#"{"item":"agenda","positive":[{"tu"#) };
        assert_eq!(rating(&cut, &item(), Scale { min: 0, max: 6 }), Err(Unusable::Truncated));
        let refused = Reply { refusal: Some("no".into()), ..Reply::text("") };
        assert_eq!(rating(&refused, &item(), Scale { min: 0, max: 6 }), Err(Unusable::Refused));
    }
}
