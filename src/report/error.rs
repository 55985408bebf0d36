//! Owns why a report cannot be written or read back.

use super::json::FindingsError;

/// Why a report cannot be written or read back. Never holds text of a transcript.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// Findings cannot be read back.
    #[error(transparent)]
    Findings(#[from] FindingsError),
    /// The report's file takes no more.
    #[error("the report cannot be written: {0}")]
    Io(#[from] std::io::Error),
    /// A template refused its values: a fault of this program, not of the run.
    #[error("template {template}, line {line}: {kind}")]
    Template {
        /// The template.
        template: String,
        /// Its line, from 1; 0 where the template engine names none.
        line: usize,
        /// What the template engine calls the fault.
        kind: String,
    },
}

impl From<minijinja::Error> for ReportError {
    // The engine's detail may quote a value, and values hold transcripts: only the kind is kept.
    fn from(error: minijinja::Error) -> Self {
        Self::Template {
            template: error.name().unwrap_or("unnamed").to_owned(),
            line: error.line().unwrap_or(0),
            kind: error.kind().to_string(),
        }
    }
}
