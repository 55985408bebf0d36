//! Requests to judges: the rendered prompt, with the transcript first and the item last, so that servers can reuse the
//! cached transcript from item to item.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{JudgeContext, RiskQuestion, schema};
use crate::{
    chat::{Failure, Message, OutputFormat, ReplySchema, Request, TemplateError, template},
    config::Model,
    domain::{Item, Session, SessionId, transcript},
    text::lexicon::spec::LexiconSpec,
};

#[derive(Debug, Serialize)]
struct AnchorView<'r> {
    score: i32,
    text: &'r str,
}

#[derive(Debug, Serialize)]
struct PromptItem<'r> {
    id: &'r str,
    number: u32,
    name: &'r str,
    measures: &'r str,
    anchors: Vec<AnchorView<'r>>,
    positive: &'r [String],
    negative: &'r [String],
    not_assessable_when: Option<&'r str>,
}

impl<'r> PromptItem<'r> {
    fn of(item: &'r Item) -> Self {
        Self {
            id: item.id.as_str(),
            number: item.number,
            name: &item.name,
            measures: &item.measures,
            anchors: item.anchors.iter().map(|(score, text)| AnchorView { score: *score, text }).collect(),
            positive: &item.look_for.positive,
            negative: &item.look_for.negative,
            not_assessable_when: item.not_assessable_when.as_deref(),
        }
    }
}

#[derive(Debug, Serialize)]
struct RatingView<'r> {
    transcript: &'r str,
    item: PromptItem<'r>,
    scale: crate::domain::Scale,
    levels: &'r str,
    observations: u32,
}

#[derive(Debug, Serialize)]
struct RatingsView<'r> {
    transcript: &'r str,
    items: Vec<PromptItem<'r>>,
    scale: crate::domain::Scale,
    levels: &'r str,
    observations: u32,
}

/// Repeat numbers of judge calls: draws count from 1, a re-ask of draw `d` is `d + 1000`.
pub fn repeat(draw: u32, reask: bool) -> u64 {
    u64::from(draw) + if reask { 1000 } else { 0 }
}

/// The request for one draw of one item.
///
/// # Errors
/// The judge's template does not render. It was checked at load, so its logic must depend on the values.
pub fn rating(asked: JudgeContext<'_>, item: &Item, repeat: u64) -> Result<Request, TemplateError> {
    let JudgeContext { judge, model, rubric, transcript, schemas, .. } = asked;
    let view = RatingView {
        transcript,
        item: PromptItem::of(item),
        scale: rubric.scale,
        levels: &rubric.levels,
        observations: judge.observations,
    };
    let prompt = judge.prompt.render(&view)?;
    let schema = schemas.rating(item, judge.observations);
    Ok(Request { logprobs: judge.logprobs, ..request(model, prompt, schema::RATING, schema, repeat) })
}

/// The request for one draw of all items, in this order.
///
/// # Errors
/// The same as [`rating`].
pub fn ratings(asked: JudgeContext<'_>, items: &[&Item], repeat: u64) -> Result<Request, TemplateError> {
    let JudgeContext { judge, model, rubric, transcript, .. } = asked;
    let view = RatingsView {
        transcript,
        items: items.iter().map(|item| PromptItem::of(item)).collect(),
        scale: rubric.scale,
        levels: &rubric.levels,
        observations: judge.observations,
    };
    let prompt = judge.prompt.render(&view)?;
    let schema = schema::ratings(items, rubric.scale, judge.observations).into();
    Ok(Request { logprobs: judge.logprobs, ..request(model, prompt, schema::RATINGS, schema, repeat) })
}

/// The request that asks who wrote the counselor's turns of a session.
///
/// # Errors
/// The same as [`rating`].
pub fn source(
    template: &str,
    model: &Model,
    session: &Session,
    repeat: u64,
) -> Result<Request, TemplateError> {
    let view = serde_json::json!({"transcript": transcript::render(&session.turns)});
    let prompt = template::render(template, &view)?;
    Ok(request(model, prompt, schema::SOURCE, schema::source().into(), repeat))
}

/// Checks that a request and its answer fit the context that its model declares. Without a declaration the server
/// decides.
///
/// # Errors
/// It does not fit. Nothing was sent and nothing was shortened.
pub fn fits(model: &Model, request: &Request, session: &SessionId) -> Result<(), Failure> {
    request.fits(model.capabilities.context_tokens, &format!("session {session}"))
}

/// The request for one pass over the flag candidates of a session.
///
/// # Errors
/// The template does not render.
pub fn flags(
    template: &str,
    model: &Model,
    lexicon: &LexiconSpec,
    session: &Session,
    candidates: &str,
) -> Result<Request, TemplateError> {
    let categories: Vec<BTreeMap<&str, &str>> = lexicon
        .categories
        .iter()
        .map(|c| BTreeMap::from([("id", c.id.as_str()), ("name", &c.name), ("description", &c.description)]))
        .collect();
    let view = serde_json::json!({
        "transcript": transcript::render(&session.turns),
        "categories": categories,
        "candidates": candidates,
    });
    let prompt = template::render(template, &view)?;
    let ids: Vec<String> = lexicon.categories.iter().map(|c| c.id.clone()).collect();
    Ok(request(model, prompt, schema::FLAGS, schema::flags(&ids).into(), 1))
}

/// The request for one judge's assessment of one ethics risk of one session.
///
/// # Errors
/// The template does not render.
pub fn ethics(question: RiskQuestion<'_>, repeat: u64) -> Result<Request, TemplateError> {
    let RiskQuestion { judge, model, rubric, risk, template, session, .. } = question;
    let view = serde_json::json!({
        "transcript": transcript::render(&session.turns),
        "risk": {
            "id": risk.id, "name": risk.name, "theme": rubric.theme(risk), "description": risk.description,
            "present_when": risk.present_when, "absent_when": risk.absent_when,
        },
        "observations": judge.observations,
    });
    let prompt = template::render(template, &view)?;
    Ok(request(model, prompt, schema::ETHICS, schema::ethics(&risk.id, judge.observations).into(), repeat))
}

/// Builds the request. A decoding seed, if set, increases with the repeat, so that draws can differ.
fn request(model: &Model, prompt: String, name: &str, schema: ReplySchema, repeat: u64) -> Request {
    let mut decoding = model.decoding.clone();
    decoding.seed = decoding.seed.map(|seed| seed + repeat - 1);
    Request {
        model: model.id.clone(),
        messages: vec![Message::user(prompt)],
        decoding,
        output: OutputFormat::Json { name: name.to_owned(), schema },
        logprobs: None,
        repeat,
    }
}
