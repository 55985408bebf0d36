//! One request outside any run, to find out whether a model answers: not recorded, and never sent again.

use std::{collections::BTreeMap, time::Duration};

use reqwest::{Method, header::HeaderMap};
use secrecy::SecretString;
use tokio::time::Instant;

use super::{
    api_key::ApiKey,
    client::Client,
    clock::Clock,
    options::ExecuteError,
    target::url,
    transport::{RequestBody, Transport},
};
use crate::{
    chat::{Failure, Reply, Request},
    config::{Endpoint, Model, Route},
    provider::failure::own_words,
};

/// Most bytes of the reply.
const MOST_BYTES: usize = 1024 * 1024;
/// Most characters of what a server says of a failure.
const MOST_SHOWN: usize = 1_000;
/// How names of headers about limits begin.
const LIMITS: [&str; 3] = ["x-ratelimit-", "anthropic-ratelimit-", "ratelimit-"];

/// What a probe found.
#[derive(Debug)]
pub struct Probe {
    /// The reply, or why there is none.
    pub outcome: Result<Reply, Failure>,
    /// From the first byte sent to the last received.
    pub latency: Duration,
    /// Headers about limits, as they came.
    pub limits: BTreeMap<String, String>,
}

/// Sends one question to a model over its endpoint. It must hold nothing of a study: what the server says of a failure is
/// shown.
///
/// # Errors
/// HTTPS cannot be set up, or the endpoint's address is none.
pub async fn probe(
    endpoint: &Endpoint,
    model: &Model,
    key: Option<SecretString>,
    timeout: Duration,
    request: &Request,
) -> Result<Probe, ExecuteError> {
    let client = Client::new().map_err(|message| ExecuteError::Client { message })?;
    let wire_model = match &model.route {
        Route::Endpoint { model, .. } => model.as_str(),
        Route::Baseline { name } => name.as_str(),
    };
    let url = url(endpoint, wire_model)?;
    let key = key.map(ApiKey::new);
    let extra_headers = endpoint.extra_headers.clone();
    let transport =
        Transport { client, dialect: endpoint.dialect, key, extra_headers, timeout, clock: Clock::System };
    let body = endpoint.dialect.encode(request, wire_model, &model.capabilities).get().as_bytes().to_vec();
    let start = Instant::now();
    let load = RequestBody { method: Method::POST, content_type: "application/json", body, most: MOST_BYTES };
    let sent = transport.carry(&url, load).await;
    let latency = start.elapsed();
    Ok(match sent {
        Ok((response, headers)) => {
            let decoded = endpoint.dialect.decode(request, &response);
            let outcome = decoded.map_err(|failure| with_own_words(failure, &response.body));
            Probe { outcome, latency, limits: limits(&headers) }
        }
        Err(failure) => Probe { outcome: Err(failure), latency, limits: BTreeMap::new() },
    })
}

/// The failure with what the server said of it: nothing of a study was sent, so nothing of one can come back.
fn with_own_words(failure: Failure, body: &[u8]) -> Failure {
    let Some(words) = own_words(body).filter(|words| !words.is_empty()) else { return failure };
    let shown: String = words.chars().take(MOST_SHOWN).collect();
    Failure { message: format!("{}; the server says: {shown}", failure.message), ..failure }
}

fn limits(headers: &HeaderMap) -> BTreeMap<String, String> {
    let about_limits = |name: &str| LIMITS.iter().any(|start| name.starts_with(start));
    let named = headers.iter().filter(|(name, _)| about_limits(name.as_str()));
    named.filter_map(|(name, value)| Some((name.to_string(), value.to_str().ok()?.to_owned()))).collect()
}
