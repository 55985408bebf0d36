//! Owns `report`: the reports of a stored run, made again from its findings. Nothing is computed but, with a review,
//! what it changes of the flags; to compute a run again from the ledger, run the experiment with `--offline`.

use std::path::{Path, PathBuf};

use super::{PipelineError, ethics, outputs, reviewed, variants, write};
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

/// Whether the report of so many sessions can be copied there, found out before anything is paid for.
///
/// # Errors
/// Its transcripts are on pages, and the name is not the one they lead back to.
pub fn check_copies(targets: &[PathBuf], sessions: usize) -> Result<(), PipelineError> {
    let is_html = |target: &&PathBuf| outputs::ending(target) == "html";
    if !report::html::needs_pages(sessions) {
        return Ok(());
    }
    targets.iter().filter(is_html).try_for_each(|target| leads_back(target))
}

/// Pages of transcripts lead back to their report by its name.
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

/// Copies the pages of transcripts that a large report has beside it.
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

/// Writes the findings of `agree` where the user pointed, by the ending of the name.
///
/// # Errors
/// An ending without a format, or a file that cannot be written.
pub fn write_agree(findings: &AgreeFindings, target: &Path) -> Result<(), PipelineError> {
    let bytes = match outputs::ending(target) {
        "json" => report::json::agree(findings),
        "csv" => report::csv::estimates(&findings.estimates),
        "md" => report::markdown::agree(findings).into_bytes(),
        _ => return Err(outputs::unknown_ending(target, &outputs::OF_AGREE)),
    };
    outputs::write(target, &bytes)
}
