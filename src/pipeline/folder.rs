//! Creates folders and files that hold transcripts: readable only by their owner.

use std::{
    fs::{File, OpenOptions},
    path::Path,
};

use super::PipelineError;

/// Creates a folder (mode 0700) unless it exists.
pub(super) fn private(path: &Path) -> Result<(), PipelineError> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).map_err(|error| PipelineError::file("create", path, &error))
}

/// Creates a file (mode 0600), which must not exist.
pub(super) fn new_private_file(path: &Path) -> Result<File, PipelineError> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map_err(|error| PipelineError::file("write", path, &error))
}
