//! Stage 5: rates items, flags phrases, assesses ethics risks. A judge sees a numbered, source-blind transcript; its
//! quotes are checked against that transcript.

mod again;
mod asked;
pub mod ethics;
pub mod evidence;
mod expected;
pub mod flags;
pub mod fold;
mod json;
pub mod judge;
pub mod panel;
pub mod prompt;
pub mod reply;
mod risk_fold;
pub mod schema;
pub mod source;

pub use ethics::{RiskQuestion, assess};
pub use flags::{FlagOutcome, check, scan};
pub use fold::{FoldedRating, rating};
pub use judge::{CheckedRating, DrawJob, JudgeContext, draw, draw_all};
pub use risk_fold::assessment;
pub use schema::Schemas;
