//! The `doctor` verb: checks everything a run depends on besides its experiment: ledger, keys, endpoints, proxies.
//! Sends one request for each judge and each other model, and only to endpoints that the experiment uses.

mod questions;

use std::{collections::BTreeMap, path::Path, time::Duration};

use secrecy::SecretString;
use serde::Serialize;

use self::questions::Question;
use super::{PipelineError, disk, keys};
use crate::{
    chat::{FailureKind, Reply},
    config::{Endpoint, Environment, Experiment, Model, Route},
    execute::{Probe, probe},
    store::{self, Disk, LedgerHealth, ledger_health},
};

/// Version of the JSON.
pub const FORMAT: &str = "corater-doctor/1";
/// The ledger's file in the folder of runs.
const LEDGER: &str = "ledger.db";

/// Result of all checks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Diagnosis {
    /// Version of this JSON.
    pub format: &'static str,
    /// Version of the program.
    pub version: &'static str,
    /// True if nothing would make a run fail.
    pub healthy: bool,
    /// All checks.
    pub checks: Vec<Check>,
}

/// Result of one check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Check {
    /// Kind of the check: `ledger`, `disk`, `warning`, `key`, `endpoint`, `model`, `judge`.
    pub check: &'static str,
    /// What was checked, such as the id of an endpoint.
    pub subject: String,
    /// Whether it passed.
    pub state: CheckState,
    /// Explanation, with the next step if it failed.
    pub message: String,
    /// Facts by key: limits from the server's headers, the model that answered.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub facts: BTreeMap<String, String>,
}

/// State of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckState {
    /// In order.
    Passed,
    /// It would make a run fail.
    Failed,
    /// Not checked.
    Skipped,
}

/// Scope of the checks.
#[derive(Debug, Clone, Copy)]
pub struct DoctorCheck<'l> {
    /// The folder of runs.
    pub runs: &'l Path,
    /// Variables of the process itself; only these determine proxies.
    pub process: &'l Environment,
    /// True to send no request.
    pub offline: bool,
    /// Maximum time for a server to answer.
    pub timeout: Duration,
}

/// Checks everything that a run of `experiment` depends on; without an experiment, only the ledger.
///
/// # Errors
/// HTTPS cannot be set up.
pub async fn examine(
    experiment: Option<&Experiment>,
    environment: &Environment,
    look: DoctorCheck<'_>,
) -> Result<Diagnosis, PipelineError> {
    let mut checks = vec![ledger(look.runs).await];
    checks.extend(disk_check(look.runs, store::disk(look.runs)));
    if let Some(experiment) = experiment {
        checks.extend(experiment.warnings.iter().map(|warning| warned(warning)));
        let found = keys::keys(experiment, environment);
        for endpoint in experiment.endpoints.values() {
            let questions = questions::of(experiment, endpoint);
            if questions.is_empty() {
                continue;
            }
            let key = found.get(&endpoint.id).cloned();
            checks.extend(key_check(endpoint, key.is_some()));
            let mut of_endpoint = if look.offline {
                vec![skipped(endpoint, "no request is sent (offline)")]
            } else if endpoint.api_key_env.is_some() && key.is_none() {
                vec![skipped(endpoint, "not asked without its key")]
            } else {
                asked(experiment, endpoint, &questions, key, look.timeout).await?
            };
            if let Some((variable, address)) = look.process.proxy_for(endpoint) {
                of_endpoint[0].facts.insert("proxy".into(), format!("{address} ({variable})"));
            }
            checks.extend(of_endpoint);
        }
    }
    let healthy = checks.iter().all(|check| check.state != CheckState::Failed);
    Ok(Diagnosis { format: FORMAT, version: env!("CARGO_PKG_VERSION"), healthy, checks })
}

/// A warning of the experiment. It stops nothing.
fn warned(warning: &str) -> Check {
    Check {
        check: "warning",
        subject: "experiment".into(),
        state: CheckState::Passed,
        message: warning.to_owned(),
        facts: BTreeMap::new(),
    }
}

