//! Owns the check of everything a run depends on outside its experiment: ledger, keys, endpoints, proxies. At most one
//! cheap request per endpoint, and only to endpoints that the experiment uses.

use std::{collections::BTreeMap, path::Path, time::Duration};

use serde::Serialize;

use super::{PipelineError, disk, keys};
use crate::{
    chat::Reply,
    config::{Endpoint, Environment, Experiment, Model, Route},
    execute::{Probe, probe},
    store::{self, Disk, LedgerHealth, ledger_health},
};

/// Version of the JSON.
pub const FORMAT: &str = "corater-doctor/1";
/// The ledger's file in the folder of runs.
const LEDGER: &str = "ledger.db";

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Diagnosis {
    /// Version of this JSON.
    pub format: &'static str,
    /// Version of the program.
    pub version: &'static str,
    /// True when nothing stands in the way of a run.
    pub healthy: bool,
    /// Each check.
    pub checks: Vec<Check>,
}

/// One check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Check {
    /// What kind of thing: `ledger`, `disk`, `key`, `endpoint`.
    pub check: &'static str,
    /// Which one.
    pub subject: String,
    /// How it is.
    pub state: State,
    /// In words, with the next step where it failed.
    pub message: String,
    /// Figures and names by key: limits as the server's headers give them, the model that answered.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub facts: BTreeMap<String, String>,
}

/// How something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// As it should be.
    Passed,
    /// It stands in the way of a run.
    Failed,
    /// Not looked at.
    Skipped,
}

/// Where to look.
#[derive(Debug, Clone, Copy)]
pub struct Look<'l> {
    /// The folder of runs.
    pub runs: &'l Path,
    /// The variables of the process itself, which alone decide about proxies.
    pub process: &'l Environment,
    /// No request is sent.
    pub offline: bool,
    /// How long a server may take.
    pub timeout: Duration,
}

/// Looks at everything that a run of `experiment` depends on; without one, at the ledger alone.
///
/// # Errors
/// HTTPS cannot be set up at all.
pub async fn examine(
    experiment: Option<&Experiment>,
    environment: &Environment,
    look: Look<'_>,
) -> Result<Diagnosis, PipelineError> {
    let mut checks = vec![ledger(look.runs).await];
    checks.extend(disk_check(look.runs, store::disk(look.runs)));
    if let Some(experiment) = experiment {
        let found = keys::keys(experiment, environment);
        for endpoint in experiment.endpoints.values() {
            let Some(model) = first_model(experiment, endpoint) else { continue };
            let key = found.get(&endpoint.id).cloned();
            checks.extend(key_check(endpoint, key.is_some()));
            let proxy = look.process.proxy_for(endpoint);
            let mut check = if look.offline {
                skipped(endpoint, "no request is sent (offline)")
            } else if endpoint.api_key_env.is_some() && key.is_none() {
                skipped(endpoint, "not asked without its key")
            } else {
                asked(endpoint, model, probe(endpoint, model, key, look.timeout).await?)
            };
            if let Some((variable, address)) = proxy {
                check.facts.insert("proxy".into(), format!("{address} ({variable})"));
            }
            checks.push(check);
        }
    }
    let healthy = checks.iter().all(|check| check.state != State::Failed);
    Ok(Diagnosis { format: FORMAT, version: env!("CARGO_PKG_VERSION"), healthy, checks })
}

fn first_model<'e>(experiment: &'e Experiment, endpoint: &Endpoint) -> Option<&'e Model> {
    let is_there =
        |model: &&Model| matches!(&model.route, Route::Endpoint { endpoint: id, .. } if *id == endpoint.id);
    experiment.models.iter().find(is_there)
}

async fn ledger(runs: &Path) -> Check {
    let path = runs.join(LEDGER);
    let (state, message) = match ledger_health(&path).await {
        Ok(LedgerHealth::Absent { folder }) => {
            (State::Passed, format!("none yet; {} can be written", folder.display()))
        }
        Ok(LedgerHealth::Present { version, latest, calls }) => {
            let later = if version < latest {
                format!(", brought to {latest} when it is next used")
            } else {
                String::new()
            };
            (State::Passed, format!("schema {version}{later}, {calls} calls, can be written"))
        }
        Err(error) => (State::Failed, error.to_string()),
    };
    Check { check: "ledger", subject: path.display().to_string(), state, message, facts: BTreeMap::new() }
}

/// What is to be known of the disk that the ledger lies on; nothing of a local one.
fn disk_check(runs: &Path, disk: Disk) -> Option<Check> {
    let (state, message) = match disk::verdict(runs, disk) {
        Ok(warning) => (State::Passed, warning?),
        Err(message) => (State::Failed, message),
    };
    Some(Check { check: "disk", subject: runs.display().to_string(), state, message, facts: BTreeMap::new() })
}

/// Whether the key's variable is set; nothing to say where no key is wanted.
fn key_check(endpoint: &Endpoint, is_set: bool) -> Option<Check> {
    let variable = endpoint.api_key_env.clone()?;
    let (state, message) = if is_set {
        (State::Passed, "set".to_owned())
    } else {
        (
            State::Failed,
            format!("not set; endpoint `{}` needs it, in the environment or an env file", endpoint.id),
        )
    };
    Some(Check { check: "key", subject: variable, state, message, facts: BTreeMap::new() })
}

fn skipped(endpoint: &Endpoint, why: &str) -> Check {
    Check {
        check: "endpoint",
        subject: endpoint.id.clone(),
        state: State::Skipped,
        message: why.to_owned(),
        facts: about(endpoint),
    }
}

fn about(endpoint: &Endpoint) -> BTreeMap<String, String> {
    let facts = [("address", endpoint.base_url.as_str()), ("dialect", endpoint.dialect.name())];
    facts.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

fn asked(endpoint: &Endpoint, model: &Model, probe: Probe) -> Check {
    let (state, message) = match &probe.outcome {
        Ok(reply) => (State::Passed, answered(model, reply, probe.latency)),
        Err(failure) => (State::Failed, failure.message.clone()),
    };
    let mut facts = about(endpoint);
    if let Ok(Reply { answered_by: Some(name), .. }) = &probe.outcome {
        facts.insert("answered_by".into(), name.clone());
    }
    facts.insert("latency_ms".into(), probe.latency.as_millis().to_string());
    facts.extend(probe.limits);
    Check { check: "endpoint", subject: endpoint.id.clone(), state, message, facts }
}

fn answered(model: &Model, reply: &Reply, latency: Duration) -> String {
    let wanted = match &model.route {
        Route::Endpoint { model, .. } => model.as_str(),
        Route::Baseline { name } => name.as_str(),
    };
    let by = match reply.answered_by.as_deref() {
        Some(name) if name == wanted => String::new(),
        Some(name) => format!(" as `{name}`"),
        None => " and does not say which model it is".to_owned(),
    };
    format!("`{wanted}` answered{by} in {:.1} s", latency.as_secs_f64())
}
