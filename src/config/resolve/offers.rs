//! Checks what a model is asked for against what its endpoint's dialect can carry. Anything unsupported is rejected
//! when the experiment is loaded, never silently dropped from a request.

use std::collections::BTreeMap;

use super::Context;
use crate::{
    chat::{Decoding, MaxTokensField, StructuredOutput},
    config::{
        experiment::{Endpoint, Model, Route},
        file::EndpointFile,
        path::YamlPath,
    },
    provider::Dialect,
};

/// `OpenAI`'s own servers, which reject length limits in schemas.
const OPENAI_HOST: &str = "https://api.openai.com";

/// True for the address of Azure's interface without versions.
pub(super) fn is_azure_v1(base_url: &str) -> bool {
    base_url.ends_with("/openai/v1")
}

/// The interface version of an endpoint: the one given, the provider's, or the dialect's default.
pub(super) fn api_version(
    cx: &mut Context<'_>,
    path: &YamlPath,
    file: &EndpointFile,
    dialect: Dialect,
    base_url: &str,
    of_provider: Option<String>,
) -> Option<String> {
    let is_azure = dialect == Dialect::AzureOpenai;
    let given = file.api_version.clone();
    if given.is_some() && !is_azure {
        let message = format!("`{}` has no version to choose", dialect.name());
        cx.at(&path.key("api_version"), message, "leave it out; only `azure_openai` takes one");
    }
    if given.as_deref().is_some_and(|version| version.trim().is_empty()) {
        cx.at(
            &path.key("api_version"),
            "expected a version, found an empty text",
            format!("such as {}", Dialect::AZURE_VERSION),
        );
    }
    let default = || (!is_azure_v1(base_url)).then(|| Dialect::AZURE_VERSION.to_owned());
    if is_azure { given.or(of_provider).or_else(default) } else { None }
}

/// The model adjusted to its server. What the dialect cannot carry is reported as a problem of the file.
pub(super) fn fitted(
    cx: &mut Context<'_>,
    path: &YamlPath,
    mut model: Model,
    endpoints: &BTreeMap<String, Endpoint>,
) -> Model {
    let Route::Endpoint { endpoint, .. } = &model.route else { return model };
    let Some(endpoint) = endpoints.get(endpoint) else { return model };
    for (name, value) in &endpoint.extra_body {
        model.decoding.extra_body.entry(name).or_insert_with(|| value.clone());
    }
    check_extra(cx, path, &model, endpoint);
    check_decoding(cx, path, &model, endpoint.dialect);
    check_capabilities(cx, path, &model, endpoint.dialect);
    let is_openais =
        endpoint.base_url == OPENAI_HOST || endpoint.base_url.starts_with(&format!("{OPENAI_HOST}/"));
    if is_openais && model.capabilities.structured_output == StructuredOutput::JsonSchema {
        model.capabilities.structured_output = StructuredOutput::JsonSchemaSubset;
    }
    model
}

/// Reports an extra field that the program writes itself, where it is written: at the model or at its endpoint.
fn check_extra(cx: &mut Context<'_>, path: &YamlPath, model: &Model, endpoint: &Endpoint) {
    let Some(field) = endpoint.dialect.refused_extra(&model.decoding) else { return };
    let of_endpoint = Decoding { extra_body: endpoint.extra_body.clone(), ..model.decoding.clone() };
    let at = if endpoint.dialect.refused_extra(&of_endpoint).is_some() {
        YamlPath::root().key("endpoints").key(&endpoint.id).key("extra_body")
    } else {
        path.key("decoding").key("extra_body")
    };
    let message =
        format!("the program writes the field `{field}` itself, or could not read the reply with it");
    cx.at(&at, message, "leave it out; decoding and capabilities have keys of their own");
}

fn check_decoding(cx: &mut Context<'_>, path: &YamlPath, model: &Model, dialect: Dialect) {
    let name = dialect.name();
    for key in given(&model.decoding) {
        if !dialect.takes(key) && !model.capabilities.omit.contains(key) {
            let advice = format!(
                "leave it out, or say `capabilities: {{omit: [{key}]}}` where the decoding is shared"
            );
            cx.at(&path.key("decoding").key(key), format!("`{name}` has no place for `{key}`"), advice);
        }
    }
    let hottest = dialect.hottest();
    if model.decoding.temperature.is_some_and(|temperature| temperature > hottest) {
        let advice = format!("`{name}` takes 0 to {hottest}");
        cx.at(
            &path.key("decoding").key("temperature"),
            "this temperature is too high for the server",
            advice,
        );
    }
    let is_limited = model.decoding.max_tokens.is_some() && !model.capabilities.omit.contains("max_tokens");
    if dialect.needs_max_tokens() && !is_limited {
        let message = format!("`{name}` wants a limit on the tokens to generate with every request");
        cx.at(path, message, "write `decoding: {max_tokens: 1000}`, or what a reply may take");
    }
}

fn check_capabilities(cx: &mut Context<'_>, path: &YamlPath, model: &Model, dialect: Dialect) {
    let at = |key: &str| path.key("capabilities").key(key);
    let name = dialect.name();
    if model.capabilities.logprobs && !dialect.offers_logprobs() {
        cx.at(&at("logprobs"), format!("`{name}` gives no log-probabilities"), "leave it out");
    }
    if model.capabilities.max_tokens_field != MaxTokensField::default() && !dialect.has_max_tokens_field() {
        let message = format!("`{name}` has one name for this limit only");
        cx.at(&at("max_tokens_field"), message, "leave it out");
    }
}

/// Keys of the decoding parameters that are set.
fn given(decoding: &Decoding) -> Vec<&'static str> {
    let parameters = [
        ("temperature", decoding.temperature.is_some()),
        ("top_p", decoding.top_p.is_some()),
        ("max_tokens", decoding.max_tokens.is_some()),
        ("seed", decoding.seed.is_some()),
        ("stop", !decoding.stop.is_empty()),
        ("reasoning_effort", decoding.reasoning_effort.is_some()),
    ];
    parameters.into_iter().filter(|(_, is_given)| *is_given).map(|(key, _)| key).collect()
}
