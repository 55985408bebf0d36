//! The baseline grader of coherence: how many words the client's turn shares with the counselor's, weighted by BM25.
//! It follows this rule without understanding.

use serde_json::json;

use crate::baseline::request::prompt_and_transcript;
use crate::{
    chat::{Failure, FailureKind, Reply, Request},
    domain::coherence::BEST_GRADE,
    text::bm25::Bm25,
};

/// BM25 score that gives the middle grade.
const MIDDLE: f64 = 2.0;

/// Answers a request for the grade of an exchange: compares the last turn shown with the one before it.
///
/// # Errors
/// `Unsupported` if the request has no transcript block of at least two turns.
pub(super) fn answer(request: &Request) -> Result<Reply, Failure> {
    let (_, lines) = prompt_and_transcript(request)?;
    let [before @ .., question, candidate] = lines.as_slice() else {
        return Err(Failure::new(FailureKind::Unsupported, "fewer than two turns to grade"));
    };
    // A word is rare if few of the shown turns contain it.
    let texts = before.iter().chain([candidate]).map(|line| line.text.as_str());
    let score = Bm25::new(texts).scores(&question.text).pop().unwrap_or(0.0);
    let grade = (f64::from(BEST_GRADE) * score / (score + MIDDLE)).round();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 <= grade <= 10")]
    let grade = grade as u8;
    Ok(Reply::text(json!({"answers": grade}).to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        chat::{Decoding, Message, OutputFormat},
        domain::{Speaker, Turn, transcript},
    };

    fn graded(turns: &[(Speaker, &str)]) -> Result<String, Failure> {
        let turns: Vec<Turn> =
            (1..).zip(turns).map(|(n, (speaker, text))| Turn::recorded(n, *speaker, *text)).collect();
        answer(&Request {
            model: "m".into(),
            messages: vec![Message::user(transcript::render(&turns))],
            decoding: Decoding::default(),
            output: OutputFormat::Json { name: "coherence".into(), schema: json!({}).into() },
            logprobs: None,
            repeat: 1,
        })
        .map(|reply| reply.text)
    }

    #[test]
    fn shared_words_give_a_grade_and_none_give_nothing() {
        use Speaker::{Client, Counselor};
        let asked = |answer| {
            graded(&[(Client, "my exam went badly"), (Counselor, "How do you sleep?"), (Client, answer)])
        };
        assert_eq!(asked("my sister is ill").as_deref(), Ok("{\"answers\":0}"));
        let (one, two) = (asked("i sleep badly").expect("answers"), asked("how i sleep").expect("answers"));
        assert!(one.as_str() < two.as_str() && one.as_str() > "{\"answers\":0}", "{one} {two}");
    }

    #[test]
    fn one_turn_alone_is_no_exchange() {
        assert!(graded(&[(Speaker::Client, "hello")]).is_err());
    }
}
