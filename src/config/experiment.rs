//! The resolved experiment: every name looked up, every file read, every value in range. Later stages never see
//! YAML.

use std::{collections::BTreeMap, path::PathBuf, time::Duration};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::model_families::{ModelFamily, family_of};
use crate::{
    chat::{Capabilities, Decoding, Template},
    dataset::source::{RatingSource, SessionSource},
    domain::{
        CounselorAuthor, Criteria, Digest, EthicsRisk, EthicsRubric, ItemId, Mode, Price, ProbeKind,
        ProbeLimits, ProbeTexts, RaterId, Reference, RiskId, Rubric, Usd, VariantId, price::price_of,
    },
    provider::Dialect,
    text::substitution::{SubstitutionFault, SubstitutionRule, Substitutions},
};

/// Limits of one endpoint, shared by all models and judges behind it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Limits {
    /// Requests per minute; `None` for no limit.
    pub requests_per_minute: Option<u32>,
    /// Tokens per minute, prompt and completion together; `None` for no limit.
    pub tokens_per_minute: Option<u32>,
    /// Prompt tokens per minute; `None` for no limit.
    pub input_tokens_per_minute: Option<u32>,
    /// Generated tokens per minute; `None` for no limit.
    pub output_tokens_per_minute: Option<u32>,
    /// Maximum number of calls in flight, at least 1.
    pub concurrency: u32,
    /// Maximum duration of a call, in seconds.
    pub timeout_seconds: u32,
    /// Maximum number of retries after the first attempt; 0 for none.
    pub max_retries: u32,
    /// Maximum number of requests in one batch.
    pub batch_items: u32,
}

/// A server: dialect, base URL, key and limits.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Endpoint {
    /// The experiment's id.
    pub id: String,
    /// Wire dialect.
    pub dialect: Dialect,
    /// Normalised base URL, without a trailing slash.
    pub base_url: String,
    /// Version of the interface, for dialects that require one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub api_version: Option<String>,
    /// The endpoint's part of call keys: `identity:` of the YAML, or dialect, base URL and version.
    pub identity: String,
    /// Name of the environment variable that holds the key; `None` sends no key.
    pub api_key_env: Option<String>,
    /// Fields added to the body of every request; they are part of each model's decoding.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub extra_body: Map<String, Value>,
    /// Headers added to every request; they are part of `identity`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub extra_headers: BTreeMap<String, String>,
    /// Limits.
    pub limits: Limits,
}

impl Endpoint {
    /// True if the address is loopback, without a DNS lookup.
    pub fn is_local(&self) -> bool {
        let rest = self.base_url.split_once("://").map_or("", |(_, rest)| rest);
        let authority = rest.split('/').next().unwrap_or_default();
        let host = match authority.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => host,
            _ => authority,
        };
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        let address: Result<std::net::IpAddr, _> = bare.parse();
        host == "localhost" || address.is_ok_and(|address| address.is_loopback())
    }
}

/// Where a model is served.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "at")]
pub enum Route {
    /// A scripted counselor or judge of this program: "baseline, not a language model".
    Baseline {
        /// Its name, such as `structured`.
        name: String,
    },
    /// A model behind an endpoint.
    Endpoint {
        /// The endpoint's id in the experiment.
        endpoint: String,
        /// The server's name for the model.
        model: String,
    },
}

/// One model of the sweep, or one that judges.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Model {
    /// The experiment's id: letters, digits, `-`, `_`.
    pub id: String,
    /// Where it is served.
    pub route: Route,
    /// Decoding parameters.
    pub decoding: Decoding,
    /// What its server accepts.
    pub capabilities: Capabilities,
}

impl Model {
    /// True for scripted models.
    pub fn is_baseline(&self) -> bool {
        matches!(self.route, Route::Baseline { .. })
    }
}

/// One counselor prompt: a template and its declared settings. The template is rendered once, at load.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PromptVariant {
    /// The experiment's id: letters, digits, `-`, `_`.
    pub id: String,
    /// Where the template came from, as written (`builtin:helpert` or a path).
    pub source: String,
    /// Declared settings, as text.
    pub settings: BTreeMap<String, String>,
    /// The rendered system prompt.
    pub system: String,
}

