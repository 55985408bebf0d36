//! Owns the resolved experiment: every name looked up, every file read, every value in range. Nothing after this
//! module sees YAML.

use std::{collections::BTreeMap, path::PathBuf, time::Duration};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    chat::{Capabilities, Decoding, Template},
    dataset::source::{RatingSource, SessionSource},
    domain::{
        CounselorAuthor, Criteria, Digest, EthicsRisk, EthicsRubric, ItemId, Mode, Price, ProbeKind,
        ProbeLimits, ProbeTexts, RaterId, Reference, RiskId, Rubric, Usd, VariantId, price::price_of,
    },
    provider::Dialect,
    text::substitution::{Fault, Pair, Substitutions},
};

/// Limits of one endpoint, shared by all models and judges behind it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Limits {
    /// Requests per minute; none is no limit.
    pub requests_per_minute: Option<u32>,
    /// Tokens per minute, prompt and completion together; none is no limit.
    pub tokens_per_minute: Option<u32>,
    /// Prompt tokens per minute; none is no limit.
    pub input_tokens_per_minute: Option<u32>,
    /// Generated tokens per minute; none is no limit.
    pub output_tokens_per_minute: Option<u32>,
    /// Most calls in flight, at least 1.
    pub concurrency: u32,
    /// Seconds a call may take in total.
    pub timeout_seconds: u32,
    /// Retries after the first try; 0 means none.
    pub max_retries: u32,
}

/// Dialect + base URL + key + limits.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Endpoint {
    /// The experiment's id.
    pub id: String,
    /// Wire dialect.
    pub dialect: Dialect,
    /// Normalised base URL, without a trailing slash.
    pub base_url: String,
    /// Version of the interface, for dialects that ask for one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub api_version: Option<String>,
    /// What stands for the endpoint in call keys: `identity:` of the YAML, or dialect, base URL and version.
    pub identity: String,
    /// Name of the environment variable that holds the key; none sends no key.
    pub api_key_env: Option<String>,
    /// Limits.
    pub limits: Limits,
}

impl Endpoint {
    /// True when the address is this machine by itself, whatever a name server says.
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

/// Where a model lives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "at")]
pub enum Route {
    /// A scripted counselor or judge of this program: "baseline, not a language model".
    Baseline {
        /// Which one, such as `structured`.
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
    /// Where it lives.
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
    /// Use only the first exchanges of each session (both arms); none uses all.
    pub max_exchanges: Option<u32>,
    /// What chooses the client's next turn in `aligned`; none in other modes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub aligner: Option<HelperSpec>,
    /// What writes the client's turns in `simulated_client`; none in other modes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub simulated_client: Option<HelperSpec>,
    /// Exchanges with a simulated client; none has as many as recorded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub simulated_exchanges: Option<u32>,
}

impl Reconstruct {
    /// The model beside the counselor's that a mode needs.
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
    /// Its template.
    pub prompt: String,
    /// Where the template came from, as written.
    pub prompt_source: String,
}

/// How it is measured whether the client's turns answer the counselor.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CoherenceSpec {
    /// What grades.
    pub grader: HelperSpec,
    /// The lowest grade that counts as an answer, from 1.
    pub answers_from: u8,
    /// Reconstructions in which a smaller share of counselor turns is answered are left out of corrected contrasts.
    pub minimum_share: f64,
}

/// A pattern over the matrix: an absent field matches everything.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Cell {
    /// Model id.
    pub model: Option<String>,
    /// Prompt id.
    pub prompt: Option<String>,
    /// Mode.
    pub mode: Option<Mode>,
}

impl Cell {
    /// True when the pattern covers the cell.
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
    pub include: Vec<Cell>,
    /// Cells to leave out.
    pub exclude: Vec<Cell>,
}

impl Matrix {
    /// True when the cell is run: included (or nothing is), and not excluded.
    pub fn keeps(&self, model: &str, prompt: &str, mode: Mode) -> bool {
        let hit = |cells: &[Cell]| cells.iter().any(|cell| cell.matches(model, prompt, mode));
        (self.include.is_empty() || hit(&self.include)) && !hit(&self.exclude)
    }
}

