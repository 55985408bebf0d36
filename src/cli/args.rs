//! Owns the command line as it is typed. Every flag can also be given as `CORATER_<FLAG>`.

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
    /// Check an experiment with its prompts, rubric, sessions and ratings; make no call
    Validate(StudyArgs),
    /// Show what a run would do and cost; make no call
    Plan(PlanArgs),
    /// Reconstruct, judge, compare and report; running again resumes
    #[command(visible_alias = "eval")]
    Run(RunArgs),
    /// Judge the sessions of a stored run again, without reconstructing them
    Score(ScoreArgs),
    /// Agreement of raters in any ratings table; needs no experiment
    Agree(AgreeArgs),
    /// Make the reports of a stored run again and print its summary
    Report(ReportArgs),
    /// Map a judge's scores to the clinicians' scale, or check that an earlier map still holds
    Calibrate(CalibrateArgs),
    /// Which sessions clinicians should rate next, and what their ratings would buy
    LabelBudget(LabelBudgetArgs),
    /// Decide by criteria declared before looking whether a judge may be trusted; for CI
    Gate(GateArgs),
    /// Two runs beside each other: scores, unusable answers and flags, paired by recorded session
    Compare(CompareArgs),
    /// How far do the judges' scores move when nothing that matters changes? Attacks, wordings, order, length, layout
    Probe(ProbeArgs),
    /// Does the aligner find the client turn that really came next? Asked about the recorded sessions, beside chance
    CheckAligner(CheckAlignerArgs),
    /// Are keys set, do endpoints answer, can the ledger be written? At most one cheap request each
    Doctor(DoctorArgs),
    /// Recorded calls by themselves: list, export, import, prune
    Ledger(LedgerArgs),
    /// Take a session whose consent was withdrawn out of the ledger and all runs, and refuse it from now on
    Forget(ForgetArgs),
    /// Print a JSON Schema: of experiments, rubrics, lexicons, cue words, reference tables, criteria, prices or texts of probes
    Schema(SchemaArgs),
    /// Print completions for a shell
    Completions {
        /// The shell
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

/// Which study, and how much of it.
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
#[derive(Debug, Args)]
pub(super) struct StudyArgs {
    /// The experiment: a YAML file, or builtin:quickstart
    #[arg(value_name = "EXPERIMENT", required_unless_present = "config")]
    pub(super) experiment: Option<String>,
    /// The experiment, as a flag
    #[arg(short, long, value_name = "EXPERIMENT", conflicts_with = "experiment", env = "CORATER_CONFIG")]
    pub(super) config: Option<String>,
    /// Only the first N sessions in id order, or those from a to b
    #[arg(long, value_name = "N|a-b", env = "CORATER_LIMIT")]
    pub(super) limit: Option<Limit>,
    /// Repeats of each reconstruction, in place of the experiment's
    #[arg(long, value_name = "N", env = "CORATER_EPOCHS")]
    pub(super) epochs: Option<NonZeroU32>,
    /// Seed of every random choice, in place of the experiment's
    #[arg(long, value_name = "N", env = "CORATER_SEED")]
    pub(super) seed: Option<u64>,
    /// Only these models (patterns with *, comma-separated)
    #[arg(long, value_name = "IDS", value_delimiter = ',', env = "CORATER_FILTER_MODELS")]
    pub(super) filter_models: Vec<String>,
    /// Only these prompt variants
    #[arg(long, value_name = "IDS", value_delimiter = ',', env = "CORATER_FILTER_PROMPTS")]
    pub(super) filter_prompts: Vec<String>,
    /// Only these sessions
    #[arg(long, value_name = "IDS", value_delimiter = ',', env = "CORATER_FILTER_SESSIONS")]
    pub(super) filter_sessions: Vec<String>,
    /// Only these items
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
    /// What people said of flags: a filled-in flag-review.csv, in place of the experiment's
    #[arg(long, value_name = "FILE", env = "CORATER_FLAG_REVIEW")]
    pub(super) flag_review: Option<PathBuf>,
    /// What people said of ethics risks: a filled-in ethics-review.csv, in place of the experiment's
    #[arg(long, value_name = "FILE", env = "CORATER_ETHICS_REVIEW")]
    pub(super) ethics_review: Option<PathBuf>,
    /// Accept sources that declare neither consent nor licence
    #[arg(long, env = "CORATER_ALLOW_UNCONSENTED")]
    pub(super) allow_unconsented: bool,
    /// Refuse sources that are neither redacted at load nor declared redacted
    #[arg(long, env = "CORATER_REQUIRE_REDACTED")]
    pub(super) require_redacted: bool,
    /// Refuse endpoints that are not on this machine
    #[arg(long, env = "CORATER_LOCAL_ONLY")]
    pub(super) local_only: bool,
    /// Plan and ask however many cells and tasks there are: more than 10,000 cells or 10,000,000 tasks are meant
    #[arg(long, env = "CORATER_YES")]
    pub(super) yes: bool,
    /// Leave out at most N rows of a ratings table that cannot be read
    #[arg(long, value_name = "N", default_value_t = 0, env = "CORATER_SKIP_BAD_ROWS")]
    pub(super) skip_bad_rows: usize,
}

/// Arguments of `plan`.
#[derive(Debug, Args)]
pub(super) struct PlanArgs {
    #[command(flatten)]
    pub(super) study: StudyArgs,
    /// The exact requests of one task, by its id; those that depend on replies come from the ledger
    #[arg(long, value_name = "TASK")]
    pub(super) show: Option<String>,
    /// List every task
    #[arg(long, conflicts_with = "show")]
    pub(super) tasks: bool,
    /// Machine-readable
    #[arg(long)]
    pub(super) json: bool,
}

/// How progress is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Display {
    /// Bars on a terminal, else lines
    Auto,
    /// Bars
    Rich,
    /// Lines
    Plain,
    /// Events, one JSON object a line
    Json,
    /// Nothing
    None,
}