/// How sessions are reconstructed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reconstruct {
    /// Modes of the matrix.
    pub modes: Vec<Mode>,
    /// Number of exchanges used of each session (in both arms); `None` uses all.
    pub max_exchanges: Option<u32>,
    /// Model that chooses the client's next turn in `aligned`; `None` for other modes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub aligner: Option<HelperSpec>,
    /// Model that writes the client's turns in `simulated_client`; `None` for other modes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub simulated_client: Option<HelperSpec>,
    /// Number of exchanges with a simulated client; `None` for as many as recorded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub simulated_exchanges: Option<u32>,
}

impl Reconstruct {
    /// The model that a mode needs in addition to the counselor's, if any.
    pub fn helper(&self, mode: Mode) -> Option<&HelperSpec> {
        match mode {
            Mode::Aligned => self.aligner.as_ref(),
            Mode::SimulatedClient => self.simulated_client.as_ref(),
            Mode::Replay | Mode::TeacherForced | Mode::Selected => None,
        }
    }
}

/// A model that chooses or writes the client's turns.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HelperSpec {
    /// The model's id in the experiment.
    pub model: String,
    /// Template of its prompt.
    pub prompt: String,
    /// Where the template came from, as written.
    pub prompt_source: String,
}

/// How coherence is measured: whether the client's turns answer the counselor.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CoherenceSpec {
    /// The model that grades.
    pub grader: HelperSpec,
    /// The lowest grade that counts as an answer, from 1.
    pub answers_from: u8,
    /// Reconstructions with a smaller share of answered turns are excluded from corrected contrasts.
    pub minimum_share: f64,
}

/// A pattern over the matrix: an absent field matches everything.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct MatrixPattern {
    /// Model id.
    pub model: Option<String>,
    /// Prompt id.
    pub prompt: Option<String>,
    /// Mode.
    pub mode: Option<Mode>,
}

impl MatrixPattern {
    /// True if the pattern matches the cell.
    pub fn matches(&self, model: &str, prompt: &str, mode: Mode) -> bool {
        self.model.as_deref().is_none_or(|wanted| wanted == model)
            && self.prompt.as_deref().is_none_or(|wanted| wanted == prompt)
            && self.mode.is_none_or(|wanted| wanted == mode)
    }
}

/// Which cells of models x prompts x modes are run.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Matrix {
    /// Cells to keep; empty keeps all.
    pub include: Vec<MatrixPattern>,
    /// Cells to leave out.
    pub exclude: Vec<MatrixPattern>,
}

impl Matrix {
    /// True if the cell is run: included (or no cell is), and not excluded.
    pub fn keeps(&self, model: &str, prompt: &str, mode: Mode) -> bool {
        let hit = |cells: &[MatrixPattern]| cells.iter().any(|cell| cell.matches(model, prompt, mode));
        (self.include.is_empty() || hit(&self.include)) && !hit(&self.exclude)
    }
}

/// How many items one call to a judge covers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum JudgeForm {
    /// One item: no score can be influenced by another item's.
    #[default]
    PerItem,
    /// All items, in an order drawn from the seed. Cheaper, and offered for comparison, because the items of one answer
    /// influence each other.
    SingleCall,
}

/// Several judges that together act as one more rater.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PanelSpec {
    /// The rater id of the panel's mean.
    pub id: RaterId,
    /// Ids of its members, at least two.
    pub judges: Vec<RaterId>,
}

/// Anchor text of the user that replaces the rubric's own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AnchorText {
    /// Origin of the text, in the user's words.
    pub source: String,
    /// Digest of the file.
    pub digest: Digest,
}

/// One judge.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct JudgeSpec {
    /// Its id as a rater.
    pub id: RaterId,
    /// Id of the model that judges.
    pub model: String,
    /// Number of answers per item and session, at least 1.
    pub draws: u32,
    /// Maximum number of observations of each kind in one answer, at least 1. Small models need a low limit to finish.
    pub observations: u32,
    /// One item per call, or all in one.
    pub form: JudgeForm,
    /// Number of alternatives per token to request, for expected scores; `None` requests no log-probabilities.
    pub logprobs: Option<u8>,
    /// The judging prompt's template, rendered per session and item.
    pub prompt: Template,
    /// Where the template came from, as written.
    pub prompt_source: String,
}

