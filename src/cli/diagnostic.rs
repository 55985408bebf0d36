//! Turns library errors into messages for people: what happened and, separately, the next step.

use std::fmt;

use super::exit::Exit;
use crate::pipeline::PipelineError;

/// A message with its exit code.
#[derive(Debug)]
pub(super) struct Diagnostic {
    message: String,
    hint: Option<String>,
    pub(super) exit: Exit,
}

impl Diagnostic {
    /// An error in the request.
    pub(super) fn usage(message: impl Into<String>) -> Self {
        Self { message: message.into(), hint: None, exit: Exit::Usage }
    }

    /// Adds the next step.
    pub(super) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        match &self.hint {
            Some(hint) => write!(f, "\nhint: {hint}"),
            None => Ok(()),
        }
    }
}

impl From<PipelineError> for Diagnostic {
    fn from(error: PipelineError) -> Self {
        let exit = match &error {
            PipelineError::Store(_)
            | PipelineError::Batch(_)
            | PipelineError::Report { .. }
            | PipelineError::System { .. }
            | PipelineError::Unwritten { .. } => Exit::Incomplete,
            PipelineError::Execute(_)
            | PipelineError::Config(_)
            | PipelineError::Data(_)
            | PipelineError::Selection(_)
            | PipelineError::File { .. }
            | PipelineError::Usage { .. } => Exit::Usage,
        };
        let (message, hint) = match &error {
            PipelineError::Config(problems) => (problems.to_string(), None),
            PipelineError::Data(_) => (of_data(&error), None),
            other => {
                let hint = other.hint().map(str::to_owned);
                (format!("error: {other}"), hint)
            }
        };
        Self { message, hint, exit }
    }
}

/// The problems of sessions and ratings, one for each cause.
fn of_data(error: &PipelineError) -> String {
    let (causes, problems) = error.causes();
    let lines: Vec<String> = causes
        .iter()
        .map(|problem| match &problem.hint {
            Some(hint) => format!("error: {problem}\n  = help: {hint}"),
            None => format!("error: {problem}"),
        })
        .collect();
    let count = if causes.len() == 1 { "1 problem".to_owned() } else { format!("{} problems", causes.len()) };
    let places = if problems > causes.len() { format!(" in {problems} places") } else { String::new() };
    format!("{}\n\n{count}{places}", lines.join("\n"))
}

/// Result of a command: an exit code, or a message with one.
pub(super) type CommandResult = Result<Exit, Diagnostic>;