/// How calls are made.
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
#[derive(Debug, Args)]
pub(super) struct CallArgs {
    /// Most calls in flight per endpoint, and sessions worked on at once
    #[arg(short = 'j', long, value_name = "N", env = "CORATER_MAX_CONCURRENCY")]
    pub(super) max_concurrency: Option<NonZeroU32>,
    /// Requests per minute, for every endpoint
    #[arg(long, value_name = "N", env = "CORATER_RPM")]
    pub(super) rpm: Option<NonZeroU32>,
    /// Tokens per minute, for every endpoint
    #[arg(long, value_name = "N", env = "CORATER_TPM")]
    pub(super) tpm: Option<NonZeroU32>,
    /// Stop before the calls of this invocation cost more than this, in US dollars
    #[arg(long, value_name = "USD", env = "CORATER_MAX_COST")]
    pub(super) max_cost: Option<f64>,
    /// Stop before this invocation takes longer, such as 45m or 1h30m; calls in flight are finished
    #[arg(long, value_name = "TIME", env = "CORATER_MAX_TIME")]
    pub(super) max_time: Option<String>,
    /// Retries after the first try; 0 means none
    #[arg(long, value_name = "N", env = "CORATER_MAX_RETRIES")]
    pub(super) max_retries: Option<u32>,
    /// Seconds a call may take
    #[arg(long, value_name = "SECONDS", env = "CORATER_TIMEOUT")]
    pub(super) timeout: Option<NonZeroU32>,
    /// Open no socket: every call is answered by the ledger or is missing
    #[arg(long, env = "CORATER_OFFLINE")]
    pub(super) offline: bool,
    /// Ask again what the ledger knows; the newest reply wins
    #[arg(long, env = "CORATER_NO_CACHE", conflicts_with = "offline")]
    pub(super) no_cache: bool,
    /// Try calls again that failed for good, such as a request the server refused
    #[arg(long, env = "CORATER_RETRY_ERRORS")]
    pub(super) retry_errors: bool,
    /// Ask judges in batches: cheaper at most providers, done within a day; running again resumes
    #[arg(long, env = "CORATER_BATCH", conflicts_with_all = ["offline", "no_cache"])]
    pub(super) batch: bool,
    /// Seconds between two looks at a batch
    #[arg(long, value_name = "SECONDS", default_value = "30", env = "CORATER_BATCH_POLL")]
    pub(super) batch_poll: NonZeroU32,
    /// Submit anew a batch that cannot be told from others; it may be paid twice
    #[arg(long, requires = "batch")]
    pub(super) resubmit_batch: bool,
    /// Keep the ledger on a network disk, where it can be damaged
    #[arg(long, env = "CORATER_ALLOW_NETWORK_DISK")]
    pub(super) allow_network_disk: bool,
    /// Progress on stderr
    #[arg(long, value_enum, default_value_t = Display::Auto, env = "CORATER_DISPLAY")]
    pub(super) display: Display,
    /// Print the findings as JSON in place of the summary
    #[arg(long)]
    pub(super) json: bool,
    /// Also write a report there: .json, .csv, .md or .html (repeatable)
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
    /// Make only this part of the calls, such as 2/3, and no report; `ledger export` and `import` bring parts together
    #[arg(long, value_name = "i/n", env = "CORATER_SHARD")]
    pub(super) shard: Option<Shard>,
}

