//! Stage 5: items are rated and phrases flagged. A judge sees a numbered, source-blind transcript; what it quotes is
//! checked against that transcript.

pub mod evidence;
pub mod flags;
pub mod fold;
pub mod judge;
pub mod prompt;
pub mod reply;
pub mod schema;

pub use flags::{FlagOutcome, check, scan};
pub use fold::{Rated, rating};
pub use judge::{DrawJob, draw};
