//! Resolves `grounding`: every file of the check must compile, and its examples must pass.

use super::Context;
use crate::{
    config::{
        document::{At, Document},
        path::YamlPath,
        schema::of,
    },
    text::grounding::{Grounding, spec::GroundingSpec},
};

/// Resolves `grounding`.
pub(super) fn resolve(cx: &mut Context<'_>, names: &[String]) -> Vec<GroundingSpec> {
    let path = YamlPath::root().key("grounding");
    let mut found: Vec<GroundingSpec> = Vec::new();
    for (index, name) in names.iter().enumerate() {
        let at = path.index(index);
        let read: Option<(GroundingSpec, Document)> =
            cx.read_yaml(&at, name, "grounding", &of::<GroundingSpec>());
        let Some((spec, mut document)) = read else { continue };
        if let Err(error) = Grounding::compile(spec.clone()) {
            let advice = "the head of the embedded lexicon says how phrases are written";
            document.report(&YamlPath::root(), At::Value, error.to_string(), advice);
        }
        cx.elsewhere.append(&mut document.problems);
        if found.iter().any(|other| other.language == spec.language) {
            cx.at(&at, "two files of the grounding check are for the same language", "keep one per language");
        }
        found.push(spec);
    }
    found
}
