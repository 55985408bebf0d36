//! Re-asks once when a readable answer has no verified evidence.

use crate::{chat::Failure, domain::Unusable};

/// Asks, and asks once more if the answer is readable but not supported. Returns whether it asked twice. If the second
/// answer is unreadable, the first, unsupported one is kept.
pub(super) async fn again<A>(
    ask: impl AsyncFn(bool) -> Result<Result<A, Unusable>, Failure>,
    stands: impl Fn(&A) -> bool,
) -> Result<(Result<A, Unusable>, bool), Failure> {
    let first = ask(false).await?;
    if first.as_ref().map_or(true, stands) {
        return Ok((first, false));
    }
    let second = ask(true).await?;
    Ok((second.or(first), true))
}
