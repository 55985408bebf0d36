//! Resolves models, the endpoints behind them, and judges.

use std::collections::BTreeMap;

use super::{Context, endpoints, offers, prompts, providers};
use crate::{
    chat::{Capabilities, Decoding},
    config::{
        experiment::{Endpoint, JudgeForm, JudgeSpec, Model, Route},
        file::{ExperimentFile, JudgeFile},
        hints,
        path::YamlPath,
    },
    domain::{RaterId, Rubric},
};

/// Names of scripted counselors.
const COUNSELORS: &[&str] = &["structured", "warm"];
/// Names of scripted aligners, which also grade coherence.
const ALIGNERS: &[&str] = &["bm25"];
/// Names of scripted judges.
const JUDGES: &[&str] = &["judge"];
/// Decoding parameters that `capabilities.omit` may name.
const DECODING_KEYS: &[&str] = &["temperature", "top_p", "max_tokens", "seed", "stop", "reasoning_effort"];

/// Models under `models`, with the endpoints they need.
pub(super) struct Pool {
    pub(super) declared: Vec<Model>,
    pub(super) endpoints: BTreeMap<String, Endpoint>,
}

/// Judges, the models that only they use, and the endpoints of those models.
pub(super) struct Judges {
    pub(super) specs: Vec<JudgeSpec>,
    pub(super) models: Vec<Model>,
    pub(super) endpoints: BTreeMap<String, Endpoint>,
}

/// Role for which a model is named.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum ModelRole {
    Counselor,
    Judge,
    /// Chooses the client's next turn.
    Aligner,
    /// Writes the client's turns.
    Client,
    /// Grades whether client turns answer.
    Grader,
}

/// A model named outside `models`.
#[derive(Clone, Copy)]
pub(super) struct ModelName<'n> {
    /// The id it gets if it needs its own.
    pub(super) id: &'n str,
    /// Its name, as written.
    pub(super) model: &'n str,
    pub(super) decoding: Option<&'n Decoding>,
    pub(super) capabilities: Option<&'n Capabilities>,
    pub(super) part: ModelRole,
}

/// A parsed model name.
enum Name<'n> {
    Baseline(&'n str),
    Served { endpoint: &'n str, model: &'n str },
}

/// Resolves `endpoints` and `models`.
pub(super) fn resolve(cx: &mut Context<'_>, file: &ExperimentFile) -> Pool {
    let root = YamlPath::root();
    let mut known = BTreeMap::new();
    for (id, endpoint) in &file.endpoints {
        let path = root.key("endpoints").key(id);
        cx.check_id(&path, id);
        known.insert(id.clone(), endpoints::declared(cx, &path, id, endpoint));
    }
    let base = root.key("models");
    cx.check_ids(&base, "models", file.models.iter().map(|model| model.id.as_str()));
    let mut declared = Vec::new();
    for (index, model) in file.models.iter().enumerate() {
        let path = base.index(index);
        check_omit(cx, &path, &model.capabilities);
        if let Some(route) = route(cx, &path.key("model"), &model.model, ModelRole::Counselor, &mut known) {
            let model = Model {
                id: model.id.clone(),
                route,
                decoding: model.decoding.clone(),
                capabilities: model.capabilities.clone(),
            };
            declared.push(offers::fitted(cx, &path, model, &known));
        }
    }
    Pool { declared, endpoints: known }
}

