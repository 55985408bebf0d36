//! Errors of writing or reading a report.

use super::json::FindingsError;

/// Why a report cannot be written or read. Never contains transcript text.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// Findings cannot be read back.
    #[error(transparent)]
    Findings(#[from] FindingsError),
    /// Writing to the report's file failed.
    #[error("the report cannot be written: {0}")]
    Io(#[from] std::io::Error),
    /// A template rejected its values, which is a bug of this program.
    #[error("template {template}, line {line}: {kind}")]
    Template {
        /// Name of the template.
        template: String,
        /// Line in the template, from 1; 0 if unknown.
        line: usize,
        /// Kind of the error in the template engine's terms.
        kind: String,
    },
}

impl From<minijinja::Error> for ReportError {
    // The engine's detail may quote a value, and values contain transcripts, so only the kind is kept.
    fn from(error: minijinja::Error) -> Self {
        Self::Template {
            template: error.name().unwrap_or("unnamed").to_owned(),
            line: error.line().unwrap_or(0),
            kind: error.kind().to_string(),
        }
    }
}
