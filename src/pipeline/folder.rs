//! Owns making folders that hold transcripts: private to their owner.

use std::path::Path;

use super::PipelineError;

/// Makes a folder (0700) unless it is there.
pub(super) fn private(path: &Path) -> Result<(), PipelineError> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).map_err(|error| PipelineError::file("create", path, &error))
}
