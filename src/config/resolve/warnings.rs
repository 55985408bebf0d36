//! Warnings before a call is paid for: what the table of model families says about the experiment's models, and what
//! gateways do unless they are told otherwise.

use std::collections::BTreeMap;

use super::{Context, budget::is_day, providers::OPENROUTER};
use crate::{
    chat::MaxTokensField,
    config::{
        builtin,
        document::{At, Document},
        experiment::{Endpoint, JudgeSpec, Model, Route},
        model_families::{FamilyTable, ModelFamily, family_of},
        path::YamlPath,
        schema::{SchemaKind, schema},
    },
    provider::Dialect,
};

/// The format of tables this version reads.
const FORMAT: &str = "corater-model-families/1";
/// The embedded table.
const EMBEDDED: &str = "model-families";
/// With fewer tokens a model that thinks may leave none for its answer.
const ENOUGH_FOR_THINKING: u32 = 2_000;

/// The families: the experiment's own rows, then the embedded ones.
pub(super) fn families(cx: &mut Context<'_>, named: Option<&String>) -> Vec<ModelFamily> {
    let mut rows = named.map(|name| own(cx, name)).unwrap_or_default();
    let text = builtin::find(EMBEDDED).map_or("", |builtin| builtin.text);
    let table: FamilyTable = serde_yaml::from_str(text).expect("the embedded table is tested");
    let own: Vec<ModelFamily> = rows.clone();
    // A name that the experiment's own rows know is not looked up further.
    rows.extend(table.families.into_iter().map(|mut family| {
        family.models.retain(|name| family_of(&[&own], name).is_none());
        family
    }));
    rows
}

fn own(cx: &mut Context<'_>, name: &str) -> Vec<ModelFamily> {
    let at = YamlPath::root().key("model_families");
    let read: Option<(FamilyTable, Document)> =
        cx.read_yaml(&at, name, "model families", &schema(SchemaKind::ModelFamilies));
    let Some((table, mut document)) = read else { return Vec::new() };
    if table.format != FORMAT {
        let path = YamlPath::root().key("format");
        let advice = format!("write `{FORMAT}`");
        document.report(&path, At::Value, "not a table of model families this version reads", advice);
    }
    for (index, family) in table.families.iter().enumerate() {
        if !is_day(&family.as_of) {
            let path = YamlPath::root().key("families").index(index).key("as_of");
            document.report(&path, At::Value, "not a day", "write the day on which the source said so");
        }
    }
    cx.elsewhere.append(&mut document.problems);
    table.families
}

/// All warnings about the models of an experiment.
pub(super) fn of_models(
    models: &[Model],
    endpoints: &BTreeMap<String, Endpoint>,
    judges: &[JudgeSpec],
    families: &[ModelFamily],
) -> Vec<String> {
    let served = models.iter().filter_map(|model| match &model.route {
        Route::Endpoint { endpoint, .. } => Some((model, endpoints.get(endpoint)?)),
        Route::Baseline { .. } => None,
    });
    served.flat_map(|(model, endpoint)| of_model(model, endpoint, judges, families)).collect()
}

/// All warnings about a model at its endpoint.
fn of_model(
    model: &Model,
    endpoint: &Endpoint,
    judges: &[JudgeSpec],
    families: &[ModelFamily],
) -> Vec<String> {
    let mut found = Vec::new();
    found.extend(gateway(model, endpoint));
    found.extend(old_version(model, endpoint));
    found.extend(budget_of_thinking(model));
    let Route::Endpoint { model: wire_model, .. } = &model.route else { return found };
    let Some(family) = family_of(&[families], wire_model) else { return found };
    let asks_logprobs = judges.iter().any(|judge| judge.model == model.id && judge.logprobs.is_some());
    let of_family = refusals(model, family, endpoint.dialect, asks_logprobs)
        .into_iter()
        .chain(effort(model, family))
        .chain(room_to_think(model, family))
        .chain(limits(model, family));
    let source = format!("({}, {}, {})", family.family, family.as_of, family.source);
    found.extend(of_family.map(|what| format!("model {}: {what} {source}", model.id)));
    found
}

