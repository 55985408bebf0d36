//! Owns `report`: the reports of a stored run, made again from its findings. Nothing is computed but, with a review,
//! what it changes of the flags; to compute a run again from the ledger, run the experiment with `--offline`.

use std::path::Path;

use super::{PipelineError, ethics, reviewed, variants, write};
use crate::{
    analysis::{Findings, agree::AgreeFindings},
    report::{self, html::REPORT_FILE},
    store::{RunDirectory, artifact},
};

/// Reads the findings of a stored run.
///
/// # Errors
/// The file is missing, or of a newer format.
pub fn findings(run: &RunDirectory) -> Result<Findings, PipelineError> {
    Ok(report::json::read_run(&run.read("findings.json")?).map_err(report::ReportError::from)?)
}

/// What people said, in files that they filled in.
#[derive(Debug, Clone, Copy, Default)]
pub struct ReviewFiles<'p> {
    /// Of flags.
    pub flags: Option<&'p Path>,
    /// Of ethics risks.
    pub ethics: Option<&'p Path>,
}

/// Writes every report of a stored run again and returns its findings. With a review, what people said is put on the
/// flags or ethics risks first, and what the findings say of them is made again.
///
/// # Errors
/// A file of the run is missing or unreadable, or another process writes the run.
pub fn rebuild(run: RunDirectory, reviews: ReviewFiles<'_>) -> Result<Findings, PipelineError> {
    let mut found = findings(&run)?;
    let sessions = artifact::decode_sessions(&run.read("sessions.jsonl")?)?;
    let ratings = artifact::decode_ratings(&run.read("ratings.jsonl")?)?;
    let mut flags = artifact::decode_flags(&run.read("flags.jsonl")?)?;
    if let Some(path) = reviews.flags {
        reviewed::into_findings(&run, path, &sessions, &mut flags, &mut found)?;
    }
    let mut assessments = ethics::stored(&run)?;
    if let Some(path) = reviews.ethics {
        ethics::into_findings(&run, path, &mut assessments, &mut found)?;
    }
    let usage = serde_json::from_slice(&run.read("usage.json")?)
        .map_err(|error| PipelineError::Report { message: format!("usage.json: {error}") })?;
    let writer = run.lock()?;
    if reviews.flags.is_some() {
        writer.stream("flags.jsonl", |out| artifact::write_flags(&flags, out))?;
        reviewed::write(&writer, &flags, &sessions)?;
    }
    if reviews.ethics.is_some() {
        ethics::write(&writer, &assessments)?;
    }
    let said = write::Said { ratings: &ratings, flags: &flags, assessments: &assessments };
    let varied = variants::stored(writer.directory())?;
    write::reports(&writer, &found, (&sessions, &varied), said, &usage)?;
    Ok(found)
}

/// Copies a report of a run to where the user pointed, by the ending of the name.
///
/// # Errors
/// An ending without a report, or a file that cannot be read or written.
pub fn copy(directory: &Path, target: &Path) -> Result<(), PipelineError> {
    let name = match ending(target) {
        "json" => "findings.json",
        "csv" => "estimates.csv",
        "md" => "report.md",
        "html" => "report.html",
        other => return Err(unknown_ending(other, ".json, .csv, .md or .html")),
    };
    let run = RunDirectory::open(directory)?;
    if name == REPORT_FILE {
        copy_pages(&run, target)?;
    }
    write_file(target, &run.read(name)?)
}

/// Copies the pages of transcripts that a large report has beside it. They lead back to it by its name.
fn copy_pages(run: &RunDirectory, target: &Path) -> Result<(), PipelineError> {
    let pages: Vec<String> = run.names()?.into_iter().filter(|name| report::html::is_page(name)).collect();
    if !pages.is_empty() && target.file_name() != Some(REPORT_FILE.as_ref()) {
        return Err(PipelineError::usage(format!(
            "{}: the transcripts of this run are on {} pages, which lead back to `{REPORT_FILE}`; name the copy so, or copy \
             the folder {}",
            target.display(),
            pages.len(),
            run.path().display()
        )));
    }
    for page in pages {
        write_file(&target.with_file_name(&page), &run.read(&page)?)?;
    }
    Ok(())
}

/// Writes the findings of `agree` where the user pointed, by the ending of the name.
///
/// # Errors
/// An ending without a format, or a file that cannot be written.
pub fn write_agree(findings: &AgreeFindings, target: &Path) -> Result<(), PipelineError> {
    let bytes = match ending(target) {
        "json" => report::json::agree(findings),
        "csv" => report::csv::estimates(&findings.estimates),
        "md" => report::markdown::agree(findings).into_bytes(),
        other => return Err(unknown_ending(other, ".json, .csv or .md")),
    };
    write_file(target, &bytes)
}

pub(super) fn ending(path: &Path) -> &str {
    path.extension().and_then(|ending| ending.to_str()).unwrap_or_default()
}

pub(super) fn unknown_ending(found: &str, expected: &str) -> PipelineError {
    PipelineError::usage(format!("no report has the ending `{found}`: expected {expected}"))
}

#[expect(clippy::disallowed_methods, reason = "pipeline writes where the user pointed")]
pub(super) fn write_file(path: &Path, bytes: &[u8]) -> Result<(), PipelineError> {
    std::fs::write(path, bytes).map_err(|error| PipelineError::file("write", path, &error))
}
