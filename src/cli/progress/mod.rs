//! Owns showing progress on stderr: bars on a terminal, lines elsewhere, or events for programs. Never text of a request
//! or a reply.

mod events;
mod lines;
mod meter;
mod rich;

use std::sync::Arc;

use super::{args::Display, output};
use crate::{execute::Event, pipeline::run::Listener};

pub(super) use meter::Expected;

/// A way of showing.
trait Show: Send + Sync {
    /// Something happened.
    fn event(&self, event: &Event);
    /// Something is to be said.
    fn note(&self, text: &str);
    /// Something went wrong.
    fn error(&self, text: &str);
    /// The work is over.
    fn end(&self);
}

/// The one through which everything on stderr goes while a run is under way.
#[derive(Clone)]
pub(super) struct Progress(Arc<dyn Show>);

impl Progress {
    /// In the way that was asked for.
    pub(super) fn new(display: Display, expected: Expected) -> Self {
        Self(match resolve(display) {
            Display::Rich => Arc::new(rich::Bars::new(expected)),
            Display::Plain => Arc::new(lines::Lines::new(expected)),
            Display::Json => Arc::new(events::Events::new(expected)),
            Display::Auto | Display::None => Arc::new(Silent),
        })
    }

    /// Hears of every event.
    pub(super) fn listener(&self) -> Listener {
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

    /// Says something without tearing what is shown.
    pub(super) fn note(&self, text: &str) {
        self.0.note(text);
    }

    /// Says what went wrong.
    pub(super) fn error(&self, text: &str) {
        self.0.error(text);
    }

    /// Takes bars away; what is said later stands below what was shown.
    pub(super) fn end(&self) {
        self.0.end();
    }
}

fn resolve(display: Display) -> Display {
    match display {
        Display::Auto if output::stderr_is_terminal() => Display::Rich,
        Display::Auto => Display::Plain,
        chosen => chosen,
    }
}

/// Shows nothing; what is to be said is said.
struct Silent;

impl Show for Silent {
    fn event(&self, _: &Event) {}

    fn note(&self, text: &str) {
        output::note(text);
    }

    fn error(&self, text: &str) {
        output::error(text);
    }

    fn end(&self) {}
}
