//! `forget`: consent was withdrawn.

use super::{
    super::{Ended, args::ForgetArgs, diagnostic::Diagnostic, exit::Exit, output},
    run::runtime,
};
use crate::{
    config::{ConfigSource, Environment},
    pipeline::{Study, forget, study::StudyOptions},
};

pub(super) fn forget(args: &ForgetArgs) -> Ended {
    let study = args.experiment.as_deref().map(prepare).transpose()?;
    let root = study.as_ref().map_or(&args.runs, |study| &study.experiment.run.directory);
    let gone = runtime()?.block_on(forget::forget(root, &args.session, study.as_ref()))?;
    output::data(&format!(
        "forgotten: {} and {} left the ledger, {} {} stale",
        output::count(gone.purged.calls, "call"),
        output::count(gone.purged.texts, "text"),
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
    Ok(Exit::Ok)
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
