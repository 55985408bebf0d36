//! The matrix: models x prompt variants x modes, without what the experiment and the command line exclude.

use serde::Serialize;

use crate::{
    config::{Experiment, MatrixPattern, Model, PromptVariant, Route},
    domain::{Condition, ConditionId, Digest, Mode},
};

/// Everything that shapes a counselor's replies. To add an input, add a field.
#[derive(Debug, Serialize)]
struct ConditionInputs<'e> {
    version: u32,
    endpoint: &'e str,
    model: &'e str,
    decoding: &'e crate::chat::Decoding,
    capabilities: crate::chat::Capabilities,
    system: &'e str,
    mode: Mode,
    template_engine: &'static str,
    /// What chooses or writes the client's turns, for modes that need it.
    #[serde(skip_serializing_if = "Option::is_none")]
    client: Option<Digest>,
}

/// The conditions of an experiment, in the order models, prompts, modes are declared.
///
/// # Panics
/// Never: model and prompt ids are checked at load to be letters, digits, `-` and `_`.
pub fn conditions(experiment: &Experiment) -> Vec<Condition> {
    let mut found = Vec::new();
    for id in &experiment.counselors {
        let Some(model) = experiment.model(id) else { continue };
        for prompt in &experiment.prompts {
            for mode in &experiment.reconstruct.modes {
                if kept(experiment, model, prompt, *mode) {
                    found.push(condition(experiment, model, prompt, *mode));
                }
            }
        }
    }
    found
}

fn kept(experiment: &Experiment, model: &Model, prompt: &PromptVariant, mode: Mode) -> bool {
    let matches = |cell: &MatrixPattern| {
        cell.model.as_ref().is_none_or(|id| *id == model.id)
            && cell.prompt.as_ref().is_none_or(|id| *id == prompt.id)
            && cell.mode.is_none_or(|wanted| wanted == mode)
    };
    let matrix = &experiment.matrix;
    (matrix.include.is_empty() || matrix.include.iter().any(matches)) && !matrix.exclude.iter().any(matches)
}

fn condition(experiment: &Experiment, model: &Model, prompt: &PromptVariant, mode: Mode) -> Condition {
    let (endpoint, name) = identity(experiment, model);
    let inputs = ConditionInputs {
        version: 1,
        endpoint: &endpoint,
        model: name,
        decoding: &model.decoding,
        capabilities: model.capabilities.shaping(),
        system: &prompt.system,
        mode,
        template_engine: crate::chat::TEMPLATE_ENGINE,
        client: helper(experiment, mode),
    };
    Condition {
        id: ConditionId::new(format!("{}.{}.{mode}", model.id, prompt.id))
            .expect("checked ids join to an id"),
        model: model.id.clone(),
        prompt: prompt.id.clone(),
        mode,
        baseline: model.is_baseline(),
        content: Digest::of_value(&inputs),
    }
}

/// Digest of everything that shapes the client's side, if a model is involved; otherwise `None`.
fn helper(experiment: &Experiment, mode: Mode) -> Option<Digest> {
    let helper = experiment.reconstruct.helper(mode)?;
    let model = experiment.model(&helper.model)?;
    let (endpoint, name) = identity(experiment, model);
    let exchanges = experiment.reconstruct.simulated_exchanges.filter(|_| mode == Mode::SimulatedClient);
    let shaped = (endpoint, name, &model.decoding, &model.capabilities, &helper.prompt, exchanges);
    Some(Digest::of_value(&shaped))
}

/// What represents a model's endpoint in digests, and the server's name for the model.
pub(super) fn identity<'e>(experiment: &'e Experiment, model: &'e Model) -> (String, &'e str) {
    match &model.route {
        Route::Baseline { name } => ("baseline".to_owned(), name),
        Route::Endpoint { endpoint, model } => {
            let identity =
                experiment.endpoints.get(endpoint).map_or(endpoint.as_str(), |e| e.identity.as_str());
            (identity.to_owned(), model)
        }
    }
}
