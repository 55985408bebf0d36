//! Stage 1: YAML becomes an experiment, or a list of every problem in it.

pub mod experiment;

pub use experiment::{
    Cell, Endpoint, Experiment, FlagSpec, InputFile, JudgeSpec, Limits, Matrix, Model, PromptVariant,
    Reconstruct, Route, RunOptions,
};
