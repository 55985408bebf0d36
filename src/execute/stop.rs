//! Owns the switch that ends a run early: first drain, then abort.

use tokio::sync::watch;

/// How far a run has been told to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Go on.
    Run,
    /// Start nothing new; finish and record what is in flight.
    Drain,
    /// Give up what is in flight too.
    Abort,
}

/// The switch. Clones share it; it only moves forward.
#[derive(Debug, Clone)]
pub struct Stop(watch::Sender<Level>);

impl Default for Stop {
    fn default() -> Self {
        Self(watch::Sender::new(Level::Run))
    }
}

impl Stop {
    /// Start nothing new.
    pub fn drain(&self) {
        self.raise(Level::Drain);
    }

    /// Give up what is in flight.
    pub fn abort(&self) {
        self.raise(Level::Abort);
    }

    /// One step further, as each Ctrl-C asks; the level reached.
    pub fn escalate(&self) -> Level {
        let next = if self.level() == Level::Run { Level::Drain } else { Level::Abort };
        self.raise(next);
        next
    }

    /// How far it is.
    pub fn level(&self) -> Level {
        *self.0.borrow()
    }

    /// Waits until nothing new may start.
    pub async fn draining(&self) {
        self.reached(Level::Drain).await;
    }

    /// Waits until what is in flight is given up.
    pub async fn aborted(&self) {
        self.reached(Level::Abort).await;
    }

    fn raise(&self, level: Level) {
        self.0.send_if_modified(|current| {
            let higher = level > *current;
            *current = level.max(*current);
            higher
        });
    }

    async fn reached(&self, level: Level) {
        let mut changes = self.0.subscribe();
        // An error means that every sender is gone, and `self` is one.
        changes.wait_for(|current| *current >= level).await.expect("a sender is alive");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_first_ctrl_c_drains_and_the_second_aborts() {
        let stop = Stop::default();
        let shared = stop.clone();
        assert_eq!(stop.level(), Level::Run);
        assert_eq!(shared.escalate(), Level::Drain);
        stop.draining().await;
        assert_eq!(shared.escalate(), Level::Abort);
        stop.drain();
        stop.aborted().await;
        assert_eq!(stop.level(), Level::Abort);
    }
}
