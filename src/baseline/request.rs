//! The parts of a request that a baseline reads.

use crate::{
    chat::{Failure, FailureKind, Request},
    domain::transcript::{self, TranscriptLine},
};

/// The whole prompt of a judge's request, and the transcript in it.
pub(super) fn prompt_and_transcript(request: &Request) -> Result<(String, Vec<TranscriptLine>), Failure> {
    let prompt = request.messages.iter().map(|m| m.content.as_str()).collect::<Vec<_>>().join("\n");
    match transcript::read(&prompt) {
        Ok(lines) => Ok((prompt, lines)),
        Err(error) => Err(Failure::new(FailureKind::Unsupported, error.to_string())),
    }
}
