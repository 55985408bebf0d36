//! Printing. A closed pipe on stdout is not an error; any other failure to write stdout is.

use std::{
    io::{self, Write},
    sync::OnceLock,
};

use super::exit::Exit;
use crate::domain::visible::visible;

/// Why nothing more is printed to stdout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Loss {
    /// The reader closed the pipe, which is its choice and not an error.
    Reader,
    /// The output is incomplete, for example because the disk is full.
    Data,
}

/// The first failure to write to stdout in this process.
static LOSS: OnceLock<Loss> = OnceLock::new();

/// Writes data to stdout.
pub(super) fn data(text: &str) {
    bytes(text.as_bytes());
    if !text.ends_with('\n') {
        bytes(b"\n");
    }
}

/// Writes bytes to stdout unchanged.
pub(super) fn bytes(data: &[u8]) {
    if LOSS.get().is_none() {
        printed(io::stdout().lock().write_all(data));
    }
}

/// Records the result of a write to stdout, after flushing it.
pub(super) fn printed(written: io::Result<()>) {
    let Err(error) = written.and_then(|()| io::stdout().lock().flush()) else { return };
    let loss = if error.kind() == io::ErrorKind::BrokenPipe { Loss::Reader } else { Loss::Data };
    // Later failures of the same stream are not reported again.
    if LOSS.set(loss).is_ok() && loss == Loss::Data {
        self::error(&format!(
            "error: cannot write to standard output: {error}\nhint: what was printed there is cut; make room or name \
             another target, and run the command again"
        ));
    }
}

/// Final exit code: the command's own, unless it succeeded and stdout is incomplete.
pub(super) fn settled(exit: Exit) -> Exit {
    after(exit, LOSS.get().copied())
}

fn after(exit: Exit, loss: Option<Loss>) -> Exit {
    match (exit, loss) {
        (Exit::Ok, Some(Loss::Data)) => Exit::Incomplete,
        (exit, _) => exit,
    }
}

/// Prints a message to stderr. Ids and names in it are other people's text and are made visible.
pub(super) fn note(text: &str) {
    line(&visible(text));
}

/// Prints a machine-readable line to stderr unchanged.
pub(super) fn line(text: &str) {
    // If stderr is closed, the exit code still reports the result.
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// Prints an error to stderr.
pub(super) fn error(text: &str) {
    note(text);
}

/// `1 session`, `2 sessions`.
pub(super) fn count(n: impl TryInto<u64>, noun: &str) -> String {
    let n = n.try_into().unwrap_or(u64::MAX);
    format!("{n} {noun}{}", if n == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_success_is_incomplete_and_every_other_code_stays() {
        for exit in [Exit::Incomplete, Exit::Usage, Exit::Inconclusive, Exit::Stopped, Exit::GateFailed] {
            assert_eq!(after(exit, Some(Loss::Data)), exit);
            assert_eq!(after(exit, Some(Loss::Reader)), exit);
        }
        assert_eq!(after(Exit::Ok, Some(Loss::Data)), Exit::Incomplete);
        assert_eq!(after(Exit::Ok, Some(Loss::Reader)), Exit::Ok);
        assert_eq!(after(Exit::Ok, None), Exit::Ok);
    }
}
