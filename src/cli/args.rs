//! The command line as typed. Every flag can also be given as `CORATER_<FLAG>`.

use std::{num::NonZeroU32, path::PathBuf};

use clap::{Args, Parser, Subcommand, ValueEnum};

use super::{agree_args::AgreeArgs, ledger_args::LedgerArgs, probe_args::ProbeArgs};
use crate::{pipeline::run::Shard, plan::Limit};

/// Reconstruct counseling sessions with language models, rate them with a judge, and compare with clinicians.
///
/// Evaluates text for research. Not therapy, not diagnosis, not a medical device.
#[derive(Debug, Parser)]
#[command(name = "corater", version, max_term_width = 100, disable_help_subcommand = true)]
pub(super) struct Arguments {
    #[command(subcommand)]
    pub(super) command: Verb,
}

/// The verbs.
#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// Write a commented starter experiment, with copies of prompts and rubrics to edit
    Init(InitArgs),
    /// Check an experiment with its prompts, rubric, sessions and ratings, without making a call
    Validate(StudyArgs),
    /// Show what a run would do and cost, without making a call
    Plan(PlanArgs),
    /// Reconstruct, judge, compare and report; run again to resume
    #[command(visible_alias = "eval")]
    Run(RunArgs),
    /// Judge the sessions of a stored run again, without reconstructing them
    Score(ScoreArgs),
    /// Measure rater agreement in any ratings table; no experiment needed
    Agree(AgreeArgs),
    /// Rebuild the reports of a stored run and print its summary
    Report(ReportArgs),
    /// Map a judge's scores to the clinicians' scale, or check that an earlier map is still valid
    Calibrate(CalibrateArgs),
    /// Choose the sessions that clinicians should rate next, and estimate what their ratings would add
    LabelBudget(LabelBudgetArgs),
    /// Check a judge against criteria declared in advance; for CI
    Gate(GateArgs),
    /// Compare two runs: scores, unusable answers and flags, paired by recorded session
    Compare(CompareArgs),
    /// Measure how far judges' scores move under irrelevant changes: attacks, wording, order, length, layout
    Probe(ProbeArgs),
    /// Test on the recorded sessions how often the aligner finds the next client turn, compared with chance
    CheckAligner(CheckAlignerArgs),
    /// Measure how often the rule-based measures are right on your own sentences
    MeasureCheck(MeasureCheckArgs),
    /// Check API keys, endpoints and the ledger, with at most one cheap request per endpoint
    Doctor(DoctorArgs),
    /// List, show, export, import or prune recorded calls
    Ledger(LedgerArgs),
    /// Delete a session whose consent was withdrawn from the ledger and all runs, and refuse it afterwards
    Forget(ForgetArgs),
    /// Print the JSON Schema of a kind of file
    Schema(SchemaArgs),
    /// Print completions for a shell
    Completions {
        /// Shell to complete for
        shell: clap_complete::Shell,
    },
}

/// Arguments of `init`.
#[derive(Debug, Args)]
pub(super) struct InitArgs {
    /// Folder to write into
    #[arg(default_value = ".")]
    pub(super) folder: PathBuf,
}

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
    pub(super) limit: Option<Limit>,
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

/// Arguments of `plan`.
#[derive(Debug, Args)]
pub(super) struct PlanArgs {
    #[command(flatten)]
    pub(super) study: StudyArgs,
    /// Print the exact requests of one task; requests that depend on replies are read from the ledger
    #[arg(long, value_name = "TASK")]
    pub(super) show: Option<String>,
    /// List every task
    #[arg(long, conflicts_with = "show")]
    pub(super) tasks: bool,
    /// Print JSON
    #[arg(long)]
    pub(super) json: bool,
}

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

/// Arguments of `run`.
#[derive(Debug, Args)]
pub(super) struct RunArgs {
    #[command(flatten)]
    pub(super) study: StudyArgs,
    #[command(flatten)]
    pub(super) calls: CallArgs,
    /// Make only this share of the calls, such as 2/3, and no report; merge shares with `ledger export` and `import`
    #[arg(long, value_name = "i/n", env = "CORATER_SHARD")]
    pub(super) shard: Option<Shard>,
}

/// Arguments of `score`.
#[derive(Debug, Args)]
pub(super) struct ScoreArgs {
    /// Stored run: a folder, a name, a unique prefix, or latest
    pub(super) run: String,
    #[command(flatten)]
    pub(super) study: StudyArgs,
    #[command(flatten)]
    pub(super) calls: CallArgs,
}

