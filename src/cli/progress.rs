//! Owns showing progress on stderr: a bar on a terminal, a line for every tenth elsewhere. Never text of a request
//! or a reply.

use std::sync::{
    Mutex, PoisonError,
    atomic::{AtomicU64, Ordering},
};

use indicatif::{ProgressBar, ProgressStyle};

use super::{args::Display, output};
use crate::{execute::Event, pipeline::run::Listener};

/// A listener that shows how many of `total` calls are answered.
pub(super) fn listener(display: Display, total: u64) -> Listener {
    match resolve(display) {
        Display::Rich => rich(total),
        Display::Plain => plain(total),
        Display::Auto | Display::None => Box::new(|_: &Event| ()),
    }
}

fn resolve(display: Display) -> Display {
    match display {
        Display::Auto if output::stderr_is_terminal() => Display::Rich,
        Display::Auto => Display::Plain,
        chosen => chosen,
    }
}

fn rich(total: u64) -> Listener {
    let bar = ProgressBar::new(total);
    let style = "{elapsed_precise} [{wide_bar}] {pos}/{len} calls, {per_sec}, {msg}";
    bar.set_style(ProgressStyle::with_template(style).unwrap_or_else(|_| ProgressStyle::default_bar()));
    let counts = Mutex::new((0u64, 0u64));
    Box::new(move |event: &Event| {
        let mut counts = counts.lock().unwrap_or_else(PoisonError::into_inner);
        match event {
            Event::CallFinished { .. } => bar.inc(1),
            Event::CallFailed { .. } => {
                counts.0 += 1;
                bar.inc(1);
            }
            Event::Retried { .. } => counts.1 += 1,
            Event::RateLimited { endpoint, wait } => {
                bar.println(format!("{endpoint} asks for a pause of {:.1} s", wait.as_secs_f64()));
            }
            Event::CallStarted { .. } | Event::Queued { .. } | Event::Sent { .. } | Event::Landed { .. } => {
                return;
            }
        }
        bar.set_message(format!("{} failed, {} retried", counts.0, counts.1));
    })
}

fn plain(total: u64) -> Listener {
    let answered = AtomicU64::new(0);
    let failed = AtomicU64::new(0);
    let step = (total / 10).max(1);
    Box::new(move |event: &Event| {
        match event {
            Event::CallFinished { .. } => {}
            Event::CallFailed { .. } => {
                failed.fetch_add(1, Ordering::Relaxed);
            }
            Event::RateLimited { endpoint, wait } => {
                output::note(&format!("{endpoint} asks for a pause of {:.1} s", wait.as_secs_f64()));
                return;
            }
            Event::CallStarted { .. }
            | Event::Queued { .. }
            | Event::Retried { .. }
            | Event::Sent { .. }
            | Event::Landed { .. } => return,
        }
        let count = answered.fetch_add(1, Ordering::Relaxed) + 1;
        if count.is_multiple_of(step) {
            output::note(&format!(
                "{count} of about {total} calls, {} failed",
                failed.load(Ordering::Relaxed)
            ));
        }
    })
}
