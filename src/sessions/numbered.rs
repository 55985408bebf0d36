//! Questions that a model other than the counselor's answers with one number: how turns are numbered, the request, and
//! how the number is read.

use serde_json::Value;

use super::Helper;
use crate::{
    chat::{Failure, FailureKind, Message, OutputFormat, Reply, ReplySchema, Request, template},
    domain::Turn,
};

/// Added to the repeat number when a question with an unreadable answer is asked again.
pub(super) const AGAIN: u64 = 1_000;

/// These turns, numbered from 1.
pub(super) fn numbered<'t>(turns: impl IntoIterator<Item = &'t Turn>) -> Vec<Turn> {
    (1..).zip(turns).map(|(number, turn)| Turn { number, ..turn.clone() }).collect()
}

/// The request named `name`, whose template, called `what` in messages, sees `view`.
pub(super) fn request(
    helper: Helper<'_>,
    (name, what): (&str, &str),
    view: &Value,
    schema: ReplySchema,
    repeat: u64,
) -> Result<Request, Failure> {
    let prompt = template::render(helper.prompt, view)
        .map_err(|error| Failure::new(FailureKind::Unsupported, format!("{what} prompt: {error}")))?;
    Ok(Request {
        model: helper.model.id.clone(),
        messages: vec![Message::user(prompt)],
        decoding: helper.model.decoding.clone(),
        output: OutputFormat::Json { name: name.to_owned(), schema },
        logprobs: None,
        repeat,
    })
}

/// Reads `{"field": N}` or `N`, also if there is text around the object.
pub(super) fn read(reply: &Reply, field: &str) -> Option<u64> {
    let text = reply.text.as_str();
    let object = text.find('{').zip(text.rfind('}')).filter(|(start, end)| start < end);
    let value: Value =
        serde_json::from_str(object.map_or(text, |(start, end)| &text[start..=end]).trim()).ok()?;
    value.get(field).unwrap_or(&value).as_u64()
}