/// Arguments of `score`.
#[derive(Debug, Args)]
pub(super) struct ScoreArgs {
    /// The stored run: a folder, a name, a unique prefix, or latest
    pub(super) run: String,
    #[command(flatten)]
    pub(super) study: StudyArgs,
    #[command(flatten)]
    pub(super) calls: CallArgs,
}

/// Arguments of `report`.
#[derive(Debug, Args)]
pub(super) struct ReportArgs {
    /// The stored run: a folder, a name, a unique prefix, or latest
    #[arg(default_value = "latest")]
    pub(super) run: String,
    /// Folder of runs
    #[arg(long, default_value = "runs", env = "CORATER_RUNS")]
    pub(super) runs: PathBuf,
    /// Put what people said of flags on them first: a filled-in flag-review.csv
    #[arg(long, value_name = "FILE", env = "CORATER_FLAG_REVIEW")]
    pub(super) flag_review: Option<PathBuf>,
    /// Put what people said of ethics risks on them first: a filled-in ethics-review.csv
    #[arg(long, value_name = "FILE", env = "CORATER_ETHICS_REVIEW")]
    pub(super) ethics_review: Option<PathBuf>,
    /// Print the findings as JSON in place of the summary
    #[arg(long)]
    pub(super) json: bool,
}

/// Arguments of `calibrate`.
#[derive(Debug, Args)]
pub(super) struct CalibrateArgs {
    /// The stored run: a folder, a name, a unique prefix, or latest
    #[arg(default_value = "latest")]
    pub(super) run: String,
    /// Fit nothing: hold this calibration against the run, which judged the same sessions again
    #[arg(long, value_name = "FILE")]
    pub(super) check: Option<PathBuf>,
    /// With --check: the outcome of an earlier check (.json of -o), oldest first (repeatable); adds trend and control
    /// charts
    #[arg(long, value_name = "FILE", requires = "check")]
    pub(super) earlier: Vec<PathBuf>,
    /// Folder of runs
    #[arg(long, default_value = "runs", env = "CORATER_RUNS")]
    pub(super) runs: PathBuf,
    /// Machine-readable
    #[arg(long)]
    pub(super) json: bool,
    /// Also write the calibration, or the outcome of the check, there: .json (repeatable)
    #[arg(short, long, value_name = "FILE")]
    pub(super) output: Vec<PathBuf>,
}

/// Arguments of `label-budget`.
#[derive(Debug, Args)]
pub(super) struct LabelBudgetArgs {
    /// The stored run: a folder, a name, a unique prefix, or latest
    #[arg(default_value = "latest")]
    pub(super) run: String,
    /// Recorded sessions to choose
    #[arg(short, long, value_name = "N", default_value_t = 10)]
    pub(super) next: usize,
    /// Half width that the interval of a corrected difference should have, in points
    #[arg(long, value_name = "POINTS")]
    pub(super) half_width: Option<f64>,
    /// Seed of the choice, in place of the experiment's
    #[arg(long)]
    pub(super) seed: Option<u64>,
    /// Folder of runs
    #[arg(long, default_value = "runs", env = "CORATER_RUNS")]
    pub(super) runs: PathBuf,
    /// Machine-readable
    #[arg(long)]
    pub(super) json: bool,
    /// Also write the chosen sessions (.csv) or everything (.json) there (repeatable)
    #[arg(short, long, value_name = "FILE")]
    pub(super) output: Vec<PathBuf>,
}

