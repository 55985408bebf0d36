//! Arguments of `ledger`.

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
    /// Print JSON
    #[arg(long, global = true)]
    pub(super) json: bool,
}

/// Action on the ledger.
#[derive(Debug, Subcommand)]
pub(super) enum LedgerVerb {
    /// Print counts and the newest calls, without their texts
    List {
        /// Number of calls to list
        #[arg(long, value_name = "N", default_value_t = 20)]
        limit: u32,
        /// List only calls without a reply
        #[arg(long)]
        failures: bool,
    },
    /// Print one call: its result and the server's reply, which may repeat a transcript
    Show {
        /// Number of the call, or at least eight leading digits of its key, as printed by `list`
        call: String,
        /// Also print the request
        #[arg(long)]
        request: bool,
    },
    /// Write all recorded calls to a file for import elsewhere; it contains transcripts in clear text
    Export {
        /// File to write (JSON Lines); it must not exist
        file: PathBuf,
    },
    /// Import exported calls; importing twice is harmless, and newer local replies are kept
    Import {
        /// Files written by `export`
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
    /// Delete calls permanently, with the texts that only they use
    Prune {
        /// Delete calls with a newer reply to the same request
        #[arg(long)]
        superseded: bool,
        /// Delete calls without a reply
        #[arg(long)]
        failures: bool,
        /// Delete calls that began before this date or time, such as 2026-01-31; they would be made again
        #[arg(long, value_name = "TIME")]
        before: Option<String>,
        /// Print how many calls would be deleted, and delete none
        #[arg(long)]
        dry_run: bool,
    },
    /// Print the path of the ledger
    Path,
}
