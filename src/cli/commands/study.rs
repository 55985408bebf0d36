//! `validate`, and the parts shared by every verb that takes an experiment.

use std::path::Path;

use super::super::{diagnostic::Diagnostic, exit::Exit, output};
use crate::cli::diagnostic::CommandResult;
use crate::cli::study_args::StudyArgs;
use crate::{
    config::{ConfigSource, Environment, Override},
    pipeline::{PipelineError, Study, StudyOptions},
    plan::Selection,
};

/// The process's environment, supplemented by the values of `--env-file` or `.env`.
pub(super) fn environment(args: &StudyArgs) -> Result<Environment, Diagnostic> {
    environment_with(args.env_file.as_deref())
}

/// The process's environment, supplemented by the values of this file or of `.env`.
pub(super) fn environment_with(env_file: Option<&Path>) -> Result<Environment, Diagnostic> {
    let process = Environment::of_process();
    let file = env_file.or_else(|| Some(Path::new(".env")).filter(|path| path.is_file()));
    match file {
        Some(path) => process.with_env_file(path).map_err(|problems| PipelineError::from(problems).into()),
        None => Ok(process),
    }
}

/// Loads the study.
pub(super) fn prepare(args: &StudyArgs, environment: &Environment) -> Result<Study, Diagnostic> {
    prepare_with(args, environment, Vec::new())
}

/// Loads the study, with changes from other flags, which take precedence.
pub(super) fn prepare_with(
    args: &StudyArgs,
    environment: &Environment,
    more: Vec<Override>,
) -> Result<Study, Diagnostic> {
    let named = args.experiment.as_ref().or(args.config.as_ref());
    let Some(named) = named else { return Err(Diagnostic::usage("error: no experiment given")) };
    let options = StudyOptions {
        overrides: overrides(args)?.into_iter().chain(more).collect(),
        selection: Selection {
            limit: args.limit,
            models: args.filter_models.clone(),
            prompts: args.filter_prompts.clone(),
            sessions: args.filter_sessions.clone(),
            items: args.filter_items.clone(),
        },
        skip_bad_rows: args.skip_bad_rows,
        allow_unconsented: args.allow_unconsented,
        require_redacted: args.require_redacted,
        local_only: args.local_only,
        flag_review: args.flag_review.clone(),
        ethics_review: args.ethics_review.clone(),
        with_forgotten: false,
        however_large: args.yes,
    };
    Ok(Study::prepare(&ConfigSource::of_argument(named), environment, &options)?)
}

/// `--epochs`, `--seed` and `--tag` as `--set` overrides; the last value typed is used.
fn overrides(args: &StudyArgs) -> Result<Vec<Override>, Diagnostic> {
    let change = |path: &str, value: String| Override { path: path.to_owned(), value };
    let mut found = Vec::new();
    found.extend(args.epochs.map(|epochs| change("epochs", epochs.to_string())));
    found.extend(args.seed.map(|seed| change("seed", seed.to_string())));
    for tag in &args.tag {
        let (key, value) = tag
            .split_once('=')
            .filter(|(key, _)| !key.is_empty() && !key.contains('.'))
            .ok_or_else(|| Diagnostic::usage(format!("error: --tag `{tag}` is not key=value")))?;
        let quoted = serde_json::Value::String(value.to_owned()).to_string();
        found.push(change(&format!("tags.{key}"), quoted));
    }
    found.extend(changes(&args.set)?);
    Ok(found)
}

/// Parses the values of `--set`.
pub(super) fn changes(set: &[String]) -> Result<Vec<Override>, Diagnostic> {
    let change = |text: &String| text.parse().map_err(|error| Diagnostic::usage(format!("error: {error}")));
    set.iter().map(change).collect()
}

pub(super) fn validate(args: &StudyArgs) -> CommandResult {
    let study = prepare(args, &environment(args)?)?;
    let (plan, data) = (&study.plan, &study.dataset);
    output::data(&format!(
        "valid: {}, {}, {}, {}, {}",
        output::count(plan.conditions.len(), "condition"),
        output::count(data.sessions.len(), "session"),
        output::count(data.ratings.len(), "rating"),
        output::count(study.experiment.items.len(), "item"),
        output::count(study.experiment.judges.len(), "judge"),
    ));
    for note in &study.dataset.notes {
        output::note(&format!("note: {}: {}", note.path, note.message));
    }
    warnings(&study);
    Ok(Exit::Ok)
}

/// Prints what is worth knowing before a call is paid for, such as sources without word lists in their language, and what
/// models are known to refuse.
pub(super) fn warnings(study: &Study) {
    for warning in &study.experiment.warnings {
        output::note(&format!("warning: {warning}"));
    }
}
