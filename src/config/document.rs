//! One YAML file while it is checked: its text, its value, the position of everything in it, and the problems found so
//! far. A value that is known to be wrong is tainted, so that nothing is reported twice.

use std::{collections::BTreeSet, ops::Range};

use serde_yaml::Value;

use super::{
    path::{PathStep, YamlPath},
    problem::{ConfigProblem, Excerpt, Problems},
    secrets,
    spans::{NodeId, NodeKind, SyntaxFault, Tree},
    value,
};
use crate::config::spans::MAX_PROBLEMS;

/// Largest file that is read, in bytes.
const MAX_BYTES: usize = 8 * 1024 * 1024;

/// Which part of an entry a problem points at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum At {
    /// The key.
    Key,
    /// The value.
    Value,
}

/// A file being checked.
#[derive(Debug)]
pub(super) struct Document {
    /// Name of the file, as given by the user.
    pub(super) name: String,
    /// The text, without a byte-order mark.
    pub(super) text: String,
    /// The value; changed by overrides, interpolation and repair.
    pub(super) value: Value,
    /// Problems found so far.
    pub(super) problems: Vec<ConfigProblem>,
    /// Paths of the values that came from `${NAME}`.
    pub(super) interpolated: BTreeSet<YamlPath>,
    tree: Tree,
    tainted: BTreeSet<YamlPath>,
    overridden: Vec<YamlPath>,
}

impl Document {
    /// Parses the bytes of a file.
    ///
    /// # Errors
    /// The only problem, if it leaves nothing to check: not text, too large, not YAML, empty, not a mapping.
    pub(super) fn parse(name: &str, bytes: &[u8]) -> Result<Self, Problems> {
        let text = decode(name, bytes)?;
        let mut document = Self {
            name: name.to_owned(),
            text,
            value: Value::Null,
            problems: Vec::new(),
            interpolated: BTreeSet::new(),
            tree: Tree::default(),
            tainted: BTreeSet::new(),
            overridden: Vec::new(),
        };
        document.tree = Tree::parse(&document.text).map_err(|fault| document.fault(&fault))?;
        let (value, faults) = value::of_tree(&document.tree, &document.text);
        if !value.is_mapping() {
            let found = if value.is_null() {
                "the file is empty"
            } else {
                "the file is not a mapping of keys to values"
            };
            let fault = SyntaxFault::new(0..0, found, "`corater init` writes a commented example");
            return Err(document.fault(&fault).into());
        }
        document.value = value;
        document.problems = faults.iter().map(|fault| document.fault(fault)).collect();
        Ok(document)
    }

    /// Reports a problem with an entry, unless the entry is already known to be wrong.
    pub(super) fn report(
        &mut self,
        path: &YamlPath,
        at: At,
        message: impl Into<String>,
        advice: impl Into<String>,
    ) {
        if self.is_tainted(path) || self.problems.len() >= MAX_PROBLEMS {
            return;
        }
        let problem = self.problem(path, at, message.into(), Some(advice.into()));
        self.problems.push(problem);
    }

    /// Marks an entry as wrong: nothing more is reported about it or its contents.
    pub(super) fn taint(&mut self, path: &YamlPath) {
        self.tainted.insert(path.clone());
    }

    /// True if the entry, or one that contains it, is known to be wrong.
    pub(super) fn is_tainted(&self, path: &YamlPath) -> bool {
        self.tainted.iter().any(|tainted| path.is_under(tainted))
    }

    /// True if something inside the entry is known to be wrong, so that its declarations are incomplete.
    pub(super) fn is_incomplete(&self, path: &YamlPath) -> bool {
        self.is_tainted(path) || self.tainted.iter().any(|tainted| tainted.is_under(path))
    }

    /// Marks an entry as set by a flag; its problems name the flag.
    pub(super) fn mark_overridden(&mut self, path: YamlPath) {
        self.overridden.push(path);
    }

    /// True if the scalar is written in the file (and not set by a flag).
    pub(super) fn is_written(&self, path: &YamlPath) -> bool {
        !self.overridden.iter().any(|overridden| path.is_under(overridden))
    }

    /// The text of a scalar as written in the file, before interpolation; safe to quote together with the file.
    pub(super) fn written(&self, path: &YamlPath) -> Option<&str> {
        if !self.is_written(path) {
            return None;
        }
        let (_, value) = self.find(path)?;
        let text = self.tree.key_text(value)?;
        (!secrets::is_unquotable(path.last_key(), text)).then_some(text)
    }

    fn problem(&self, path: &YamlPath, at: At, message: String, advice: Option<String>) -> ConfigProblem {
        let in_file = self.find(path).is_some();
        let by_flag = |set: &&YamlPath| path.is_under(set) || (!in_file && set.is_under(path));
        let (file, range) = match self.overridden.iter().find(by_flag) {
            Some(overridden) => (format!("--set {}", flag_path(overridden)), None),
            None => (self.name.clone(), Some(self.range(path, at))),
        };
        let bare = ConfigProblem {
            path: path.to_string(),
            suggestion: advice,
            ..ConfigProblem::without_line(file, message)
        };
        match range {
            Some(range) => self.placed(bare, &range),
            None => bare,
        }
    }

