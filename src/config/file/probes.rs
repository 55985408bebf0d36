//! The `probes` mapping as written.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::domain::{ProbeKind, ProbeLimits};

/// What `corater probe` tests on the judges; not part of a run.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(in crate::config) struct ProbesFile {
    /// Number of recorded sessions to probe with, chosen by the seed.
    #[schemars(range(min = 1, max = 10_000))]
    pub(in crate::config) sessions: u32,
    /// Kinds of probes; if empty, all.
    #[schemars(length(min = 1))]
    pub(in crate::config) kinds: Vec<ProbeKind>,
    /// Ids of the items to probe with; if empty, those in use.
    pub(in crate::config) items: Vec<String>,
    /// Number of draws of the probe `self_consistency`.
    #[schemars(range(min = 2, max = 50))]
    pub(in crate::config) draws: u32,
    /// The texts: a path or `builtin:probes`.
    #[schemars(length(min = 1))]
    pub(in crate::config) texts: String,
    /// Limits to check figures against.
    pub(in crate::config) limits: ProbeLimits,
}

impl Default for ProbesFile {
    fn default() -> Self {
        Self {
            sessions: 4,
            kinds: ProbeKind::ALL.to_vec(),
            items: Vec::new(),
            draws: 3,
            texts: "builtin:probes".into(),
            limits: ProbeLimits::default(),
        }
    }
}
