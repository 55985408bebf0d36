//! The command line as typed. Every flag can also be given as `CORATER_<FLAG>`.

use std::{num::NonZeroU32, path::PathBuf};

use clap::{Args, Parser, Subcommand, ValueEnum};

use super::{agree_args::AgreeArgs, ledger_args::LedgerArgs, probe_args::ProbeArgs};
use crate::cli::call_args::CallArgs;
use crate::cli::study_args::StudyArgs;
use crate::pipeline::run::Shard;

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
    /// Look at this file of sessions, print what is found, and write the experiment for it (repeatable for speaker text)
    #[arg(long, value_name = "FILE")]
    pub(super) sessions: Vec<PathBuf>,
    /// Look at this table of ratings of the sessions too
    #[arg(long, value_name = "FILE", requires = "sessions")]
    pub(super) ratings: Option<PathBuf>,
    /// Sheet to read, if a file is a workbook with several
    #[arg(long, value_name = "NAME", requires = "sessions")]
    pub(super) sheet: Option<String>,
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
    /// Families of models
    ModelFamilies,
}

/// Arguments of `schema`.
#[derive(Debug, Args)]
pub(super) struct SchemaArgs {
    /// Kind of file
    #[arg(value_enum, default_value_t = SchemaOf::Experiment)]
    pub(super) of: SchemaOf,
}
