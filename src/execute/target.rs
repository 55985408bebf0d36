//! The address of each model: its line out, and what identifies it in call keys.

use std::{
    collections::BTreeMap,
    num::NonZeroU32,
    sync::{Arc, Mutex, OnceLock},
    time::Duration,
};

use reqwest::Url;
use secrecy::ExposeSecret;

use super::{
    api_key::ApiKey,
    call::{EndpointQueue, prepared},
    client::Client,
    limiter::{EndpointLimits, Limiter},
    opening::Openings,
    options::{ExecuteError, ExecutorOptions, Overrides},
    retry::{LONGEST_RETRY_AFTER, RetryBudget},
    transport::Transport,
};
use crate::{
    baseline,
    chat::{Addressee, Capabilities},
    config::{Endpoint, Limits, Model, Route},
    domain::price::{Price, price_of},
};

/// Who answers.
pub(super) enum TargetLine {
    Baseline(String),
    /// The endpoint's gate, and where requests to this model go.
    Endpoint(Arc<EndpointQueue>, Box<Url>),
}

/// A model and all that a call to it needs.
pub(super) struct Target {
    pub(super) line: TargetLine,
    /// What stands for it in call keys.
    pub(super) addressee: Addressee,
    /// The endpoint's id in records.
    pub(super) endpoint: String,
    pub(super) wire_model: String,
    pub(super) capabilities: Capabilities,
    /// None where it is not known, and for baselines.
    pub(super) price: Option<Price>,
}

impl Target {
    /// The target of a model, behind the gate of its endpoint.
    pub(super) fn of(
        model: &Model,
        endpoints: &BTreeMap<String, Endpoint>,
        gates: &BTreeMap<&str, Arc<EndpointQueue>>,
        prices: &[Price],
    ) -> Result<Self, ExecuteError> {
        match &model.route {
            Route::Baseline { name } => Ok(Self {
                line: TargetLine::Baseline(name.clone()),
                addressee: Addressee::new(
                    &format!("baseline/{name}/{}", baseline::BASELINE_VERSION),
                    name,
                    &Capabilities::default(),
                ),
                endpoint: "baseline".into(),
                wire_model: name.clone(),
                capabilities: Capabilities::default(),
                price: None,
            }),
            Route::Endpoint { endpoint, model: wire_model } => {
                let known = endpoints.get(endpoint).zip(gates.get(endpoint.as_str()));
                let (declared, gate) = known.ok_or_else(|| ExecuteError::UnknownEndpoint {
                    model: model.id.clone(),
                    endpoint: endpoint.clone(),
                })?;
                let url = Box::new(url(declared, wire_model)?);
                Ok(Self {
                    line: TargetLine::Endpoint(Arc::clone(gate), url),
                    addressee: Addressee::new(&declared.identity, wire_model, &model.capabilities),
                    endpoint: endpoint.clone(),
                    wire_model: wire_model.clone(),
                    capabilities: model.capabilities.clone(),
                    price: price_of(prices, endpoint, wire_model).cloned(),
                })
            }
        }
    }
}

/// One gate per endpoint; the HTTP client is made only where it may be used.
pub(super) fn gates<'o>(
    options: &ExecutorOptions<'o>,
) -> Result<BTreeMap<&'o str, Arc<EndpointQueue>>, ExecuteError> {
    let wanted = !options.flags.offline && !options.endpoints.is_empty();
    let client = wanted.then(Client::new).transpose().map_err(|message| ExecuteError::Client { message })?;
    let gate = |endpoint: &'o Endpoint| {
        Ok((endpoint.id.as_str(), Arc::new(gate(endpoint, client.as_ref(), options)?)))
    };
    options.endpoints.values().map(gate).collect()
}

fn gate(
    endpoint: &Endpoint,
    client: Option<&Client>,
    options: &ExecutorOptions<'_>,
) -> Result<EndpointQueue, ExecuteError> {
    let (limits, overrides) = (&endpoint.limits, &options.overrides);
    let key = options.keys.get(&endpoint.id).filter(|key| !key.expose_secret().trim().is_empty());
    let transport = |client: &Client| -> Result<Transport, ExecuteError> {
        if options.local_only && !endpoint.is_local() {
            return Err(ExecuteError::NotLocal { endpoint: endpoint.id.clone() });
        }
        let seconds = overrides.timeout_seconds.unwrap_or(limits.timeout_seconds);
        Ok(Transport {
            client: client.clone(),
            dialect: endpoint.dialect,
            key: key.cloned().map(ApiKey::new),
            extra_headers: endpoint.extra_headers.clone(),
            timeout: Duration::from_secs(u64::from(seconds)),
            clock: options.clock,
        })
    };
    let budget = budget(limits, overrides);
    Ok(EndpointQueue {
        id: endpoint.id.as_str().into(),
        dialect: endpoint.dialect,
        base_url: endpoint.base_url.clone(),
        batch_items: usize::try_from(limits.batch_items).unwrap_or(usize::MAX),
        limiter: Limiter::new(budget),
        prepared: prepared(budget.concurrency),
        transport: client.map(transport).transpose()?,
        retries: RetryBudget::default(),
        max_retries: overrides.max_retries.unwrap_or(limits.max_retries),
        closed: OnceLock::new(),
        refused_models: Mutex::default(),
        openings: Openings::default(),
        missing_key: endpoint.api_key_env.clone().filter(|_| key.is_none()),
    })
}

/// The endpoint's limits, with those of the command line in their place; one of several parts gets its share.
fn budget(limits: &Limits, overrides: &Overrides) -> EndpointLimits {
    let share = |limit: Option<u32>| limit.and_then(|limit| NonZeroU32::new(overrides.share(limit)));
    let stated = |limit: Option<u32>| share(limit.filter(|limit| *limit > 0));
    EndpointLimits {
        concurrency: overrides.share(overrides.concurrency.unwrap_or(limits.concurrency)),
        requests_per_minute: share(overrides.requests_per_minute.map(NonZeroU32::get))
            .or(stated(limits.requests_per_minute)),
        tokens_per_minute: share(overrides.tokens_per_minute.map(NonZeroU32::get))
            .or(stated(limits.tokens_per_minute)),
        input_tokens_per_minute: stated(limits.input_tokens_per_minute),
        output_tokens_per_minute: stated(limits.output_tokens_per_minute),
        longest_pause: LONGEST_RETRY_AFTER,
    }
}

/// Where requests to a model of this endpoint go.
pub(super) fn url(endpoint: &Endpoint, wire_model: &str) -> Result<Url, ExecuteError> {
    let base = &endpoint.base_url;
    let path = endpoint.dialect.path(base, wire_model, endpoint.api_version.as_deref());
    format!("{base}{path}").parse().map_err(|error| ExecuteError::BadUrl {
        endpoint: endpoint.id.clone(),
        message: ToString::to_string(&error),
    })
}
