//! Resolves the rubric, the items in use, and the lexicons.

use super::{Context, prompts, sources};
use crate::{
    config::{
        document::{At, Document},
        experiment::FlagSpec,
        file::{FlagsFile, JudgeFile, RubricChoice},
        hints,
        path::YamlPath,
        schema::{SchemaKind, of, schema},
    },
    domain::{Criteria, ItemId, RaterId, Reference, Rubric},
    text::{
        conversation::{Cues, spec::CueSpec},
        lexicon::{Lexicon, spec::LexiconSpec},
    },
};

/// The axes of flags, as `gates` names them.
const AXES: [&str; 3] = ["deceptive_empathy", "formulaic_warmth", "over_validation"];

/// The format of rubrics this version reads.
const FORMAT: &str = "corater-rubric/1";
/// The format of reference files this version reads.
const REFERENCE_FORMAT: &str = "corater-reference/1";

/// Resolves `rubric`: the instrument and the items in use, in its order.
pub(super) fn rubric(cx: &mut Context<'_>, choice: &RubricChoice) -> Option<(Rubric, Vec<ItemId>)> {
    let path = YamlPath::root().key("rubric");
    let (rubric, mut document): (Rubric, Document) =
        cx.read_yaml(&path.key("file"), &choice.file, "rubric", &schema(SchemaKind::Rubric))?;
    check_rubric(&mut document, &rubric);
    let sound = document.problems.is_empty();
    cx.elsewhere.append(&mut document.problems);
    if !sound {
        return None;
    }
    let items = items_in_use(cx, &path, choice, &rubric);
    Some((rubric, items))
}

/// Resolves `rubric.reference`: published means of this rubric's items.
pub(super) fn reference(cx: &mut Context<'_>, choice: &RubricChoice, rubric: &Rubric) -> Option<Reference> {
    let at = YamlPath::root().key("rubric").key("reference");
    let name = choice.reference.as_ref()?;
    let (reference, mut document): (Reference, Document) =
        cx.read_yaml(&at, name, "reference", &schema(SchemaKind::Reference))?;
    check_reference(&mut document, &reference);
    let sound = document.problems.is_empty();
    cx.elsewhere.append(&mut document.problems);
    if reference.rubric != rubric.id || reference.scale != rubric.scale {
        let message = format!(
            "the figures are of the rubric {} on {} to {}, the experiment's is {} on {} to {}",
            reference.rubric,
            reference.scale.min,
            reference.scale.max,
            rubric.id,
            rubric.scale.min,
            rubric.scale.max
        );
        cx.at(&at, message, "name figures of this rubric, or leave `reference` out");
        return None;
    }
    sound.then_some(reference)
}

/// Checks what the schema of references cannot express.
fn check_reference(document: &mut Document, reference: &Reference) {
    if reference.format != REFERENCE_FORMAT {
        let advice = format!("write `format: {REFERENCE_FORMAT}`");
        let path = YamlPath::root().key("format");
        document.report(&path, At::Value, "this version does not read the file's format", advice);
    }
}

/// Checks the names in `gates` against the items in use and the axes of flags.
pub(super) fn gates(cx: &mut Context<'_>, gates: &Criteria, items: &[ItemId]) {
    let path = YamlPath::root().key("gates");
    let known: Vec<&str> = items.iter().map(ItemId::as_str).chain(["total"]).collect();
    for (key, criterion) in [("gap_to_ceiling", &gates.gap_to_ceiling), ("bias_by_arm", &gates.bias_by_arm)] {
        for (index, item) in criterion.iter().flat_map(|on| on.unknown(items)) {
            let at = path.key(key).key("items").index(index);
            cx.at(
                &at,
                format!("no item in use is called {}", cx.quoted(&at)),
                hints::for_reference(item, &known),
            );
        }
    }
    for axis in gates.flags_per_100_turns.keys().filter(|axis| !AXES.contains(&axis.as_str())) {
        let at = path.key("flags_per_100_turns").key(axis);
        cx.document.report(&at, At::Key, "no axis of flags has this name", hints::for_reference(axis, &AXES));
    }
}

