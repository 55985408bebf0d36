//! Stage 4: reconstructs sessions. Pure functions define the protocol, and a short loop makes the calls.

mod align;
mod coherence;
mod converse;
mod job;
mod numbered;
pub mod protocol;
mod reconstruct;
mod refusal;

pub use align::{ALIGN, AlignerChoice, choose};
pub use coherence::{COHERENCE, about, grade};
pub use job::{ConversationEnd, Helper, Job};
pub use protocol::{ProtocolStep, history, outcome, request, script};
pub use reconstruct::{Reconstruction, reconstruct};
