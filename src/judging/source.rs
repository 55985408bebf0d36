//! Asks a judge who wrote the counselor's turns: a person or a program.

use super::{prompt, reply};
use crate::{
    chat::{Chat, Failure, FailureKind},
    config::Model,
    domain::{Session, Unusable},
};

/// The percentage that a judge gives to "a program", or why its answer cannot be used.
///
/// # Errors
/// The call failed, or the transcript exceeds the judge's context.
pub async fn guess(
    chat: &impl Chat,
    template: &str,
    model: &Model,
    session: &Session,
    repeat: u32,
) -> Result<Result<f64, Unusable>, Failure> {
    let request = prompt::source(template, model, session, u64::from(repeat))
        .map_err(|error| Failure::new(FailureKind::Unsupported, format!("source question: {error}")))?;
    prompt::fits(model, &request, &session.id)?;
    Ok(reply::source(&chat.ask(request).await?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::Reply;

    #[test]
    fn a_guess_is_a_percentage_or_typed() {
        let read = |text: &str| reply::source(&Reply::text(text));
        assert_eq!(read(r#"{"clues": "short lines", "percent": 30}"#), Ok(30.0));
        assert_eq!(read("```json\n{\"percent\": 0}\n```"), Ok(0.0), "0 is an answer");
        assert_eq!(read(r#"{"clues": "c", "percent": 130}"#), Err(Unusable::OutOfScale));
        assert_eq!(read(r#"{"clues": "c", "percent": "likely"}"#), Err(Unusable::Unparsable));
        assert_eq!(read("A program, I think."), Err(Unusable::Unparsable));
        assert_eq!(read(" "), Err(Unusable::Empty));
    }
}