async fn ledger(runs: &Path) -> Check {
    let path = runs.join(LEDGER);
    let (state, message) = match ledger_health(&path).await {
        Ok(LedgerHealth::Absent { folder }) => {
            (CheckState::Passed, format!("none yet; {} can be written", folder.display()))
        }
        Ok(LedgerHealth::Present { version, latest, calls }) => {
            let later = if version < latest {
                format!(", brought to {latest} when it is next used")
            } else {
                String::new()
            };
            (CheckState::Passed, format!("schema {version}{later}, {calls} calls, can be written"))
        }
        Err(error) => (CheckState::Failed, error.to_string()),
    };
    Check { check: "ledger", subject: path.display().to_string(), state, message, facts: BTreeMap::new() }
}

/// A caution about the ledger's disk; `None` if it is local.
fn disk_check(runs: &Path, disk: Disk) -> Option<Check> {
    let (state, message) = match disk::verdict(runs, disk) {
        Ok(warning) => (CheckState::Passed, warning?),
        Err(message) => (CheckState::Failed, message),
    };
    Some(Check { check: "disk", subject: runs.display().to_string(), state, message, facts: BTreeMap::new() })
}

/// Whether the key's variable is set; `None` if no key is needed.
fn key_check(endpoint: &Endpoint, is_set: bool) -> Option<Check> {
    let variable = endpoint.api_key_env.clone()?;
    let (state, message) = if is_set {
        (CheckState::Passed, "set".to_owned())
    } else {
        (
            CheckState::Failed,
            format!("not set; endpoint `{}` needs it, in the environment or an env file", endpoint.id),
        )
    };
    Some(Check { check: "key", subject: variable, state, message, facts: BTreeMap::new() })
}

fn skipped(endpoint: &Endpoint, why: &str) -> Check {
    Check {
        check: "endpoint",
        subject: endpoint.id.clone(),
        state: CheckState::Skipped,
        message: why.to_owned(),
        facts: about(endpoint),
    }
}

fn about(endpoint: &Endpoint) -> BTreeMap<String, String> {
    let facts = [("address", endpoint.base_url.as_str()), ("dialect", endpoint.dialect.name())];
    facts.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// Asks an endpoint its questions: the first check is the endpoint's, each further one a model's or a judge's. Ends early
/// where no answer can be expected.
async fn asked(
    experiment: &Experiment,
    endpoint: &Endpoint,
    questions: &[Question<'_>],
    key: Option<SecretString>,
    timeout: Duration,
) -> Result<Vec<Check>, PipelineError> {
    let mut checks = Vec::new();
    for question in questions {
        let ask = |again| {
            let request = question.request(experiment, again);
            let key = key.clone();
            async move { probe(endpoint, question.model, key, timeout, &request).await }
        };
        let mut found = ask(false).await?;
        if found.outcome.as_ref().is_ok_and(|reply| question.is_cut(reply)) {
            found = ask(true).await?;
        }
        let is_over = found.outcome.as_ref().is_err_and(|failure| is_of_endpoint(failure.kind));
        checks.push(check(endpoint, question, found, checks.is_empty()));
        if is_over {
            break;
        }
    }
    Ok(checks)
}

/// True for failures that concern every model of an endpoint.
fn is_of_endpoint(kind: FailureKind) -> bool {
    kind.is_retryable() || matches!(kind, FailureKind::KeyRefused | FailureKind::QuotaExhausted)
}

fn check(endpoint: &Endpoint, question: &Question<'_>, probe: Probe, is_first: bool) -> Check {
    let said = match &probe.outcome {
        Ok(reply) => {
            question.verdict(reply).map(|more| answered(question.model, reply, probe.latency) + &more)
        }
        Err(failure) => Err(failure.message.clone()),
    };
    let (state, message) = match said {
        Ok(message) => (CheckState::Passed, message),
        Err(message) => (CheckState::Failed, message),
    };
    let mut facts = if is_first { about(endpoint) } else { BTreeMap::new() };
    if let Ok(Reply { answered_by: Some(name), .. }) = &probe.outcome {
        facts.insert("answered_by".into(), name.clone());
    }
    facts.insert("latency_ms".into(), probe.latency.as_millis().to_string());
    facts.extend(probe.limits);
    let (check, subject) = if is_first { ("endpoint", endpoint.id.as_str()) } else { question.subject() };
    Check { check, subject: subject.to_owned(), state, message, facts }
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
