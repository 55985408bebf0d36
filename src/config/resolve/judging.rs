//! Checks around judges: their panel, model families shared with a counselor, and the user's own anchor
//! text.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::{
    Context,
    models::{Judges, Pool},
};
use crate::{
    config::{
        document::Document,
        experiment::{AnchorText, Model, PanelSpec, Route},
        file::{ExperimentFile, FamilyPolicy, JudgeFile, PanelFile, RubricChoice},
        hints,
        path::YamlPath,
        schema::of,
    },
    domain::{ItemId, RaterId, Rubric, TextSource},
};

/// Resolves `panel`.
pub(super) fn panel(
    cx: &mut Context<'_>,
    file: Option<&PanelFile>,
    judges: &[JudgeFile],
) -> Option<PanelSpec> {
    let (file, path) = (file?, YamlPath::root().key("panel"));
    cx.check_id(&path.key("id"), &file.id);
    if judges.iter().any(|judge| judge.id == file.id) {
        cx.at(&path.key("id"), "a judge has the same id", "give the panel an id of its own");
    }
    let known: Vec<&str> = judges.iter().map(|judge| judge.id.as_str()).collect();
    for (index, id) in file.judges.iter().enumerate().filter(|(_, id)| !known.contains(&id.as_str())) {
        let at = path.key("judges").index(index);
        cx.at(&at, format!("no judge with id {}", cx.quoted(&at)), hints::for_reference(id, &known));
    }
    let members: BTreeSet<&str> = match file.judges.as_slice() {
        [] => known.iter().copied().collect(),
        named => named.iter().map(String::as_str).collect(),
    };
    if members.len() < 2 {
        cx.at(
            &path,
            "a panel needs at least two judges",
            "declare them under `judges`, or leave `panel` out",
        );
    }
    let ids = judges.iter().map(|judge| judge.id.as_str()).filter(|id| members.contains(id));
    let judges = ids.filter_map(|id| RaterId::new(id).ok()).collect();
    Some(PanelSpec { id: RaterId::new(file.id.clone()).ok()?, judges })
}

/// Model family names as they occur in model ids, where sizes and versions follow them.
const FAMILIES: &[(&str, &[&str])] = &[
    ("gpt", &["gpt", "chatgpt", "davinci", "o1", "o3", "o4"]),
    ("claude", &["claude"]),
    ("gemini", &["gemini", "gemma"]),
    ("llama", &["llama", "vicuna", "nemotron"]),
    ("qwen", &["qwen", "qwq"]),
    ("mistral", &["mistral", "mixtral", "ministral", "magistral"]),
    ("deepseek", &["deepseek"]),
    ("phi", &["phi"]),
    ("command", &["command", "aya"]),
    ("grok", &["grok"]),
    ("glm", &["glm", "chatglm"]),
    ("smollm", &["smollm"]),
    ("granite", &["granite"]),
    ("olmo", &["olmo"]),
    ("falcon", &["falcon"]),
    ("yi", &["yi"]),
];

/// The families of a model by its name: a distilled model has two. Empty if the name shows none.
pub(super) fn families_of(name: &str) -> BTreeSet<String> {
    let name = name.to_lowercase();
    let words = name.split(|c: char| !c.is_ascii_alphanumeric());
    let named = |word: &str, known: &str| {
        // `qwen2` and `llama3` contain a version; `phishing` is another word than `phi`.
        word.strip_prefix(known).is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_alphabetic()))
    };
    words
        .flat_map(|word| {
            FAMILIES.iter().filter(move |(_, names)| names.iter().any(|known| named(word, known)))
        })
        .map(|(family, _)| (*family).to_owned())
        .collect()
}

/// Identity of a model, for deciding whether two are related.
struct Kin<'m> {
    id: &'m str,
    families: BTreeSet<String>,
    route: &'m Route,
}

impl<'m> Kin<'m> {
    fn of(model: &'m Model, declared: Option<&str>) -> Option<Self> {
        let Route::Endpoint { model: name, .. } = &model.route else { return None };
        let families = declared.map_or_else(|| families_of(name), |family| [family.to_lowercase()].into());
        Some(Self { id: &model.id, families, route: &model.route })
    }

    /// What two models share: the name of a family, or the whole model.
    fn shared_with(&self, other: &Kin<'_>) -> Option<String> {
        if self.route == other.route {
            return Some("the same model".into());
        }
        let shared: Vec<&String> = self.families.intersection(&other.families).collect();
        shared.first().map(|family| format!("the family {family}"))
    }
}