/// Arguments of `gate`.
#[derive(Debug, Args)]
pub(super) struct GateArgs {
    /// The stored run: a folder, a name, a unique prefix, or latest
    #[arg(default_value = "latest")]
    pub(super) run: String,
    /// Criteria from this YAML file, in place of the experiment's `gates`
    #[arg(long, value_name = "FILE", env = "CORATER_CRITERIA")]
    pub(super) criteria: Option<PathBuf>,
    /// The earlier run that `regression` compares with, in place of the criteria's
    #[arg(long, value_name = "RUN", env = "CORATER_BASELINE")]
    pub(super) baseline: Option<String>,
    /// A probe whose figures `probes` is about, in place of those beside the run (repeatable)
    #[arg(long, value_name = "PROBE", env = "CORATER_PROBE_REPORT", value_delimiter = ',')]
    pub(super) probe_report: Vec<String>,
    /// Folder of runs
    #[arg(long, default_value = "runs", env = "CORATER_RUNS")]
    pub(super) runs: PathBuf,
    /// Machine-readable
    #[arg(long)]
    pub(super) json: bool,
    /// Also write the outcome there: .json or .junit.xml (repeatable)
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
    /// Show how much would be asked; make no call
    #[arg(long)]
    pub(super) dry_run: bool,
}

/// Arguments of `compare`.
#[derive(Debug, Args)]
pub(super) struct CompareArgs {
    /// A stored run: a folder, a name, a unique prefix, or latest
    pub(super) first: String,
    /// The run whose difference from it is wanted
    pub(super) second: String,
    /// Also exchange the runs at random and say how often the test finds something
    #[arg(long)]
    pub(super) aa: bool,
    /// Folder of runs
    #[arg(long, default_value = "runs", env = "CORATER_RUNS")]
    pub(super) runs: PathBuf,
    /// Machine-readable
    #[arg(long)]
    pub(super) json: bool,
    /// Also write the comparison there: .json (repeatable)
    #[arg(short, long, value_name = "FILE")]
    pub(super) output: Vec<PathBuf>,
}

/// Arguments of `doctor`.
#[derive(Debug, Args)]
pub(super) struct DoctorArgs {
    /// The experiment whose endpoints are looked at; without one, only the ledger is
    #[arg(value_name = "EXPERIMENT")]
    pub(super) experiment: Option<String>,
    /// Change the experiment: a.b=value (repeatable)
    #[arg(long, value_name = "PATH=VALUE")]
    pub(super) set: Vec<String>,
    /// Read variables from this file
    #[arg(long, value_name = "FILE", env = "CORATER_ENV_FILE")]
    pub(super) env_file: Option<PathBuf>,
    /// Folder of runs, where no experiment names one
    #[arg(long, default_value = "runs", env = "CORATER_RUNS")]
    pub(super) runs: PathBuf,
    /// Send nothing: look at keys and ledger only
    #[arg(long, env = "CORATER_OFFLINE")]
    pub(super) offline: bool,
    /// Seconds a server may take
    #[arg(long, value_name = "SECONDS", default_value = "30", env = "CORATER_TIMEOUT")]
    pub(super) timeout: NonZeroU32,
    /// Machine-readable
    #[arg(long)]
    pub(super) json: bool,
}

/// Arguments of `forget`.
#[derive(Debug, Args)]
pub(super) struct ForgetArgs {
    /// The recorded session's id, exactly as the source writes it
    pub(super) session: String,
    /// The experiment whose source holds the session: needed for calls of earlier versions, which are known by its words
    pub(super) experiment: Option<String>,
    /// Folder of runs; with an experiment, its own
    #[arg(long, default_value = "runs", env = "CORATER_RUNS")]
    pub(super) runs: PathBuf,
}

/// What a schema is of.
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
    /// Words of the grounding check
    Grounding,
    /// Texts of probes
    Probes,
    /// Ethics risks
    Ethics,
}

/// Arguments of `schema`.
#[derive(Debug, Args)]
pub(super) struct SchemaArgs {
    /// Of what
    #[arg(value_enum, default_value_t = SchemaOf::Experiment)]
    pub(super) of: SchemaOf,
}
