//! Resolves the choice of cells: modes, and patterns over models x prompts x modes.

use super::Context;
use crate::{
    config::{
        document::At,
        experiment::{Matrix, MatrixPattern, Reconstruct},
        file::{CellFile, ExperimentFile},
        hints,
        path::YamlPath,
    },
    domain::Mode,
};

/// Resolved `reconstruct` and `matrix`.
pub(super) struct ModeChoice {
    pub(super) reconstruct: Reconstruct,
    pub(super) matrix: Matrix,
}

/// Resolves `reconstruct` and `matrix`.
pub(super) fn resolve(cx: &mut Context<'_>, file: &ExperimentFile) -> ModeChoice {
    let root = YamlPath::root();
    let modes = modes(cx, &root.key("reconstruct").key("modes"), &file.reconstruct.modes);
    let base = root.key("matrix");
    let include = cells(cx, &base.key("include"), &file.matrix.include, file, &modes);
    let exclude = cells(cx, &base.key("exclude"), &file.matrix.exclude, file, &modes);
    let matrix = Matrix { include, exclude };
    let sound = !["models", "prompts", "reconstruct", "matrix"]
        .iter()
        .any(|key| cx.document.is_incomplete(&root.key(*key)));
    // Without both, nothing is reconstructed and recorded sessions are judged alone.
    let reconstructs = !(file.models.is_empty() && file.prompts.is_empty());
    if sound && reconstructs && !keeps_any(&matrix, file, &modes) {
        let (message, advice) = if file.models.is_empty() {
            (
                "there are prompts and no models",
                "add `models`, or take `prompts` out to judge recorded sessions alone",
            )
        } else if file.prompts.is_empty() {
            (
                "there are models and no prompts",
                "add `prompts`, or take `models` out to judge recorded sessions alone",
            )
        } else {
            (
                "no cell of models x prompts x modes is left",
                "an empty `include` keeps all; `exclude` takes away",
            )
        };
        cx.document.report(&base, At::Key, message, advice);
    }
    let reconstruct = Reconstruct {
        modes,
        max_exchanges: file.reconstruct.max_exchanges,
        aligner: None,
        simulated_client: None,
        simulated_exchanges: None,
    };
    ModeChoice { reconstruct, matrix }
}

fn keeps_any(matrix: &Matrix, file: &ExperimentFile, modes: &[Mode]) -> bool {
    file.models.iter().any(|model| {
        file.prompts.iter().any(|prompt| modes.iter().any(|mode| matrix.keeps(&model.id, &prompt.id, *mode)))
    })
}

fn modes(cx: &mut Context<'_>, path: &YamlPath, modes: &[Mode]) -> Vec<Mode> {
    for (index, mode) in modes.iter().enumerate() {
        if modes[..index].contains(mode) {
            cx.at(&path.index(index), format!("`{mode}` is listed twice"), "keep one");
        }
    }
    modes.to_vec()
}

fn cells(
    cx: &mut Context<'_>,
    path: &YamlPath,
    cells: &[CellFile],
    file: &ExperimentFile,
    modes: &[Mode],
) -> Vec<MatrixPattern> {
    let models: Vec<&str> = file.models.iter().map(|model| model.id.as_str()).collect();
    let prompts: Vec<&str> = file.prompts.iter().map(|prompt| prompt.id.as_str()).collect();
    for (index, cell) in cells.iter().enumerate() {
        let at = path.index(index);
        reference(cx, &at.key("model"), "model", cell.model.as_deref(), &models);
        reference(cx, &at.key("prompt"), "prompt", cell.prompt.as_deref(), &prompts);
        if let Some(mode) = cell.mode.filter(|mode| !modes.contains(mode)) {
            let message =
                format!("`{mode}` is not among the modes of `reconstruct`, so the cell matches nothing");
            cx.at(&at.key("mode"), message, format!("add it: `reconstruct: {{modes: [{mode}]}}`"));
            cx.document.taint(&at.key("mode"));
        }
    }
    cells
        .iter()
        .map(|cell| MatrixPattern { model: cell.model.clone(), prompt: cell.prompt.clone(), mode: cell.mode })
        .collect()
}

fn reference(cx: &mut Context<'_>, at: &YamlPath, what: &str, written: Option<&str>, known: &[&str]) {
    let Some(written) = written.filter(|written| !known.contains(written)) else { return };
    if cx.document.is_incomplete(&YamlPath::root().key(format!("{what}s"))) {
        return;
    }
    let message = format!("no {what} with id {}", cx.quoted(at));
    cx.at(at, message, hints::for_reference(written, known));
    cx.document.taint(at);
}
