//! Progress on stderr: bars on a terminal, otherwise lines, or events for programs. Never contains text of a request or
//! a reply.

mod events;
mod lines;
mod meter;
mod rich;
mod show;

use std::sync::Arc;

use super::{output, terminal};
use crate::cli::call_args::Display;
use crate::{execute::Event, pipeline::RunListener};

use crate::cli::progress::show::ProgressView;
pub(super) use meter::WorkForecast;

/// The only writer to stderr while a run is in progress.
#[derive(Clone)]
pub(super) struct Progress(Arc<dyn ProgressView>);

impl Progress {
    /// Creates the requested display.
    pub(super) fn new(display: Display, expected: WorkForecast) -> Self {
        Self(match resolve(display) {
            Display::Rich => Arc::new(rich::Bars::new(expected)),
            Display::Plain => Arc::new(lines::Lines::new(expected)),
            Display::Json => Arc::new(events::Events::new(expected)),
            Display::Auto | Display::None => Arc::new(Silent),
        })
    }

    /// A callback for every event.
    pub(super) fn listener(&self) -> RunListener {
        let show = Arc::clone(&self.0);
        Box::new(move |event: &Event| {
            if let Event::Damaged { call } = event {
                show.error(&format!(
                    "call {call} in the ledger is damaged: what it holds is not what was recorded. It is not used"
                ));
            }
            if let Event::Unusable { judge, unusable, answers, reasons } = event {
                show.error(&format!(
                    "warning: judge {judge}: {unusable} of {answers} answers so far cannot be used ({reasons})\nhint: \
                     `corater ledger list` names its calls, `corater ledger show CALL` prints what the server said; \
                     run.stop_when_unusable ends such a run by itself"
                ));
            }
            show.event(event);
        })
    }

    /// Prints a message without disturbing the display.
    pub(super) fn note(&self, text: &str) {
        self.0.note(text);
    }

    /// Prints an error without disturbing the display.
    pub(super) fn error(&self, text: &str) {
        self.0.error(text);
    }

    /// Ends the display; later messages appear below it.
    pub(super) fn end(&self) {
        self.0.end();
    }
}

fn resolve(display: Display) -> Display {
    match display {
        Display::Auto if terminal::stderr_is_terminal() => Display::Rich,
        Display::Auto => Display::Plain,
        chosen => chosen,
    }
}

/// Shows no progress; messages and errors are still printed.
struct Silent;

impl ProgressView for Silent {
    fn event(&self, _: &Event) {}

    fn note(&self, text: &str) {
        output::note(text);
    }

    fn error(&self, text: &str) {
        output::error(text);
    }

    fn end(&self) {}
}
