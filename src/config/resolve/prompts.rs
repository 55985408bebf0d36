//! Resolves prompts: reads templates, checks their variables, and renders counselor prompts once.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use super::Context;
use crate::{
    chat::template::{self, Template, TemplateError},
    config::{
        builtin,
        document::{At, Document},
        experiment::{JudgeForm, PromptVariant},
        file::PromptFile,
        hints,
        path::YamlPath,
    },
    domain::Rubric,
};

/// Variables of a judging template.
const JUDGING: &[&str] = &[
    "item",
    "item.id",
    "item.name",
    "item.number",
    "item.measures",
    "item.anchors",
    "item.positive",
    "item.negative",
    "item.not_assessable_when",
    "scale",
    "scale.min",
    "scale.max",
    "levels",
    "observations",
    "transcript",
];
/// Variables of a judging template for all items; the fields of an item are those of `item` above.
const JUDGING_ALL: &[&str] =
    &["items", "scale", "scale.min", "scale.max", "levels", "observations", "transcript"];
/// Functions available in every template.
const FUNCTIONS: &[&str] = &["range", "dict", "namespace"];
/// Variables of the template for one ethics risk.
const ASSESSING: &[&str] = &[
    "risk",
    "risk.id",
    "risk.name",
    "risk.theme",
    "risk.description",
    "risk.present_when",
    "risk.absent_when",
    "observations",
    "transcript",
];
/// Variables of the template of the flag pass.
const FLAGGING: &[&str] = &["categories", "candidates", "transcript"];

/// Resolves `prompts`.
pub(super) fn resolve(cx: &mut Context<'_>, files: &[PromptFile]) -> Vec<PromptVariant> {
    let base = YamlPath::root().key("prompts");
    cx.check_ids(&base, "prompts", files.iter().map(|prompt| prompt.id.as_str()));
    files.iter().enumerate().filter_map(|(index, file)| variant(cx, &base.index(index), file)).collect()
}

fn variant(cx: &mut Context<'_>, path: &YamlPath, file: &PromptFile) -> Option<PromptVariant> {
    let at = path.key("file");
    let text = cx.read_text(&at, &file.file, &format!("prompt {}", file.id))?;
    let defaults = file.file.strip_prefix(builtin::PREFIX).map_or(&[][..], builtin::settings);
    let mut settings: BTreeMap<String, String> =
        defaults.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    settings.extend(file.settings.clone());

    let named = named_variables(cx, &at, &text)?;
    report_unused(cx, &path.key("settings"), file, &named);
    let undefined = undefined_settings(&text, &named, &settings);
    for name in &undefined {
        report_undefined(cx, &at, &text, name, &settings);
    }
    if !undefined.is_empty() {
        return None;
    }
    let system = rendered(cx, path, file, &text, &settings)?;
    Some(PromptVariant { id: file.id.clone(), source: cx.shown_path(&at, &file.file), settings, system })
}

fn report_unused(cx: &mut Context<'_>, path: &YamlPath, file: &PromptFile, named: &BTreeSet<String>) {
    if named.contains("settings") {
        return;
    }
    for key in file.settings.keys().filter(|key| !named.contains(&format!("settings.{key}"))) {
        let advice = format!("use it as `{{{{ settings.{key} }}}}`, or remove it");
        cx.document.report(&path.key(key), At::Key, "the template does not use this setting", advice);
    }
}

fn report_undefined(
    cx: &mut Context<'_>,
    at: &YamlPath,
    text: &str,
    name: &str,
    settings: &BTreeMap<String, String>,
) {
    let known: Vec<String> = settings.keys().map(|key| format!("settings.{key}")).collect();
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    let advice = match hints::nearest(name, known.iter().copied()) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => format!("declare it under `settings` of this prompt; declared: {}", hints::list(known)),
    };
    report_variable(cx, at, text, name, advice);
}

fn rendered(
    cx: &mut Context<'_>,
    path: &YamlPath,
    file: &PromptFile,
    text: &str,
    settings: &BTreeMap<String, String>,
) -> Option<String> {
    let at = path.key("file");
    match template::render(text, &json!({"settings": settings})) {
        Ok(system) if system.trim().is_empty() => {
            cx.at(&at, "the prompt is empty", "write what the counselor should do");
            None
        }
        Ok(system) => Some(system),
        Err(error) => {
            let of = path.key("settings");
            let inserted = file.settings.keys().any(|key| cx.document.interpolated.contains(&of.key(key)));
            // The engine's message may quote a value, and one from the environment is never shown.
            let message = if inserted { "it cannot be rendered".into() } else { error.message };
            report_template(cx, &at, &TemplateError { message, line: error.line });
            None
        }
    }
}

