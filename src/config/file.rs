//! Owns the experiment as written: one type per mapping of the YAML. The JSON Schema is made from these types, and
//! ranges stand here only.

mod coherence;
mod ethics;
mod judges;
mod probes;
mod variants;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::{
    chat::{Capabilities, Decoding},
    dataset::source::{
        ColumnMap, Opening, OutOfScalePolicy, Points, RatingColumns, RatingLayout, RoleMap, SessionFormat,
        TableOptions,
    },
    domain::{ClientAuthor, CounselorAuthor, Criteria, IdentifierKind, Mode, Scale},
    provider::Dialect,
};

pub(super) use coherence::CoherenceFile;
pub(super) use ethics::EthicsFile;
pub(super) use judges::{FamilyPolicy, JudgeFile, PanelFile};
pub(super) use probes::ProbesFile;
pub(super) use variants::VariantFile;

/// An experiment: sessions are reconstructed by models under prompts, rated by judges and compared with clinicians.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "corater experiment")]
pub(super) struct ExperimentFile {
    /// Address of this schema, for editors that read it from a key.
    #[serde(default, rename = "$schema")]
    #[expect(dead_code, reason = "read by editors only")]
    pub(super) schema: Option<String>,
    /// One line for people.
    #[serde(default)]
    pub(super) description: String,
    /// Labels for people and tables.
    #[serde(default)]
    pub(super) tags: BTreeMap<String, String>,
    /// Seed of every random choice.
    #[serde(default)]
    #[schemars(range(min = 0, max = 9_007_199_254_740_991_u64))]
    pub(super) seed: u64,
    /// Servers by id, for models written `openai-api/<id>/<model>`.
    #[serde(default)]
    pub(super) endpoints: BTreeMap<String, EndpointFile>,
    /// The models that take the counselor's part.
    #[schemars(length(min = 1))]
    pub(super) models: Vec<ModelFile>,
    /// The counselor's prompts.
    #[schemars(length(min = 1))]
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
    /// Repeats of each reconstruction.
    #[serde(default = "one")]
    #[schemars(range(min = 1, max = 100))]
    pub(super) epochs: u32,
    /// The judges.
    #[serde(default)]
    pub(super) judges: Vec<JudgeFile>,
    /// Judges that also count as one rater, their mean.
    #[serde(default)]
    pub(super) panel: Option<PanelFile>,
    /// The rating instrument.
    pub(super) rubric: RubricChoice,
    /// Whether the client's turns answer the counselor; without it nothing is asked.
    #[serde(default)]
    pub(super) coherence: Option<CoherenceFile>,
    /// Flagging of deceptive-empathy phrases; without it nothing is flagged.
    #[serde(default)]
    pub(super) flags: Option<FlagsFile>,
    /// Ethics risks, asked of judges; without it none is asked.
    #[serde(default)]
    pub(super) ethics: Option<EthicsFile>,
    /// Counterfactual variants: pairs of reconstructions that differ in declared words of the client.
    #[serde(default)]
    pub(super) variants: Vec<VariantFile>,
    /// Cue words of conversations, one file per language: paths or `builtin:conversation-cues`. An empty list looks for none.
    #[serde(default = "builtin_cues")]
    pub(super) cues: Vec<String>,
    /// Words of the grounding check, one file per language: paths or `builtin:grounding-cues`. An empty list checks nothing.
    #[serde(default = "builtin_grounding")]
    pub(super) grounding: Vec<String>,
    /// A file written by `corater calibrate`: judges' scores are shown on the clinicians' scale too.
    #[serde(default)]
    pub(super) calibration: Option<String>,
    /// What must hold before a judge may be trusted; `corater gate` decides.
    #[serde(default)]
    pub(super) gates: Criteria,
    /// What `corater probe` does with the judges; no part of a run.
    #[serde(default)]
    pub(super) probes: Option<ProbesFile>,
    /// What a run may cost; changes no result.
    #[serde(default)]
    pub(super) budget: BudgetFile,
    /// How the run is carried out; changes no result.
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
    /// Wire dialect.
    #[serde(default = "openai_chat")]
    pub(super) dialect: Dialect,
    /// Address up to the version, such as `http://127.0.0.1:8080/v1`.
    #[schemars(length(min = 1))]
    pub(super) base_url: String,
    /// Version of the interface, for `azure_openai` only (2024-10-21).
    #[serde(default)]
    pub(super) api_version: Option<String>,
    /// Name of the environment variable that holds the key; without it no key is sent.
    #[serde(default)]
    pub(super) api_key_env: Option<String>,
    /// What stands for this server in the identity of a call, so that moving it repeats nothing.
    #[serde(default)]
    pub(super) identity: Option<String>,
    /// Limits shared by all models behind it.
    #[serde(default)]
    pub(super) limits: LimitsFile,
}

fn openai_chat() -> Dialect {
    Dialect::OpenaiChat
}

