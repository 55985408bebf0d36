//! The composition root: the only module that knows every stage, one file per use case. Reads the files a user
//! names, hands each stage's output to the next, writes the run directory. Prints nothing.

pub mod agree;
pub mod alignment;
mod batch;
pub mod calibrate;
mod coherence;
pub mod compare;
pub mod disk;
pub mod doctor;
pub mod error;
mod ethics;
mod folder;
pub mod forecast;
pub mod forget;
pub mod gate;
pub mod keys;
pub mod label_budget;
pub mod ledger;
pub mod operations;
pub mod outputs;
pub mod preview;
pub mod probe;
pub mod process;
pub mod report;
mod reviewed;
pub mod run;
pub mod score;
mod standing;
pub mod starter;
mod stored;
pub mod study;
mod unit;
mod variants;
mod write;

pub use crate::dataset::{Problem, by_cause};
pub use error::PipelineError;
pub use operations::{Costs, Operations};
pub use run::{Outcome, RunSettings, TaskFailure};
pub use study::Study;
