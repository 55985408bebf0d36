//! Scripted counselors and an observable-features judge: no network, no language model.

use crate::chat::{Failure, FailureKind, Reply, Request};

/// Part of every baseline call key.
pub const BASELINE_VERSION: u32 = 1;

/// Answers a request as the named baseline.
///
/// # Errors
/// `Unsupported` when there is no baseline of that name.
pub fn answer(name: &str, _request: &Request) -> Result<Reply, Failure> {
    Err(Failure::new(FailureKind::Unsupported, format!("no baseline is named `{name}`")))
}
