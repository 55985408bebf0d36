//! Turns the file as written into the experiment: looks up names, reads files, and checks what the schema cannot
//! express. Every part reports its problems and continues.

mod budget;
mod ethics;
mod grounding;
mod instrument;
mod judging;
mod matrix;
mod models;
mod modes;
mod offers;
mod privacy;
mod probes;
mod prompts;
mod providers;
mod sources;
mod variants;

pub(super) use instrument::{check_cues, check_lexicon, check_rubric};

use std::path::PathBuf;

use schemars::Schema;
use serde::de::DeserializeOwned;

use super::{
    document::{At, Document},
    environment::Environment,
    experiment::{Experiment, InputFile, Model, RunOptions},
    file::{ExperimentFile, RunFile},
    files::{ConfigSource, Files},
    hints,
    load::typed,
    path::YamlPath,
    problem::{Problem, Problems},
    walk,
};
use crate::domain::Digest;

/// What all parts share while they resolve.
struct Context<'e> {
    document: Document,
    files: Files,
    environment: &'e Environment,
    inputs: Vec<InputFile>,
    /// Problems in files that the experiment names.
    elsewhere: Vec<Problem>,
}

/// Resolves a file that matches the schema.
pub(super) fn experiment(
    file: ExperimentFile,
    document: Document,
    source: &ConfigSource,
    environment: &Environment,
    bytes: &[u8],
) -> Result<Experiment, Problems> {
    let source_text = document.text.clone();
    let own = InputFile { role: "experiment".into(), path: source.name(), digest: Digest::of_bytes(bytes) };
    let files = Files::beside(source);
    let mut context = Context { document, files, environment, inputs: vec![own], elsewhere: Vec::new() };
    let cx = &mut context;

    let prompts = prompts::resolve(cx, &file.prompts);
    let pool = models::resolve(cx, &file);
    let instrument = instrument::rubric(cx, &file.rubric);
    let (instrument, anchors) = judging::anchors(cx, &file.rubric, instrument);
    let rubric = instrument.as_ref().map(|(rubric, _)| rubric);
    let reference = rubric.and_then(|rubric| instrument::reference(cx, &file.rubric, rubric));
    let mut judges = models::judges(cx, &file.judges, &pool, rubric);
    let panel = judging::panel(cx, file.panel.as_ref(), &file.judges);
    let cautions = judging::families(cx, &file, &pool, &judges);
    let sessions = sources::sessions(cx, &file);
    let ratings = sources::ratings(cx, &file, rubric);
    let flags = instrument::flags(cx, file.flags.as_ref(), &file.judges);
    let scripted = |id: &str| {
        let own = judges.specs.iter().find(|judge| judge.id.as_str() == id);
        let mut pool = pool.declared.iter().chain(&judges.models);
        own.is_some_and(|judge| pool.any(|model| model.id == judge.model && model.is_baseline()))
    };
    let ethics = ethics::resolve(cx, file.ethics.as_ref(), &file.judges, scripted);
    let variants = variants::resolve(cx, &file, ethics.as_ref().map(|spec| &spec.rubric), &sessions);
    let cues = instrument::cues(cx, &file.cues);
    let grounding = grounding::resolve(cx, &file.grounding);
    let calibration = sources::calibration(cx, file.calibration.as_ref());
    let mut matrix = matrix::resolve(cx, &file);
    modes::resolve(cx, &file, &pool, &mut judges, &mut matrix.reconstruct);
    let coherence = modes::coherence(cx, file.coherence.as_ref(), &pool, &mut judges);
    if let Some((_, items)) = &instrument {
        instrument::gates(cx, &file.gates, items);
    }
    let in_use = instrument.as_ref().map(|(rubric, items)| (rubric, items.as_slice()));
    let probes = probes::resolve(cx, file.probes.as_ref(), in_use);
    let models: Vec<_> = pool.declared.iter().chain(&judges.models).collect();
    let budget = budget::resolve(cx, &file.budget, &models);
    let run = run_options(cx, &file.run, source);
    let models: Vec<Model> = pool.declared.iter().chain(&judges.models).cloned().collect();
    privacy::local_only(cx, &file, &models, &judges.endpoints);

    let Context { mut document, inputs, elsewhere, .. } = context;
    document.problems.extend(elsewhere);
    let sound = document.problems.is_empty();
    let (Some((rubric, items)), Some(probes)) = (instrument.filter(|_| sound), probes) else {
        return Err(Problems::new(document.problems));
    };
    Ok(Experiment {
        description: file.description,
        tags: file.tags,
        seed: file.seed,
        counselors: pool.declared.iter().map(|model| model.id.clone()).collect(),
        models,
        endpoints: pool.endpoints.into_iter().chain(judges.endpoints).collect(),
        prompts,
        sessions,
        ratings,
        reconstruct: matrix.reconstruct,
        matrix: matrix.matrix,
        epochs: file.epochs,
        judges: judges.specs,
        panel,
        rubric,
        anchors,
        items,
        reference,
        cues,
        grounding,
        coherence,
        flags,
        ethics,
        variants,
        calibration,
        gates: file.gates,
        probes,
        budget,
        run,
        cautions,
        inputs,
        source_text,
    })
}