/// How deceptive-empathy phrases are flagged.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FlagSpec {
    /// One lexicon per language; a session in another language has undefined flags.
    pub lexicons: Vec<crate::text::lexicon::spec::LexiconSpec>,
    /// Id of the judge that confirms, rejects and adds phrases; `None` uses the lexicon alone.
    pub judge: Option<RaterId>,
    /// Template of the flag pass.
    pub prompt: String,
    /// Completed `flag-review.csv` with reviewers' decisions on flags.
    pub review: Option<PathBuf>,
    /// Table of spans that a person marked, for comparison with the flags.
    pub marks: Option<PathBuf>,
}

/// Which judges are asked about which ethics risks.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct EthicsSpec {
    /// The instrument.
    pub rubric: EthicsRubric,
    /// Ids of the judges that are asked.
    pub judges: Vec<RaterId>,
    /// Ids of the risks in use, in the instrument's order, including those that no judge can be asked about.
    pub risks: Vec<RiskId>,
    /// Number of answers per risk, session and judge, at least 1.
    pub draws: u32,
    /// Template of the question.
    pub prompt: String,
    /// Completed `ethics-review.csv` with reviewers' decisions on assessments.
    pub review: Option<PathBuf>,
}

impl EthicsSpec {
    /// The risks that judges are asked about in a session with this counselor.
    pub fn asked(&self, author: CounselorAuthor) -> impl Iterator<Item = &EthicsRisk> {
        let used = self.risks.iter().filter_map(|id| self.rubric.risk(id));
        used.filter(move |risk| risk.applies_to(author))
    }
}

/// A counterfactual variant: declared substitutions in client turns.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct VariantSpec {
    /// Its name.
    pub id: VariantId,
    /// Ids and names of the ethics risks that its figures address.
    pub asks: Vec<(RiskId, String)>,
    /// The substitutions.
    pub replace: Substitutions,
}

impl VariantSpec {
    /// A variant with substitutions of these pairs, `from` and `to`.
    ///
    /// # Errors
    /// Every fault, with the index of its pair.
    pub fn replacing<W: Into<String>>(
        pairs: impl IntoIterator<Item = (W, W)>,
    ) -> Result<Substitutions, Vec<(usize, SubstitutionFault)>> {
        let pair = |(from, to): (W, W)| SubstitutionRule { from: from.into(), to: to.into() };
        Substitutions::new(pairs.into_iter().map(pair).collect())
    }
}

/// How the run is carried out. Nothing here changes a result.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RunOptions {
    /// Name of the run; the directory is `<name>-<8 hex of the plan digest>`.
    pub name: String,
    /// Folder of all runs and of the ledger.
    pub directory: PathBuf,
    /// Number of sessions processed at the same time.
    pub concurrency: u32,
    /// Accept sources that declare neither consent nor license.
    pub allow_unconsented: bool,
    /// Refuse sources that are neither redacted here nor declared redacted.
    pub require_redacted: bool,
    /// Refuse endpoints that are not on this machine.
    pub local_only: bool,
    /// Number of resamples of the cluster bootstrap.
    pub bootstrap: u32,
    /// The share of a judge's unusable answers at which a run stops; none never stops it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stop_when_unusable: Option<f64>,
}

/// What `corater probe` tests on the judges.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ProbeSpec {
    /// Number of recorded sessions to probe with.
    pub sessions: u32,
    /// Which probes, in the order of reports.
    pub kinds: Vec<ProbeKind>,
    /// Ids of the items to probe with.
    pub items: Vec<ItemId>,
    /// Number of draws of the self-consistency probe, at least 2.
    pub draws: u32,
    /// Texts that are inserted and asked.
    pub texts: ProbeTexts,
    /// Limits declared in advance.
    pub limits: ProbeLimits,
}

/// What a run may cost. Nothing here changes a result.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Budget {
    /// Maximum cost of the calls of one invocation.
    pub max_cost: Option<Usd>,
    /// Maximum duration of one invocation.
    pub max_time: Option<Duration>,
    /// Prices, the experiment's own first.
    pub prices: Vec<Price>,
}

/// A file the experiment was read from, for the manifest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct InputFile {
    /// Purpose of the file, such as `experiment`, `prompt helpert`, `sessions demo`.
    pub role: String,
    /// The path as written.
    pub path: String,
    /// Digest of its bytes.
    pub digest: Digest,
}

