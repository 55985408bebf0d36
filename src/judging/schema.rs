//! JSON Schemas of judge replies. Servers with structured output follow the field order of the schema, and JSON objects
//! are sorted by name here, so the names are chosen to put evidence first, then reasoning, then the verdict
//! (a test checks this).

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::{
    chat::ReplySchema,
    domain::{Confidence, Item, ItemId, RiskId, Rubric, Scale},
};

/// Name of rating requests, and the purpose under which their usage is counted.
pub const RATING: &str = "rating";
/// Name of requests that rate all items at once.
pub const RATINGS: &str = "ratings";
/// Name of flag requests.
pub const FLAGS: &str = "flags";
/// Name of requests that ask who wrote the counselor's turns.
pub const SOURCE: &str = "source";
/// Name of requests about ethics risks.
pub const ETHICS: &str = "ethics";
/// Value used instead of a score when the transcript cannot show the item.
pub const NOT_ASSESSABLE: &str = "not_assessable";

/// The schemas of rating replies, built once because a run uses the same few in thousands of calls.
#[derive(Debug, Clone)]
pub struct Schemas {
    scale: Scale,
    ratings: BTreeMap<(ItemId, u32), ReplySchema>,
}

impl Schemas {
    /// Builds the schemas of every item for these maximum numbers of observations.
    pub fn of(rubric: &Rubric, observations: impl IntoIterator<Item = u32>) -> Self {
        let of_items = observations.into_iter().flat_map(|most| {
            let of_item =
                move |item: &Item| ((item.id.clone(), most), rating(item, rubric.scale, most).into());
            rubric.items.iter().map(of_item)
        });
        Self { scale: rubric.scale, ratings: of_items.collect() }
    }

    /// The schema of one item's reply with at most `observations` of each kind.
    pub fn rating(&self, item: &Item, observations: u32) -> ReplySchema {
        let made = self.ratings.get(&(item.id.clone(), observations)).cloned();
        made.unwrap_or_else(|| rating(item, self.scale, observations).into())
    }
}

/// Builds the schema of one rating reply with at most `observations` of each kind. The item is a constant in it, so a
/// reply about another item does not match.
pub fn rating(item: &Item, scale: Scale, observations: u32) -> Value {
    answer(&json!({"type": "string", "const": item.id.as_str()}), scale, observations)
}

/// Schema of one reply about several items.
pub fn ratings(items: &[&Item], scale: Scale, observations: u32) -> Value {
    let ids: Vec<&str> = items.iter().map(|item| item.id.as_str()).collect();
    let each = answer(&json!({"type": "string", "enum": ids}), scale, observations);
    let list = json!({"type": "array", "minItems": ids.len(), "maxItems": ids.len(), "items": each});
    object(&[("ratings", list)])
}

fn answer(item: &Value, scale: Scale, observations: u32) -> Value {
    let quoted = json!({
        "type": "array", "maxItems": observations,
        "items": object(&[
            ("turn", json!({"type": "integer"})),
            ("speaker", json!({"type": "string", "enum": ["counselor", "client"]})),
            ("quote", json!({"type": "string", "maxLength": 240})),
            ("note", json!({"type": "string", "maxLength": 160})),
        ]),
    });
    let absent = json!({
        "type": "array", "maxItems": observations,
        "items": object(&[
            ("what", json!({"type": "string", "maxLength": 120})),
            ("from_turn", json!({"type": "integer"})),
            ("to_turn", json!({"type": "integer"})),
        ]),
    });
    let scores: Vec<i32> = (scale.min..=scale.max).collect();
    let score = json!({"anyOf": [
        {"type": "integer", "enum": scores},
        {"type": "string", "enum": [NOT_ASSESSABLE]},
    ]});
    object(&[
        ("item", item.clone()),
        ("positive", quoted.clone()),
        ("negative", quoted),
        ("absent", absent),
        ("reasoning", json!({"type": "string", "maxLength": 600})),
        ("score", score),
        ("sure", json!({"type": "string", "enum": Confidence::ALL.map(Confidence::word)})),
    ])
}

/// Schema of a guess about who wrote the counselor's turns.
pub fn source() -> Value {
    object(&[
        ("clues", json!({"type": "string", "maxLength": 300})),
        ("percent", json!({"type": "integer", "minimum": 0, "maximum": 100})),
    ])
}

/// Schema of one flag reply.
pub fn flags(categories: &[String]) -> Value {
    let severity = json!({"type": "string", "enum": ["info", "low", "medium", "high"]});
    let verdicts = object(&[
        ("candidate", json!({"type": "integer"})),
        ("category", json!({"type": "string", "enum": categories})),
        ("check", json!({"type": "string", "maxLength": 200})),
        ("confirmed", json!({"type": "boolean"})),
        ("severity", severity.clone()),
    ]);
    let added = object(&[
        ("turn", json!({"type": "integer"})),
        ("category", json!({"type": "string", "enum": categories})),
        ("quote", json!({"type": "string", "maxLength": 300})),
        ("reason", json!({"type": "string", "maxLength": 200})),
        ("severity", severity),
    ]);
    object(&[
        ("verdicts", json!({"type": "array", "maxItems": 200, "items": verdicts})),
        ("added", json!({"type": "array", "maxItems": 20, "items": added})),
    ])
}

/// Schema of one reply about one ethics risk, with at most `observations` quotes.
pub fn ethics(risk: &RiskId, observations: u32) -> Value {
    let evidence = json!({
        "type": "array", "maxItems": observations,
        "items": object(&[
            ("turn", json!({"type": "integer"})),
            ("speaker", json!({"type": "string", "enum": ["counselor", "client"]})),
            ("quote", json!({"type": "string", "maxLength": 240})),
            ("note", json!({"type": "string", "maxLength": 160})),
        ]),
    });
    object(&[
        ("evidence", evidence),
        ("reasoning", json!({"type": "string", "maxLength": 600})),
        ("risk", json!({"type": "string", "const": risk.as_str()})),
        ("severity", json!({"type": "string", "enum": ["none", "low", "medium", "high"]})),
        ("verdict", json!({"type": "string", "enum": ["present", "absent", "cannot_tell"]})),
    ])
}

/// A closed object whose fields are all required.
fn object(fields: &[(&str, Value)]) -> Value {
    let names: Vec<&str> = fields.iter().map(|(name, _)| *name).collect();
    let properties: serde_json::Map<String, Value> =
        fields.iter().map(|(name, schema)| ((*name).to_owned(), schema.clone())).collect();
    json!({"type": "object", "properties": properties, "required": names, "additionalProperties": false})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_verdict_comes_last_in_the_order_servers_write() {
        let text = serde_json::to_string(&flags(&["DE1".into()])).expect("json");
        let at = |name: &str| text.find(&format!("\"{name}\":{{\"")).expect(name);
        assert!(at("check") < at("confirmed"), "{text}");
        let names = ["absent", "item", "negative", "positive", "reasoning", "score", "sure"];
        let of_risk = ["evidence", "reasoning", "risk", "severity", "verdict"];
        assert!(of_risk.is_sorted(), "evidence first, the verdict last");
        assert!(names.is_sorted(), "sorted by name: evidence, reasoning, score, and how sure it is of that");
    }
}
