//! Chooses the next client turn in `aligned`: which of the client's unused turns best answers the counselor. Nothing is
//! invented: the result is the number of a recorded turn, or none.

use serde_json::json;

use super::{
    Helper,
    numbered::{self, AGAIN, numbered},
};
use crate::{
    chat::{Chat, Failure, Reply, Request},
    domain::{Turn, transcript},
};

/// Name of these requests, and the purpose under which their usage is counted.
pub const ALIGN: &str = "align";
/// Number of turns of the conversation shown to the aligner.
const SHOWN: usize = 6;

/// An aligner's choice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AlignerChoice {
    /// The turn at this index among the unused ones.
    Turn(usize),
    /// None of the unused turns answers the counselor.
    NoneFits,
    /// Two answers in a row were unreadable.
    Unusable,
}

/// Asks for the next client turn, and once more if the answer is unreadable. `spoken` is the conversation so far;
/// `unused` holds the client turns to choose from.
///
/// # Errors
/// A call failed, or the template does not render.
pub async fn choose(
    chat: &impl Chat,
    helper: Helper<'_>,
    spoken: &[Turn],
    unused: &[&Turn],
    repeat: u64,
) -> Result<AlignerChoice, Failure> {
    for repeat in [repeat, repeat + AGAIN] {
        let (request, first) = request(helper, spoken, unused, repeat)?;
        if let Some(choice) = read(&chat.ask(request).await?, first, unused.len()) {
            return Ok(choice);
        }
    }
    Ok(AlignerChoice::Unusable)
}

/// The request, and the number of the first candidate. The candidates follow the conversation in the same inert block,
/// and their numbers continue those of the conversation.
fn request(
    helper: Helper<'_>,
    spoken: &[Turn],
    unused: &[&Turn],
    repeat: u64,
) -> Result<(Request, u32), Failure> {
    let recent = &spoken[spoken.len().saturating_sub(SHOWN)..];
    let turns = numbered(recent.iter().chain(unused.iter().copied()));
    let (first, last) = (recent.len() + 1, turns.len());
    let view = json!({"transcript": transcript::render(&turns), "first": first, "last": last});
    let numbers: Vec<usize> = std::iter::once(0).chain(first..=last).collect();
    let schema = json!({
        "type": "object", "additionalProperties": false, "required": ["utterance"],
        "properties": {"utterance": {"type": "integer", "enum": numbers}},
    });
    let request = numbered::request(helper, (ALIGN, "aligner"), &view, schema.into(), repeat)?;
    Ok((request, u32::try_from(first).expect("a handful of turns")))
}

/// Reads `{"utterance": N}`, also inside other text; a number that was not offered is not accepted.
fn read(reply: &Reply, first: u32, count: usize) -> Option<AlignerChoice> {
    let number = numbered::read(reply, "utterance")?;
    if number == 0 {
        return Some(AlignerChoice::NoneFits);
    }
    let place = usize::try_from(number.checked_sub(u64::from(first))?).ok()?;
    (place < count).then_some(AlignerChoice::Turn(place))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_a_number_that_was_offered() {
        let read = |text: &str| read(&Reply::text(text), 3, 2);
        assert_eq!(read("{\"utterance\": 3}"), Some(AlignerChoice::Turn(0)));
        assert_eq!(read("```json\n{\"utterance\": 4}\n```"), Some(AlignerChoice::Turn(1)));
        assert_eq!(read("{\"utterance\": 0}"), Some(AlignerChoice::NoneFits));
        assert_eq!(read("4"), Some(AlignerChoice::Turn(1)));
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
