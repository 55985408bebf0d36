//! The experiment as written: one type per mapping of the YAML. The JSON Schema is generated from these types, and only
//! they define ranges.

mod coherence;
mod columns;
mod ethics;
mod judges;
mod probes;
mod variants;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::{
    chat::{Capabilities, Decoding},
    dataset::source::{
        Opening, OutOfScalePolicy, Points, RatingColumns, RatingLayout, RoleMap, SessionFormat, TableOptions,
        UnknownLabels,
    },
    domain::{ClientAuthor, CounselorAuthor, Criteria, IdentifierKind, Mode, Scale},
    provider::Dialect,
};

pub(super) use coherence::CoherenceFile;
pub(super) use columns::ColumnsFile;
pub(super) use ethics::EthicsFile;
pub(super) use judges::{FamilyPolicy, JudgeFile, PanelFile};
pub(super) use probes::ProbesFile;
pub(super) use variants::VariantFile;

/// An experiment: sessions are reconstructed by models under prompts, rated by judges and compared with clinicians.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "corater experiment")]
pub(super) struct ExperimentFile {
    /// Address of this schema, for editors that read it from this key.
    #[serde(default, rename = "$schema")]
    #[expect(dead_code, reason = "read by editors only")]
    pub(super) schema: Option<String>,
    /// One line that describes the experiment.
    #[serde(default)]
    pub(super) description: String,
    /// Labels shown to people and in tables.
    #[serde(default)]
    pub(super) tags: BTreeMap<String, String>,
    /// Seed of every random choice.
    #[serde(default)]
    #[schemars(range(min = 0, max = 9_007_199_254_740_991_u64))]
    pub(super) seed: u64,
    /// Servers by id, for models written `openai-api/<id>/<model>`.
    #[serde(default)]
    pub(super) endpoints: BTreeMap<String, EndpointFile>,
    /// Models in the role of the counselor; without models and prompts, recorded sessions are judged alone.
    #[serde(default)]
    pub(super) models: Vec<ModelFile>,
    /// Prompts of the counselor.
    #[serde(default)]
    pub(super) prompts: Vec<PromptFile>,
    /// Recorded sessions.
    #[schemars(length(min = 1))]
    pub(super) sessions: Vec<SessionsFile>,
    /// Clinicians' ratings.
    #[serde(default)]
    pub(super) ratings: Vec<RatingsFile>,
    /// How sessions are reconstructed.
    #[serde(default)]
    pub(super) reconstruct: ReconstructFile,
    /// Which of models x prompts x modes are run.
    #[serde(default)]
    pub(super) matrix: MatrixFile,
    /// Number of repeats of each reconstruction.
    #[serde(default = "one")]
    #[schemars(range(min = 1, max = 100))]
    pub(super) epochs: u32,
    /// Judges that rate the sessions.
    #[serde(default)]
    pub(super) judges: Vec<JudgeFile>,
    /// Several judges that together act as one more rater: their mean.
    #[serde(default)]
    pub(super) panel: Option<PanelFile>,
    /// The rating instrument.
    pub(super) rubric: RubricChoice,
    /// Measurement of whether the client's turns answer the counselor; if absent, nothing is asked.
    #[serde(default)]
    pub(super) coherence: Option<CoherenceFile>,
    /// Flags of deceptive-empathy phrases; if absent, nothing is flagged.
    #[serde(default)]
    pub(super) flags: Option<FlagsFile>,
    /// Ethics risks that judges are asked about; if absent, none.
    #[serde(default)]
    pub(super) ethics: Option<EthicsFile>,
    /// Counterfactual variants: pairs of reconstructions that differ only in declared words of the client.
    #[serde(default)]
    pub(super) variants: Vec<VariantFile>,
    /// Cue words of conversations, one file per language: paths or `builtin:conversation-cues`. If empty, none.
    #[serde(default = "builtin_cues")]
    pub(super) cues: Vec<String>,
    /// Word lists of the grounding check, one file per language: paths or `builtin:grounding-cues`. If empty, none.
    #[serde(default = "builtin_grounding")]
    pub(super) grounding: Vec<String>,
    /// A file written by `corater calibrate`; judges' scores are then also shown on the clinicians' scale.
    #[serde(default)]
    pub(super) calibration: Option<String>,
    /// Criteria that a judge must meet before it may be trusted; `corater gate` checks them.
    #[serde(default)]
    pub(super) gates: Criteria,
    /// What `corater probe` tests on the judges; not part of a run.
    #[serde(default)]
    pub(super) probes: Option<ProbesFile>,
    /// A table of model families whose rows come before the embedded ones: a path, or `builtin:model-families` as an
    /// example. Only warnings depend on it.
    #[serde(default)]
    pub(super) model_families: Option<String>,
    /// What a run may cost; does not change results.
    #[serde(default)]
    pub(super) budget: BudgetFile,
    /// How the run is carried out; does not change results.
    #[serde(default)]
    pub(super) run: RunFile,
}

