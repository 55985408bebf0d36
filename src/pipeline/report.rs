//! The `report` verb: rebuilds the reports of a stored run from its findings. Only figures that a review changes are
//! recomputed; to compute a run again from the ledger, use `run --offline`.

use std::path::{Path, PathBuf};

use super::{PipelineError, ethics, outputs, reviewed, variants, write};
use crate::{
    analysis::{Findings, findings::agree::AgreeFindings},
    report::{self, html::REPORT_FILE},
    store::{RunDirectory, artifact},
};

/// Reads the findings of a stored run.
///
/// # Errors
/// The file is missing, or has a newer format.
pub fn findings(run: &RunDirectory) -> Result<Findings, PipelineError> {
    Ok(report::json::read_run(&run.read("findings.json")?).map_err(report::ReportError::from)?)
}

/// Completed review files.
#[derive(Debug, Clone, Copy, Default)]
pub struct ReviewFiles<'p> {
    /// Decisions on flags.
    pub flags: Option<&'p Path>,
    /// Decisions on ethics risks.
    pub ethics: Option<&'p Path>,
}

/// Rewrites every report of a stored run and returns its findings. Reviews are first applied to the flags or ethics
/// risks, and the findings about these are recomputed.
///
/// # Errors
/// A file of the run is missing or unreadable, or another process is writing the run.
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
    let said = write::JudgedMaterial { ratings: &ratings, flags: &flags, assessments: &assessments };
    let varied = variants::stored(writer.directory())?;
    write::reports(&writer, &found, (&sessions, &varied), said, &usage)?;
    Ok(found)
}

/// Copies a report of a run to a path, in the format given by its ending.
///
/// # Errors
/// There is no report with this ending, or a file cannot be read or written.
pub fn copy(directory: &Path, target: &Path) -> Result<(), PipelineError> {
    let name = match outputs::ending(target) {
        "json" => "findings.json",
        "csv" => "estimates.csv",
        "md" => "report.md",
        "html" => "report.html",
        _ => return Err(outputs::unknown_ending(target, &outputs::OF_RUN)),
    };
    let run = RunDirectory::open(directory)?;
    if name == REPORT_FILE {
        copy_pages(&run, target)?;
    }
    outputs::write(target, &run.read(name)?)
}

/// Checks that a report with this many sessions can be copied to these paths, before anything is paid for.
///
/// # Errors
/// The report has pages of transcripts, and the name differs from the one they link back to.
pub fn check_copies(targets: &[PathBuf], sessions: usize) -> Result<(), PipelineError> {
    let is_html = |target: &&PathBuf| outputs::ending(target) == "html";
    if !report::html::needs_pages(sessions) {
        return Ok(());
    }
    targets.iter().filter(is_html).try_for_each(|target| leads_back(target))
}

/// Checks the name of a copy, because pages of transcripts link back to their report by its name.
fn leads_back(target: &Path) -> Result<(), PipelineError> {
    if target.file_name() == Some(REPORT_FILE.as_ref()) {
        return Ok(());
    }
    Err(PipelineError::usage(format!(
        "{}: the transcripts of this run are too many for one page, and their pages lead back to `{REPORT_FILE}`; name the \
         copy so, in a folder of its own",
        target.display()
    )))
}

/// Copies the pages of transcripts that accompany a large report.
fn copy_pages(run: &RunDirectory, target: &Path) -> Result<(), PipelineError> {
    let pages: Vec<String> = run.names()?.into_iter().filter(|name| report::html::is_page(name)).collect();
    if !pages.is_empty() {
        leads_back(target)?;
    }
    for page in pages {
        outputs::write(&target.with_file_name(&page), &run.read(&page)?)?;
    }
    Ok(())
}

/// Writes the findings of `agree` to a file, in the format given by its ending.
///
/// # Errors
/// The ending has no format, or the file cannot be written.
pub fn write_agree(findings: &AgreeFindings, target: &Path) -> Result<(), PipelineError> {
    let bytes = match outputs::ending(target) {
        "json" => report::json::agree(findings),
        "csv" => report::csv::estimates(&findings.estimates),
        "md" => report::markdown::agree(findings).into_bytes(),
        _ => return Err(outputs::unknown_ending(target, &outputs::OF_AGREE)),
    };
    outputs::write(target, &bytes)
}
