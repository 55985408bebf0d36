//! Asks whether a client turn answers the counselor: one call per exchange, answered with a grade.

use std::sync::LazyLock;

use serde_json::json;

use super::{
    Helper,
    numbered::{self, AGAIN, numbered},
};
use crate::{
    chat::{Chat, Failure, Reply, ReplySchema, Request},
    domain::{AnswerGrade, GradeResult, Session, coherence::BEST_GRADE, transcript},
    plan::Exchange,
};

/// Name of these requests, and the purpose under which their usage is counted.
pub const COHERENCE: &str = "coherence";
/// Schema of the answer, the same for every exchange.
static SCHEMA: LazyLock<ReplySchema> = LazyLock::new(|| {
    let grades: Vec<u8> = (0..=BEST_GRADE).collect();
    let schema = json!({
        "type": "object", "additionalProperties": false, "required": ["answers"],
        "properties": {"answers": {"type": "integer", "enum": grades}},
    });
    schema.into()
});

/// Asks for the grade of one exchange, and once more if the answer is unreadable.
///
/// # Errors
/// A call failed, or the template does not render.
pub async fn grade(
    chat: &impl Chat,
    helper: Helper<'_>,
    session: &Session,
    asked: Exchange,
) -> Result<AnswerGrade, Failure> {
    let mut graded = GradeResult::Unreadable;
    let repeat = u64::from(session.epoch);
    for repeat in [repeat, repeat + AGAIN] {
        if let Some(grade) = read(&chat.ask(request(helper, session, asked, repeat)?).await?) {
            graded = GradeResult::Grade { grade };
            break;
        }
    }
    Ok(about(session, asked, graded))
}

/// Grade of one exchange.
pub fn about(session: &Session, asked: Exchange, graded: GradeResult) -> AnswerGrade {
    AnswerGrade {
        session: session.id.clone(),
        counselor_turn: session.turns[asked.counselor].number,
        shown: asked.shown,
        client_turn: session.turns[asked.client].number,
        graded,
    }
}

/// The request. Turns are renumbered, so that no number reveals which client turn follows.
fn request(helper: Helper<'_>, session: &Session, asked: Exchange, repeat: u64) -> Result<Request, Failure> {
    let shown = session.turns[asked.first..=asked.counselor].iter().chain([&session.turns[asked.client]]);
    let turns = numbered(shown);
    let client = turns.len();
    let view = json!({
        "transcript": transcript::render(&turns), "counselor": client - 1, "client": client, "best": BEST_GRADE,
    });
    numbered::request(helper, (COHERENCE, "coherence"), &view, SCHEMA.clone(), repeat)
}

/// Reads `{"answers": N}`, also inside other text; a number outside the scale is not accepted.
fn read(reply: &Reply) -> Option<u8> {
    let number = numbered::read(reply, "answers")?;
    u8::try_from(number).ok().filter(|grade| *grade <= BEST_GRADE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_a_grade_that_was_offered() {
        let read = |text: &str| read(&Reply::text(text));
        assert_eq!(read("{\"answers\": 0}"), Some(0));
        assert_eq!(read("```json\n{\"answers\": 10}\n```"), Some(10));
        assert_eq!(read("7"), Some(7));
        let bad = [
            "{\"answers\": 11}",
            "{\"answers\": -1}",
            "{\"answers\": \"3\"}",
            "{\"answers\": 2.5}",
            "",
            "yes",
        ];
        for bad in bad {
            assert_eq!(read(bad), None, "{bad}");
        }
    }
}