/// How many items one call of a judge is about.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum JudgeForm {
    /// One: no item's score can lean on another's.
    #[default]
    PerItem,
    /// All of them, in an order drawn from the seed: cheaper, and an alternative to be measured, because the items of
    /// one answer lean on each other.
    SingleCall,
}

/// Several judges as one more rater.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PanelSpec {
    /// The rater id of the panel's mean.
    pub id: RaterId,
    /// Its members, at least two.
    pub judges: Vec<RaterId>,
}

/// Anchor text that stands in place of the rubric's own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AnchorText {
    /// Where the text comes from, in the user's words.
    pub source: String,
    /// Digest of the file.
    pub digest: Digest,
}

/// One judge.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct JudgeSpec {
    /// The rater id its ratings carry.
    pub id: RaterId,
    /// The model that judges.
    pub model: String,
    /// Answers per item and session, at least 1.
    pub draws: u32,
    /// Most observations of each kind in one answer, at least 1. Small models need few to finish their answer.
    pub observations: u32,
    /// One item per call, or all in one.
    pub form: JudgeForm,
    /// Alternatives per token to ask for, so that expected scores can be had; none asks for none.
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
    /// The judge that confirms, rejects and adds phrases; none uses the lexicon alone.
    pub judge: Option<RaterId>,
    /// Template of the flag pass.
    pub prompt: String,
    /// What people said of flags: a filled-in `flag-review.csv`.
    pub review: Option<PathBuf>,
    /// Spans that a person marked by reading, to hold the flags against.
    pub marks: Option<PathBuf>,
}

/// Which ethics risks are asked of whom.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct EthicsSpec {
    /// The instrument.
    pub rubric: EthicsRubric,
    /// The judges that are asked.
    pub judges: Vec<RaterId>,
    /// The risks in use, in the instrument's order; some of them nobody can be asked about.
    pub risks: Vec<RiskId>,
    /// Answers per risk, session and judge, at least 1.
    pub draws: u32,
    /// Template of the question.
    pub prompt: String,
    /// What people said of assessments: a filled-in `ethics-review.csv`.
    pub review: Option<PathBuf>,
}

impl EthicsSpec {
    /// The risks that judges are asked about in a session whose counselor this is.
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
    /// Ethics risks that its figures speak to, with their names.
    pub asks: Vec<(RiskId, String)>,
    /// What is replaced.
    pub replace: Substitutions,
}

impl VariantSpec {
    /// Substitutions of these pairs, `from` and `to`.
    ///
    /// # Errors
    /// Every fault, with the place of its pair.
    pub fn replacing<W: Into<String>>(
        pairs: impl IntoIterator<Item = (W, W)>,
    ) -> Result<Substitutions, Vec<(usize, Fault)>> {
        let pair = |(from, to): (W, W)| Pair { from: from.into(), to: to.into() };
        Substitutions::new(pairs.into_iter().map(pair).collect())
    }
}

/// How the run is carried out. Nothing here changes any result.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RunOptions {
    /// Name of the run; the directory is `<name>-<8 hex of the plan digest>`.
    pub name: String,
    /// Folder of all runs and of the ledger.
    pub directory: PathBuf,
    /// Sessions worked on at once.
    pub concurrency: u32,
    /// Accept sources that declare no consent and no licence.
    pub allow_unconsented: bool,
    /// Refuse sources that are neither redacted here nor declared redacted.
    pub require_redacted: bool,
    /// Refuse endpoints that are not on this machine.
    pub local_only: bool,
    /// Resamples of the cluster bootstrap.
    pub bootstrap: u32,
    /// The share of a judge's unusable answers at which a run stops; none never stops it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stop_when_unusable: Option<f64>,
}

/// What `corater probe` does with the judges.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ProbeSpec {
    /// Recorded sessions to probe with.
    pub sessions: u32,
    /// Which probes, in the order of reports.
    pub kinds: Vec<ProbeKind>,
    /// Items to probe with.
    pub items: Vec<ItemId>,
    /// Draws of the probe of self-consistency, at least 2.
    pub draws: u32,
    /// What is said and asked.
    pub texts: ProbeTexts,
    /// Limits declared beforehand.
    pub limits: ProbeLimits,
}

