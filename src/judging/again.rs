//! Owns asking once more: an answer that can be read and whose ground does not hold gets one more chance.

use crate::{chat::Failure, domain::Unusable};

/// Asks, and once more where the first answer can be read and does not stand. Says whether it asked again. An
/// unreadable second answer leaves the first, unsupported one: the judge had its chance.
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
