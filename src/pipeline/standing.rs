//! Whether a finished run is still up to date, so that running again makes no call and writes nothing.

use std::path::PathBuf;

use super::{Operations, PipelineError, RunOutcome, Study, report, write};
use crate::{
    domain::Digest,
    store::{MadeFrom, RunDirectory},
};

/// Inputs of the study's run. The manifest contains the resolved experiment and the digest of every file it names.
pub(super) fn made_from(study: &Study, program: PathBuf) -> Result<MadeFrom, PipelineError> {
    let manifest = Digest::of_bytes(&write::manifest(study, study.plan.digest)?.encode());
    // The part of those files that command-line options select.
    let data = &study.dataset;
    let notes: Vec<(&str, &str)> = data.notes.iter().map(|n| (n.path.as_str(), n.message.as_str())).collect();
    let inputs = Digest::of_value(&(manifest, notes, data.missing, &data.ratings));
    Ok(MadeFrom { inputs, program, ledger: study.experiment.run.directory.join("ledger.db") })
}

/// The outcome of a finished run that is still up to date; `None` if it must be made.
pub(super) fn outcome(
    study: &Study,
    plan: Digest,
    made_from: &MadeFrom,
) -> Result<Option<RunOutcome>, PipelineError> {
    let options = &study.experiment.run;
    let path = options.directory.join(RunDirectory::name_of(&options.name, &plan));
    if !path.is_dir() {
        return Ok(None);
    }
    let writer = RunDirectory::open(&path)?.lock()?;
    let Some(replies) = writer.finished(made_from)? else { return Ok(None) };
    let findings = report::findings(writer.directory())?;
    Ok(Some(RunOutcome {
        directory: path,
        findings: Some(findings),
        stands: Some(replies),
        failures: Vec::new(),
        operations: Operations::nothing_done(),
        interrupted: false,
        halt: None,
    }))
}
