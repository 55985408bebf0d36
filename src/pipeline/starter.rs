//! The `init` verb: writes the starter experiment with editable copies of embedded files.

use std::{
    fs::OpenOptions,
    io::Write,
    path::{Path, PathBuf},
};

use super::{PipelineError, folder};

/// Writes the files below `folder`. Existing files are never overwritten.
///
/// # Errors
/// A file exists already or cannot be written; files written before it remain.
pub fn write(folder: &Path, files: &[(PathBuf, Vec<u8>)]) -> Result<Vec<PathBuf>, PipelineError> {
    let existing: Vec<String> = files
        .iter()
        .map(|(name, _)| folder.join(name))
        .filter(|p| p.exists())
        .map(|p| p.display().to_string())
        .collect();
    if !existing.is_empty() {
        return Err(PipelineError::usage(format!("will not overwrite {}", existing.join(", "))));
    }
    let mut written = Vec::new();
    for (name, bytes) in files {
        let path = folder.join(name);
        if let Some(parent) = path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
            folder::private(parent)?;
        }
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(&path)
            .map_err(|error| PipelineError::file("write", &path, &error))?;
        file.write_all(bytes).map_err(|error| PipelineError::file("write", &path, &error))?;
        written.push(path);
    }
    Ok(written)
}