fn refusals(model: &Model, family: &ModelFamily, dialect: Dialect, asks_logprobs: bool) -> Vec<String> {
    let (decoding, capabilities) = (&model.decoding, &model.capabilities);
    if !family.is_refusing(decoding.reasoning_effort.as_deref()) {
        return Vec::new();
    }
    let old_name =
        dialect.has_max_tokens_field() && capabilities.max_tokens_field == MaxTokensField::MaxTokens;
    let given = [
        ("temperature", decoding.temperature.is_some()),
        ("top_p", decoding.top_p.is_some()),
        ("seed", decoding.seed.is_some()),
        ("stop", !decoding.stop.is_empty()),
        ("max_tokens", decoding.max_tokens.is_some() && old_name),
        ("logprobs", asks_logprobs && capabilities.logprobs),
    ];
    let refused = given.iter().filter(|(name, is_given)| {
        *is_given && family.refuses.contains(*name) && !capabilities.omit.contains(*name)
    });
    let unless = match &family.unless_effort {
        Some(effort) => format!(" unless decoding.reasoning_effort is {effort}"),
        None => String::new(),
    };
    refused
        .map(|(name, _)| match *name {
            "max_tokens" => {
                "its server refuses `max_tokens`; write capabilities: {max_tokens_field: max_completion_tokens}".into()
            }
            "logprobs" => format!("its server refuses log-probabilities{unless}; leave the judge's `logprobs` out"),
            name => format!("its server refuses `{name}`{unless}; leave it out, or write capabilities: {{omit: [{name}]}}"),
        })
        .collect()
}

fn effort(model: &Model, family: &ModelFamily) -> Option<String> {
    let effort = model.decoding.reasoning_effort.as_deref().filter(|effort| !family.takes_effort(effort))?;
    let known = match family.efforts.as_slice() {
        [] => String::new(),
        efforts => format!("; it takes {}", efforts.join(", ")),
    };
    Some(format!("its server refuses reasoning_effort `{effort}`{known}"))
}

fn room_to_think(model: &Model, family: &ModelFamily) -> Option<String> {
    let most = model.decoding.max_tokens.filter(|most| *most < ENOUGH_FOR_THINKING)?;
    let thinks = family.is_thinking(model.decoding.reasoning_effort.as_deref()) == Some(true);
    thinks.then(|| {
        format!(
            "it thinks before it answers, and thinking counts into max_tokens ({most}): replies may be cut or empty; \
             allow {ENOUGH_FOR_THINKING} or more, or a lower reasoning_effort"
        )
    })
}

fn limits(model: &Model, family: &ModelFamily) -> Vec<String> {
    let over = |name: &str, stated: Option<u32>, known: Option<u32>| {
        let (stated, known) = stated.zip(known).filter(|(stated, known)| stated > known)?;
        Some(format!("{name} is {stated}, and its server takes at most {known}"))
    };
    let output = over("max_tokens", model.decoding.max_tokens, family.output_tokens);
    let context =
        over("capabilities.context_tokens", model.capabilities.context_tokens, family.context_tokens);
    output.into_iter().chain(context).collect()
}

/// A budget of thinking tokens that leaves nothing for the answer, or stands beside a temperature.
fn budget_of_thinking(model: &Model) -> Option<String> {
    let decoding = &model.decoding;
    let budget: u32 = decoding.reasoning_effort.as_deref()?.parse().ok()?;
    let most = decoding.max_tokens.filter(|most| *most <= budget)?;
    Some(format!(
        "model {}: the budget of {budget} thinking tokens leaves nothing of max_tokens ({most}) for the answer",
        model.id
    ))
}

/// What `OpenRouter` does with texts and parameters unless it is told otherwise.
fn gateway(model: &Model, endpoint: &Endpoint) -> Option<String> {
    let is_openrouter = endpoint.id == OPENROUTER || endpoint.base_url.contains("://openrouter.ai/");
    let provider = model.decoding.extra_body.get("provider");
    let stated = |name: &str| provider.is_some_and(|provider| provider.get(name).is_some());
    let mut missing = Vec::new();
    if !stated("data_collection") && !stated("zdr") {
        missing
            .push("data_collection (without it, upstream providers that keep or train on texts are allowed)");
    }
    if !stated("require_parameters") {
        missing.push("require_parameters (without it, parameters that a provider does not know are dropped in silence)");
    }
    (is_openrouter && !missing.is_empty()).then(|| {
        format!(
            "model {}: OpenRouter is not told provider.{}; write endpoints: {{{}: {{extra_body: {{provider: \
             {{data_collection: deny, require_parameters: true}}}}}}}}",
            model.id,
            missing.join(" and provider."),
            endpoint.id
        )
    })
}

/// Azure's default version is older than reasoning models.
fn old_version(model: &Model, endpoint: &Endpoint) -> Option<String> {
    let is_old = endpoint.api_version.as_deref() == Some(Dialect::AZURE_VERSION);
    let reasons = model.decoding.reasoning_effort.is_some()
        || model.capabilities.max_tokens_field == MaxTokensField::MaxCompletionTokens;
    (is_old && reasons).then(|| {
        format!(
            "model {}: api_version {} of endpoint `{}` is older than reasoning models; write a newer one, or an address \
             that ends in /openai/v1",
            model.id,
            Dialect::AZURE_VERSION,
            endpoint.id
        )
    })
}
