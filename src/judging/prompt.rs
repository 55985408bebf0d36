//! Owns what a judge is shown: the rendered prompt with the transcript first and the item last, so that servers can
//! reuse the transcript's part of their cache from item to item.

use std::collections::BTreeMap;

use serde::Serialize;

use super::schema;
use crate::{
    chat::{Message, OutputFormat, Request, TemplateError, template},
    config::{JudgeSpec, Model},
    domain::{Item, Rubric, Session, transcript},
    text::lexicon::spec::LexiconSpec,
};

#[derive(Debug, Serialize)]
struct AnchorView<'r> {
    score: i32,
    text: &'r str,
}

#[derive(Debug, Serialize)]
struct ItemView<'r> {
    id: &'r str,
    number: u32,
    name: &'r str,
    measures: &'r str,
    anchors: Vec<AnchorView<'r>>,
    positive: &'r [String],
    negative: &'r [String],
    not_assessable_when: Option<&'r str>,
}

#[derive(Debug, Serialize)]
struct RatingView<'r> {
    transcript: String,
    item: ItemView<'r>,
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
/// The judge's template does not render; load has checked it, so this is a fault of the template's logic.
pub fn rating(
    judge: &JudgeSpec,
    model: &Model,
    rubric: &Rubric,
    item: &Item,
    session: &Session,
    repeat: u64,
) -> Result<Request, TemplateError> {
    let view = RatingView {
        transcript: transcript::render(&session.turns),
        item: ItemView {
            id: item.id.as_str(),
            number: item.number,
            name: &item.name,
            measures: &item.measures,
            anchors: item.anchors.iter().map(|(score, text)| AnchorView { score: *score, text }).collect(),
            positive: &item.look_for.positive,
            negative: &item.look_for.negative,
            not_assessable_when: item.not_assessable_when.as_deref(),
        },
        scale: rubric.scale,
        levels: &rubric.levels,
        observations: judge.observations,
    };
    let prompt = template::render(&judge.prompt, &view)?;
    Ok(request(model, prompt, schema::RATING, schema::rating(item, rubric.scale, judge.observations), repeat))
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
    Ok(request(model, prompt, schema::FLAGS, schema::flags(&ids), 1))
}

/// The decoding seed, when one is set, counts up with the repeat, so that draws can differ.
fn request(model: &Model, prompt: String, name: &str, schema: serde_json::Value, repeat: u64) -> Request {
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
