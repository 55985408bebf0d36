//! The shell: arguments, exit codes, progress, printing. Business rules are elsewhere. stdout carries data only;
//! everything else goes to stderr.

mod agree_args;
mod args;
mod call_args;
mod commands;
mod diagnostic;
pub mod exit;
mod ledger_args;
mod money;
mod output;
mod probe_args;
mod progress;
mod signals;
mod study_args;
mod terminal;

use std::process::ExitCode;

use clap::Parser as _;

use self::{args::Arguments, exit::Exit};

/// Runs the program with the process's arguments.
pub fn main() -> ExitCode {
    std::panic::set_hook(Box::new(fault));
    let exit = std::panic::catch_unwind(carry_out).unwrap_or(Exit::Fault);
    output::settled(exit).into()
}

/// Carries out the command that was typed.
fn carry_out() -> Exit {
    match Arguments::try_parse() {
        Ok(arguments) => commands::dispatch(arguments).unwrap_or_else(|diagnostic| {
            output::error(&diagnostic.to_string());
            diagnostic.exit
        }),
        Err(answer) => answered(&answer),
    }
}

/// Reports the position of a panic. Its message may contain transcript text and is not shown.
fn fault(panic: &std::panic::PanicHookInfo<'_>) {
    let place = panic.location().map(|at| format!(" at {}:{}", at.file(), at.line())).unwrap_or_default();
    output::error(&format!(
        "error: this is a fault of corater {}{place}\nhint: what was answered is in the ledger; please report the fault \
         with this line, without transcripts",
        env!("CARGO_PKG_VERSION")
    ));
    let backtrace = std::backtrace::Backtrace::capture();
    if backtrace.status() == std::backtrace::BacktraceStatus::Captured {
        output::note(&backtrace.to_string());
    }
}

/// Prints help or the version to stdout, or errors in the arguments to stderr.
fn answered(answer: &clap::Error) -> Exit {
    let printed = answer.print();
    if answer.use_stderr() {
        // If stderr is closed, the exit code still reports the error.
        return Exit::Usage;
    }
    output::printed(printed);
    Exit::Ok
}
