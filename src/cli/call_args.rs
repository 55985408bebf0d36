//! Arguments of every command that asks models.

use std::{num::NonZeroU32, path::PathBuf};

use clap::{Args, ValueEnum};

/// Display of progress.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Display {
    /// Bars on a terminal, otherwise lines
    Auto,
    /// Bars
    Rich,
    /// Lines
    Plain,
    /// Events, one JSON object per line
    Json,
    /// Nothing
    None,
}
/// Options for calls.
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
#[derive(Debug, Args)]
pub(super) struct CallArgs {
    /// Maximum number of calls in flight per endpoint, and of sessions processed at the same time
    #[arg(short = 'j', long, value_name = "N", env = "CORATER_MAX_CONCURRENCY")]
    pub(super) max_concurrency: Option<NonZeroU32>,
    /// Maximum number of requests per minute for every endpoint
    #[arg(long, value_name = "N", env = "CORATER_RPM")]
    pub(super) rpm: Option<NonZeroU32>,
    /// Maximum number of tokens per minute for every endpoint
    #[arg(long, value_name = "N", env = "CORATER_TPM")]
    pub(super) tpm: Option<NonZeroU32>,
    /// Stop before the calls of this invocation cost more than this, in US dollars
    #[arg(long, value_name = "USD", env = "CORATER_MAX_COST")]
    pub(super) max_cost: Option<f64>,
    /// Stop after this time, such as 45m or 1h30m; calls in flight may finish
    #[arg(long, value_name = "TIME", env = "CORATER_MAX_TIME")]
    pub(super) max_time: Option<String>,
    /// Maximum number of retries after the first attempt; 0 for none
    #[arg(long, value_name = "N", env = "CORATER_MAX_RETRIES")]
    pub(super) max_retries: Option<u32>,
    /// Maximum duration of a call, in seconds
    #[arg(long, value_name = "SECONDS", env = "CORATER_TIMEOUT")]
    pub(super) timeout: Option<NonZeroU32>,
    /// Make no network connection; answer every call from the ledger or report it missing
    #[arg(long, env = "CORATER_OFFLINE")]
    pub(super) offline: bool,
    /// Ignore recorded replies and call again; the newest reply is used
    #[arg(long, env = "CORATER_NO_CACHE", conflicts_with = "offline")]
    pub(super) no_cache: bool,
    /// Retry calls that failed permanently, such as requests the server rejected
    #[arg(long, env = "CORATER_RETRY_ERRORS")]
    pub(super) retry_errors: bool,
    /// Send judges' questions in batches: cheaper at most providers, finished within a day; run again to resume
    #[arg(long, env = "CORATER_BATCH", conflicts_with_all = ["offline", "no_cache"])]
    pub(super) batch: bool,
    /// Seconds between polls of a batch
    #[arg(long, value_name = "SECONDS", default_value = "30", env = "CORATER_BATCH_POLL")]
    pub(super) batch_poll: NonZeroU32,
    /// Resubmit a batch that cannot be identified on the server; it may be billed twice
    #[arg(long, requires = "batch")]
    pub(super) resubmit_batch: bool,
    /// Allow the ledger on a network disk, where it can be damaged
    #[arg(long, env = "CORATER_ALLOW_NETWORK_DISK")]
    pub(super) allow_network_disk: bool,
    /// Display of progress on stderr
    #[arg(long, value_enum, default_value_t = Display::Auto, env = "CORATER_DISPLAY")]
    pub(super) display: Display,
    /// Print the findings as JSON instead of the summary
    #[arg(long)]
    pub(super) json: bool,
    /// Also write a report to this file (.json, .csv, .md or .html; repeatable)
    #[arg(short, long, value_name = "FILE")]
    pub(super) output: Vec<PathBuf>,
}