fn items_in_use(
    cx: &mut Context<'_>,
    path: &YamlPath,
    choice: &RubricChoice,
    rubric: &Rubric,
) -> Vec<ItemId> {
    let profile = choice.profile.as_deref().and_then(|name| {
        let found = rubric.profiles.get(name);
        if found.is_none() {
            let known: Vec<&str> = rubric.profiles.keys().map(String::as_str).collect();
            let at = path.key("profile");
            cx.at(
                &at,
                format!("the rubric has no profile {}", cx.quoted(&at)),
                hints::for_reference(name, &known),
            );
        }
        found
    });
    let of_profile: Vec<&ItemId> = match profile {
        Some(profile) => profile.items.iter().collect(),
        None => rubric.items.iter().map(|item| &item.id).collect(),
    };
    let chosen = choice.items.as_deref();
    if chosen.is_some_and(<[String]>::is_empty) {
        cx.at(&path.key("items"), "no item is chosen", "leave `items` out for all of them");
    }
    let known: Vec<&str> = of_profile.iter().map(|id| id.as_str()).collect();
    for (index, id) in chosen.unwrap_or_default().iter().enumerate() {
        let at = path.key("items").index(index);
        if !known.contains(&id.as_str()) {
            let owner = if profile.is_some() { "profile" } else { "rubric" };
            cx.at(
                &at,
                format!("the {owner} has no item {}", cx.quoted(&at)),
                hints::for_reference(id, &known),
            );
        }
    }
    let is_used = |id: &ItemId| {
        known.contains(&id.as_str())
            && chosen.is_none_or(|ids| ids.iter().any(|chosen| chosen == id.as_str()))
    };
    rubric.items.iter().map(|item| &item.id).filter(|id| is_used(id)).cloned().collect()
}

/// Checks what the schema of rubrics cannot express.
pub(in crate::config) fn check_rubric(document: &mut Document, rubric: &Rubric) {
    let root = YamlPath::root();
    if rubric.format != FORMAT {
        let advice = format!("write `format: {FORMAT}`");
        document.report(
            &root.key("format"),
            At::Value,
            "this version does not read the rubric's format",
            advice,
        );
    }
    if rubric.scale.min >= rubric.scale.max {
        let advice = "write `scale: {min: 0, max: 6}`";
        document.report(
            &root.key("scale"),
            At::Value,
            "the scale's minimum is not below its maximum",
            advice,
        );
    }
    if rubric.items.is_empty() {
        document.report(&root.key("items"), At::Value, "the rubric has no items", "list them under `items`");
    }
    check_items(document, &root.key("items"), rubric);
    if rubric.total.minimum_items == 0 || rubric.total.minimum_items > rubric.items.len() {
        let message = format!("out of range: expected 1 to {}, the number of items", rubric.items.len());
        document.report(
            &root.key("total").key("minimum_items"),
            At::Value,
            message,
            "fewest scored items for a total",
        );
    }
    for (index, subscale) in rubric.subscales.iter().enumerate() {
        check_known(document, &root.key("subscales").index(index).key("items"), &subscale.items, rubric);
    }
    for (name, profile) in &rubric.profiles {
        check_known(document, &root.key("profiles").key(name).key("items"), &profile.items, rubric);
    }
}

fn check_items(document: &mut Document, base: &YamlPath, rubric: &Rubric) {
    for (index, item) in rubric.items.iter().enumerate() {
        let (path, earlier) = (base.index(index), &rubric.items[..index]);
        if earlier.iter().any(|other| other.id == item.id) {
            document.report(
                &path.key("id"),
                At::Value,
                format!("`{}` is the id of two items", item.id),
                "give each its own id",
            );
        }
        if earlier.iter().any(|other| other.number == item.number) {
            document.report(
                &path.key("number"),
                At::Value,
                format!("two items have number {}", item.number),
                "number them from 1",
            );
        }
        for score in
            item.anchors.keys().filter(|score| !(rubric.scale.min..=rubric.scale.max).contains(score))
        {
            let message =
                format!("the anchor is outside the scale {} to {}", rubric.scale.min, rubric.scale.max);
            document.report(
                &path.key("anchors").key(score.to_string()),
                At::Key,
                message,
                "anchors describe scores of the scale",
            );
        }
    }
}

fn check_known(document: &mut Document, path: &YamlPath, items: &[ItemId], rubric: &Rubric) {
    let known: Vec<&str> = rubric.items.iter().map(|item| item.id.as_str()).collect();
    for (index, id) in items.iter().enumerate() {
        if !known.contains(&id.as_str()) {
            let advice = hints::for_reference(id.as_str(), &known);
            document.report(&path.index(index), At::Value, format!("no item with id `{id}`"), advice);
        }
    }
}