/// Reads and checks the template of a judge; it is rendered once for every item of the rubric as a test.
pub(super) fn judging(
    cx: &mut Context<'_>,
    at: &YamlPath,
    name: &str,
    judge: &str,
    form: JudgeForm,
    rubric: Option<&Rubric>,
) -> Option<Template> {
    let known = match form {
        JudgeForm::PerItem => JUDGING,
        JudgeForm::SingleCall => JUDGING_ALL,
    };
    let text = checked(cx, at, name, &format!("prompt of judge {judge}"), known)?;
    let values = rubric.map(|rubric| trials(rubric, form)).unwrap_or_default();
    // A template that does not parse was reported above.
    Template::new(&text).ok().filter(|_| tried(cx, at, &text, values.into_iter()))
}

/// Values for test renderings of a judging template: every item, one by one or all together.
fn trials(rubric: &Rubric, form: JudgeForm) -> Vec<serde_json::Value> {
    let items = rubric.items.iter().map(|item| {
        let anchors: Vec<_> =
            item.anchors.iter().map(|(score, text)| json!({"score": score, "text": text})).collect();
        json!({
            "id": item.id, "name": item.name, "number": item.number, "measures": item.measures,
            "anchors": anchors, "positive": item.look_for.positive, "negative": item.look_for.negative,
            "not_assessable_when": item.not_assessable_when,
        })
    });
    let with = |key: &str, items: serde_json::Value| {
        json!({
            key: items,
            "scale": {"min": rubric.scale.min, "max": rubric.scale.max},
            "levels": rubric.levels,
            "observations": 3,
            "transcript": "x",
        })
    };
    match form {
        JudgeForm::PerItem => items.map(|item| with("item", item)).collect(),
        JudgeForm::SingleCall => vec![with("items", items.collect())],
    }
}

/// Reads and checks the template of the flag pass.
pub(super) fn flagging(cx: &mut Context<'_>, at: &YamlPath, name: &str) -> Option<String> {
    let text = checked(cx, at, name, "prompt of the flag pass", FLAGGING)?;
    let values = json!({
        "categories": [{"id": "x", "name": "x", "description": "x"}], "candidates": "x", "transcript": "x",
    });
    tried(cx, at, &text, [values].into_iter()).then_some(text)
}

/// Reads and checks the template for one ethics risk.
pub(super) fn assessing(cx: &mut Context<'_>, at: &YamlPath, name: &str) -> Option<String> {
    let text = checked(cx, at, name, "prompt of the ethics assessment", ASSESSING)?;
    let risk = json!({
        "id": "x", "name": "x", "theme": "x", "description": "x", "present_when": ["x"], "absent_when": ["x"],
    });
    let values = json!({"risk": risk, "observations": 3, "transcript": "x"});
    tried(cx, at, &text, [values].into_iter()).then_some(text)
}

/// Reads and checks the template of an aligner.
pub(super) fn aligning(cx: &mut Context<'_>, at: &YamlPath, name: &str) -> Option<String> {
    let text = checked(cx, at, name, "prompt of the aligner", &["transcript", "first", "last"])?;
    let values = json!({"transcript": "x", "first": 3, "last": 4});
    tried(cx, at, &text, [values].into_iter()).then_some(text)
}

/// Reads and checks the template of a grader of coherence.
pub(super) fn grading(cx: &mut Context<'_>, at: &YamlPath, name: &str) -> Option<String> {
    let known = ["transcript", "counselor", "client", "best"];
    let text = checked(cx, at, name, "prompt of the grader", &known)?;
    let values = json!({"transcript": "x", "counselor": 2, "client": 3, "best": 10});
    tried(cx, at, &text, [values].into_iter()).then_some(text)
}

/// Reads and checks the template of a simulated client.
pub(super) fn simulating(cx: &mut Context<'_>, at: &YamlPath, name: &str) -> Option<String> {
    let text = checked(cx, at, name, "prompt of the simulated client", &["transcript"])?;
    tried(cx, at, &text, [json!({"transcript": "x"})].into_iter()).then_some(text)
}

/// Checks a judging template from another file, as [`judging`] checks its own.
pub(super) fn check_judging(
    document: &mut Document,
    at: &YamlPath,
    text: &str,
    form: JudgeForm,
    rubric: Option<&Rubric>,
) {
    let known = match form {
        JudgeForm::PerItem => JUDGING,
        JudgeForm::SingleCall => JUDGING_ALL,
    };
    let values = rubric.map(|rubric| trials(rubric, form)).unwrap_or_default();
    check_template(document, at, text, known, &values);
}

/// Checks a template that asks about a transcript and comes from another file.
pub(super) fn check_asking(document: &mut Document, at: &YamlPath, text: &str) {
    check_template(document, at, text, &["transcript"], &[json!({"transcript": "x"})]);
}