fn one() -> u32 {
    1
}

/// A server.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct EndpointFile {
    /// Dialect of its requests and replies (default `openai_chat`, or that of the provider with this name).
    #[serde(default)]
    pub(super) dialect: Option<Dialect>,
    /// Address up to the version, such as `http://127.0.0.1:8080/v1`; may be absent for the name of a provider.
    #[serde(default)]
    #[schemars(length(min = 1))]
    pub(super) base_url: Option<String>,
    /// Version of the interface, for `azure_openai` only (default 2024-10-21, none for addresses that end in `/v1`).
    #[serde(default)]
    pub(super) api_version: Option<String>,
    /// Name of the environment variable that holds the key; if absent, no key is sent.
    #[serde(default)]
    pub(super) api_key_env: Option<String>,
    /// Fixed name of this server in the identity of a call, so that moving the server repeats no call.
    #[serde(default)]
    pub(super) identity: Option<String>,
    /// Fields added to the body of every request, such as `{provider: {data_collection: deny}}`. A model's own
    /// `decoding.extra_body` takes precedence. Part of the identity of a call.
    #[serde(default)]
    pub(super) extra_body: Map<String, Value>,
    /// Headers added to every request, never for keys. Part of the identity of a call.
    #[serde(default)]
    pub(super) extra_headers: BTreeMap<String, String>,
    /// Limits shared by all models behind it.
    #[serde(default)]
    pub(super) limits: LimitsFile,
}

/// Limits of a server.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct LimitsFile {
    /// Requests per minute; if absent, there is no limit.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub(super) requests_per_minute: Option<u32>,
    /// Tokens per minute, prompt and completion together; if absent, there is no limit.
    #[schemars(range(min = 1, max = 1_000_000_000))]
    pub(super) tokens_per_minute: Option<u32>,
    /// Prompt tokens per minute, if the server limits them separately.
    #[schemars(range(min = 1, max = 1_000_000_000))]
    pub(super) input_tokens_per_minute: Option<u32>,
    /// Generated tokens per minute, if the server limits them separately.
    #[schemars(range(min = 1, max = 1_000_000_000))]
    pub(super) output_tokens_per_minute: Option<u32>,
    /// Maximum number of calls in flight (default 4).
    #[schemars(range(min = 1, max = 1024))]
    pub(super) concurrency: Option<u32>,
    /// Maximum duration of a call, in seconds (default 600).
    #[schemars(range(min = 1, max = 86400))]
    pub(super) timeout_seconds: Option<u32>,
    /// Maximum number of retries after the first attempt (default 5).
    #[schemars(range(min = 0, max = 100))]
    pub(super) max_retries: Option<u32>,
    /// Maximum number of requests in one batch (default 2000).
    #[schemars(range(min = 1, max = 50_000))]
    pub(super) batch_items: Option<u32>,
}

/// A model in the role of the counselor.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ModelFile {
    /// Its id in this experiment: letters, digits, `-`, `_`.
    #[schemars(length(min = 1))]
    pub(super) id: String,
    /// `openai/<model>`, `anthropic/<model>`, `google/<model>`, `openai-api/<endpoint>/<model>`,
    /// `baseline/structured` and similar names.
    #[schemars(length(min = 1))]
    pub(super) model: String,
    /// Decoding parameters; absent ones are not sent.
    #[serde(default)]
    pub(super) decoding: Decoding,
    /// What its server accepts.
    #[serde(default)]
    pub(super) capabilities: Capabilities,
    /// Its family, such as `llama`, if its name does not show it; a judge of the same family causes a warning.
    #[serde(default)]
    pub(super) family: Option<String>,
}