/// Resolves `judges`.
pub(super) fn judges(
    cx: &mut Context<'_>,
    files: &[JudgeFile],
    pool: &Pool,
    rubric: Option<&Rubric>,
) -> Judges {
    let base = YamlPath::root().key("judges");
    cx.check_ids(&base, "judges", files.iter().map(|judge| judge.id.as_str()));
    let mut judges = Judges { specs: Vec::new(), models: Vec::new(), endpoints: pool.endpoints.clone() };
    for (index, file) in files.iter().enumerate() {
        let path = base.index(index);
        let model = judging_model(cx, &path, file, pool, &mut judges);
        let template = file.prompt.clone().unwrap_or_else(|| default_prompt(file.form).to_owned());
        let prompt = prompts::judging(cx, &path.key("prompt"), &template, &file.id, file.form, rubric);
        let (Some(model), Some(prompt), Ok(id)) = (model, prompt, RaterId::new(file.id.clone())) else {
            continue;
        };
        let prompt_source = cx.shown_path(&path.key("prompt"), &template);
        let able =
            pool.declared.iter().chain(&judges.models).any(|m| m.id == model && m.capabilities.logprobs);
        if file.logprobs.is_some() && !able {
            let advice =
                "write `capabilities: {logprobs: true}` if its server reports them, or leave `logprobs` out";
            cx.at(&path.key("logprobs"), "the judge's model does not declare that it reports them", advice);
        }
        judges.specs.push(JudgeSpec {
            id,
            model,
            draws: file.draws,
            observations: file.observations,
            form: file.form,
            logprobs: file.logprobs,
            prompt,
            prompt_source,
        });
    }
    judges
}

fn default_prompt(form: JudgeForm) -> &'static str {
    match form {
        JudgeForm::PerItem => "builtin:judge",
        JudgeForm::SingleCall => "builtin:judge-all",
    }
}

/// The id of the model a judge uses: one declared above, or its own.
fn judging_model(
    cx: &mut Context<'_>,
    path: &YamlPath,
    file: &JudgeFile,
    pool: &Pool,
    judges: &mut Judges,
) -> Option<String> {
    let named = ModelName {
        id: &file.id,
        model: &file.model,
        decoding: file.decoding.as_ref(),
        capabilities: file.capabilities.as_ref(),
        part: ModelRole::Judge,
    };
    named_model(cx, path, named, pool, judges)
}

/// The id of a model named at `path.model`: one declared under `models`, or a new one that is added.
pub(super) fn named_model(
    cx: &mut Context<'_>,
    path: &YamlPath,
    named: ModelName<'_>,
    pool: &Pool,
    judges: &mut Judges,
) -> Option<String> {
    if let Some(capabilities) = named.capabilities {
        check_omit(cx, path, capabilities);
    }
    let at = path.key("model");
    let shared = pool.declared.iter().find(|model| model.id == named.model);
    let own = named.decoding.is_some() || named.capabilities.is_some();
    let route = match shared {
        Some(model) if model.is_baseline() => {
            let (cannot, advice) = match named.part {
                ModelRole::Counselor | ModelRole::Judge => ("judge", "write `model: baseline/judge`"),
                ModelRole::Aligner => ("choose client turns", "write `model: baseline/bm25`"),
                ModelRole::Client => ("write client turns", "name a language model"),
                ModelRole::Grader => ("grade client turns", "write `model: baseline/bm25`"),
            };
            cx.at(&at, format!("{} is a scripted counselor and cannot {cannot}", cx.quoted(&at)), advice);
            return None;
        }
        Some(model) if !own => return Some(model.id.clone()),
        Some(model) => model.route.clone(),
        None if !named.model.contains('/') => {
            unknown_model(cx, &at, named.model, pool);
            return None;
        }
        None => route(cx, &at, named.model, named.part, &mut judges.endpoints)?,
    };
    let taken = |id: &str| pool.declared.iter().chain(&judges.models).any(|model| model.id == id);
    let prefix = if named.part == ModelRole::Judge { "judge" } else { "model" };
    let id = if taken(named.id) { format!("{prefix}-{}", named.id) } else { named.id.to_owned() };
    let decoding = named.decoding.cloned().or_else(|| shared.map(|model| model.decoding.clone()));
    let capabilities = named.capabilities.cloned().or_else(|| shared.map(|model| model.capabilities.clone()));
    let model = Model {
        id: id.clone(),
        route,
        decoding: decoding.unwrap_or_default(),
        capabilities: capabilities.unwrap_or_default(),
    };
    judges.models.push(offers::fitted(cx, path, model, &judges.endpoints));
    Some(id)
}

