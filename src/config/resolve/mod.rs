//! Turns the file as written into the experiment: looks up names, reads files, and checks what the schema cannot
//! express. Every part reports its problems and continues.

mod address;
mod budget;
mod context;
mod endpoints;
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
mod warnings;

pub(super) use instrument::{check_cues, check_lexicon, check_rubric};

use std::{collections::BTreeMap, path::PathBuf};

use super::{
    document::Document,
    environment::Environment,
    experiment::{Endpoint, Experiment, InputFile, Model, RunOptions},
    file::{ExperimentFile, RunFile},
    files::{ConfigSource, Files},
    path::YamlPath,
    problem::Problems,
};
use crate::config::resolve::context::Context;
use crate::domain::Digest;

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
    let families = warnings::families(cx, file.model_families.as_ref());
    let run = run_options(cx, &file.run, source);
    let models: Vec<Model> = pool.declared.iter().chain(&judges.models).cloned().collect();
    privacy::local_only(cx, &file, &models, &judges.endpoints);
    let endpoints: BTreeMap<String, Endpoint> = pool.endpoints.into_iter().chain(judges.endpoints).collect();
    let warnings = warnings::of_models(&models, &endpoints, &judges.specs, &families);

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
        endpoints,
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
        warnings,
        families,
        inputs,
        source_text,
    })
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
        stop_when_unusable: file.stop_when_unusable,
    }
}
