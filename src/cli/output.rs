//! Printing. A reader of stdout that goes away changes nothing; stdout that cannot be written is a fault of its own.

use std::{
    io::{self, IsTerminal, Write},
    sync::OnceLock,
};

use super::exit::Exit;
use crate::domain::visible::visible;

/// Why nothing more is printed on stdout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Loss {
    /// Nobody reads any more: that is the reader's choice, not a failure of ours.
    Reader,
    /// What was printed is cut: a full disk, for example.
    Data,
}

/// The first loss of this process's stdout.
static LOSS: OnceLock<Loss> = OnceLock::new();

/// Writes data to stdout.
pub(super) fn data(text: &str) {
    bytes(text.as_bytes());
    if !text.ends_with('\n') {
        bytes(b"\n");
    }
}

/// Writes data to stdout as it is.
pub(super) fn bytes(data: &[u8]) {
    if LOSS.get().is_none() {
        printed(io::stdout().lock().write_all(data));
    }
}

/// Takes note of how a write to stdout ended; what is buffered is written out.
pub(super) fn printed(written: io::Result<()>) {
    let Err(error) = written.and_then(|()| io::stdout().lock().flush()) else { return };
    let loss = if error.kind() == io::ErrorKind::BrokenPipe { Loss::Reader } else { Loss::Data };
    // A second loss of the same stream says nothing new.
    if LOSS.set(loss).is_ok() && loss == Loss::Data {
        self::error(&format!(
            "error: cannot write to standard output: {error}\nhint: what was printed there is cut; make room or name \
             another target, and run the command again"
        ));
    }
}

/// How the program ends after all that was printed: as the command did, unless its success did not reach stdout whole.
pub(super) fn settled(exit: Exit) -> Exit {
    after(exit, LOSS.get().copied())
}

fn after(exit: Exit, loss: Option<Loss>) -> Exit {
    match (exit, loss) {
        (Exit::Ok, Some(Loss::Data)) => Exit::Incomplete,
        (exit, _) => exit,
    }
}

/// Tells something on stderr; ids and names in it are other people's text.
pub(super) fn note(text: &str) {
    line(&visible(text));
}

/// Writes a line of a machine's on stderr as it is.
pub(super) fn line(text: &str) {
    // Whoever closed stderr has the exit code.
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// Tells an error on stderr.
pub(super) fn error(text: &str) {
    note(text);
}

/// `1 session`, `2 sessions`.
pub(super) fn count(n: impl TryInto<u64>, noun: &str) -> String {
    let n = n.try_into().unwrap_or(u64::MAX);
    format!("{n} {noun}{}", if n == 1 { "" } else { "s" })
}

/// True when stderr is a terminal.
pub(super) fn stderr_is_terminal() -> bool {
    io::stderr().is_terminal()
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
