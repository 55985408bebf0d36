//! Stage 4: reconstruct a session. The protocol decides, a short loop asks.

mod align;
mod coherence;
mod converse;
mod numbered;
pub mod protocol;
mod reconstruct;
mod refusal;

pub use align::{ALIGN, Choice, choose};
pub use coherence::{COHERENCE, about, grade};
pub use protocol::{Step, history, outcome, request, script};
pub use reconstruct::{Ended, Helper, Job, Reconstructed, reconstruct};
