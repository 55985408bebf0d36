//! Stage 7: writes findings, one file per format. Nothing here computes: every number, verdict and sentence is a
//! field of the findings.

pub mod alignment;
pub mod calibration;
pub mod compare;
pub mod csv;
mod error;
pub mod gate;
pub mod html;
pub mod json;
pub mod label_budget;
pub mod markdown;
pub mod number;
mod outer_lines;
pub mod probe;
mod table;
mod tables;
#[cfg(test)]
mod tests;
pub mod text;

pub use error::ReportError;
