//! Owns printing. A reader that goes away (EPIPE) ends the program quietly.

use std::io::{self, IsTerminal, Write};

/// Writes data to stdout.
pub(super) fn data(text: &str) {
    bytes(text.as_bytes());
    if !text.ends_with('\n') {
        bytes(b"\n");
    }
}

/// Writes data to stdout as it is.
pub(super) fn bytes(data: &[u8]) {
    let mut out = io::stdout().lock();
    if out.write_all(data).and_then(|()| out.flush()).is_err() {
        // Nobody reads any more: that is the reader's choice, not a failure of ours.
        std::process::exit(0);
    }
}

/// Tells something on stderr.
pub(super) fn note(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// Tells an error on stderr.
pub(super) fn error(text: &str) {
    note(text);
}

/// `1 session`, `2 sessions`.
pub(super) fn count(n: usize, noun: &str) -> String {
    format!("{n} {noun}{}", if n == 1 { "" } else { "s" })
}

/// True when stderr is a terminal.
pub(super) fn stderr_is_terminal() -> bool {
    io::stderr().is_terminal()
}
