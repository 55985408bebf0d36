//! Arguments of every command that loads an experiment.

use std::{num::NonZeroU32, path::PathBuf};

use clap::Args;

use crate::plan::SessionLimit;

/// Selection of a study, and how much of it.
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
#[derive(Debug, Args)]
pub(super) struct StudyArgs {
    /// Experiment: a YAML file, or builtin:quickstart
    #[arg(value_name = "EXPERIMENT", required_unless_present = "config")]
    pub(super) experiment: Option<String>,
    /// Experiment, as a flag
    #[arg(short, long, value_name = "EXPERIMENT", conflicts_with = "experiment", env = "CORATER_CONFIG")]
    pub(super) config: Option<String>,
    /// Use only the first N sessions in id order, or sessions a to b
    #[arg(long, value_name = "N|a-b", env = "CORATER_LIMIT")]
    pub(super) limit: Option<SessionLimit>,
    /// Repeats of each reconstruction, instead of the experiment's
    #[arg(long, value_name = "N", env = "CORATER_EPOCHS")]
    pub(super) epochs: Option<NonZeroU32>,
    /// Seed of every random choice, instead of the experiment's
    #[arg(long, value_name = "N", env = "CORATER_SEED")]
    pub(super) seed: Option<u64>,
    /// Use only these models (patterns with *, comma-separated)
    #[arg(long, value_name = "IDS", value_delimiter = ',', env = "CORATER_FILTER_MODELS")]
    pub(super) filter_models: Vec<String>,
    /// Use only these prompt variants
    #[arg(long, value_name = "IDS", value_delimiter = ',', env = "CORATER_FILTER_PROMPTS")]
    pub(super) filter_prompts: Vec<String>,
    /// Use only these sessions
    #[arg(long, value_name = "IDS", value_delimiter = ',', env = "CORATER_FILTER_SESSIONS")]
    pub(super) filter_sessions: Vec<String>,
    /// Use only these items
    #[arg(long, value_name = "IDS", value_delimiter = ',', env = "CORATER_FILTER_ITEMS")]
    pub(super) filter_items: Vec<String>,
    /// Change the experiment: a.b=value (repeatable)
    #[arg(long, value_name = "PATH=VALUE")]
    pub(super) set: Vec<String>,
    /// Label the run: key=value (repeatable)
    #[arg(long, value_name = "KEY=VALUE")]
    pub(super) tag: Vec<String>,
    /// Read variables from this file
    #[arg(long, value_name = "FILE", env = "CORATER_ENV_FILE")]
    pub(super) env_file: Option<PathBuf>,
    /// Read flag reviews from this completed flag-review.csv instead of the experiment's
    #[arg(long, value_name = "FILE", env = "CORATER_FLAG_REVIEW")]
    pub(super) flag_review: Option<PathBuf>,
    /// Read ethics reviews from this completed ethics-review.csv instead of the experiment's
    #[arg(long, value_name = "FILE", env = "CORATER_ETHICS_REVIEW")]
    pub(super) ethics_review: Option<PathBuf>,
    /// Accept sources that declare neither consent nor license
    #[arg(long, env = "CORATER_ALLOW_UNCONSENTED")]
    pub(super) allow_unconsented: bool,
    /// Refuse sources that are neither redacted at load nor declared redacted
    #[arg(long, env = "CORATER_REQUIRE_REDACTED")]
    pub(super) require_redacted: bool,
    /// Refuse endpoints that are not on this machine
    #[arg(long, env = "CORATER_LOCAL_ONLY")]
    pub(super) local_only: bool,
    /// Allow plans of more than 10,000 cells or 10,000,000 tasks
    #[arg(long, env = "CORATER_YES")]
    pub(super) yes: bool,
    /// Skip at most N rows of a ratings table that cannot be read
    #[arg(long, value_name = "N", default_value_t = 0, env = "CORATER_SKIP_BAD_ROWS")]
    pub(super) skip_bad_rows: usize,
}
