//! Stage 1: turns YAML into an experiment, or into a list of every problem in it.

pub mod builtin;
mod document;
pub mod environment;
pub mod experiment;
mod file;
pub mod files;
mod hints;
mod interpolate;
pub mod load;
pub mod model_families;
pub mod overrides;
mod path;
mod plain;
pub mod problem;
pub mod resolve;
pub mod schema;
mod secrets;
mod spans;
pub mod starter;
mod typed;
mod value;
mod walk;

pub use environment::Environment;
pub use experiment::{
    Endpoint, EthicsSpec, Experiment, InputFile, JudgeForm, JudgeSpec, Limits, MatrixPattern, Model,
    PanelSpec, ProbeSpec, PromptVariant, Route, VariantSpec,
};
pub use files::{ConfigSource, read_data, read_input};
pub use load::{load, load_criteria, load_cues, load_lexicon, load_rubric};
pub use model_families::{ModelFamily, family_of};
pub use overrides::{Override, OverrideSyntax};
pub use plain::open_plain;
pub use problem::{ConfigProblem, Excerpt, Problems};
pub use schema::{SchemaKind, schema, schema_text};
pub use starter::starter;