/// Arguments of `report`.
#[derive(Debug, Args)]
pub(super) struct ReportArgs {
    /// Stored run: a folder, a name, a unique prefix, or latest
    #[arg(default_value = "latest")]
    pub(super) run: String,
    /// Folder of runs
    #[arg(long, default_value = "runs", env = "CORATER_RUNS")]
    pub(super) runs: PathBuf,
    /// First apply the flag reviews of this completed flag-review.csv
    #[arg(long, value_name = "FILE", env = "CORATER_FLAG_REVIEW")]
    pub(super) flag_review: Option<PathBuf>,
    /// First apply the ethics reviews of this completed ethics-review.csv
    #[arg(long, value_name = "FILE", env = "CORATER_ETHICS_REVIEW")]
    pub(super) ethics_review: Option<PathBuf>,
    /// Print the findings as JSON instead of the summary
    #[arg(long)]
    pub(super) json: bool,
}

/// Arguments of `calibrate`.
#[derive(Debug, Args)]
pub(super) struct CalibrateArgs {
    /// Stored run: a folder, a name, a unique prefix, or latest
    #[arg(default_value = "latest")]
    pub(super) run: String,
    /// Do not fit; check this calibration against a run that judged the same sessions again
    #[arg(long, value_name = "FILE")]
    pub(super) check: Option<PathBuf>,
    /// With --check: outcome of an earlier check (.json of -o), oldest first (repeatable); adds trend and control
    /// charts
    #[arg(long, value_name = "FILE", requires = "check")]
    pub(super) earlier: Vec<PathBuf>,
    /// Folder of runs
    #[arg(long, default_value = "runs", env = "CORATER_RUNS")]
    pub(super) runs: PathBuf,
    /// Print JSON
    #[arg(long)]
    pub(super) json: bool,
    /// Also write the calibration, or the outcome of the check, to this file (.json; repeatable)
    #[arg(short, long, value_name = "FILE")]
    pub(super) output: Vec<PathBuf>,
}

/// Arguments of `measure-check`.
#[derive(Debug, Args)]
pub(super) struct MeasureCheckArgs {
    /// Sentences: columns text, right and kind, separated by tabs, with a header
    pub(super) file: PathBuf,
    /// Cue words to check: a YAML file, or builtin:NAME
    #[arg(long, value_name = "FILE", default_value = "builtin:conversation-cues")]
    pub(super) cues: String,
    /// Lexicon to check: a YAML file, or builtin:NAME
    #[arg(long, value_name = "FILE", default_value = "builtin:deceptive-empathy")]
    pub(super) lexicon: String,
    /// Print JSON
    #[arg(long)]
    pub(super) json: bool,
}

/// Arguments of `label-budget`.
#[derive(Debug, Args)]
pub(super) struct LabelBudgetArgs {
    /// Stored run: a folder, a name, a unique prefix, or latest
    #[arg(default_value = "latest")]
    pub(super) run: String,
    /// Number of recorded sessions to choose
    #[arg(short, long, value_name = "N", default_value_t = 10)]
    pub(super) next: usize,
    /// Half width wanted for the interval of a corrected difference, in points
    #[arg(long, value_name = "POINTS")]
    pub(super) half_width: Option<f64>,
    /// Seed of the choice, instead of the experiment's
    #[arg(long)]
    pub(super) seed: Option<u64>,
    /// Folder of runs
    #[arg(long, default_value = "runs", env = "CORATER_RUNS")]
    pub(super) runs: PathBuf,
    /// Print JSON
    #[arg(long)]
    pub(super) json: bool,
    /// Also write the chosen sessions (.csv) or everything (.json) to this file (repeatable)
    #[arg(short, long, value_name = "FILE")]
    pub(super) output: Vec<PathBuf>,
}

