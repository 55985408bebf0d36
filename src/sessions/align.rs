//! Owns the choice of the next client turn in `aligned`: which of the client's own turns, not spoken yet, best answers
//! the counselor. Nothing is invented: the answer is the number of a recorded turn, or none.

use serde_json::{Value, json};

use super::Helper;
use crate::{
    chat::{Chat, Failure, FailureKind, Message, OutputFormat, Reply, Request, template},
    domain::{Turn, transcript},
};

/// Name of these requests; the purpose under which usage is counted.
pub const ALIGN: &str = "align";
/// Turns of the conversation that the aligner is shown.
const SHOWN: usize = 6;
/// What a repeat number grows by when an unreadable answer is asked for again.
const AGAIN: u64 = 1_000;

/// What an aligner says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Choice {
    /// The turn at this place among the unused ones.
    Turn(usize),
    /// None of them answers the counselor.
    NoneFits,
    /// Two answers in a row could not be read.
    Unusable,
}

/// Asks for the next client turn; once more when the answer cannot be read.
pub(super) async fn choose(
    chat: &impl Chat,
    helper: Helper<'_>,
    spoken: &[Turn],
    unused: &[&Turn],
    repeat: u64,
) -> Result<Choice, Failure> {
    for repeat in [repeat, repeat + AGAIN] {
        let (request, first) = request(helper, spoken, unused, repeat)?;
        if let Some(choice) = read(&chat.ask(request).await?, first, unused.len()) {
            return Ok(choice);
        }
    }
    Ok(Choice::Unusable)
}

/// The request, and the number of the first candidate. The candidates stand behind the conversation in the same inert
/// block, numbered on.
fn request(
    helper: Helper<'_>,
    spoken: &[Turn],
    unused: &[&Turn],
    repeat: u64,
) -> Result<(Request, u32), Failure> {
    let recent = &spoken[spoken.len().saturating_sub(SHOWN)..];
    let numbered = (1..).zip(recent.iter().chain(unused.iter().copied()));
    let turns: Vec<Turn> = numbered.map(|(number, turn)| Turn { number, ..turn.clone() }).collect();
    let (first, last) = (recent.len() + 1, turns.len());
    let view = json!({"transcript": transcript::render(&turns), "first": first, "last": last});
    let prompt = template::render(helper.prompt, &view)
        .map_err(|error| Failure::new(FailureKind::Unsupported, format!("aligner prompt: {error}")))?;
    let numbers: Vec<usize> = std::iter::once(0).chain(first..=last).collect();
    let schema = json!({
        "type": "object", "additionalProperties": false, "required": ["utterance"],
        "properties": {"utterance": {"type": "integer", "enum": numbers}},
    });
    let request = Request {
        model: helper.model.id.clone(),
        messages: vec![Message::user(prompt)],
        decoding: helper.model.decoding.clone(),
        output: OutputFormat::Json { name: ALIGN.to_owned(), schema: schema.into() },
        logprobs: None,
        repeat,
    };
    Ok((request, u32::try_from(first).expect("a handful of turns")))
}

/// Reads `{"utterance": N}`, also with words around it; a number that was not offered is no answer.
fn read(reply: &Reply, first: u32, count: usize) -> Option<Choice> {
    let text = reply.text.as_str();
    let object = text.find('{').zip(text.rfind('}')).filter(|(start, end)| start < end);
    let value: Value =
        serde_json::from_str(object.map_or(text, |(start, end)| &text[start..=end]).trim()).ok()?;
    let number = value.get("utterance").unwrap_or(&value).as_u64()?;
    if number == 0 {
        return Some(Choice::NoneFits);
    }
    let place = usize::try_from(number.checked_sub(u64::from(first))?).ok()?;
    (place < count).then_some(Choice::Turn(place))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_a_number_that_was_offered() {
        let read = |text: &str| read(&Reply::text(text), 3, 2);
        assert_eq!(read("{\"utterance\": 3}"), Some(Choice::Turn(0)));
        assert_eq!(read("```json\n{\"utterance\": 4}\n```"), Some(Choice::Turn(1)));
        assert_eq!(read("{\"utterance\": 0}"), Some(Choice::NoneFits));
        assert_eq!(read("4"), Some(Choice::Turn(1)));
        for bad in [
            "{\"utterance\": 5}",
            "{\"utterance\": 2}",
            "{\"utterance\": -1}",
            "{\"utterance\": \"3\"}",
            "",
            "none",
        ] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }
}
