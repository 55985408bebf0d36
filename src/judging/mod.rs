//! Stage 5: items are rated and phrases flagged. A judge sees a numbered, source-blind transcript; what it quotes is
//! checked against that transcript.

pub mod evidence;
mod expected;
pub mod flags;
pub mod fold;
mod json;
pub mod judge;
pub mod panel;
pub mod prompt;
pub mod reply;
pub mod schema;
pub mod source;

pub use flags::{FlagOutcome, check, scan};
pub use fold::{Rated, rating};
pub use judge::{Answered, Asked, DrawJob, draw, draw_all};
pub use schema::Schemas;
