//! Arguments of `probe`.

use clap::Args;

use crate::cli::call_args::CallArgs;
use crate::cli::study_args::StudyArgs;

const PROBES: &str =
    "Only these probes: injection, self_consistency, paraphrase, order, verbosity, format, source";

/// Arguments of `probe`.
#[derive(Debug, Args)]
pub(super) struct ProbeArgs {
    #[command(flatten)]
    pub(super) study: StudyArgs,
    #[command(flatten)]
    pub(super) calls: CallArgs,
    /// Number of recorded sessions to probe with, chosen by the seed, instead of the experiment's
    #[arg(long, value_name = "N", env = "CORATER_SESSIONS")]
    pub(super) sessions: Option<u32>,
    /// Run only these probes
    #[arg(long, value_name = "KINDS", help = PROBES, value_delimiter = ',', env = "CORATER_PROBES")]
    pub(super) probes: Vec<String>,
    /// Use only these items
    #[arg(long, value_name = "IDS", value_delimiter = ',', env = "CORATER_ITEMS")]
    pub(super) items: Vec<String>,
    /// Number of draws for the self-consistency probe
    #[arg(long, value_name = "N", env = "CORATER_DRAWS")]
    pub(super) draws: Option<u32>,
    /// Read the texts of probes from this YAML file instead of the experiment's
    #[arg(long, value_name = "FILE", env = "CORATER_PROBE_TEXTS")]
    pub(super) texts: Option<std::path::PathBuf>,
    /// Stored run of the experiment whose reconstructions of the chosen sessions join the length and source probes
    #[arg(long, value_name = "RUN")]
    pub(super) run: Option<String>,
    /// Show what would be asked and what it would cost, without making a call
    #[arg(long)]
    pub(super) dry_run: bool,
}
