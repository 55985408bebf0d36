//! Reads a text file or a table that an experiment names.

use std::path::Path;

use super::PipelineError;
use crate::{
    config::{self, InputFile},
    dataset::{self, source::TableOptions},
    domain::Digest,
};

/// Reads one text file, which may be embedded.
pub(super) fn file(path: &Path, role: &str) -> Result<(String, InputFile), PipelineError> {
    read(path, role, None)
}

/// Reads one table as text: a text file, or a sheet of a workbook.
pub(super) fn table(
    path: &Path,
    role: &str,
    options: &TableOptions,
) -> Result<(String, InputFile), PipelineError> {
    read(path, role, Some(options))
}

fn read(
    path: &Path,
    role: &str,
    options: Option<&TableOptions>,
) -> Result<(String, InputFile), PipelineError> {
    let bytes = config::read_data(path).map_err(|error| PipelineError::file("read", path, &error))?;
    let shown = path.display().to_string();
    let input = InputFile { role: role.to_owned(), path: shown.clone(), digest: Digest::of_bytes(&bytes) };
    let text = dataset::decode::text(&shown, bytes.into_owned(), options)
        .map_err(|problem| PipelineError::Data(vec![problem]))?;
    Ok((text, input))
}
