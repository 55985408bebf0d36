//! Resolves counterfactual variants: their names, their substitutions, and the ethics risks they address.

use super::{Context, ethics};
use crate::{
    config::{
        experiment::VariantSpec,
        file::{ExperimentFile, VariantFile},
        hints,
        path::YamlPath,
    },
    dataset::source::SessionSource,
    domain::{Detectability, EthicsRubric, Mode, RiskId, VariantId},
    text::substitution::{SubstitutionFault, Substitutions},
};

/// Words with another meaning in tables.
const RESERVED: [&str; 2] = ["original", "unchanged"];

/// Resolves `variants`. `rubric` is the instrument of ethics risks in use. Names that `sessions` remove from their text
/// must not return through a variant.
pub(super) fn resolve(
    cx: &mut Context<'_>,
    file: &ExperimentFile,
    rubric: Option<&EthicsRubric>,
    sessions: &[SessionSource],
) -> Vec<VariantSpec> {
    let base = YamlPath::root().key("variants");
    if file.variants.is_empty() {
        return Vec::new();
    }
    cx.check_ids(&base, "variants", file.variants.iter().map(|variant| variant.id.as_str()));
    if file.reconstruct.modes.iter().all(|mode| *mode == Mode::SimulatedClient) {
        let advice =
            "add a mode that keeps the recorded client turns, such as `replay`, or leave `variants` out";
        cx.at(&base, "no mode has recorded client turns to replace words in", advice);
    }
    let embedded = rubric.is_none() && file.ethics.is_none();
    let embedded = if embedded && file.variants.iter().any(|variant| !variant.asks.is_empty()) {
        ethics::embedded(cx, &base)
    } else {
        None
    };
    let rubric = rubric.or(embedded.as_ref());
    redacted(cx, &base, &file.variants, sessions);
    let each = file.variants.iter().enumerate();
    each.filter_map(|(index, variant)| spec(cx, &base.index(index), variant, rubric)).collect()
}

/// Reports pairs that contain a redacted name, because reports print the replaced words.
fn redacted(cx: &mut Context<'_>, base: &YamlPath, variants: &[VariantFile], sessions: &[SessionSource]) {
    let listed = sessions.iter().filter_map(|source| source.redact.as_ref()).flat_map(|redact| &redact.names);
    let names: Vec<Substitutions> =
        listed.filter_map(|listed| VariantSpec::replacing([(listed.as_str(), "[name]")]).ok()).collect();
    let is_name = |words: &str| names.iter().any(|name| name.apply(words).1 > 0);
    for (index, variant) in variants.iter().enumerate() {
        for (number, pair) in variant.replace.iter().enumerate() {
            let path = base.index(index).key("replace").index(number);
            for (key, words) in [("from", &pair.from), ("to", &pair.to)] {
                if is_name(words) {
                    let advice = "reports print what is replaced: leave listed names out of variants";
                    cx.at(&path.key(key), "these words hold a name that is listed under `redact`", advice);
                }
            }
        }
    }
}

fn spec(
    cx: &mut Context<'_>,
    path: &YamlPath,
    file: &VariantFile,
    rubric: Option<&EthicsRubric>,
) -> Option<VariantSpec> {
    if RESERVED.contains(&file.id.as_str()) {
        let at = path.key("id");
        let message = format!("{} stands for the client's own words in reports", cx.quoted(&at));
        cx.at(&at, message, "choose another id");
    }
    let asks = rubric.map(|rubric| asked(cx, path, file, rubric)).unwrap_or_default();
    let replace = substitutions(cx, &path.key("replace"), file)?;
    Some(VariantSpec { id: VariantId::new(file.id.as_str()).ok()?, asks, replace })
}

fn substitutions(cx: &mut Context<'_>, path: &YamlPath, file: &VariantFile) -> Option<Substitutions> {
    let pairs = file.replace.iter().map(|pair| (pair.from.as_str(), pair.to.as_str()));
    match VariantSpec::replacing(pairs) {
        Ok(found) => Some(found),
        Err(faults) => {
            for (index, fault) in faults {
                let (key, advice) = match fault {
                    SubstitutionFault::NoWord => ("from", "write the word that is to be replaced"),
                    SubstitutionFault::EmptyTo => {
                        ("to", "write the word that takes its place: taking words out is another change")
                    }
                    SubstitutionFault::Same => {
                        ("to", "case is kept anyway: write another word, or leave the pair out")
                    }
                    SubstitutionFault::Duplicate { .. } => ("from", "leave one of the two out"),
                };
                cx.at(&path.index(index).key(key), fault.to_string(), advice);
            }
            None
        }
    }
}

/// The risks that a variant names, as listed in the instrument.
fn asked(
    cx: &mut Context<'_>,
    path: &YamlPath,
    file: &VariantFile,
    rubric: &EthicsRubric,
) -> Vec<(RiskId, String)> {
    let pairs = rubric.risks.iter().filter(|risk| risk.detectability == Detectability::Counterfactual);
    let known: Vec<&str> = pairs.map(|risk| risk.id.as_str()).collect();
    let mut found: Vec<(RiskId, String)> = Vec::new();
    for (index, id) in file.asks.iter().enumerate() {
        let at = path.key("asks").index(index);
        match rubric.risks.iter().find(|risk| risk.id.as_str() == id) {
            None => {
                let message = format!("the ethics instrument has no risk {}", cx.quoted(&at));
                cx.at(&at, message, hints::for_reference(id, &known));
            }
            Some(risk) if risk.detectability != Detectability::Counterfactual => {
                let message = format!("{} is no risk that pairs of sessions show", cx.quoted(&at));
                let advice =
                    format!("with `detectability: counterfactual`: {}", hints::list(known.iter().copied()));
                cx.at(&at, message, advice);
            }
            Some(risk) if found.iter().any(|(known, _)| *known == risk.id) => {
                cx.at(&at, format!("{} is named twice", cx.quoted(&at)), "name each risk once");
            }
            Some(risk) => found.push((risk.id.clone(), risk.name.clone())),
        }
    }
    found
}
