//! The first call to each model, which goes alone: the others wait for its answer, so that a name that the server does not
//! know costs one request, not as many as there are calls.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

/// Longest that the others wait: an answer that takes longer comes from a model that is there and works.
const LONGEST: Duration = Duration::from_secs(10);

/// Which models of an endpoint have answered, by the server's names.
#[derive(Debug, Default)]
pub(super) struct Openings(Mutex<BTreeMap<String, Arc<ModelOpening>>>);

#[derive(Debug)]
struct ModelOpening {
    open: AtomicBool,
    first: Arc<Semaphore>,
}

/// The first call to a model: the others go when it has its answer, or is given up.
#[derive(Debug)]
pub(super) struct First {
    opening: Arc<ModelOpening>,
    _alone: OwnedSemaphorePermit,
}

impl Openings {
    /// Waits until a call to the model may go; the first one gets what it has to answer to.
    pub(super) async fn pass(&self, wire_model: &str) -> Option<First> {
        let opening = self.of(wire_model);
        if opening.open.load(Ordering::Acquire) {
            return None;
        }
        let Ok(alone) = timeout(LONGEST, Arc::clone(&opening.first).acquire_owned()).await else {
            opening.open.store(true, Ordering::Release);
            return None;
        };
        let alone = alone.expect("the semaphore is never closed");
        if opening.open.load(Ordering::Acquire) {
            return None;
        }
        Some(First { opening, _alone: alone })
    }

    /// The model has answered before: nobody waits for it.
    pub(super) fn open(&self, wire_model: &str) {
        self.of(wire_model).open.store(true, Ordering::Release);
    }

    fn of(&self, wire_model: &str) -> Arc<ModelOpening> {
        let mut openings = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = openings.get(wire_model) {
            return Arc::clone(known);
        }
        let opening =
            Arc::new(ModelOpening { open: AtomicBool::new(false), first: Arc::new(Semaphore::new(1)) });
        openings.insert(wire_model.to_owned(), Arc::clone(&opening));
        opening
    }
}

impl First {
    /// The server has answered the first call, whatever it said: the others may go.
    pub(super) fn is_answered(first: &mut Option<Self>) {
        if let Some(first) = first.take() {
            first.opening.open.store(true, Ordering::Release);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn one_call_goes_first_and_the_others_go_with_its_answer() {
        let openings = Openings::default();
        let mut first = openings.pass("m").await;
        assert!(first.is_some());
        assert!(openings.pass("other").await.is_some(), "each model has a first call of its own");
        let waiting = async {
            let second = openings.pass("m").await;
            assert!(second.is_none(), "open by then");
        };
        tokio::join!(waiting, async {
            tokio::time::sleep(Duration::from_millis(200)).await;
            First::is_answered(&mut first);
        });
        assert!(openings.pass("m").await.is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn a_first_call_that_is_given_up_makes_the_next_one_first_and_a_slow_one_is_not_waited_for() {
        let openings = Openings::default();
        drop(openings.pass("m").await.expect("the first"));
        let slow = openings.pass("m").await.expect("the next one is first");
        let began = tokio::time::Instant::now();
        assert!(openings.pass("m").await.is_none());
        assert_eq!(began.elapsed(), LONGEST);
        assert!(openings.pass("m").await.is_none(), "and nobody waits again");
        drop(slow);
    }
}
