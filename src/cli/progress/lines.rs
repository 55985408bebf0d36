//! Progress as lines, for logs: one for every tenth of the calls, and at least one per minute.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

use super::meter::{Meter, WorkForecast};
use crate::cli::progress::show::ProgressView;
use crate::{cli::output, execute::Event};

/// Longest time without a line.
const QUIET: Duration = Duration::from_mins(1);

/// Prints lines to stderr.
pub(super) struct Lines {
    start: Instant,
    state: Mutex<LineState>,
}

struct LineState {
    meter: Meter,
    /// Number of calls answered and time, both at the last line.
    told: (u64, Duration),
}

impl Lines {
    pub(super) fn new(expected: WorkForecast) -> Self {
        let state = LineState { meter: Meter::new(expected), told: (0, Duration::ZERO) };
        Self { start: Instant::now(), state: Mutex::new(state) }
    }
}

impl LineState {
    /// The line to print now, if one is due.
    fn due(&mut self, now: Duration) -> Option<String> {
        let (answered, expected) = self.meter.answered();
        let tenth = answered >= self.told.0 + (expected / 10).max(1);
        let late = answered > self.told.0 && now >= self.told.1 + QUIET;
        if !tenth && !late {
            return None;
        }
        self.told = (answered, now);
        Some(format!("{answered} of about {expected} calls, {}", self.meter.view(now).status()))
    }
}

impl ProgressView for Lines {
    fn event(&self, event: &Event) {
        let now = self.start.elapsed();
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.meter.absorb(now, event);
        if let Event::RateLimited { endpoint, wait } = event {
            output::note(&format!("{endpoint} asks for a pause of {:.1} s", wait.as_secs_f64()));
        }
        if let Event::Batch { endpoint, done, total } = event {
            output::note(&format!("batch at {endpoint}: {done} of {total}"));
        }
        if let Some(line) = state.due(now) {
            output::note(&line);
        }
    }

    fn note(&self, text: &str) {
        output::note(text);
    }

    fn error(&self, text: &str) {
        output::error(text);
    }

    fn end(&self) {}
}