/// What a run may cost. Changes no result.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Budget {
    /// Most that the calls of one invocation may cost.
    pub max_cost: Option<Usd>,
    /// Longest time of one invocation.
    pub max_time: Option<Duration>,
    /// Prices, the experiment's own first.
    pub prices: Vec<Price>,
}

/// A file the experiment was read from, for the manifest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct InputFile {
    /// What it is for, such as `experiment`, `prompt helpert`, `sessions demo`.
    pub role: String,
    /// The path as written.
    pub path: String,
    /// Digest of its bytes.
    pub digest: Digest,
}

/// A resolved experiment.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Experiment {
    /// One line for people.
    pub description: String,
    /// Labels for people and tables.
    pub tags: BTreeMap<String, String>,
    /// Seed of every random choice (below 2^53).
    pub seed: u64,
    /// Endpoints by id.
    pub endpoints: BTreeMap<String, Endpoint>,
    /// Models by declaration order, judges' models included.
    pub models: Vec<Model>,
    /// Ids of the models that reconstruct sessions (the others only judge).
    pub counselors: Vec<String>,
    /// Prompt variants by declaration order.
    pub prompts: Vec<PromptVariant>,
    /// Session sources.
    pub sessions: Vec<SessionSource>,
    /// Rating sources.
    pub ratings: Vec<RatingSource>,
    /// Reconstruction.
    pub reconstruct: Reconstruct,
    /// Matrix selection.
    pub matrix: Matrix,
    /// Repeats of each reconstruction, at least 1.
    pub epochs: u32,
    /// Judges.
    pub judges: Vec<JudgeSpec>,
    /// Judges that also count as one.
    pub panel: Option<PanelSpec>,
    /// The rating instrument.
    pub rubric: Rubric,
    /// Whose anchor text the rubric carries, where it is the user's.
    pub anchors: Option<AnchorText>,
    /// The items in use, in the rubric's order.
    pub items: Vec<ItemId>,
    /// Published means to hold directions against.
    pub reference: Option<Reference>,
    /// Cue words of conversations, one file per language.
    pub cues: Vec<crate::text::conversation::spec::CueSpec>,
    /// Words of the grounding check, one file per language.
    pub grounding: Vec<crate::text::grounding::spec::GroundingSpec>,
    /// Whether the client's turns answer the counselor; none asks nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub coherence: Option<CoherenceSpec>,
    /// Flagging; none flags nothing.
    pub flags: Option<FlagSpec>,
    /// Ethics risks; none asks for none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ethics: Option<EthicsSpec>,
    /// Counterfactual variants.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub variants: Vec<VariantSpec>,
    /// Maps from judges' scores to the clinicians' scale, fitted earlier.
    pub calibration: Option<PathBuf>,
    /// What must hold before a judge may be trusted, and the margins of every verdict.
    pub gates: Criteria,
    /// What `corater probe` does; no part of what a run is.
    #[serde(skip)]
    pub probes: ProbeSpec,
    /// What a run may cost; no part of what a run is.
    #[serde(skip)]
    pub budget: Budget,
    /// Run options.
    pub run: RunOptions,
    /// What the reader of every report must know of the experiment, such as a judge of the counselor's family.
    pub cautions: Vec<String>,
    /// Every file read so far.
    pub inputs: Vec<InputFile>,
    /// The experiment's YAML before interpolation.
    pub source_text: String,
}

impl Experiment {
    /// The model with this id.
    pub fn model(&self, id: &str) -> Option<&Model> {
        self.models.iter().find(|model| model.id == id)
    }

    /// The price of a model; none where it is not known, and for baselines.
    pub fn price(&self, model: &Model) -> Option<&Price> {
        match &model.route {
            Route::Baseline { .. } => None,
            Route::Endpoint { endpoint, model } => price_of(&self.budget.prices, endpoint, model),
        }
    }

    /// The prompt variant with this id.
    pub fn prompt(&self, id: &str) -> Option<&PromptVariant> {
        self.prompts.iter().find(|prompt| prompt.id == id)
    }

    /// The judge with this id.
    pub fn judge(&self, id: &RaterId) -> Option<&JudgeSpec> {
        self.judges.iter().find(|judge| judge.id == *id)
    }
}
