//! The number of calls of an endpoint that may be in flight: the stated number, fewer while the server shows that it is too
//! much, and additively more again.

use std::sync::{Mutex, PoisonError};

use tokio::{
    sync::{Semaphore, SemaphorePermit},
    time::Instant,
};

/// What is left of the slots after a cut.
const CUT: f64 = 0.75;
/// Slots that come back for each round of calls that go well.
const RECOVERY: f64 = 4.0;

/// The slots of one endpoint.
#[derive(Debug)]
pub(super) struct Slots {
    free: Semaphore,
    state: Mutex<SlotState>,
}

#[derive(Debug)]
struct SlotState {
    most: f64,
    /// Slots in use or free; grows by fractions.
    now: f64,
    /// Slots that a cut took while calls held them: they vanish when these end.
    surplus: usize,
    last_cut: Option<Instant>,
}

/// Leave to be in flight; given back when dropped.
#[derive(Debug)]
pub(super) struct Slot<'s> {
    slots: &'s Slots,
    permit: Option<SemaphorePermit<'s>>,
    since: Instant,
}

impl Slots {
    pub(super) fn new(most: u32) -> Self {
        let most = most.max(1);
        let permits = usize::try_from(most).unwrap_or(usize::MAX).min(Semaphore::MAX_PERMITS);
        let state = SlotState { most: f64::from(most), now: f64::from(most), surplus: 0, last_cut: None };
        Self { free: Semaphore::new(permits), state: Mutex::new(state) }
    }

    /// Waits for a slot, first in, first out.
    pub(super) async fn acquire(&self) -> Slot<'_> {
        let permit = self.free.acquire().await.expect("the semaphore is never closed");
        Slot { slots: self, permit: Some(permit), since: Instant::now() }
    }

    /// Slots now: in use or free.
    pub(super) fn current(&self) -> u32 {
        let now = self.lock().now;
        // From 1 to a u32, by construction.
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "1 <= now <= u32::MAX")]
        let whole = now as u32;
        whole
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, SlotState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn cut(&self, since: Instant) {
        let mut state = self.lock();
        // Calls that left before the last cut tell nothing about what came after it.
        if state.last_cut.is_some_and(|cut| since <= cut) {
            return;
        }
        let fewer = (state.now * CUT).floor().max(1.0);
        let gone = whole(state.now) - whole(fewer);
        state.now = fewer;
        state.last_cut = Some(Instant::now());
        let taken = self.free.forget_permits(gone);
        state.surplus += gone - taken;
    }

    fn recover(&self) {
        let mut state = self.lock();
        let before = whole(state.now);
        state.now = (state.now + RECOVERY / state.now.max(RECOVERY)).min(state.most);
        let more = whole(state.now) - before;
        let kept = more.min(state.surplus);
        state.surplus -= kept;
        self.free.add_permits(more - kept);
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "slots are small and positive")]
fn whole(slots: f64) -> usize {
    slots as usize
}

impl Slot<'_> {
    /// The server showed that it has too much to do.
    pub(super) fn too_much(&self) {
        self.slots.cut(self.since);
    }

    /// The call went well.
    pub(super) fn went_well(&self) {
        self.slots.recover();
    }
}

impl Drop for Slot<'_> {
    fn drop(&mut self) {
        let mut state = self.slots.lock();
        if state.surplus > 0 {
            state.surplus -= 1;
            if let Some(permit) = self.permit.take() {
                permit.forget();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;
    use tokio::time::advance;

    async fn hold(slots: &Slots, count: usize) -> Vec<Slot<'_>> {
        let mut held = Vec::new();
        for _ in 0..count {
            held.push(slots.acquire().await);
        }
        held
    }

    #[tokio::test(start_paused = true)]
    async fn one_round_of_failures_cuts_once_and_success_brings_back_what_was_stated_and_no_more() {
        let slots = Slots::new(16);
        let held = hold(&slots, 16).await;
        advance(Duration::from_millis(1)).await;
        for slot in &held {
            slot.too_much();
        }
        assert_eq!(slots.current(), 12);
        drop(held);
        assert_eq!(slots.free.available_permits(), 12, "slots in use vanish when they are given back");
        let one = slots.acquire().await;
        for _ in 0..200 {
            one.went_well();
        }
        drop(one);
        assert_eq!((slots.current(), slots.free.available_permits()), (16, 16));
    }

    #[tokio::test(start_paused = true)]
    async fn one_slot_always_stays() {
        let slots = Slots::new(2);
        for _ in 0..5 {
            advance(Duration::from_millis(1)).await;
            let slot = slots.acquire().await;
            advance(Duration::from_millis(1)).await;
            slot.too_much();
        }
        assert_eq!((slots.current(), slots.free.available_permits()), (1, 1));
    }

    #[tokio::test(start_paused = true)]
    async fn recovery_is_additive_a_few_slots_for_each_round() {
        let slots = Slots::new(64);
        let slot = slots.acquire().await;
        for _ in 0..3 {
            advance(Duration::from_millis(1)).await;
            let later = slots.acquire().await;
            advance(Duration::from_millis(1)).await;
            later.too_much();
        }
        let low = slots.current();
        assert_eq!(low, 27);
        for _ in 0..low {
            slot.went_well();
        }
        assert!((30..=31).contains(&slots.current()), "{}", slots.current());
    }
}
