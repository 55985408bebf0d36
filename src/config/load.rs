//! Loads an experiment: read, override, interpolate, check against the schema, resolve.

use serde::de::DeserializeOwned;

use super::{
    document::Document,
    environment::Environment,
    experiment::Experiment,
    file::ExperimentFile,
    files::{self, ConfigSource, read_input},
    interpolate,
    overrides::{self, Override},
    problem::{ConfigProblem, Problems},
    resolve,
    schema::{SchemaKind, schema},
    walk,
};
use crate::config::typed::typed;
use crate::domain::{Criteria, Rubric};
use crate::text::{conversation::spec::CueSpec, lexicon::spec::LexiconSpec};

/// Reads an experiment and all files it names: prompts, rubric, lexicons. For sessions and ratings it only checks that
/// they exist.
///
/// # Errors
/// Every problem that could be found in one pass.
pub fn load(
    source: &ConfigSource,
    environment: &Environment,
    changes: &[Override],
) -> Result<Experiment, Problems> {
    let bytes = read_input(&source.path()).map_err(|error| unreadable(source, &error))?;
    let mut document = Document::parse(&source.name(), &bytes)?;
    overrides::apply(&mut document, changes);
    interpolate::interpolate(&mut document, environment);
    walk::check(&mut document, &schema(SchemaKind::Experiment));
    match typed::<ExperimentFile>(&mut document) {
        Some(file) => resolve::experiment(file, document, source, environment, &bytes),
        None => Err(Problems::new(document.problems)),
    }
}

/// Reads a single rubric.
///
/// # Errors
/// Every problem in the file.
pub fn load_rubric(source: &ConfigSource) -> Result<Rubric, Problems> {
    standalone(source, SchemaKind::Rubric, resolve::check_rubric)
}

/// Reads the criteria of a gate from their own file: the mapping under `gates` in an experiment. Items are not checked
/// here, because the run to be checked has its own.
///
/// # Errors
/// Every problem in the file.
pub fn load_criteria(source: &ConfigSource) -> Result<Criteria, Problems> {
    standalone(source, SchemaKind::Gates, |_, _: &Criteria| ())
}

/// Reads a single file of cue words.
///
/// # Errors
/// Every problem in the file, failing examples included.
pub fn load_cues(source: &ConfigSource) -> Result<CueSpec, Problems> {
    standalone(source, SchemaKind::Cues, resolve::check_cues)
}

/// Reads a single lexicon.
///
/// # Errors
/// Every problem in the file, failing examples included.
pub fn load_lexicon(source: &ConfigSource) -> Result<LexiconSpec, Problems> {
    standalone(source, SchemaKind::Lexicon, resolve::check_lexicon)
}

fn standalone<T: DeserializeOwned>(
    source: &ConfigSource,
    kind: SchemaKind,
    check: impl Fn(&mut Document, &T),
) -> Result<T, Problems> {
    let bytes = read_input(&source.path()).map_err(|error| unreadable(source, &error))?;
    let mut document = Document::parse(&source.name(), &bytes)?;
    walk::check(&mut document, &schema(kind));
    let typed: Option<T> = typed(&mut document);
    if let Some(typed) = &typed {
        check(&mut document, typed);
    }
    typed.filter(|_| document.problems.is_empty()).ok_or_else(|| Problems::new(document.problems))
}

fn unreadable(source: &ConfigSource, error: &std::io::Error) -> ConfigProblem {
    let fault = files::fault(&source.path(), error);
    ConfigProblem::without_line(source.name(), fault.message).suggest(fault.advice)
}
