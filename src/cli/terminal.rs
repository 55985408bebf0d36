//! What the terminal can show.

use std::io::{self, IsTerminal as _};

/// True if stderr is a terminal.
pub(super) fn stderr_is_terminal() -> bool {
    io::stderr().is_terminal()
}