impl Context<'_> {
    /// Reports a problem at a value.
    fn at(&mut self, path: &YamlPath, message: impl Into<String>, advice: impl Into<String>) {
        self.document.report(path, At::Value, message, advice);
    }

    /// A scalar for a message: as written in the file, never as interpolated.
    fn quoted(&self, path: &YamlPath) -> String {
        match self.document.written(path) {
            Some(text) => format!("`{}`", hints::clip(text)),
            None => "this value".to_owned(),
        }
    }

    /// A file's name for people: as written, if it contains a value from the environment.
    fn shown_path(&self, path: &YamlPath, name: &str) -> String {
        if self.document.interpolated.contains(path) {
            self.document.written(path).unwrap_or("a file").to_owned()
        } else {
            name.to_owned()
        }
    }

    /// The bytes of a named file; a fault is reported where the file is named.
    fn read(&mut self, path: &YamlPath, name: &str, role: &str) -> Option<Vec<u8>> {
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
    fn read_text(&mut self, path: &YamlPath, name: &str, role: &str) -> Option<String> {
        let bytes = self.read(path, name, role)?;
        let Ok(text) = String::from_utf8(bytes) else {
            self.at(path, "the file is not UTF-8 text", "save it as UTF-8");
            return None;
        };
        Some(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
    }

    /// A named YAML file as a type, checked against its schema, with its document for further checks.
    fn read_yaml<T: DeserializeOwned>(
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
    fn check_ids<'i>(&mut self, base: &YamlPath, what: &str, ids: impl Iterator<Item = &'i str>) {
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
    fn check_id(&mut self, path: &YamlPath, id: &str) {
        let fits = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if id.is_empty() || id.len() > 64 || !id.chars().all(fits) {
            self.at(path, "not a usable id", "use letters, digits, `-` and `_`, at most 64 of them");
        }
    }
}

fn run_options(cx: &mut Context<'_>, file: &RunFile, source: &ConfigSource) -> RunOptions {
    let path = YamlPath::root().key("run");
    if let Some(name) = &file.name {
        cx.check_id(&path.key("name"), name);
    }
    let fits = |c: char| if c.is_ascii_alphanumeric() || "-_".contains(c) { c } else { '-' };
    let name = file.name.clone().unwrap_or_else(|| source.stem().chars().map(fits).collect());
    if file.directory.as_deref() == Some("") {
        cx.at(&path.key("directory"), "expected a folder, found an empty text", "leave it out for `runs`");
    }
    RunOptions {
        name: if name.is_empty() { "run".into() } else { name },
        directory: PathBuf::from(file.directory.as_deref().unwrap_or("runs")),
        concurrency: file.concurrency.unwrap_or(4),
        allow_unconsented: file.allow_unconsented,
        require_redacted: file.require_redacted,
        local_only: file.local_only,
        bootstrap: file.bootstrap.unwrap_or(2000),
    }
}
