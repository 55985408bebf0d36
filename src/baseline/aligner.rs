//! The baseline aligner: chooses the unused client turn that shares most words with the counselor's last turn by BM25,
//! and none if no word is shared. It follows this rule without understanding.

use serde_json::{Value, json};

use crate::baseline::request::prompt_and_transcript;
use crate::{
    chat::{Failure, Reply, Request},
    domain::Speaker,
    text::bm25::Bm25,
};

/// Answers a request for the next client turn.
///
/// # Errors
/// `Unsupported` if the request has no transcript block.
pub(super) fn answer(request: &Request, schema: &Value) -> Result<Reply, Failure> {
    let (_, lines) = prompt_and_transcript(request)?;
    let choices = schema.pointer("/properties/utterance/enum").and_then(Value::as_array);
    let numbers: Vec<u64> =
        choices.into_iter().flatten().filter_map(Value::as_u64).filter(|n| *n > 0).collect();
    let (candidates, spoken): (Vec<_>, Vec<_>) =
        lines.iter().partition(|line| numbers.contains(&u64::from(line.number)));
    let question = spoken.iter().rev().find(|line| line.speaker == Speaker::Counselor);
    let question = question.map_or("", |line| line.text.as_str());
    let scores = Bm25::new(candidates.iter().map(|line| line.text.as_str())).scores(question);
    // Among equal scores the first is chosen: the order in which the client spoke.
    let mut best = (0, 0.0);
    for (line, score) in candidates.iter().zip(scores) {
        if score > best.1 {
            best = (line.number, score);
        }
    }
    Ok(Reply::text(json!({"utterance": best.0}).to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        chat::{Decoding, Message, OutputFormat},
        domain::{Turn, transcript},
    };

    fn chosen(question: &str, candidates: &[&str]) -> String {
        let mut turns = vec![
            Turn::recorded(1, Speaker::Client, "my exam is on friday"),
            Turn::recorded(2, Speaker::Counselor, question),
        ];
        turns.extend(
            (3..).zip(candidates).map(|(number, text)| Turn::recorded(number, Speaker::Client, *text)),
        );
        let numbers: Vec<usize> = std::iter::once(0).chain(3..3 + candidates.len()).collect();
        let schema = json!({"properties": {"utterance": {"enum": numbers}}});
        let request = Request {
            model: "m".into(),
            messages: vec![Message::user(transcript::render(&turns))],
            decoding: Decoding::default(),
            output: OutputFormat::Json { name: "align".into(), schema: schema.clone().into() },
            logprobs: None,
            repeat: 1,
        };
        answer(&request, &schema).expect("answers").text
    }

    #[test]
    fn the_turn_that_shares_most_words_answers_and_none_where_none_is_shared() {
        let candidates = ["my sister is ill", "i sleep badly", "i sleep"];
        assert_eq!(chosen("How do you sleep?", &candidates), "{\"utterance\":5}");
        assert_eq!(chosen("And your sister?", &candidates), "{\"utterance\":3}");
        assert_eq!(chosen("Hm?", &candidates), "{\"utterance\":0}");
        // The client's own first words are no question, though they share a word with a candidate.
        assert_eq!(chosen("Hm?", &["friday"]), "{\"utterance\":0}");
        assert_eq!(chosen("sleep?", &["i sleep", "i sleep"]), "{\"utterance\":3}", "the first of equals");
    }
}