/// A resolved experiment.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Experiment {
    /// One line that describes the experiment.
    pub description: String,
    /// Labels shown to people and in tables.
    pub tags: BTreeMap<String, String>,
    /// Seed of every random choice (below 2^53).
    pub seed: u64,
    /// Endpoints by id.
    pub endpoints: BTreeMap<String, Endpoint>,
    /// Models in declaration order, including those used only by judges.
    pub models: Vec<Model>,
    /// Ids of the models that reconstruct sessions (the others only judge).
    pub counselors: Vec<String>,
    /// Prompt variants in declaration order.
    pub prompts: Vec<PromptVariant>,
    /// Session sources.
    pub sessions: Vec<SessionSource>,
    /// Rating sources.
    pub ratings: Vec<RatingSource>,
    /// Modes and models of the reconstruction.
    pub reconstruct: Reconstruct,
    /// Matrix selection.
    pub matrix: Matrix,
    /// Number of repeats of each reconstruction, at least 1.
    pub epochs: u32,
    /// Judges.
    pub judges: Vec<JudgeSpec>,
    /// Judges that together act as one more rater.
    pub panel: Option<PanelSpec>,
    /// The rating instrument.
    pub rubric: Rubric,
    /// Origin of the anchor text, if the user supplied it.
    pub anchors: Option<AnchorText>,
    /// The items in use, in the rubric's order.
    pub items: Vec<ItemId>,
    /// Published means for comparing directions.
    pub reference: Option<Reference>,
    /// Cue words of conversations, one file per language.
    pub cues: Vec<crate::text::conversation::spec::CueSpec>,
    /// Word lists of the grounding check, one file per language.
    pub grounding: Vec<crate::text::grounding::spec::GroundingSpec>,
    /// Coherence; `None` asks nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub coherence: Option<CoherenceSpec>,
    /// Flags; `None` flags nothing.
    pub flags: Option<FlagSpec>,
    /// Ethics risks; `None` asks about none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ethics: Option<EthicsSpec>,
    /// Counterfactual variants.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub variants: Vec<VariantSpec>,
    /// Maps from judges' scores to the clinicians' scale, fitted earlier.
    pub calibration: Option<PathBuf>,
    /// Criteria that a judge must meet before it may be trusted, and the margins of every verdict.
    pub gates: Criteria,
    /// What `corater probe` tests. Not part of a run.
    #[serde(skip)]
    pub probes: ProbeSpec,
    /// What a run may cost. Not part of a run's identity.
    #[serde(skip)]
    pub budget: Budget,
    /// Run options.
    pub run: RunOptions,
    /// Cautions that every report repeats, such as a judge of the counselor's family.
    pub cautions: Vec<String>,
    /// What is worth knowing before a call is paid for. Not part of a run.
    #[serde(skip)]
    pub warnings: Vec<String>,
    /// What is known of families of models, the experiment's own rows first. Not part of a run.
    #[serde(skip)]
    pub families: Vec<ModelFamily>,
    /// Every file read so far.
    pub inputs: Vec<InputFile>,
    /// The experiment's YAML before interpolation.
    pub source_text: String,
}

impl Experiment {
    /// The model with this id, if there is one.
    pub fn model(&self, id: &str) -> Option<&Model> {
        self.models.iter().find(|model| model.id == id)
    }

    /// The price of a model; `None` if it is unknown, and for baselines.
    pub fn price(&self, model: &Model) -> Option<&Price> {
        match &model.route {
            Route::Baseline { .. } => None,
            Route::Endpoint { endpoint, model } => price_of(&self.budget.prices, endpoint, model),
        }
    }

    /// What is known of a model's family.
    pub fn family(&self, model: &Model) -> Option<&ModelFamily> {
        let Route::Endpoint { model: wire_model, .. } = &model.route else { return None };
        family_of(&[&self.families], wire_model)
    }

    /// The prompt variant with this id, if there is one.
    pub fn prompt(&self, id: &str) -> Option<&PromptVariant> {
        self.prompts.iter().find(|prompt| prompt.id == id)
    }

    /// The judge with this id, if there is one.
    pub fn judge(&self, id: &RaterId) -> Option<&JudgeSpec> {
        self.judges.iter().find(|judge| judge.id == *id)
    }
}
