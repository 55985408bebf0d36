//! Options from which an executor is made, and why it cannot be.

use std::{collections::BTreeMap, num::NonZeroU32};

use secrecy::SecretString;

use super::{clock::Clock, event::Event, spend::SpendLimits, stop::Stop};
use crate::{
    config::{Endpoint, Model},
    domain::Price,
    store::{Ledger, StoreError},
};

/// Who hears of every event.
pub type CallListener = Box<dyn Fn(&Event) + Send + Sync>;

/// How known calls are treated.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LedgerPolicy {
    /// Refuse every socket: what the ledger does not know fails as `Offline`.
    pub offline: bool,
    /// Ask again what the ledger knows, once per run; the newest reply wins. Without effect offline.
    pub no_cache: bool,
    /// Try calls again that failed for good.
    pub retry_errors: bool,
}

impl LedgerPolicy {
    /// Whether anything that the ledger knows is to be asked again.
    pub fn asks_anew(self) -> bool {
        !self.offline && (self.no_cache || self.retry_errors)
    }
}

/// Limits of the command line; each replaces the one of every endpoint.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Overrides {
    /// Retries after the first try; 0 means none.
    pub max_retries: Option<u32>,
    /// Most calls in flight.
    pub concurrency: Option<u32>,
    /// Requests per minute.
    pub requests_per_minute: Option<NonZeroU32>,
    /// Tokens per minute.
    pub tokens_per_minute: Option<NonZeroU32>,
    /// Seconds a call may take.
    pub timeout_seconds: Option<u32>,
    /// Number of parts that run at the same time on other machines and share every limit; `None` for one.
    pub parts: Option<NonZeroU32>,
}

impl Overrides {
    /// The share of a limit that one of the parts may use, at least 1.
    pub fn share(&self, limit: u32) -> u32 {
        self.parts.map_or(limit, |parts| (limit / parts).max(1))
    }
}

/// What an executor needs.
pub struct ExecutorOptions<'o> {
    /// Every model that may be asked.
    pub models: &'o [Model],
    /// Endpoints by id.
    pub endpoints: &'o BTreeMap<String, Endpoint>,
    /// The ledger.
    pub ledger: Ledger,
    /// Keys by the endpoint's id. One that is declared but not here fails a call that needs it, not the run: the
    /// ledger may know every call.
    pub keys: BTreeMap<String, SecretString>,
    /// The wall clock.
    pub clock: Clock,
    /// Seed of the jitter of retries.
    pub seed: u64,
    /// How known calls are treated.
    pub flags: LedgerPolicy,
    /// Limits of the command line.
    pub overrides: Overrides,
    /// Prices; a model without one has an unknown cost.
    pub prices: &'o [Price],
    /// Most that the calls may cost, longest that they may take.
    pub spend: SpendLimits,
    /// Refuse endpoints that are not on this machine.
    pub local_only: bool,
    /// Who hears of every event.
    pub on_event: CallListener,
    /// The switch that ends the run early.
    pub stop: Stop,
}

/// Why an executor cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum ExecuteError {
    /// A model names an endpoint that does not exist.
    #[error("model `{model}`: no endpoint with id `{endpoint}`")]
    UnknownEndpoint {
        /// The model.
        model: String,
        /// What it names.
        endpoint: String,
    },
    /// A base URL that is none.
    #[error("endpoint `{endpoint}`: base_url is not a URL: {message}")]
    BadUrl {
        /// The endpoint.
        endpoint: String,
        /// What is wrong with it.
        message: String,
    },
    /// An endpoint elsewhere, where none may be.
    #[error("endpoint `{endpoint}` is not on this machine, and local_only is set")]
    NotLocal {
        /// The endpoint.
        endpoint: String,
    },
    /// No HTTP client.
    #[error("cannot set up HTTPS: {message}")]
    Client {
        /// What is wrong.
        message: String,
    },
    /// The ledger failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl std::fmt::Debug for ExecutorOptions<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ExecutorOptions").field("flags", &self.flags).finish_non_exhaustive()
    }
}