/// Resolves `flags`.
pub(super) fn flags(
    cx: &mut Context<'_>,
    file: Option<&FlagsFile>,
    judges: &[JudgeFile],
) -> Option<FlagSpec> {
    let (file, path) = (file?, YamlPath::root().key("flags"));
    let judge = flag_judge(cx, &path.key("judge"), file.judge.as_deref(), judges);
    let prompt = prompts::flagging(cx, &path.key("prompt"), &file.prompt);
    let mut lexicons: Vec<LexiconSpec> = Vec::new();
    for (index, name) in file.lexicons.iter().enumerate() {
        let at = path.key("lexicons").index(index);
        let Some(lexicon) = lexicon(cx, &at, name) else { continue };
        if lexicons.iter().any(|other| other.language == lexicon.language) {
            cx.at(&at, "two lexicons are for the same language", "keep one per language");
        }
        lexicons.push(lexicon);
    }
    let file_at = |cx: &mut Context<'_>, key: &str, name: Option<&String>| {
        name.and_then(|name| sources::existing(cx, &path.key(key), name))
    };
    let review = file_at(cx, "review", file.review.as_ref());
    let marks = file_at(cx, "marks", file.marks.as_ref());
    Some(FlagSpec { lexicons, judge, prompt: prompt?, review, marks })
}

fn lexicon(cx: &mut Context<'_>, at: &YamlPath, name: &str) -> Option<LexiconSpec> {
    let (spec, mut document): (LexiconSpec, Document) =
        cx.read_yaml(at, name, "lexicon", &schema(SchemaKind::Lexicon))?;
    if document.problems.is_empty() {
        check_lexicon(&mut document, &spec);
    }
    let sound = document.problems.is_empty();
    cx.elsewhere.append(&mut document.problems);
    sound.then_some(spec)
}

/// Resolves `cues`: every file must compile, and its examples must pass.
pub(super) fn cues(cx: &mut Context<'_>, names: &[String]) -> Vec<CueSpec> {
    let path = YamlPath::root().key("cues");
    let mut found: Vec<CueSpec> = Vec::new();
    for (index, name) in names.iter().enumerate() {
        let at = path.index(index);
        let read: Option<(CueSpec, Document)> = cx.read_yaml(&at, name, "cues", &of::<CueSpec>());
        let Some((spec, mut document)) = read else { continue };
        check_cues(&mut document, &spec);
        cx.elsewhere.append(&mut document.problems);
        if found.iter().any(|other| other.language == spec.language) {
            cx.at(&at, "two files of cue words are for the same language", "keep one per language");
        }
        found.push(spec);
    }
    found
}

/// Compiles the cue words, which runs their examples.
pub(in crate::config) fn check_cues(document: &mut Document, spec: &CueSpec) {
    if let Err(error) = Cues::compile(spec.clone()) {
        let advice = "the head of the embedded lexicon says how phrases are written";
        document.report(&YamlPath::root(), At::Value, error.to_string(), advice);
    }
}

/// Compiles the lexicon and runs its examples.
pub(in crate::config) fn check_lexicon(document: &mut Document, spec: &LexiconSpec) {
    let root = YamlPath::root();
    let lexicon = match Lexicon::compile(spec.clone()) {
        Ok(lexicon) => lexicon,
        Err(error) => {
            let advice = "the head of the embedded lexicon says how phrases are written";
            document.report(&root, At::Value, error.to_string(), advice);
            return;
        }
    };
    for failure in lexicon.failing_examples() {
        let example = root.key("examples").index(failure.number - 1);
        let advice = "change the example, or the phrases that decide it";
        document.report(&example, At::Value, failure.to_string(), advice);
    }
}

fn flag_judge(
    cx: &mut Context<'_>,
    at: &YamlPath,
    written: Option<&str>,
    judges: &[JudgeFile],
) -> Option<RaterId> {
    let written = written?;
    if judges.iter().any(|judge| judge.id == written) {
        return RaterId::new(written).ok();
    }
    if !cx.document.is_incomplete(&YamlPath::root().key("judges")) {
        let known: Vec<&str> = judges.iter().map(|judge| judge.id.as_str()).collect();
        cx.at(at, format!("no judge with id {}", cx.quoted(at)), hints::for_reference(written, &known));
    }
    None
}