/// Limits of a server.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct LimitsFile {
    /// Requests per minute; without it there is no limit.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub(super) requests_per_minute: Option<u32>,
    /// Tokens per minute, prompt and completion together; without it there is no limit.
    #[schemars(range(min = 1, max = 1_000_000_000))]
    pub(super) tokens_per_minute: Option<u32>,
    /// Prompt tokens per minute, where the server limits them apart.
    #[schemars(range(min = 1, max = 1_000_000_000))]
    pub(super) input_tokens_per_minute: Option<u32>,
    /// Generated tokens per minute, where the server limits them apart.
    #[schemars(range(min = 1, max = 1_000_000_000))]
    pub(super) output_tokens_per_minute: Option<u32>,
    /// Most calls in flight (4).
    #[schemars(range(min = 1, max = 1024))]
    pub(super) concurrency: Option<u32>,
    /// Seconds a call may take in total (600).
    #[schemars(range(min = 1, max = 86400))]
    pub(super) timeout_seconds: Option<u32>,
    /// Retries after the first try (5).
    #[schemars(range(min = 0, max = 100))]
    pub(super) max_retries: Option<u32>,
}

/// A model that takes the counselor's part.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ModelFile {
    /// Its id in this experiment: letters, digits, `-`, `_`.
    #[schemars(length(min = 1))]
    pub(super) id: String,
    /// `openai/<model>`, `anthropic/<model>`, `google/<model>`, `openai-api/<endpoint>/<model>`,
    /// `baseline/structured` and their like.
    #[schemars(length(min = 1))]
    pub(super) model: String,
    /// Decoding parameters; what is absent is not sent.
    #[serde(default)]
    pub(super) decoding: Decoding,
    /// What its server accepts.
    #[serde(default)]
    pub(super) capabilities: Capabilities,
    /// Its family, such as `llama`, where the name does not show it: judges of the same family are told of.
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
    /// The template: a path, or `builtin:helpert` and its like.
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
    /// The file.
    #[serde(default)]
    pub(super) path: Option<String>,
    /// Several files, for `text`: one session each.
    #[serde(default)]
    pub(super) paths: Vec<String>,
    /// File format.
    pub(super) format: SessionFormat,
    /// Which fields hold what.
    #[serde(default)]
    pub(super) columns: ColumnMap,
    /// Which speakers (not for `study`) are client and counselor.
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
    /// The licence under which the sessions may be used.
    #[serde(default)]
    pub(super) licence: Option<String>,
    /// Whether the text is public.
    pub(super) public: bool,
    /// Invented for demonstration.
    #[serde(default)]
    pub(super) synthetic: bool,
    /// What happens to counselor text before the client's first turn.
    #[serde(default)]
    pub(super) opening: Opening,
    /// Remove text in `[...]` and `(...)`.
    #[serde(default)]
    pub(super) strip_backchannel: bool,
    /// What counselors are told beside the words.
    #[serde(default)]
    pub(super) notes: Option<NotesFile>,
    /// A table of the client turns that a person marked for the mode `selected`: session, turn.
    #[serde(default)]
    pub(super) selected: Option<String>,
    /// Identifiers to take out when the source is read.
    #[serde(default)]
    pub(super) redact: Option<RedactFile>,
    /// The identifiers were taken out before.
    #[serde(default)]
    pub(super) redacted: bool,
    /// How tables are read.
    #[serde(default)]
    pub(super) table: TableOptions,
    /// Only these sessions.
    #[serde(default)]
    pub(super) only: Vec<String>,
}

/// A table of context notes, one row per session.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NotesFile {
    /// The table.
    #[schemars(length(min = 1))]
    pub(super) path: String,
    /// The column of the session id (`session`; `SessionID` in a source of format `study`).
    #[serde(default)]
    pub(super) session: Option<String>,
    /// The columns that counselors are told (`[Event]`).
    #[serde(default)]
    pub(super) fields: Option<Vec<String>>,
}

/// What is taken out of a source's text when it is read.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RedactFile {
    /// Names of persons and places; nothing finds a name that is not listed.
    pub(super) names: Vec<String>,
    /// A file with more names, one a line.
    pub(super) names_file: Option<String>,
    /// Kinds to look for (all).
    pub(super) kinds: Option<Vec<IdentifierKind>>,
    /// Regular expressions of the source's own ids.
    pub(super) ids: Vec<String>,
}

