//! Files written by `init`: a commented experiment that runs as it is, and editable copies of what it uses.

use std::path::PathBuf;

use super::{
    builtin::BUILTINS,
    schema::{SchemaKind, schema_text},
};

/// The experiment that `init` writes.
pub const STARTER: &str = include_str!("starter.yaml");

/// The files of a new experiment, relative to its folder.
pub fn starter() -> Vec<(PathBuf, Vec<u8>)> {
    let experiment = ("experiment.yaml".to_owned(), STARTER.to_owned());
    let schemas = SchemaKind::ALL.map(|kind| (kind.file_name().to_owned(), schema_text(kind)));
    let copies = BUILTINS
        .iter()
        .filter(|builtin| builtin.name != "quickstart")
        .map(|builtin| (builtin.path.to_owned(), builtin.text.to_owned()));
    [experiment]
        .into_iter()
        .chain(schemas)
        .chain(copies)
        .map(|(path, text)| (PathBuf::from(path), text.into_bytes()))
        .collect()
}
