//! What the server of these tests answers: a pure function of the request's body.

use serde_json::{Value, json};

use crate::support::answer::Answer;

/// True when the request asks a judge for a rating.
pub(crate) fn is_rating(body: &Value) -> bool {
    body.pointer("/response_format/json_schema/name").is_some_and(|name| name == "rating")
}

/// A counselor's words, or a rating with a quote that holds and a score that depends on the whole body.
pub(crate) fn reply(body: &Value) -> Answer {
    if !is_rating(body) {
        return Answer::usual(body);
    }
    let score: u64 = body.to_string().bytes().map(u64::from).sum::<u64>() % 7;
    rating(body, score)
}

/// A rating with this score and a quote that holds.
pub(crate) fn rating(body: &Value, score: u64) -> Answer {
    let (turn, quote) = counselor_turn(body);
    quoting(body, turn, &quote, score)
}

/// A rating with this score and this quote.
pub(crate) fn quoting(body: &Value, turn: u64, quote: &str, score: u64) -> Answer {
    let item = body.pointer("/response_format/json_schema/schema/properties/item/const");
    let seen = json!({"turn": turn, "speaker": "counselor", "quote": quote, "note": "seen"});
    let answer = json!({
        "item": item.expect("the schema names the item"), "positive": [seen], "negative": [], "absent": [],
        "reasoning": "By what was seen.", "score": score
    });
    Answer::text(body, &answer.to_string())
}

/// The first counselor turn of four words or more in the transcript of a request.
pub(crate) fn counselor_turn(body: &Value) -> (u64, String) {
    let messages = body["messages"].as_array().expect("messages");
    let text = messages.last().and_then(|message| message["content"].as_str()).expect("text");
    let mut number = None;
    for line in text.lines() {
        if let Some(words) = line.strip_prefix("| ") {
            if let Some(number) = number.filter(|_| words.split_whitespace().count() >= 4) {
                return (number, words.to_owned());
            }
        } else if let Some((digits, speaker)) = line.strip_prefix('[').and_then(|rest| rest.split_once("] "))
        {
            number = digits.parse().ok().filter(|_| speaker == "counselor");
        }
    }
    panic!("no counselor turn in {text}")
}
