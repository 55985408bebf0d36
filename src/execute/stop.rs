//! The switch that ends a run early: first drain, then abort; and why, where the run ended itself.

use std::{fmt, time::Duration};

use tokio::sync::watch;

use crate::domain::Usd;

/// How far a run has been told to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum StopLevel {
    /// Go on.
    Run,
    /// Start nothing new; finish and record what is in flight.
    Drain,
    /// Give up what is in flight too.
    Abort,
}

/// Why a run ended itself. Running again goes on where it stopped.
#[derive(Debug, Clone, PartialEq)]
pub enum Halt {
    /// The account behind an endpoint has no credit left.
    Quota {
        /// What the endpoint said.
        message: String,
    },
    /// Another call could have passed the limit of costs.
    Cost {
        /// The limit.
        limit: Usd,
        /// Spent so far.
        spent: Usd,
        /// Most that the next call could have cost.
        next: Usd,
    },
    /// Another call could have passed the limit of time.
    Time {
        /// The limit.
        limit: Duration,
    },
    /// Too many of a judge's answers cannot be used.
    Unusable {
        /// The judge.
        judge: String,
        /// Answers that cannot be used.
        unusable: u64,
        /// Answers so far.
        answers: u64,
        /// Why, with how many of each.
        reasons: String,
        /// The share at which the experiment says to stop.
        limit: f64,
    },
    /// The ledger cannot be read or written.
    Ledger {
        /// What is wrong.
        message: String,
    },
}

impl Halt {
    /// True for a limit that was reached; false for a fault.
    pub fn is_budget(&self) -> bool {
        !matches!(self, Self::Ledger { .. } | Self::Unusable { .. })
    }

    /// What helps.
    pub fn advice(&self) -> &'static str {
        match self {
            Self::Quota { .. } => {
                "add credit at the provider or wait until its quota is renewed, then run the same command again"
            }
            Self::Cost { .. } => "run the same command again with a higher --max-cost, or none",
            Self::Time { .. } => "run the same command again",
            Self::Unusable { .. } => {
                "see what it answers (`corater ledger list`, `corater ledger show CALL`), change the judge's model, decoding \
                 or prompt, and run again; without run.stop_when_unusable the run goes on"
            }
            Self::Ledger { .. } => "mend the ledger's file or disk, then run the same command again",
        }
    }
}

impl fmt::Display for Halt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Quota { message } => write!(f, "out of credit: {message}"),
            Self::Cost { limit, spent, next } => write!(
                f,
                "the limit of {limit} would be passed: {spent} spent, and the next call may cost {next}"
            ),
            Self::Time { limit } => {
                write!(f, "the limit of {} is reached", humantime::format_duration(*limit))
            }
            Self::Unusable { judge, unusable, answers, reasons, limit } => write!(
                f,
                "JUDGE UNUSABLE: {unusable} of {answers} answers of judge {judge} cannot be used ({reasons}); \
                 run.stop_when_unusable is {limit}"
            ),
            Self::Ledger { message } => f.write_str(message),
        }
    }
}

#[derive(Debug, Clone)]
struct StopState {
    level: StopLevel,
    halt: Option<Halt>,
}

/// The switch. Clones share it; it only moves forward.
#[derive(Debug, Clone)]
pub struct Stop(watch::Sender<StopState>);

impl Default for Stop {
    fn default() -> Self {
        Self(watch::Sender::new(StopState { level: StopLevel::Run, halt: None }))
    }
}

impl Stop {
    /// Start nothing new.
    pub fn drain(&self) {
        self.raise(StopLevel::Drain);
    }

    /// Start nothing new, for this reason; the first one is kept.
    pub fn halt(&self, reason: Halt) {
        self.0.send_if_modified(|state| {
            let first = state.level == StopLevel::Run && state.halt.is_none();
            if first {
                *state = StopState { level: StopLevel::Drain, halt: Some(reason) };
            }
            first
        });
    }

    /// Why the run ended itself; none when it goes on, or when it was told to stop.
    pub fn halted(&self) -> Option<Halt> {
        self.0.borrow().halt.clone()
    }

    /// Give up what is in flight.
    pub fn abort(&self) {
        self.raise(StopLevel::Abort);
    }

    /// One step further, as each Ctrl-C asks; the level reached.
    pub fn escalate(&self) -> StopLevel {
        let next = if self.level() == StopLevel::Run { StopLevel::Drain } else { StopLevel::Abort };
        self.raise(next);
        next
    }

    /// How far it is.
    pub fn level(&self) -> StopLevel {
        self.0.borrow().level
    }

    /// Waits until nothing new may start.
    pub async fn draining(&self) {
        self.reached(StopLevel::Drain).await;
    }

    /// Waits until what is in flight is given up.
    pub async fn aborted(&self) {
        self.reached(StopLevel::Abort).await;
    }

    fn raise(&self, level: StopLevel) {
        self.0.send_if_modified(|state| {
            let higher = level > state.level;
            state.level = level.max(state.level);
            higher
        });
    }

    async fn reached(&self, level: StopLevel) {
        let mut changes = self.0.subscribe();
        // An error means that every sender is gone, and `self` is one.
        changes.wait_for(|state| state.level >= level).await.expect("a sender is alive");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_first_ctrl_c_drains_and_the_second_aborts() {
        let stop = Stop::default();
        let shared = stop.clone();
        assert_eq!(stop.level(), StopLevel::Run);
        assert_eq!(shared.escalate(), StopLevel::Drain);
        stop.draining().await;
        assert_eq!(shared.escalate(), StopLevel::Abort);
        stop.drain();
        stop.aborted().await;
        assert_eq!(stop.level(), StopLevel::Abort);
        stop.halt(Halt::Time { limit: Duration::from_secs(1) });
        assert_eq!(stop.halted(), None, "it was told to stop before");
    }

    #[test]
    fn a_run_that_ends_itself_says_why_once() {
        let stop = Stop::default();
        stop.halt(Halt::Time { limit: Duration::from_mins(90) });
        stop.halt(Halt::Ledger { message: "later".into() });
        assert_eq!(stop.level(), StopLevel::Drain);
        let halt = stop.halted().expect("a reason");
        assert_eq!(halt.to_string(), "the limit of 1h 30m is reached");
        assert!(halt.is_budget());
    }
}
