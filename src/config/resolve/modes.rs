//! Resolves the models beside the counselor's: the one that chooses the client's next turn, writes it, or grades it.

use super::{
    Context,
    models::{self, Judges, ModelName, ModelRole, Pool},
    prompts,
};
use crate::{
    config::{
        document::At,
        experiment::{CoherenceSpec, HelperSpec, Reconstruct},
        file::{AlignerFile, CoherenceFile, ExperimentFile},
        path::YamlPath,
    },
    domain::Mode,
};

/// Resolves `reconstruct.aligner` and `reconstruct.simulated_client`.
pub(super) fn resolve(
    cx: &mut Context<'_>,
    file: &ExperimentFile,
    pool: &Pool,
    judges: &mut Judges,
    reconstruct: &mut Reconstruct,
) {
    let base = YamlPath::root().key("reconstruct");
    let used = |mode: Mode| file.reconstruct.modes.contains(&mode);
    let unused = |cx: &mut Context<'_>, key: &str, mode: Mode| {
        let advice = format!("add the mode, `modes: [{mode}]`, or leave `{key}` out");
        cx.document.report(&base.key(key), At::Key, format!("no mode is `{mode}`"), advice);
    };
    match &file.reconstruct.aligner {
        Some(_) if !used(Mode::Aligned) => unused(cx, "aligner", Mode::Aligned),
        None if !used(Mode::Aligned) => {}
        written => {
            let aligner = written.clone().unwrap_or_default();
            reconstruct.aligner = self::aligner(cx, &base.key("aligner"), &aligner, pool, judges);
        }
    }
    match &file.reconstruct.simulated_client {
        Some(_) if !used(Mode::SimulatedClient) => unused(cx, "simulated_client", Mode::SimulatedClient),
        None if used(Mode::SimulatedClient) => {
            let advice = "add `simulated_client: {model: …}`: nothing writes the client's turns by itself";
            cx.at(&base.key("modes"), "the mode `simulated_client` needs a model", advice);
        }
        None => {}
        Some(client) => {
            let path = base.key("simulated_client");
            let named = ModelName {
                id: "simulated-client",
                model: &client.model,
                decoding: client.decoding.as_ref(),
                capabilities: client.capabilities.as_ref(),
                part: ModelRole::Client,
            };
            let prompt = (client.prompt.as_str(), prompts::simulating as PromptReader);
            reconstruct.simulated_client = helper(cx, &path, named, prompt, pool, judges);
            reconstruct.simulated_exchanges = client.exchanges;
        }
    }
}

/// Resolves `coherence`.
pub(super) fn coherence(
    cx: &mut Context<'_>,
    file: Option<&CoherenceFile>,
    pool: &Pool,
    judges: &mut Judges,
) -> Option<CoherenceSpec> {
    let file = file?;
    let path = YamlPath::root().key("coherence");
    let named = ModelName {
        id: "coherence",
        model: &file.model,
        decoding: file.decoding.as_ref(),
        capabilities: file.capabilities.as_ref(),
        part: ModelRole::Grader,
    };
    let grader = helper(cx, &path, named, (&file.prompt, prompts::grading), pool, judges)?;
    Some(CoherenceSpec { grader, answers_from: file.answers_from, minimum_share: file.minimum_share })
}

fn aligner(
    cx: &mut Context<'_>,
    path: &YamlPath,
    aligner: &AlignerFile,
    pool: &Pool,
    judges: &mut Judges,
) -> Option<HelperSpec> {
    let named = ModelName {
        id: "aligner",
        model: &aligner.model,
        decoding: aligner.decoding.as_ref(),
        capabilities: aligner.capabilities.as_ref(),
        part: ModelRole::Aligner,
    };
    helper(cx, path, named, (&aligner.prompt, prompts::aligning), pool, judges)
}

/// A function that reads a prompt's template and checks its variables.
type PromptReader = fn(&mut Context<'_>, &YamlPath, &str) -> Option<String>;

/// A model other than the counselor's, with its prompt.
fn helper(
    cx: &mut Context<'_>,
    path: &YamlPath,
    named: ModelName<'_>,
    (written, read): (&str, PromptReader),
    pool: &Pool,
    judges: &mut Judges,
) -> Option<HelperSpec> {
    let model = models::named_model(cx, path, named, pool, judges);
    let prompt = read(cx, &path.key("prompt"), written);
    let prompt_source = cx.shown_path(&path.key("prompt"), written);
    Some(HelperSpec { model: model?, prompt: prompt?, prompt_source })
}