/// A table of clinicians' ratings.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RatingsFile {
    /// Its id in this experiment: letters, digits, `-`, `_`.
    #[schemars(length(min = 1))]
    pub(super) id: String,
    /// The table.
    #[schemars(length(min = 1))]
    pub(super) path: String,
    /// Layout of the table.
    #[serde(default)]
    pub(super) layout: RatingLayout,
    /// Which columns hold what.
    #[serde(default)]
    pub(super) columns: RatingColumns,
    /// Raters to read, in this order; without it all.
    #[serde(default)]
    pub(super) raters: Vec<String>,
    /// Scale of the table; must be the rubric's.
    pub(super) scale: Scale,
    /// What happens to scores outside the scale.
    #[serde(default)]
    pub(super) out_of_scale: OutOfScalePolicy,
    /// Invented for demonstration.
    #[serde(default)]
    pub(super) synthetic: bool,
    /// The instructions the raters worked by, a text file: a calibration is bound to it.
    #[serde(default)]
    pub(super) instructions: Option<String>,
    /// The table's names of items to the rubric's.
    #[serde(default)]
    pub(super) items: BTreeMap<String, String>,
    /// The table's names of raters to their ids.
    #[serde(default)]
    pub(super) rater_ids: BTreeMap<String, String>,
    /// The table's names of sessions to their ids.
    #[serde(default)]
    pub(super) session_ids: BTreeMap<String, String>,
    /// Grades in words, each with its number.
    #[serde(default)]
    pub(super) values: BTreeMap<String, Points>,
    /// Values that mean that the rater could not tell.
    #[serde(default)]
    pub(super) not_assessable: Vec<String>,
    /// How the table is read.
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
    /// Use only the first exchanges of each session.
    #[schemars(range(min = 1, max = 10_000))]
    pub(super) max_exchanges: Option<u32>,
    /// What chooses the client's next turn in `aligned`.
    pub(super) aligner: Option<AlignerFile>,
    /// What writes the client's turns in `simulated_client`.
    pub(super) simulated_client: Option<ClientFile>,
}

/// What chooses the client's next turn in `aligned`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct AlignerFile {
    /// The id of a model above, `openai/<model>`, `openai-api/<endpoint>/<model>` or `baseline/bm25`.
    #[serde(default = "bm25")]
    #[schemars(length(min = 1))]
    pub(super) model: String,
    /// Decoding parameters; without it those of the model named.
    #[serde(default)]
    pub(super) decoding: Option<Decoding>,
    /// What its server accepts; without it that of the model named.
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

/// What writes the client's turns in `simulated_client`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ClientFile {
    /// The id of a model above, `openai/<model>` or `openai-api/<endpoint>/<model>`.
    #[schemars(length(min = 1))]
    pub(super) model: String,
    /// Decoding parameters; without it those of the model named.
    #[serde(default)]
    pub(super) decoding: Option<Decoding>,
    /// What its server accepts; without it that of the model named.
    #[serde(default)]
    pub(super) capabilities: Option<Capabilities>,
    /// Its prompt: a path or `builtin:simulated-client`.
    #[serde(default = "builtin_client")]
    #[schemars(length(min = 1))]
    pub(super) prompt: String,
    /// Exchanges of each session (as many as recorded).
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
    /// Cells to keep; without it all.
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
    /// A profile of the rubric; without it all items.
    #[serde(default)]
    pub(super) profile: Option<String>,
    /// Only these items.
    #[serde(default)]
    pub(super) items: Option<Vec<String>>,
    /// Anchor text you hold a licence for, in place of the rubric's own: a file of the format `corater-anchors/1`.
    #[serde(default)]
    pub(super) anchors_file: Option<String>,
    /// Published means of the rubric's items, to hold directions against: a path or `builtin:iftikhar2025-v2`.
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
    /// The judge that confirms, rejects and adds phrases; without it the lexicon alone decides.
    #[serde(default)]
    pub(super) judge: Option<String>,
    /// The prompt of that judge: a path or `builtin:flag-judge`.
    #[serde(default = "builtin_flag_judge")]
    #[schemars(length(min = 1))]
    pub(super) prompt: String,
    /// A filled-in `flag-review.csv` of a run: what people said of its flags.
    #[serde(default)]
    pub(super) review: Option<String>,
    /// A table of spans that a person marked by reading, to hold the flags against.
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

/// What a run may cost: no call is made that could pass a limit. The run can be resumed.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct BudgetFile {
    /// Most that the calls of one invocation may cost, in US dollars; needs a price and `max_tokens` of every model.
    #[schemars(range(min = 0, max = 1_000_000))]
    pub(super) max_cost: Option<f64>,
    /// Longest time of one invocation, such as `90s`, `45m` or `1h 30m`; calls in flight then are finished.
    pub(super) max_time: Option<String>,
    /// Prices that come before the embedded ones: a path, or `builtin:prices` as an example.
    pub(super) prices: Option<String>,
}

/// How the run is carried out.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RunFile {
    /// Name of the run: letters, digits, `-`, `_` (the experiment file's name).
    pub(super) name: Option<String>,
    /// Folder of all runs, from where the program is started (`runs`).
    pub(super) directory: Option<String>,
    /// Sessions worked on at once (4).
    #[schemars(range(min = 1, max = 1024))]
    pub(super) concurrency: Option<u32>,
    /// Accept sources that declare neither consent nor licence.
    pub(super) allow_unconsented: bool,
    /// Refuse sources that are neither redacted here nor declared redacted.
    pub(super) require_redacted: bool,
    /// Refuse endpoints that are not on this machine.
    pub(super) local_only: bool,
    /// Resamples of the bootstrap (2000).
    #[schemars(range(min = 100, max = 1_000_000))]
    pub(super) bootstrap: Option<u32>,
}
