//! Resolves the instrument of ethics risks, the risks and judges in use, and the prompt.

use super::{Context, prompts, sources};
use crate::{
    config::{
        document::{At, Document},
        experiment::EthicsSpec,
        file::{EthicsFile, JudgeFile},
        hints,
        path::YamlPath,
        schema::{SchemaKind, schema},
    },
    domain::{Detectability, EthicsRubric, RaterId, RiskId},
};

/// The format of instruments this version reads.
const FORMAT: &str = "corater-ethics/1";

/// Resolves `ethics`. `scripted` tells which judges are baselines.
pub(super) fn resolve(
    cx: &mut Context<'_>,
    file: Option<&EthicsFile>,
    judges: &[JudgeFile],
    scripted: impl Fn(&str) -> bool,
) -> Option<EthicsSpec> {
    let (file, path) = (file?, YamlPath::root().key("ethics"));
    let rubric = instrument(cx, &path.key("rubric"), &file.rubric);
    let prompt = prompts::assessing(cx, &path.key("prompt"), &file.prompt);
    let judges = judges_in_use(cx, &path, file, judges, scripted);
    let review = file.review.as_ref().and_then(|name| sources::existing(cx, &path.key("review"), name));
    let rubric = rubric?;
    let risks = risks_in_use(cx, &path, file, &rubric);
    Some(EthicsSpec { rubric, judges: judges?, risks, draws: file.draws, prompt: prompt?, review })
}

fn instrument(cx: &mut Context<'_>, at: &YamlPath, name: &str) -> Option<EthicsRubric> {
    let (rubric, mut document): (EthicsRubric, Document) =
        cx.read_yaml(at, name, "ethics rubric", &schema(SchemaKind::Ethics))?;
    check(&mut document, &rubric);
    let sound = document.problems.is_empty();
    cx.elsewhere.append(&mut document.problems);
    sound.then_some(rubric)
}

/// The embedded instrument, for an experiment that names risks without asking judges.
pub(super) fn embedded(cx: &mut Context<'_>, at: &YamlPath) -> Option<EthicsRubric> {
    instrument(cx, at, "builtin:ethics")
}

/// Checks what the schema of instruments cannot express.
fn check(document: &mut Document, rubric: &EthicsRubric) {
    let root = YamlPath::root();
    if rubric.format != FORMAT {
        let advice = format!("write `format: {FORMAT}`");
        document.report(
            &root.key("format"),
            At::Value,
            "this version does not read the file's format",
            advice,
        );
    }
    if rubric.risks.is_empty() {
        document.report(
            &root.key("risks"),
            At::Value,
            "the instrument has no risks",
            "list them under `risks`",
        );
    }
    let known: Vec<&str> = rubric.themes.iter().map(|theme| theme.id.as_str()).collect();
    for (index, risk) in rubric.risks.iter().enumerate() {
        let path = root.key("risks").index(index);
        if rubric.risks[..index].iter().any(|other| other.id == risk.id) {
            let message = format!("`{}` is the id of two risks", risk.id);
            document.report(&path.key("id"), At::Value, message, "give each its own id");
        }
        if !known.contains(&risk.theme.as_str()) {
            let advice = hints::for_reference(&risk.theme, &known);
            let message = format!("no theme with id `{}`", risk.theme);
            document.report(&path.key("theme"), At::Value, message, advice);
        }
    }
}

/// The risks in use, in the instrument's order. Risks that no judge can be asked about are kept and listed as such.
fn risks_in_use(
    cx: &mut Context<'_>,
    path: &YamlPath,
    file: &EthicsFile,
    rubric: &EthicsRubric,
) -> Vec<RiskId> {
    let known: Vec<&str> = rubric.risks.iter().map(|risk| risk.id.as_str()).collect();
    for (index, id) in file.risks.iter().flatten().enumerate() {
        if !known.contains(&id.as_str()) {
            let at = path.key("risks").index(index);
            let message = format!("the instrument has no risk {}", cx.quoted(&at));
            cx.at(&at, message, hints::for_reference(id, &known));
        }
    }
    let chosen = |id: &RiskId| file.risks.as_ref().is_none_or(|ids| ids.iter().any(|one| one == id.as_str()));
    let used: Vec<RiskId> = rubric.risks.iter().map(|risk| risk.id.clone()).filter(chosen).collect();
    let asked =
        |id: &RiskId| rubric.risk(id).is_some_and(|risk| risk.detectability == Detectability::Transcript);
    if !used.iter().any(asked) {
        let advice = "name one with `detectability: transcript`, or leave `risks` out for all of them";
        cx.at(
            &path.key("risks"),
            "none of the risks can be seen in a transcript, so nobody would be asked",
            advice,
        );
    }
    used
}

fn judges_in_use(
    cx: &mut Context<'_>,
    path: &YamlPath,
    file: &EthicsFile,
    judges: &[JudgeFile],
    scripted: impl Fn(&str) -> bool,
) -> Option<Vec<RaterId>> {
    if cx.document.is_incomplete(&YamlPath::root().key("judges")) {
        return None;
    }
    let known: Vec<&str> = judges.iter().map(|judge| judge.id.as_str()).collect();
    let mut used = Vec::new();
    match &file.judges {
        None => used.extend(known.iter().filter(|id| !scripted(id)).filter_map(|id| RaterId::new(*id).ok())),
        Some(names) => {
            for (index, name) in names.iter().enumerate() {
                let at = path.key("judges").index(index);
                if !known.contains(&name.as_str()) {
                    let message = format!("no judge with id {}", cx.quoted(&at));
                    cx.at(&at, message, hints::for_reference(name, &known));
                } else if scripted(name) {
                    let message =
                        format!("{} is a scripted judge and cannot tell an ethics risk", cx.quoted(&at));
                    cx.at(&at, message, "name a judge whose model is a language model");
                } else if used.iter().any(|other: &RaterId| other.as_str() == name) {
                    cx.at(&at, format!("{} is named twice", cx.quoted(&at)), "name each judge once");
                } else {
                    used.extend(RaterId::new(name.as_str()).ok());
                }
            }
        }
    }
    if used.is_empty() && file.judges.as_ref().is_none_or(Vec::is_empty) {
        let advice = "declare a judge whose model is a language model, or leave `ethics` out";
        cx.at(path, "no judge can be asked about ethics risks", advice);
    }
    Some(used)
}
