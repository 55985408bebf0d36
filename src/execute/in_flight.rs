//! The calls under way, kept so that equal questions asked at the same time are sent once.

use std::{
    collections::HashMap,
    future::Future,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::sync::OnceCell;

use crate::chat::{CallKey, Failure, Reply};

type SharedReply = Result<Reply, Failure>;
type PendingCall = Arc<OnceCell<SharedReply>>;

/// One cell per key under way.
#[derive(Debug, Default)]
pub(super) struct InFlight(Mutex<HashMap<CallKey, PendingCall>>);

impl InFlight {
    /// Awaits `answer`, or the same question's answer that another task awaits already; true when it was our own.
    /// When the task that leads is dropped, one that waits takes over.
    pub(super) async fn once(
        &self,
        key: &CallKey,
        answer: impl Future<Output = SharedReply>,
    ) -> (SharedReply, bool) {
        let cell = self.join(key);
        let mut led = false;
        let lead = async {
            led = true;
            answer.await
        };
        let outcome = cell.get_or_init(|| lead).await.clone();
        self.leave(key, &cell);
        (outcome, led)
    }

    fn join(&self, key: &CallKey) -> PendingCall {
        let mut cells = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(cells.entry(key.clone()).or_default())
    }

    fn leave(&self, key: &CallKey, cell: &PendingCall) {
        let mut cells = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if cells.get(key).is_some_and(|current| Arc::ptr_eq(current, cell)) {
            cells.remove(key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{cell::Cell as Counter, future::pending};

    #[tokio::test]
    async fn equal_questions_are_answered_once_and_later_ones_anew() {
        let calls = Counter::new(0);
        let in_flight = InFlight::default();
        let key = CallKey::from_stored("k".into());
        let answer = || async {
            calls.set(calls.get() + 1);
            tokio::task::yield_now().await;
            Ok(Reply::text("a"))
        };
        let (first, second) = tokio::join!(in_flight.once(&key, answer()), in_flight.once(&key, answer()));
        assert_eq!((first.1, second.1, calls.get()), (true, false, 1));
        assert_eq!(first.0, second.0);
        in_flight.once(&key, answer()).await.0.expect("a reply");
        assert_eq!(calls.get(), 2);
    }

    #[tokio::test]
    async fn a_dropped_leader_is_replaced() {
        let in_flight = InFlight::default();
        let key = CallKey::from_stored("k".into());
        let mut leader = Box::pin(in_flight.once(&key, pending()));
        assert!(futures::poll!(leader.as_mut()).is_pending());
        let mut follower = Box::pin(in_flight.once(&key, async { Ok(Reply::text("b")) }));
        assert!(futures::poll!(follower.as_mut()).is_pending());
        drop(leader);
        assert_eq!(follower.await, (Ok(Reply::text("b")), true));
    }
}
