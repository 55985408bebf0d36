//! Owns the arguments of `probe`.

use clap::Args;

use super::args::{CallArgs, StudyArgs};

const PROBES: &str =
    "Only these probes: injection, self_consistency, paraphrase, order, verbosity, format, source";

/// Arguments of `probe`.
#[derive(Debug, Args)]
pub(super) struct ProbeArgs {
    #[command(flatten)]
    pub(super) study: StudyArgs,
    #[command(flatten)]
    pub(super) calls: CallArgs,
    /// Recorded sessions to probe with, chosen by the seed, in place of the experiment's
    #[arg(long, value_name = "N", env = "CORATER_SESSIONS")]
    pub(super) sessions: Option<u32>,
    /// Only these probes
    #[arg(long, value_name = "KINDS", help = PROBES, value_delimiter = ',', env = "CORATER_PROBES")]
    pub(super) probes: Vec<String>,
    /// Only these items
    #[arg(long, value_name = "IDS", value_delimiter = ',', env = "CORATER_ITEMS")]
    pub(super) items: Vec<String>,
    /// Draws of the probe of self-consistency
    #[arg(long, value_name = "N", env = "CORATER_DRAWS")]
    pub(super) draws: Option<u32>,
    /// Texts of probes from this YAML file, in place of the experiment's
    #[arg(long, value_name = "FILE", env = "CORATER_PROBE_TEXTS")]
    pub(super) texts: Option<std::path::PathBuf>,
    /// A stored run of the experiment: its reconstructions of the chosen sessions join the probes of length and source
    #[arg(long, value_name = "RUN")]
    pub(super) run: Option<String>,
    /// Show what would be asked and what it would cost; make no call
    #[arg(long)]
    pub(super) dry_run: bool,
}
