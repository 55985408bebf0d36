//! Owns `report`: the reports of a stored run, made again from its findings. Nothing is computed; to compute a run
//! again from the ledger, run the experiment with `--offline`.

use super::{PipelineError, write};
use crate::{
    analysis::Findings,
    report,
    store::{RunDirectory, artifact},
};

/// Reads the findings of a stored run.
///
/// # Errors
/// The file is missing, or of a newer format.
pub fn findings(run: &RunDirectory) -> Result<Findings, PipelineError> {
    let failed = |error: report::ReportError| PipelineError::Report { message: error.to_string() };
    report::json::read(&run.read("findings.json")?).map_err(failed)
}

/// Writes every report of a stored run again and returns its findings.
///
/// # Errors
/// A file of the run is missing or unreadable, or another process writes the run.
pub fn rebuild(run: RunDirectory) -> Result<Findings, PipelineError> {
    let found = findings(&run)?;
    let sessions = artifact::decode_sessions(&run.read("sessions.jsonl")?)?;
    let ratings = artifact::decode_ratings(&run.read("ratings.jsonl")?)?;
    let flags = artifact::decode_flags(&run.read("flags.jsonl")?)?;
    let usage = serde_json::from_slice(&run.read("usage.json")?)
        .map_err(|error| PipelineError::Report { message: format!("usage.json: {error}") })?;
    let writer = run.lock()?;
    write::reports(&writer, &found, &sessions, &ratings, &flags, &usage)?;
    Ok(found)
}