/// A prompt variant.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PromptFile {
    /// Its id in this experiment: letters, digits, `-`, `_`.
    #[schemars(length(min = 1))]
    pub(super) id: String,
    /// The template: a path, or `builtin:helpert` and similar names.
    #[schemars(length(min = 1))]
    pub(super) file: String,
    /// Values of `{{ settings.NAME }}` in the template, as text.
    #[serde(default)]
    pub(super) settings: BTreeMap<String, String>,
}

/// A source of recorded sessions.
#[expect(clippy::struct_excessive_bools, reason = "each is a key of the YAML")]
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SessionsFile {
    /// Its id in this experiment: letters, digits, `-`, `_`.
    #[schemars(length(min = 1))]
    pub(super) id: String,
    /// Path of the file.
    #[serde(default)]
    pub(super) path: Option<String>,
    /// Paths of several files, for `text`: one session each.
    #[serde(default)]
    pub(super) paths: Vec<String>,
    /// File format.
    pub(super) format: SessionFormat,
    /// Names of the fields, by content.
    #[serde(default)]
    pub(super) columns: ColumnsFile,
    /// Names of the client's and the counselor's role (not for `study`).
    #[serde(default)]
    pub(super) roles: Option<RoleMap>,
    /// Who wrote the counselor's turns.
    pub(super) counselor: CounselorAuthor,
    /// Who wrote the client's turns.
    pub(super) client: ClientAuthor,
    /// Language as a BCP 47 tag, such as `en`.
    #[schemars(length(min = 2))]
    pub(super) language: String,
    /// The consent under which the sessions may be used.
    #[serde(default)]
    pub(super) consent: Option<String>,
    /// The license under which the sessions may be used.
    #[serde(default)]
    pub(super) licence: Option<String>,
    /// Whether the text is public.
    pub(super) public: bool,
    /// Invented for demonstration.
    #[serde(default)]
    pub(super) synthetic: bool,
    /// What to do with counselor text before the client's first turn.
    #[serde(default)]
    pub(super) opening: Opening,
    /// Remove short back-channel in `[...]` and `(...)`.
    #[serde(default)]
    pub(super) strip_backchannel: bool,
    /// What to do with lines of `format: text` that look like a label or the time of a subtitle and start no turn.
    #[serde(default)]
    pub(super) unknown_labels: UnknownLabels,
    /// Context notes given to counselors besides the dialogue.
    #[serde(default)]
    pub(super) notes: Option<NotesFile>,
    /// A table of the client turns that a person marked for the mode `selected`: session, turn.
    #[serde(default)]
    pub(super) selected: Option<String>,
    /// Identifiers to remove when the source is read.
    #[serde(default)]
    pub(super) redact: Option<RedactFile>,
    /// True if identifiers were removed earlier.
    #[serde(default)]
    pub(super) redacted: bool,
    /// Options for reading tables.
    #[serde(default)]
    pub(super) table: TableOptions,
    /// Ids of the sessions to use; if empty, all.
    #[serde(default)]
    pub(super) only: Vec<String>,
}

/// A table of context notes, one row per session.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NotesFile {
    /// Path of the table.
    #[schemars(length(min = 1))]
    pub(super) path: String,
    /// Column of the session id (default `session`; `SessionID` for sources of format `study`).
    #[serde(default)]
    pub(super) session: Option<String>,
    /// Columns that are given to counselors (default `[Event]`).
    #[serde(default)]
    pub(super) fields: Option<Vec<String>>,
}

/// What to remove from a source's text when it is read.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RedactFile {
    /// Names of persons and places; names that are not listed are not found.
    pub(super) names: Vec<String>,
    /// Path of a file with more names, one per line.
    pub(super) names_file: Option<String>,
    /// Kinds to search for (default all).
    pub(super) kinds: Option<Vec<IdentifierKind>>,
    /// Regular expressions for the source's own ids.
    pub(super) ids: Vec<String>,
}

