//! Stage 1b: recorded sessions and clinicians' ratings become a dataset. Readers take text, never a file; every
//! problem is collected before anything stops.

mod assemble;
pub mod check;
mod context;
mod jsonl;
pub mod problem;
pub mod ratings;
pub mod redact;
pub mod review;
mod roles;
mod rows;
mod selected;
pub mod sentences;
pub mod sessions;
pub mod source;
mod speaker_text;
mod study;
pub mod table;
mod timestamp;
mod utterance;

pub use check::{Dataset, check};
pub use problem::{Note, OutOfScaleScore, Problem};
