//! Lines before the first call: where text is sent and with what, what is worth knowing of the models, and the limits of one
//! part of a run.

use std::{collections::BTreeMap, fmt::Write as _, num::NonZeroU32};

use super::super::{call_args::CallArgs, progress::Progress};
use crate::{
    config::{Endpoint, Environment, Experiment, Model, Route},
    execute::Overrides,
    pipeline::{Study, run::Shard},
};

/// Announces where transcript text will be sent, before any is sent.
pub(super) fn destinations(
    experiment: &Experiment,
    calls: &CallArgs,
    environment: &Environment,
    progress: &Progress,
) {
    if calls.offline {
        return;
    }
    for endpoint in experiment.endpoints.values().filter(|endpoint| is_used(experiment, endpoint)) {
        let through = environment.proxy_for(endpoint);
        let through = through.map(|(name, proxy)| format!(", through the proxy {proxy} of {name}"));
        let through = through.unwrap_or_default();
        let added = added(experiment, endpoint);
        progress.note(&format!("destination: {} ({}){through}{added}", endpoint.base_url, endpoint.id));
    }
    for warning in &experiment.warnings {
        progress.note(&format!("warning: {warning}"));
    }
}

/// True if a model of the experiment is behind the endpoint.
fn is_used(experiment: &Experiment, endpoint: &Endpoint) -> bool {
    let is_behind =
        |m: &Model| matches!(&m.route, Route::Endpoint { endpoint: id, .. } if *id == endpoint.id);
    experiment.models.iter().any(is_behind)
}

/// What requests to an endpoint carry besides what the program writes itself.
fn added(experiment: &Experiment, endpoint: &Endpoint) -> String {
    let mut said = String::new();
    let mut by_body: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    let models = experiment.models.iter();
    let here =
        models.filter(|m| matches!(&m.route, Route::Endpoint { endpoint: id, .. } if *id == endpoint.id));
    for model in here {
        let body = serde_json::Value::Object(model.decoding.extra_body.clone()).to_string();
        by_body.entry(body).or_default().push(&model.id);
    }
    let is_shared = by_body.len() == 1;
    for (body, models) in by_body.iter().filter(|(body, _)| *body != "{}") {
        let whose = if is_shared { String::new() } else { format!(" of {}", models.join(", ")) };
        let _ = write!(said, ", every request{whose} with {body}");
    }
    if !endpoint.extra_headers.is_empty() {
        let headers: Vec<String> =
            endpoint.extra_headers.iter().map(|(name, value)| format!("{name}: {value}")).collect();
        let _ = write!(said, ", with the headers {}", headers.join(", "));
    }
    said
}

/// The limits that one part of a run keeps to, in a line.
pub(super) fn share(study: &Study, shard: Shard, overrides: &Overrides) -> String {
    let experiment = &study.experiment;
    let mut said: Vec<String> = Vec::new();
    for endpoint in experiment.endpoints.values().filter(|endpoint| is_used(experiment, endpoint)) {
        let limits = &endpoint.limits;
        let in_flight = overrides.share(overrides.concurrency.unwrap_or(limits.concurrency));
        let per_minute = [
            (overrides.requests_per_minute.map(NonZeroU32::get).or(limits.requests_per_minute), "requests"),
            (overrides.tokens_per_minute.map(NonZeroU32::get).or(limits.tokens_per_minute), "tokens"),
            (limits.input_tokens_per_minute, "prompt tokens"),
            (limits.output_tokens_per_minute, "generated tokens"),
        ];
        let stated = per_minute.iter().filter_map(|(limit, what)| Some((overrides.share((*limit)?), what)));
        let stated: Vec<String> = stated.map(|(limit, what)| format!(", {limit} {what}/min")).collect();
        said.push(format!("{}: {in_flight} in flight{}", endpoint.id, stated.concat()));
    }
    let cost = experiment.budget.max_cost.map(|whole| format!("at most {}", whole.part(shard.parts())));
    said.extend(cost);
    format!("part {shard}: limits and budget are divided by {}: {}", shard.parts(), said.join("; "))
}
