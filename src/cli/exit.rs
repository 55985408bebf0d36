//! The exit codes (docs/formats/exit-codes.md). An infrastructure failure never looks like a finding.

use std::process::ExitCode;

use super::signals::Signal;

/// How the program ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// 0: success.
    Ok,
    /// 1: the run is incomplete because calls failed; run again to resume.
    Incomplete,
    /// 2: error in usage, configuration or input files.
    Usage,
    /// 3: the data are insufficient to decide.
    Inconclusive,
    /// 4: stopped by its budget, by time or because the credit is used up; run again to resume.
    Stopped,
    /// 70: a bug of this program.
    Fault,
    /// 100: a gate failed.
    GateFailed,
    /// 128 plus the number of the signal that ended it; run again to resume.
    Interrupted(Signal),
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Ok => 0,
            Exit::Incomplete => 1,
            Exit::Usage => 2,
            Exit::Inconclusive => 3,
            Exit::Stopped => 4,
            Exit::Fault => 70,
            Exit::GateFailed => 100,
            Exit::Interrupted(signal) => 128 + signal.number(),
        })
    }
}
