//! Reads a text file that an experiment names.

use std::path::Path;

use super::PipelineError;
use crate::{
    config::{self, InputFile},
    dataset::Problem,
    domain::Digest,
};

/// Reads one text file, which may be embedded.
pub(super) fn file(path: &Path, role: &str) -> Result<(String, InputFile), PipelineError> {
    let bytes = config::read_data(path).map_err(|error| PipelineError::file("read", path, &error))?;
    let shown = path.display().to_string();
    let input = InputFile { role: role.to_owned(), path: shown.clone(), digest: Digest::of_bytes(&bytes) };
    let text = String::from_utf8(bytes.into_owned()).map_err(|error| {
        let line = error.as_bytes()[..error.utf8_error().valid_up_to()].split(|byte| *byte == b'\n').count();
        PipelineError::Data(vec![Problem {
            path: shown,
            line: Some(line),
            message: "not UTF-8 text".into(),
            hint: Some("convert the file to UTF-8".into()),
        }])
    })?;
    Ok((text, input))
}
