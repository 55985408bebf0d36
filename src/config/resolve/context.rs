//! What every part of an experiment is resolved with: its document, its folder and its problems.

use schemars::Schema;
use serde::de::DeserializeOwned;

use crate::{
    config::{
        document::{At, Document},
        environment::Environment,
        experiment::InputFile,
        files::Files,
        hints,
        path::YamlPath,
        problem::ConfigProblem,
        typed::typed,
        walk,
    },
    domain::Digest,
};

/// What all parts share while they resolve.
pub(super) struct Context<'e> {
    pub(super) document: Document,
    pub(super) files: Files,
    pub(super) environment: &'e Environment,
    pub(super) inputs: Vec<InputFile>,
    /// Problems in files that the experiment names.
    pub(super) elsewhere: Vec<ConfigProblem>,
}
impl Context<'_> {
    /// Reports a problem at a value.
    pub(super) fn at(&mut self, path: &YamlPath, message: impl Into<String>, advice: impl Into<String>) {
        self.document.report(path, At::Value, message, advice);
    }

    /// A scalar for a message: as written in the file, never as interpolated.
    pub(super) fn quoted(&self, path: &YamlPath) -> String {
        match self.document.written(path) {
            Some(text) => format!("`{}`", hints::clip(text)),
            None => "this value".to_owned(),
        }
    }

    /// A file's name for people: as written, if it contains a value from the environment.
    pub(super) fn shown_path(&self, path: &YamlPath, name: &str) -> String {
        if self.document.interpolated.contains(path) {
            self.document.written(path).unwrap_or("a file").to_owned()
        } else {
            name.to_owned()
        }
    }

    /// The bytes of a named file; a fault is reported where the file is named.
    pub(super) fn read(&mut self, path: &YamlPath, name: &str, role: &str) -> Option<Vec<u8>> {
        if self.document.is_tainted(path) {
            return None;
        }
        match self.files.read(name) {
            Ok(bytes) => {
                let (path, digest) = (self.shown_path(path, name), Digest::of_bytes(&bytes));
                self.inputs.push(InputFile { role: role.to_owned(), path, digest });
                Some(bytes.into_owned())
            }
            Err(fault) => {
                let message = format!("{}: {}", fault.message, self.quoted(path));
                self.document.report(path, At::Value, message, fault.advice);
                None
            }
        }
    }

    /// The text of a named file.
    pub(super) fn read_text(&mut self, path: &YamlPath, name: &str, role: &str) -> Option<String> {
        let bytes = self.read(path, name, role)?;
        let Ok(text) = String::from_utf8(bytes) else {
            self.at(path, "the file is not UTF-8 text", "save it as UTF-8");
            return None;
        };
        Some(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
    }

    /// A named YAML file as a type, checked against its schema, with its document for further checks.
    pub(super) fn read_yaml<T: DeserializeOwned>(
        &mut self,
        path: &YamlPath,
        name: &str,
        role: &str,
        schema: &Schema,
    ) -> Option<(T, Document)> {
        let bytes = self.read(path, name, role)?;
        let located = self.files.locate(name).display().to_string();
        let shown =
            if self.document.interpolated.contains(path) { self.shown_path(path, name) } else { located };
        let mut document = match Document::parse(&shown, &bytes) {
            Ok(document) => document,
            Err(problems) => {
                self.elsewhere.extend(problems.iter().cloned());
                return None;
            }
        };
        walk::check(&mut document, schema);
        let typed = typed(&mut document);
        if typed.is_none() {
            self.elsewhere.append(&mut document.problems);
        }
        typed.map(|typed| (typed, document))
    }

    /// Checks ids: their characters, and that none occurs twice. `ids` are the values under `base[n].id`.
    pub(super) fn check_ids<'i>(&mut self, base: &YamlPath, what: &str, ids: impl Iterator<Item = &'i str>) {
        let mut seen: Vec<&str> = Vec::new();
        for (index, id) in ids.enumerate() {
            let path = base.index(index).key("id");
            self.check_id(&path, id);
            if seen.contains(&id) {
                let message = format!("{} is the id of two {what}", self.quoted(&path));
                self.at(&path, message, "give each its own id");
            }
            seen.push(id);
        }
    }

    /// Checks the characters of an id.
    pub(super) fn check_id(&mut self, path: &YamlPath, id: &str) {
        let fits = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if id.is_empty() || id.len() > 64 || !id.chars().all(fits) {
            self.at(path, "not a usable id", "use letters, digits, `-` and `_`, at most 64 of them");
        }
    }
}
