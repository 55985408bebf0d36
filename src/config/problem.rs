//! A problem in a file that the user wrote: its position, what was found, and what to do. Never contains a secret: the
//! quoted line is masked beforehand.

use std::fmt;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet, normalize_untrusted_str};
use serde::Serialize;

use crate::domain::visible::visible;

/// The line with a problem, and the range of bytes concerned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Excerpt {
    /// The line, with anything that looks like a secret masked.
    pub text: String,
    /// Start of the range, in bytes of `text`.
    pub start: usize,
    /// End of the range, not included.
    pub end: usize,
}

/// One problem.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ConfigProblem {
    /// The file as named by the user, or the flag (`--set run.name`).
    pub file: String,
    /// Line from 1; `None` if the problem has no line (a missing file, a flag).
    pub line: Option<usize>,
    /// Column from 1, in characters.
    pub column: Option<usize>,
    /// Address in the document, such as `models[0].id`; empty for the document itself.
    pub path: String,
    /// What is wrong: what was found, and what was expected.
    pub message: String,
    /// Advice for the user.
    pub suggestion: Option<String>,
    /// The line with the problem.
    pub snippet: Option<Excerpt>,
}

impl ConfigProblem {
    /// A problem with a whole file or flag.
    pub fn without_line(file: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            file: file.into(),
            line: None,
            column: None,
            path: String::new(),
            message: message.into(),
            suggestion: None,
            snippet: None,
        }
    }

    /// The same problem with advice.
    #[must_use]
    pub fn suggest(mut self, suggestion: impl Into<String>) -> Self {
        self.suggestion = Some(suggestion.into());
        self
    }

    /// `file:line:column: message`, as compilers and editors write it.
    pub fn one_line(&self) -> String {
        let place = match (self.line, self.column) {
            (Some(line), Some(column)) => format!("{}:{line}:{column}", self.file),
            _ => self.file.clone(),
        };
        normal(&format!("{place}: {}", self.message))
    }
}

impl fmt::Display for ConfigProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Some(line), Some(excerpt)) = (self.line, &self.snippet) else {
            write!(f, "error: {}", self.one_line())?;
            return match &self.suggestion {
                Some(advice) => write!(f, "\n  = help: {}", normal(advice)),
                None => Ok(()),
            };
        };
        let title = normal(&self.message);
        let file = normal(&self.file);
        let text = visible(&excerpt.text);
        let shown = |end: usize| visible(&excerpt.text[..end]).len();
        let snippet = Snippet::source(text.as_ref())
            .line_start(line)
            .path(file.as_str())
            .annotation(AnnotationKind::Primary.span(shown(excerpt.start)..shown(excerpt.end)));
        let mut group: Group<'_> = Level::ERROR.primary_title(title.as_str()).element(snippet);
        if let Some(advice) = &self.suggestion {
            group = group.element(Level::HELP.message(normal(advice)));
        }
        f.write_str(&Renderer::plain().render(&[group]))
    }
}

/// Text that is safe for a terminal: control characters have no effect and are visible.
fn normal(text: &str) -> String {
    normalize_untrusted_str(&visible(text))
}

/// Every problem found in one pass, in the order of files and lines.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Problems(Vec<ConfigProblem>);

impl Problems {
    /// Problems without repetitions (an alias can show one fault twice), those of each file in the order of lines.
    pub fn new(found: Vec<ConfigProblem>) -> Self {
        let mut files: Vec<String> = Vec::new();
        let mut kept: Vec<ConfigProblem> = Vec::new();
        for problem in found {
            if !files.contains(&problem.file) {
                files.push(problem.file.clone());
            }
            let same = |p: &ConfigProblem| {
                (&p.file, p.line, p.column, &p.message)
                    == (&problem.file, problem.line, problem.column, &problem.message)
            };
            if !kept.iter().any(same) {
                kept.push(problem);
            }
        }
        let rank = |p: &ConfigProblem| files.iter().position(|file| *file == p.file);
        kept.sort_by_key(|p| (rank(p), p.line, p.column));
        Self(kept)
    }

    /// The problems.
    pub fn iter(&self) -> std::slice::Iter<'_, ConfigProblem> {
        self.0.iter()
    }

    /// Number of problems.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// True if there is no problem.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl From<ConfigProblem> for Problems {
    fn from(problem: ConfigProblem) -> Self {
        Self(vec![problem])
    }
}

impl<'p> IntoIterator for &'p Problems {
    type Item = &'p ConfigProblem;
    type IntoIter = std::slice::Iter<'p, ConfigProblem>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for problem in &self.0 {
            writeln!(f, "{problem}\n")?;
        }
        match self.len() {
            1 => f.write_str("1 problem"),
            n => write!(f, "{n} problems"),
        }
    }
}

impl std::error::Error for Problems {}
