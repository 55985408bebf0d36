//! `forget`: deletes a session whose consent was withdrawn.

use std::path::Path;

use super::{
    super::{args::ForgetArgs, diagnostic::Diagnostic, exit::Exit, output},
    run::runtime,
};
use crate::cli::diagnostic::CommandResult;
use crate::{
    config::{ConfigSource, Environment},
    pipeline::{
        Study, StudyOptions,
        forget::{self, ForgetReport},
    },
};

pub(super) fn forget(args: &ForgetArgs) -> CommandResult {
    let study = args.experiment.as_deref().map(prepare).transpose()?;
    let root = study.as_ref().map_or(&args.runs, |study| &study.experiment.run.directory);
    let gone = runtime()?.block_on(forget::forget(root, &args.session, study.as_ref()))?;
    if !gone.is_known && gone.left.is_empty() {
        return Ok(nothing_found(root, &args.session));
    }
    output::data(&format!(
        "forgotten: {} and {} left the ledger, {} {} stale",
        output::count(gone.calls, "call"),
        output::count(gone.texts, "text"),
        output::count(gone.runs.len(), "run"),
        if gone.runs.len() == 1 { "is" } else { "are" },
    ));
    for run in &gone.runs {
        output::note(&format!("stale: {}", root.join(run).display()));
    }
    output::note(
        "not reached from here: the source file itself, copies written with -o, exports of the ledger, backups, and what the \
         endpoints keep",
    );
    Ok(verdict(&gone))
}

/// Reports what still remains.
fn verdict(gone: &ForgetReport) -> Exit {
    for file in &gone.left {
        output::error(&format!("words of the session are still in {}", file.display()));
    }
    if gone.left.is_empty() {
        return Exit::Ok;
    }
    output::error(
        "error: the session is not gone: take these files away, or move them out of the folder of runs, and run this again",
    );
    Exit::Incomplete
}

fn nothing_found(root: &Path, session: &str) -> Exit {
    output::error(&format!(
        "error: nothing of session {session:?} was found in {}: no run holds it and no call in the ledger belongs to it. It \
         is refused from now on. Was the id spelled as in the source, and is this the folder of its runs (--runs, or name \
         the experiment: `corater forget SESSION EXPERIMENT`)?",
        root.display()
    ));
    Exit::Usage
}

fn prepare(named: &str) -> Result<Study, Diagnostic> {
    let options = StudyOptions {
        allow_unconsented: true,
        with_forgotten: true,
        however_large: true,
        ..StudyOptions::default()
    };
    Ok(Study::prepare(&ConfigSource::of_argument(named), &Environment::of_process(), &options)?)
}