/// A table of clinicians' ratings.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RatingsFile {
    /// Its id in this experiment: letters, digits, `-`, `_`.
    #[schemars(length(min = 1))]
    pub(super) id: String,
    /// Path of the table.
    #[schemars(length(min = 1))]
    pub(super) path: String,
    /// Layout of the table.
    #[serde(default)]
    pub(super) layout: RatingLayout,
    /// Names of the columns, by content.
    #[serde(default)]
    pub(super) columns: RatingColumns,
    /// Ids of the raters to read, in this order; if empty, all.
    #[serde(default)]
    pub(super) raters: Vec<String>,
    /// Scale of the table; must equal the rubric's.
    pub(super) scale: Scale,
    /// What to do with scores outside the scale.
    #[serde(default)]
    pub(super) out_of_scale: OutOfScalePolicy,
    /// Invented for demonstration.
    #[serde(default)]
    pub(super) synthetic: bool,
    /// Path of the instructions the raters worked by, a text file; a calibration is bound to it.
    #[serde(default)]
    pub(super) instructions: Option<String>,
    /// Map from the table's item names to the rubric's.
    #[serde(default)]
    pub(super) items: BTreeMap<String, String>,
    /// Map from the table's rater names to their ids.
    #[serde(default)]
    pub(super) rater_ids: BTreeMap<String, String>,
    /// Map from the table's session names to their ids.
    #[serde(default)]
    pub(super) session_ids: BTreeMap<String, String>,
    /// Grades in words, each with its number.
    #[serde(default)]
    pub(super) values: BTreeMap<String, Points>,
    /// Values that mean that the rater could not tell.
    #[serde(default)]
    pub(super) not_assessable: Vec<String>,
    /// Options for reading the table.
    #[serde(default)]
    pub(super) table: TableOptions,
}

/// How sessions are reconstructed.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct ReconstructFile {
    /// Modes of the matrix.
    #[schemars(length(min = 1))]
    pub(super) modes: Vec<Mode>,
    /// Number of exchanges to use of each session; if absent, all.
    #[schemars(range(min = 1, max = 10_000))]
    pub(super) max_exchanges: Option<u32>,
    /// Model that chooses the client's next turn in `aligned`.
    pub(super) aligner: Option<AlignerFile>,
    /// Model that writes the client's turns in `simulated_client`.
    pub(super) simulated_client: Option<ClientFile>,
}

/// Model that chooses the client's next turn in `aligned`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct AlignerFile {
    /// The id of a model above, `openai/<model>`, `openai-api/<endpoint>/<model>` or `baseline/bm25`.
    #[serde(default = "bm25")]
    #[schemars(length(min = 1))]
    pub(super) model: String,
    /// Decoding parameters; if absent, those of the named model.
    #[serde(default)]
    pub(super) decoding: Option<Decoding>,
    /// What its server accepts; if absent, as for the named model.
    #[serde(default)]
    pub(super) capabilities: Option<Capabilities>,
    /// Its prompt: a path or `builtin:aligner`.
    #[serde(default = "builtin_aligner")]
    #[schemars(length(min = 1))]
    pub(super) prompt: String,
}

impl Default for AlignerFile {
    fn default() -> Self {
        Self { model: bm25(), decoding: None, capabilities: None, prompt: builtin_aligner() }
    }
}

/// Model that writes the client's turns in `simulated_client`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ClientFile {
    /// The id of a model above, `openai/<model>` or `openai-api/<endpoint>/<model>`.
    #[schemars(length(min = 1))]
    pub(super) model: String,
    /// Decoding parameters; if absent, those of the named model.
    #[serde(default)]
    pub(super) decoding: Option<Decoding>,
    /// What its server accepts; if absent, as for the named model.
    #[serde(default)]
    pub(super) capabilities: Option<Capabilities>,
    /// Its prompt: a path or `builtin:simulated-client`.
    #[serde(default = "builtin_client")]
    #[schemars(length(min = 1))]
    pub(super) prompt: String,
    /// Number of exchanges of each session (default as many as recorded).
    #[serde(default)]
    #[schemars(range(min = 1, max = 200))]
    pub(super) exchanges: Option<u32>,
}

fn bm25() -> String {
    "baseline/bm25".into()
}

fn builtin_aligner() -> String {
    "builtin:aligner".into()
}

fn builtin_client() -> String {
    "builtin:simulated-client".into()
}

impl Default for ReconstructFile {
    fn default() -> Self {
        Self { modes: vec![Mode::Replay], max_exchanges: None, aligner: None, simulated_client: None }
    }
}