    fn fault(&self, fault: &SyntaxFault) -> ConfigProblem {
        let mut bare = ConfigProblem::without_line(&self.name, &fault.message);
        bare.suggestion.clone_from(&fault.suggestion);
        self.placed(bare, &fault.span)
    }

    /// Adds line, column and the masked line to a problem.
    fn placed(&self, problem: ConfigProblem, range: &Range<usize>) -> ConfigProblem {
        let start = range.start.min(self.text.len());
        let line_start = self.text[..start].rfind('\n').map_or(0, |newline| newline + 1);
        let line = self.text[line_start..].lines().next().unwrap_or_default();
        let hidden: Vec<Range<usize>> = self.hidden_in(line_start..line_start + line.len());
        let from = (start - line_start).min(line.len());
        let to = (range.end.max(start) - line_start).clamp(from, line.len());
        let to = (from + line[from..to].trim_end().len())
            .max(from + line[from..].chars().next().map_or(0, char::len_utf8));
        ConfigProblem {
            line: Some(self.text[..line_start].matches('\n').count() + 1),
            column: Some(line[..from].chars().count() + 1),
            snippet: Some(Excerpt { text: secrets::mask(line, &hidden), start: from, end: to }),
            ..problem
        }
    }

    /// Byte ranges of a line with a scalar that no message may quote.
    fn hidden_in(&self, line: Range<usize>) -> Vec<Range<usize>> {
        self.tree
            .scalars()
            .filter(|(_, _, span)| span.start < line.end && line.start < span.end)
            .filter(|(field, text, _)| secrets::is_unquotable(*field, text))
            .map(|(_, _, span)| span.start.saturating_sub(line.start)..span.end.min(line.end) - line.start)
            .collect()
    }

    /// Byte range of an entry, or of the nearest one above it that the file contains.
    fn range(&self, path: &YamlPath, at: At) -> Range<usize> {
        let Some((key, value)) = self.find(path) else {
            let steps = path.steps();
            return match steps.len() {
                0 => 0..0,
                n => self.range(&prefix(path, n - 1), At::Key),
            };
        };
        let node = self.tree.node(value);
        match (&node.kind, at, key) {
            (_, At::Key, Some(key)) | (NodeKind::List(_) | NodeKind::Map(_), At::Value, Some(key)) => {
                self.tree.node(key).span.clone()
            }
            (NodeKind::Map(pairs), _, None) => {
                pairs.first().map_or(node.span.clone(), |(first, _)| self.tree.node(*first).span.clone())
            }
            (NodeKind::Scalar { text, .. }, _, Some(key)) if text.is_empty() => {
                self.tree.node(key).span.clone()
            }
            _ => node.span.clone(),
        }
    }

    /// The key (if there is one) and the node of an entry, found through aliases and merges.
    fn find(&self, path: &YamlPath) -> Option<(Option<NodeId>, NodeId)> {
        let mut found = (None, self.tree.root()?);
        for step in path.steps() {
            found = match step {
                PathStep::Key(key) => self.tree.entry(found.1, key).map(|(k, v)| (Some(k), v))?,
                PathStep::Index(index) => (None, self.tree.item(found.1, *index)?),
            };
        }
        Some(found)
    }
}

fn prefix(path: &YamlPath, length: usize) -> YamlPath {
    path.steps()[..length].iter().fold(YamlPath::root(), |prefix, step| match step {
        PathStep::Key(key) => prefix.key(key),
        PathStep::Index(index) => prefix.index(*index),
    })
}

/// The path in the form that `--set` accepts.
fn flag_path(path: &YamlPath) -> String {
    let word = |step: &PathStep| match step {
        PathStep::Key(key) => key.clone(),
        PathStep::Index(index) => index.to_string(),
    };
    path.steps().iter().map(word).collect::<Vec<_>>().join(".")
}

fn decode(name: &str, bytes: &[u8]) -> Result<String, Problems> {
    if bytes.len() > MAX_BYTES {
        let message = format!("the file has {} bytes, more than the {MAX_BYTES} allowed", bytes.len());
        let advice = "an experiment is a page; transcripts stand in files of their own";
        return Err(ConfigProblem::without_line(name, message).suggest(advice).into());
    }
    let text = std::str::from_utf8(bytes).map_err(|error| not_text(name, bytes, error.valid_up_to()))?;
    Ok(text.strip_prefix('\u{feff}').unwrap_or(text).to_owned())
}

/// The problem of a file with a byte that is not UTF-8, shown in its line with a replacement character.
fn not_text(name: &str, bytes: &[u8], at: usize) -> ConfigProblem {
    let before = String::from_utf8_lossy(&bytes[..at]);
    let rest = String::from_utf8_lossy(&bytes[at..]);
    let start_of_line = before.rsplit('\n').next().unwrap_or_default();
    let line = format!("{start_of_line}{}", rest.lines().next().unwrap_or_default());
    let start = start_of_line.len();
    let end = start + line[start..].chars().next().map_or(0, char::len_utf8);
    ConfigProblem {
        line: Some(before.matches('\n').count() + 1),
        column: Some(start_of_line.chars().count() + 1),
        snippet: Some(Excerpt { text: secrets::mask(&line, &[]), start, end }),
        ..ConfigProblem::without_line(name, "the file is not UTF-8 text").suggest("save it as UTF-8")
    }
}
