//! Progress as bars on a terminal: one for each stage, and below them a line of rates, faults, money and time left.

use std::{
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use tokio::time::Instant;

use super::meter::{Meter, MeterView, WorkForecast};
use crate::cli::progress::show::ProgressView;
use crate::{cli::output, domain::visible::visible, execute::Event};

/// Shortest time between two redraws.
const REDRAW: Duration = Duration::from_millis(100);
/// Longest time between two redraws, so that the clock advances while a server is silent.
const TICK: Duration = Duration::from_millis(500);

/// Draws bars on stderr.
pub(super) struct Bars {
    start: Instant,
    all: MultiProgress,
    stages: Vec<ProgressBar>,
    status: ProgressBar,
    state: Mutex<(Meter, Duration)>,
    /// True after the end: later messages are printed below the bars.
    ended: AtomicBool,
}

impl Bars {
    pub(super) fn new(expected: WorkForecast) -> Self {
        let meter = Meter::new(expected);
        let all = MultiProgress::new();
        let style = |template: &str| {
            ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
        };
        let bar = |stage: &super::meter::StageView| {
            let bar = all.add(ProgressBar::new(stage.expected));
            bar.set_style(style("{prefix:>8} [{wide_bar}] {pos}/{len}"));
            bar.set_prefix(stage.stage);
            bar
        };
        let stages = meter.view(Duration::ZERO).stages.iter().map(bar).collect();
        let status = all.add(ProgressBar::new_spinner());
        status.set_style(style("{elapsed_precise} {wide_msg}"));
        status.enable_steady_tick(TICK);
        Self {
            start: Instant::now(),
            all,
            stages,
            status,
            state: Mutex::new((meter, Duration::ZERO)),
            ended: AtomicBool::new(false),
        }
    }

    fn draw(&self, view: &MeterView) {
        for (bar, stage) in self.stages.iter().zip(&view.stages) {
            // Re-asked ratings may exceed the expected number.
            bar.set_length(stage.expected.max(stage.done));
            bar.set_position(stage.done);
        }
        self.status.set_message(view.status());
    }
}

impl ProgressView for Bars {
    fn event(&self, event: &Event) {
        let now = self.start.elapsed();
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.0.absorb(now, event);
        if let Event::RateLimited { endpoint, wait } = event {
            self.note(&format!("{endpoint} asks for a pause of {:.1} s", wait.as_secs_f64()));
        }
        if let Event::Batch { endpoint, done, total } = event {
            self.note(&format!("batch at {endpoint}: {done} of {total}"));
        }
        if now >= state.1 + REDRAW {
            state.1 = now;
            self.draw(&state.0.view(now));
        }
    }

    fn note(&self, text: &str) {
        if self.ended.load(Ordering::Relaxed) {
            output::note(text);
        } else {
            // If the terminal cannot be written to, nobody is reading.
            let _ = self.all.println(visible(text));
        }
    }

    fn error(&self, text: &str) {
        self.note(text);
    }

    fn end(&self) {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        self.draw(&state.0.view(self.start.elapsed()));
        for bar in &self.stages {
            bar.abandon();
        }
        self.status.abandon();
        self.ended.store(true, Ordering::Relaxed);
    }
}