/// Cells of models x prompts x modes.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct MatrixFile {
    /// Cells to keep; if empty, all.
    pub(super) include: Vec<CellFile>,
    /// Cells to leave out.
    pub(super) exclude: Vec<CellFile>,
}

/// A pattern over the matrix; an absent key matches everything.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CellFile {
    /// Id of a model.
    #[serde(default)]
    pub(super) model: Option<String>,
    /// Id of a prompt.
    #[serde(default)]
    pub(super) prompt: Option<String>,
    /// A mode.
    #[serde(default)]
    pub(super) mode: Option<Mode>,
}

/// The rating instrument and the items in use.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RubricChoice {
    /// The rubric: a path or `builtin:ctrs`.
    #[schemars(length(min = 1))]
    pub(super) file: String,
    /// Id of a profile of the rubric; if absent, all items.
    #[serde(default)]
    pub(super) profile: Option<String>,
    /// Ids of the items to use; if absent, all.
    #[serde(default)]
    pub(super) items: Option<Vec<String>>,
    /// Path of anchor text that you hold a license for, which replaces the rubric's own; format `corater-anchors/1`.
    #[serde(default)]
    pub(super) anchors_file: Option<String>,
    /// Published means of the rubric's items, for comparing directions: a path or `builtin:iftikhar2025-v2`.
    #[serde(default)]
    pub(super) reference: Option<String>,
}

/// How phrases are flagged.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct FlagsFile {
    /// One lexicon per language: paths or `builtin:deceptive-empathy`.
    #[schemars(length(min = 1))]
    pub(super) lexicons: Vec<String>,
    /// Id of the judge that confirms, rejects and adds phrases; if absent, the lexicon alone decides.
    #[serde(default)]
    pub(super) judge: Option<String>,
    /// The prompt of that judge: a path or `builtin:flag-judge`.
    #[serde(default = "builtin_flag_judge")]
    #[schemars(length(min = 1))]
    pub(super) prompt: String,
    /// Path of a completed `flag-review.csv` of a run, with reviewers' decisions on its flags.
    #[serde(default)]
    pub(super) review: Option<String>,
    /// Path of a table of spans that a person marked, for comparison with the flags.
    #[serde(default)]
    pub(super) marks: Option<String>,
}

fn builtin_cues() -> Vec<String> {
    vec!["builtin:conversation-cues".into()]
}

fn builtin_grounding() -> Vec<String> {
    vec!["builtin:grounding-cues".into()]
}

fn builtin_flag_judge() -> String {
    "builtin:flag-judge".into()
}

/// What a run may cost. No call is made that could exceed a limit, and the run can be resumed.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct BudgetFile {
    /// Maximum cost of the calls of one invocation, in US dollars; needs a price and `max_tokens` for every model.
    #[schemars(range(min = 0, max = 1_000_000))]
    pub(super) max_cost: Option<f64>,
    /// Maximum duration of one invocation, such as `90s`, `45m` or `1h 30m`; calls in flight may finish.
    pub(super) max_time: Option<String>,
    /// Prices that take precedence over the embedded ones: a path, or `builtin:prices` as an example.
    pub(super) prices: Option<String>,
}

/// How the run is carried out.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RunFile {
    /// Name of the run: letters, digits, `-`, `_` (default the experiment file's name).
    pub(super) name: Option<String>,
    /// Folder of all runs, relative to where the program is started (default `runs`).
    pub(super) directory: Option<String>,
    /// Number of sessions processed at the same time (default 4).
    #[schemars(range(min = 1, max = 1024))]
    pub(super) concurrency: Option<u32>,
    /// Accept sources that declare neither consent nor license.
    pub(super) allow_unconsented: bool,
    /// Refuse sources that are neither redacted here nor declared redacted.
    pub(super) require_redacted: bool,
    /// Refuse endpoints that are not on this machine.
    pub(super) local_only: bool,
    /// Number of resamples of the bootstrap (default 2000).
    #[schemars(range(min = 100, max = 1_000_000))]
    pub(super) bootstrap: Option<u32>,
    /// The share of a judge's answers that cannot be used at which a run stops by itself, such as 0.9; judged from 50
    /// answers on. Without it a run goes on.
    #[schemars(extend("exclusiveMinimum" = 0, "maximum" = 1))]
    pub(super) stop_when_unusable: Option<f64>,
}
