//! Stage 1b: recorded sessions and clinicians' ratings become a dataset. Readers take text, never a file; every
//! problem is collected before anything stops.

mod alike;
mod assemble;
mod backchannel;
mod cell;
mod chat;
pub mod check;
mod context;
pub mod decode;
mod doubled;
mod json;
mod jsonl;
mod layout;
pub mod problem;
pub mod ratings;
pub mod redact;
mod repeated;
pub mod review;
mod roles;
mod rows;
mod selected;
pub mod sentences;
pub mod sessions;
pub mod source;
mod speaker_text;
mod strange_lines;
mod study;
mod subtitles;
pub mod survey;
pub mod table;
mod timestamp;
mod utterance;
mod workbook;

pub use check::{Dataset, check};
pub use problem::{Note, OutOfScaleScore, Problem, by_cause};