fn check_template(
    document: &mut Document,
    at: &YamlPath,
    text: &str,
    known: &[&str],
    values: &[serde_json::Value],
) {
    let advice = "templates are minijinja: `{{ name }}`, `{% if %}`, `{% for %}`";
    let named = match template::variables(text) {
        Ok(named) => named,
        Err(error) => {
            document.report(at, At::Value, format!("the template cannot be used: {error}"), advice);
            return;
        }
    };
    for name in
        named.iter().filter(|name| !FUNCTIONS.contains(&name.as_str()) && !known.contains(&name.as_str()))
    {
        let message = format!("the template names `{}`, which is not defined", hints::clip(name));
        document.report(at, At::Value, message, hints::for_reference(name, known));
    }
    if !named.contains("transcript") {
        let advice = "add `{{ transcript }}`: without it there is nothing to judge";
        document.report(at, At::Value, "the template never names `transcript`", advice);
    }
    if let Some(error) = values.iter().find_map(|values| template::render(text, values).err()) {
        document.report(at, At::Value, format!("the template cannot be used: {error}"), advice);
    }
}

/// The text of a template that uses only known variables, and uses the transcript.
fn checked(cx: &mut Context<'_>, at: &YamlPath, name: &str, role: &str, known: &[&str]) -> Option<String> {
    let text = cx.read_text(at, name, role)?;
    let named = named_variables(cx, at, &text)?;
    let unknown: Vec<&String> = named.iter().filter(|name| !known.contains(&name.as_str())).collect();
    for name in &unknown {
        report_variable(cx, at, &text, name, hints::for_reference(name, known));
    }
    if !named.contains("transcript") {
        cx.at(
            at,
            "the template never names `transcript`",
            "add `{{ transcript }}`: without it there is nothing to judge",
        );
        return None;
    }
    unknown.is_empty().then_some(text)
}

/// True if the template renders with each of the values; the first failure is reported.
fn tried(
    cx: &mut Context<'_>,
    at: &YamlPath,
    text: &str,
    mut values: impl Iterator<Item = serde_json::Value>,
) -> bool {
    match values.find_map(|values| template::render(text, &values).err()) {
        Some(error) => {
            report_template(cx, at, &error);
            false
        }
        None => true,
    }
}

fn named_variables(cx: &mut Context<'_>, at: &YamlPath, text: &str) -> Option<BTreeSet<String>> {
    match template::variables(text) {
        Ok(named) => Some(named.into_iter().filter(|name| !FUNCTIONS.contains(&name.as_str())).collect()),
        Err(error) => {
            report_template(cx, at, &error);
            None
        }
    }
}

/// Variables that would be undefined when rendering. Settings with a default in the template are not included.
fn undefined_settings(
    text: &str,
    named: &BTreeSet<String>,
    settings: &BTreeMap<String, String>,
) -> Vec<String> {
    let is_declared =
        |name: &str| name.strip_prefix("settings.").is_some_and(|key| settings.contains_key(key));
    let missing: Vec<&String> =
        named.iter().filter(|name| *name != "settings" && !is_declared(name)).collect();
    let needed = |name: &&String| {
        let Some(key) = name.strip_prefix("settings.") else { return true };
        let others =
            missing.iter().filter_map(|other| other.strip_prefix("settings.")).filter(|other| *other != key);
        let mut filled = settings.clone();
        filled.extend(others.map(|other| (other.to_owned(), "x".to_owned())));
        template::render(text, &json!({"settings": filled})).is_err()
    };
    missing.iter().copied().filter(needed).cloned().collect()
}

fn report_variable(cx: &mut Context<'_>, at: &YamlPath, text: &str, name: &str, advice: String) {
    let place = match line_of(text, name) {
        Some(line) => format!(" (line {line} of the template)"),
        None => String::new(),
    };
    cx.at(at, format!("the template names `{}`, which is not defined{place}", hints::clip(name)), advice);
}

fn report_template(cx: &mut Context<'_>, at: &YamlPath, error: &TemplateError) {
    cx.at(
        at,
        format!("the template cannot be used: {error}"),
        "templates are minijinja: `{{ name }}`, `{% if %}`, `{% for %}`",
    );
}

/// Number of the first line of a template with this variable inside a tag.
fn line_of(text: &str, name: &str) -> Option<usize> {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    let names = |line: &str| {
        line.match_indices(name).any(|(at, _)| {
            let before = line[..at].chars().next_back();
            let after = line[at + name.len()..].chars().next();
            !before.is_some_and(is_part) && !after.is_some_and(is_part) && line[..at].contains('{')
        })
    };
    text.lines().position(names).map(|line| line + 1)
}
