//! Submits one batch to its server: submitted once, looked for wherever it is open whether the server took it.

use std::time::Duration;

use tokio::time::sleep;

use super::{
    BatchError, BatchSettings, Executor,
    desk::{BatchMatch, Desk},
};
use crate::{chat::FailureKind, execute::call::unless, store::BatchState};

/// How often a refusal for the moment is met with another try.
const TRIES: u32 = 5;

/// What became of a batch that was left open.
pub(super) enum RecoveredBatch {
    There,
    Submitted,
    GivenUp,
    Interrupted,
}

impl Executor {
    /// Submits an intended batch; false if it is too large for the server. Where it is open whether the server took it, it
    /// is looked for first.
    pub(super) async fn submit(
        &self,
        batch: &mut Desk<'_>,
        settings: BatchSettings,
    ) -> Result<bool, BatchError> {
        for attempt in 1..=TRIES {
            let failure = match batch.create().await {
                Ok(remote) => return self.is_there(batch, remote.id).await.map(|()| true),
                Err(failure) => failure,
            };
            let was_answered = failure.status.is_some_and(|status| status >= 400);
            match failure.kind {
                FailureKind::RateLimited | FailureKind::Overloaded if was_answered && attempt < TRIES => {
                    sleep(Duration::from_millis(failure.retry_after_ms.unwrap_or(500 << attempt))).await;
                }
                FailureKind::RateLimited | FailureKind::Overloaded if was_answered => {
                    return Err(BatchError::Call(batch.gate.named(failure)));
                }
                FailureKind::Transient | FailureKind::Malformed => {
                    // It may have been taken all the same.
                    sleep(settings.settle).await;
                    match batch.find(&self.ledger.known_remotes().await?).await? {
                        BatchMatch::One(id) => return self.is_there(batch, id).await.map(|()| true),
                        BatchMatch::None if attempt < TRIES => {}
                        BatchMatch::None => return Err(BatchError::Call(batch.gate.named(failure))),
                        BatchMatch::Several(count) => return Err(batch.ambiguous(count)),
                    }
                }
                FailureKind::TooLong if batch.stored.calls.len() > 1 => {
                    self.ledger.batch_is(&batch.stored, BatchState::Abandoned).await?;
                    batch.hold = None;
                    return Ok(false);
                }
                _ => {
                    self.ledger.batch_is(&batch.stored, BatchState::Abandoned).await?;
                    return Err(batch.refused(failure.message));
                }
            }
        }
        unreachable!("the last try returns")
    }

    async fn is_there(&self, batch: &mut Desk<'_>, remote: String) -> Result<(), BatchError> {
        batch.stored.remote = Some(remote);
        Ok(self.ledger.batch_is(&batch.stored, BatchState::Submitted).await?)
    }

    /// Finds out what became of a batch that an earlier run left open.
    pub(super) async fn find_again(
        &self,
        batch: &mut Desk<'_>,
        settings: BatchSettings,
    ) -> Result<RecoveredBatch, BatchError> {
        if batch.stored.remote.is_some() {
            return Ok(RecoveredBatch::There);
        }
        let settled = self.clock.since(&batch.stored.created_at);
        let rest = settings.settle.saturating_sub(settled);
        if unless(self.stop.draining(), sleep(rest)).await.is_none() {
            return Ok(RecoveredBatch::Interrupted);
        }
        match batch.find(&self.ledger.known_remotes().await?).await? {
            BatchMatch::One(id) => {
                self.is_there(batch, id).await?;
                Ok(RecoveredBatch::There)
            }
            BatchMatch::None => {
                let taken = self.submit(batch, settings).await?;
                Ok(if taken { RecoveredBatch::Submitted } else { RecoveredBatch::GivenUp })
            }
            BatchMatch::Several(_) if settings.resubmit => {
                self.ledger.batch_is(&batch.stored, BatchState::Abandoned).await?;
                Ok(RecoveredBatch::GivenUp)
            }
            BatchMatch::Several(count) => Err(batch.ambiguous(count)),
        }
    }
}