fn unknown_model(cx: &mut Context<'_>, at: &YamlPath, written: &str, pool: &Pool) {
    if cx.document.is_incomplete(&YamlPath::root().key("models")) {
        return;
    }
    let known: Vec<&str> = pool.declared.iter().map(|model| model.id.as_str()).collect();
    let advice = format!("{} Or name it `provider/model`.", hints::for_reference(written, &known));
    cx.at(at, format!("no model with id {}", cx.quoted(at)), advice);
}

fn check_omit(cx: &mut Context<'_>, path: &YamlPath, capabilities: &Capabilities) {
    let path = path.key("capabilities").key("omit");
    for key in &capabilities.omit {
        if !DECODING_KEYS.contains(&key.as_str()) {
            let advice = format!("one of {}", hints::list(DECODING_KEYS.iter().copied()));
            cx.at(&path, "`omit` names something that is no decoding parameter", advice);
        }
    }
}

fn read_name(text: &str) -> Result<Name<'_>, (String, String)> {
    let Some((provider, rest)) = text.split_once('/').filter(|(_, rest)| !rest.is_empty()) else {
        let advice = "write `provider/name`, such as `openai/gpt-4.1`, `openai-api/<endpoint>/<model>`, `baseline/structured`";
        return Err(("a model is named by its provider and its name".into(), advice.into()));
    };
    match provider {
        "baseline" => Ok(Name::Baseline(rest)),
        "openai-api" => match rest.split_once('/') {
            Some((endpoint, model)) if !endpoint.is_empty() && !model.is_empty() => {
                Ok(Name::Served { endpoint, model })
            }
            _ => Err(("the endpoint is missing".into(), "write `openai-api/<endpoint>/<model>`".into())),
        },
        known if providers::is_known(known) => Ok(Name::Served { endpoint: known, model: rest }),
        other => Err(providers::refusal(other)),
    }
}

/// Where a named model is served. An implied endpoint (by the provider, or by `<NAME>_BASE_URL`) is added.
fn route(
    cx: &mut Context<'_>,
    at: &YamlPath,
    text: &str,
    part: ModelRole,
    endpoints: &mut BTreeMap<String, Endpoint>,
) -> Option<Route> {
    let (endpoint, model) = match read_name(text) {
        Err((message, advice)) => {
            cx.at(at, message, advice);
            return None;
        }
        Ok(Name::Baseline(name)) => return baseline(cx, at, name, part),
        Ok(Name::Served { endpoint, model }) => (endpoint, model),
    };
    if !endpoints.contains_key(endpoint) {
        let implied = providers::implied_endpoint(cx, at, endpoint, endpoints)?;
        endpoints.insert(endpoint.to_owned(), implied);
    }
    Some(Route::Endpoint { endpoint: endpoint.to_owned(), model: model.to_owned() })
}

fn baseline(cx: &mut Context<'_>, at: &YamlPath, name: &str, part: ModelRole) -> Option<Route> {
    let (known, what): (&[&str], &str) = match part {
        ModelRole::Counselor => (COUNSELORS, "counselor"),
        ModelRole::Judge => (JUDGES, "judge"),
        ModelRole::Aligner => (ALIGNERS, "aligner"),
        ModelRole::Client => (&[][..], "client"),
        ModelRole::Grader => (ALIGNERS, "grader"),
    };
    if known.contains(&name) {
        return Some(Route::Baseline { name: name.to_owned() });
    }
    let elsewhere = match part {
        ModelRole::Counselor if JUDGES.contains(&name) => "; this one stands under `judges`",
        ModelRole::Judge if COUNSELORS.contains(&name) => "; this one stands under `models`",
        _ => "",
    };
    let full: Vec<String> = known.iter().map(|name| format!("baseline/{name}")).collect();
    if known.is_empty() {
        cx.at(at, format!("there is no scripted {what}"), "name a language model");
        return None;
    }
    let advice = format!("scripted {what}s are {}{elsewhere}", hints::list(full.iter().map(String::as_str)));
    cx.at(at, format!("{} is not a scripted {what}", cx.quoted(at)), advice);
    None
}
