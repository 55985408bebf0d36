//! Stage 6: the study's questions, answered as findings.
//!
//! Everything a report prints is a field of [`Findings`]; no report computes. The entry points are [`analyse`] for a
//! run and [`agree::analyse`] for any ratings table. Both lay ratings out as [`sheet::Panel`]s, sorted by id bytes, and
//! share every function from there on.

pub mod agree;
mod agreement;
pub mod alignment;
mod alternative;
mod arms;
mod bias;
pub mod calibration;
mod ceiling;
mod cell;
mod coherence;
pub mod compare;
mod competence;
mod consistency;
mod contrast;
mod corrected;
mod coverage;
mod draft;
mod dynamics;
mod equivalence;
mod ethics;
mod evidence;
pub mod findings;
mod flags;
pub mod gate;
mod grounding;
mod headline;
pub mod inputs;
mod judged;
pub mod label_budget;
mod latency;
mod layout;
mod marks;
pub mod measure_check;
mod measures;
mod outcomes;
pub mod phrase;
pub mod probe;
mod published;
mod repeatability;
mod resampling;
pub mod row;
mod row_table;
mod run;
mod safety;
pub mod sensitivity;
mod served;
mod sheet;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
mod total_scores;
mod totals;
mod variants;
pub mod verdict;

pub use findings::Findings;
pub use inputs::{Category, EthicsInput, FlagKind, Inputs, JudgeInput, MarkInput};
pub use row::{EstimateKey, EstimateRow};
pub use run::{analyse, renew_ethics, renew_flags};
pub use verdict::Margins;

/// Nominal coverage of every interval.
pub const LEVEL: f64 = 0.95;
