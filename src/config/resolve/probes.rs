//! Resolves `probes`: sessions, items, kinds, and the file of texts, checked like judging prompts.

use super::{Context, prompts};
use crate::{
    config::{
        document::{At, Document},
        experiment::{JudgeForm, ProbeSpec},
        file::ProbesFile,
        hints,
        path::YamlPath,
        schema::{SchemaKind, schema},
    },
    domain::{
        ItemId, ProbeKind, ProbeTexts, Rubric,
        probe::{OPENING, RESERVED, WORK, Wording},
    },
};

/// The format of probe texts this version reads.
const FORMAT: &str = "corater-probes/1";

/// Resolves `probes`; if the key is absent, uses the embedded texts and every default.
pub(super) fn resolve(
    cx: &mut Context<'_>,
    file: Option<&ProbesFile>,
    instrument: Option<(&Rubric, &[ItemId])>,
) -> Option<ProbeSpec> {
    let path = YamlPath::root().key("probes");
    let (file, declared) = (file.cloned().unwrap_or_default(), file.is_some());
    let read = cx.inputs.len();
    let at = path.key("texts");
    let (texts, mut document): (ProbeTexts, Document) =
        cx.read_yaml(&at, &file.texts, "probe texts", &schema(SchemaKind::Probes))?;
    if !declared {
        // No run depends on these files, so they are not recorded as inputs.
        cx.inputs.truncate(read);
    }
    if document.problems.is_empty() {
        check(&mut document, &texts, instrument.map(|(rubric, _)| rubric));
    }
    let sound = document.problems.is_empty();
    cx.elsewhere.append(&mut document.problems);
    let (_, in_use) = instrument?;
    let items = items(cx, &path.key("items"), &file.items, in_use);
    let kinds: Vec<ProbeKind> = ProbeKind::ALL.into_iter().filter(|kind| file.kinds.contains(kind)).collect();
    let ProbesFile { sessions, draws, limits, .. } = file;
    sound.then_some(ProbeSpec { sessions, kinds, items, draws, texts, limits })
}

fn items(cx: &mut Context<'_>, path: &YamlPath, chosen: &[String], in_use: &[ItemId]) -> Vec<ItemId> {
    let known: Vec<&str> = in_use.iter().map(ItemId::as_str).collect();
    for (index, id) in chosen.iter().enumerate().filter(|(_, id)| !known.contains(&id.as_str())) {
        let at = path.index(index);
        let message = format!("no item in use is called {}", cx.quoted(&at));
        cx.at(&at, message, hints::for_reference(id, &known));
    }
    let wanted = |id: &&ItemId| chosen.is_empty() || chosen.iter().any(|name| name == id.as_str());
    in_use.iter().filter(wanted).cloned().collect()
}

/// Checks what the schema of probe texts cannot express.
fn check(document: &mut Document, texts: &ProbeTexts, rubric: Option<&Rubric>) {
    let root = YamlPath::root();
    if texts.format != FORMAT {
        let advice = format!("write `format: {FORMAT}`");
        document.report(
            &root.key("format"),
            At::Value,
            "this version does not read the file's format",
            advice,
        );
    }
    let wordings: Vec<(YamlPath, &Wording)> =
        [("wordings", &texts.wordings), ("observation_order", &texts.observation_order)]
            .into_iter()
            .flat_map(|(key, list)| {
                let base = root.key(key);
                list.iter().enumerate().map(move |(n, wording)| (base.index(n), wording))
            })
            .collect();
    let ids = wordings.iter().map(|(path, wording)| (path.key("id"), wording.id.as_str()));
    check_ids(document, ids);
    let attacks = texts.attacks.iter().enumerate();
    check_ids(
        document,
        attacks.map(|(n, attack)| (root.key("attacks").index(n).key("id"), attack.id.as_str())),
    );
    let frames = root.key("frames");
    for (key, frame, form) in [
        ("per_item", &texts.frames.per_item, JudgeForm::PerItem),
        ("single_call", &texts.frames.single_call, JudgeForm::SingleCall),
    ] {
        check_frame(document, &frames.key(key), frame, form, &wordings, rubric);
    }
    prompts::check_asking(document, &root.key("source_question"), &texts.source_question);
}

fn check_frame(
    document: &mut Document,
    path: &YamlPath,
    frame: &str,
    form: JudgeForm,
    wordings: &[(YamlPath, &Wording)],
    rubric: Option<&Rubric>,
) {
    for place in [OPENING, WORK] {
        let found = frame.matches(place).count();
        if found != 1 {
            let message = format!("`{place}` stands in it {found} times, expected once");
            document.report(path, At::Value, message, "a frame has one place for each part of a wording");
        }
    }
    for (at, wording) in wordings {
        prompts::check_judging(document, at, &wording.fill(frame), form, rubric);
    }
}

fn check_ids<'i>(document: &mut Document, ids: impl Iterator<Item = (YamlPath, &'i str)>) {
    let mut seen: Vec<&str> = Vec::new();
    for (path, id) in ids {
        let fits = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if id.len() > 40 || !id.chars().all(fits) {
            document.report(
                &path,
                At::Value,
                "not a usable id",
                "use letters, digits, `-` and `_`, at most 40 of them",
            );
        }
        if seen.contains(&id) || RESERVED.contains(&id) {
            document.report(
                &path,
                At::Value,
                "the id is taken",
                "give each an id of its own, none that the program uses itself",
            );
        }
        seen.push(id);
    }
}
