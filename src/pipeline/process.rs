//! Checks what the system grants this process, before work begins that would fail without it.

use std::{fs::File, path::Path};

use super::PipelineError;
use crate::execute::Clock;

/// Number of files that a run has open at once, including a few connections.
const FILES: usize = 20;

/// Checks that this process may open as many files as it needs, and that its clock shows a valid time.
///
/// # Errors
/// One of the two conditions is not met.
pub fn check() -> Result<(), PipelineError> {
    files()?;
    clock(Clock::default())
}

#[expect(clippy::disallowed_methods, reason = "files are opened to see how many may be")]
fn files() -> Result<(), PipelineError> {
    let nothing = Path::new("/dev/null");
    if !cfg!(unix) {
        return Ok(());
    }
    let opened: Result<Vec<File>, _> = (0..FILES).map(|_| File::open(nothing)).collect();
    opened.map(drop).map_err(|error| PipelineError::System {
        message: format!("this process may open too few files at once: {error}"),
        hint: "allow more of them, such as with `ulimit -n 256`, and run the same command again",
    })
}

fn clock(clock: Clock) -> Result<(), PipelineError> {
    if clock.is_possible() {
        return Ok(());
    }
    Err(PipelineError::System {
        message: "the clock of this machine shows a time before 1970 or after 9999".to_owned(),
        hint: "set the clock, and run the same command again",
    })
}