/// Arguments of `gate`.
#[derive(Debug, Args)]
pub(super) struct GateArgs {
    /// Stored run: a folder, a name, a unique prefix, or latest
    #[arg(default_value = "latest")]
    pub(super) run: String,
    /// Read criteria from this YAML file instead of the experiment's `gates`
    #[arg(long, value_name = "FILE", env = "CORATER_CRITERIA")]
    pub(super) criteria: Option<PathBuf>,
    /// Earlier run that `regression` compares with, instead of the one in the criteria
    #[arg(long, value_name = "RUN", env = "CORATER_BASELINE")]
    pub(super) baseline: Option<String>,
    /// Probe whose figures `probes` checks, instead of those beside the run (repeatable)
    #[arg(long, value_name = "PROBE", env = "CORATER_PROBE_REPORT", value_delimiter = ',')]
    pub(super) probe_report: Vec<String>,
    /// Folder of runs
    #[arg(long, default_value = "runs", env = "CORATER_RUNS")]
    pub(super) runs: PathBuf,
    /// Print JSON
    #[arg(long)]
    pub(super) json: bool,
    /// Also write the outcome to this file (.json or .junit.xml; repeatable)
    #[arg(short, long, value_name = "FILE")]
    pub(super) output: Vec<PathBuf>,
}

/// Arguments of `check-aligner`.
#[derive(Debug, Args)]
pub(super) struct CheckAlignerArgs {
    #[command(flatten)]
    pub(super) study: StudyArgs,
    #[command(flatten)]
    pub(super) calls: CallArgs,
    /// Show how much would be asked, without making a call
    #[arg(long)]
    pub(super) dry_run: bool,
}

/// Arguments of `compare`.
#[derive(Debug, Args)]
pub(super) struct CompareArgs {
    /// First stored run: a folder, a name, a unique prefix, or latest
    pub(super) first: String,
    /// The run to compare with the first
    pub(super) second: String,
    /// Also swap the runs at random and print how often the test is significant
    #[arg(long)]
    pub(super) aa: bool,
    /// Folder of runs
    #[arg(long, default_value = "runs", env = "CORATER_RUNS")]
    pub(super) runs: PathBuf,
    /// Print JSON
    #[arg(long)]
    pub(super) json: bool,
    /// Also write the comparison to this file (.json; repeatable)
    #[arg(short, long, value_name = "FILE")]
    pub(super) output: Vec<PathBuf>,
}

/// Arguments of `doctor`.
#[derive(Debug, Args)]
pub(super) struct DoctorArgs {
    /// Experiment whose endpoints to check; without one, check only the ledger
    #[arg(value_name = "EXPERIMENT")]
    pub(super) experiment: Option<String>,
    /// Change the experiment: a.b=value (repeatable)
    #[arg(long, value_name = "PATH=VALUE")]
    pub(super) set: Vec<String>,
    /// Read variables from this file
    #[arg(long, value_name = "FILE", env = "CORATER_ENV_FILE")]
    pub(super) env_file: Option<PathBuf>,
    /// Folder of runs, if no experiment names one
    #[arg(long, default_value = "runs", env = "CORATER_RUNS")]
    pub(super) runs: PathBuf,
    /// Send no request; check keys and ledger only
    #[arg(long, env = "CORATER_OFFLINE")]
    pub(super) offline: bool,
    /// Maximum time for a server to answer, in seconds
    #[arg(long, value_name = "SECONDS", default_value = "30", env = "CORATER_TIMEOUT")]
    pub(super) timeout: NonZeroU32,
    /// Print JSON
    #[arg(long)]
    pub(super) json: bool,
}

/// Arguments of `forget`.
#[derive(Debug, Args)]
pub(super) struct ForgetArgs {
    /// Id of the recorded session, exactly as written in its source
    pub(super) session: String,
    /// Experiment with the session's source; needed for calls of earlier versions, which are identified by its words
    pub(super) experiment: Option<String>,
    /// Folder of runs; with an experiment, its own
    #[arg(long, default_value = "runs", env = "CORATER_RUNS")]
    pub(super) runs: PathBuf,
}

/// Kind of file that a schema describes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum SchemaOf {
    /// Experiments
    Experiment,
    /// Rubrics
    Rubric,
    /// Lexicons
    Lexicon,
    /// Tables of published means
    Reference,
    /// Criteria of a gate
    Gates,
    /// Prices of models
    Prices,
    /// Cue words of conversations
    Cues,
    /// Word lists of the grounding check
    Grounding,
    /// Texts of probes
    Probes,
    /// Ethics risks
    Ethics,
}

/// Arguments of `schema`.
#[derive(Debug, Args)]
pub(super) struct SchemaArgs {
    /// Kind of file
    #[arg(value_enum, default_value_t = SchemaOf::Experiment)]
    pub(super) of: SchemaOf,
}
