//! Owns the arguments of `ledger`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// Arguments of `ledger`.
#[derive(Debug, Args)]
pub(super) struct LedgerArgs {
    #[command(subcommand)]
    pub(super) what: LedgerVerb,
    /// Folder of runs
    #[arg(long, default_value = "runs", env = "CORATER_RUNS", global = true)]
    pub(super) runs: PathBuf,
    /// Machine-readable
    #[arg(long, global = true)]
    pub(super) json: bool,
}

/// What to do with the ledger.
#[derive(Debug, Subcommand)]
pub(super) enum LedgerVerb {
    /// Counts, and the newest calls without their texts
    List {
        /// How many calls
        #[arg(long, value_name = "N", default_value_t = 20)]
        limit: u32,
        /// Only calls without a reply
        #[arg(long)]
        failures: bool,
    },
    /// Print one call: what became of it and what the server said, which may repeat a transcript
    Show {
        /// The call: its number, or the first eight digits or more of its key, as `list` prints them
        call: String,
        /// Also print what was asked
        #[arg(long)]
        request: bool,
    },
    /// Write all recorded calls to a file, to be imported elsewhere; it holds transcripts in clear
    Export {
        /// The file, JSON lines; it must not exist
        file: PathBuf,
    },
    /// Take in exported calls; again makes no difference, and a newer reply that is here stays
    Import {
        /// Files written by `export`
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
    /// Take calls out for good, and the texts that only they hold
    Prune {
        /// Calls with a newer reply to the same question
        #[arg(long)]
        superseded: bool,
        /// Calls without a reply
        #[arg(long)]
        failures: bool,
        /// Calls that began before this day or moment, such as 2026-01-31; they would be asked again
        #[arg(long, value_name = "TIME")]
        before: Option<String>,
        /// Only say how many
        #[arg(long)]
        dry_run: bool,
    },
    /// Where the ledger is
    Path,
}
