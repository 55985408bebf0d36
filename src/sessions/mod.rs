//! Stage 4: reconstruct a session. The protocol decides, a short loop asks.

pub mod protocol;
mod reconstruct;
mod refusal;

pub use protocol::{Step, history, outcome, request, script};
pub use reconstruct::{Job, reconstruct};