/// Handles judges that are related to a counselor: rejects, warns or allows, as each judge declares. A judge rates text
/// of its own family more favorably (self-preference; low-perplexity text is preferred, arXiv 2405.01724).
pub(super) fn families(
    cx: &mut Context<'_>,
    file: &ExperimentFile,
    pool: &Pool,
    judges: &Judges,
) -> Vec<String> {
    let declared: BTreeMap<&str, &str> =
        file.models.iter().filter_map(|m| Some((m.id.as_str(), m.family.as_deref()?))).collect();
    let counselors: Vec<Kin<'_>> =
        pool.declared.iter().filter_map(|m| Kin::of(m, declared.get(m.id.as_str()).copied())).collect();
    let mut cautions = Vec::new();
    for (index, judge) in file.judges.iter().enumerate() {
        let Some(spec) = judges.specs.iter().find(|spec| spec.id.as_str() == judge.id) else { continue };
        let model = pool.declared.iter().chain(&judges.models).find(|model| model.id == spec.model);
        let own = judge.family.as_deref().or_else(|| declared.get(spec.model.as_str()).copied());
        let Some(kin) = model.and_then(|model| Kin::of(model, own)) else { continue };
        let shared: Vec<(&str, String)> =
            counselors.iter().filter_map(|c| Some((c.id, kin.shared_with(c)?))).collect();
        if shared.is_empty() || judge.same_family == FamilyPolicy::Allow {
            continue;
        }
        let whom: Vec<String> = shared.iter().map(|(id, what)| format!("{id} ({what})")).collect();
        let said = format!("judge {} and counselor {} are relatives", judge.id, whom.join(", "));
        if judge.same_family == FamilyPolicy::Refuse {
            let at = YamlPath::root().key("judges").index(index).key("same_family");
            cx.at(&at, said, "take a judge of another family, or write `same_family: warn`");
        } else {
            cautions.push(format!("{said}: a judge may prefer its own family's text; see the bias by arm"));
        }
    }
    cautions
}

/// The format of anchor files this version reads.
const FORMAT: &str = "corater-anchors/1";

/// Anchor text for which a user holds a license.
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
struct AnchorsFile {
    /// `corater-anchors/1`.
    format: String,
    /// Origin and license of the text, for the report.
    #[schemars(length(min = 1))]
    source: String,
    /// Whether a person compared it with the instrument's manual.
    #[serde(default)]
    checked_against_manual: bool,
    /// Descriptions by score, by item id; they replace all descriptions of that item.
    anchors: BTreeMap<String, BTreeMap<i32, String>>,
}

type Instrument = Option<(Rubric, Vec<ItemId>)>;

/// Replaces the rubric's anchor text by the user's, for every item in use.
pub(super) fn anchors(
    cx: &mut Context<'_>,
    choice: &RubricChoice,
    instrument: Instrument,
) -> (Instrument, Option<AnchorText>) {
    let Some((mut rubric, items)) = instrument else { return (None, None) };
    let Some(name) = &choice.anchors_file else { return (Some((rubric, items)), None) };
    let at = YamlPath::root().key("rubric").key("anchors_file");
    let read: Option<(AnchorsFile, Document)> = cx.read_yaml(&at, name, "anchors", &of::<AnchorsFile>());
    let Some((file, mut document)) = read else { return (Some((rubric, items)), None) };
    cx.elsewhere.append(&mut document.problems);
    if file.format != FORMAT {
        cx.at(&at, "this version does not read the file's format", format!("write `format: {FORMAT}` in it"));
    }
    check_anchors(cx, &at, &file, &rubric, &items);
    for item in &mut rubric.items {
        if let Some(own) = file.anchors.get(item.id.as_str()) {
            item.anchors.clone_from(own);
        }
    }
    rubric.text_source = TextSource::UserSupplied;
    rubric.checked_against_manual = file.checked_against_manual;
    let digest = cx.inputs.iter().rev().find(|input| input.role == "anchors").map(|input| input.digest);
    let text = AnchorText { source: file.source, digest: digest.expect("the file was just read") };
    (Some((rubric, items)), Some(text))
}

fn check_anchors(cx: &mut Context<'_>, at: &YamlPath, file: &AnchorsFile, rubric: &Rubric, items: &[ItemId]) {
    let known: Vec<&str> = rubric.items.iter().map(|item| item.id.as_str()).collect();
    for id in file.anchors.keys().filter(|id| !known.contains(&id.as_str())) {
        cx.at(at, format!("the rubric has no item `{}`", hints::clip(id)), hints::for_reference(id, &known));
    }
    let scores = file.anchors.iter().flat_map(|(id, anchors)| anchors.keys().map(move |score| (id, *score)));
    for (id, score) in scores.filter(|(_, score)| !(rubric.scale.min..=rubric.scale.max).contains(score)) {
        let message = format!("`{}`: the anchor {score} is outside the scale", hints::clip(id));
        cx.at(at, message, format!("scores run from {} to {}", rubric.scale.min, rubric.scale.max));
    }
    let empty = |id: &ItemId| file.anchors.get(id.as_str()).is_none_or(BTreeMap::is_empty);
    let missing: Vec<&str> = items.iter().filter(|id| empty(id)).map(ItemId::as_str).collect();
    if !missing.is_empty() {
        let message = format!("it has no text for items in use: {}", missing.join(", "));
        cx.at(at, message, "the two texts are not mixed: describe every item, or choose `rubric.items`");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn families_are_read_off_names() {
        let of = |name: &str| families_of(name).into_iter().collect::<Vec<_>>().join("+");
        for (name, families) in [
            ("gpt-4.1-mini", "gpt"),
            ("meta-llama/Llama-3.1-8B-Instruct", "llama"),
            ("deepseek-r1-distill-qwen-32b", "deepseek+qwen"),
            ("Qwen2.5-7B-Instruct-GGUF", "qwen"),
            ("SmolLM2-1.7B", "smollm"),
            ("philosopher-7b", ""),
            ("default", ""),
        ] {
            assert_eq!(of(name), families, "{name}");
        }
    }
}
