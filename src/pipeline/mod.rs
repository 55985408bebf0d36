//! The composition root: the only module that knows every stage, with one file per use case. Reads the files that a
//! user names, passes each stage's output to the next, and writes the run directory. Prints nothing.

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
pub mod measure_check;
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

pub use error::PipelineError;
pub use operations::{Costs, Operations};
pub use run::{Outcome, RunSettings, TaskFailure};
pub use study::Study;
