//! Advice for common mistakes: misspellings, and names that other tools use.

use super::path::YamlPath;

/// Keys of other tools and of later versions, with advice. Top level only.
const TOP_LEVEL: &[(&str, &str)] = &[
    ("providers", "promptfoo's `providers` are `models` here: a list of `{id, model: provider/name}`"),
    ("targets", "promptfoo's `targets` are `models` here: a list of `{id, model: provider/name}`"),
    ("tests", "promptfoo's `tests` have no counterpart: the cases are `sessions`, the criteria a `rubric`"),
    ("defaultTest", "promptfoo's `defaultTest` has no counterpart: the criteria are a `rubric`"),
    (
        "evaluateOptions",
        "promptfoo's `evaluateOptions` are `run` here (`run: {concurrency: 4}`), repeats are `epochs`",
    ),
    ("scenarios", "promptfoo's `scenarios` are `sessions` here"),
    ("outputPath", "a run writes into its own directory: `run: {directory: runs}`"),
    ("tasks", "Inspect's and lm-evaluation-harness's `tasks` are `sessions` and a `rubric` here"),
    ("task", "a task is `sessions` and a `rubric` here"),
    ("dataset", "Inspect's `dataset` is `sessions` here, with `ratings` for clinicians' scores"),
    ("dataset_path", "lm-evaluation-harness's `dataset_path` is `sessions: [{path: …}]` here"),
    ("solver", "Inspect's `solver` is a prompt variant under `prompts` here"),
    ("scorer", "Inspect's `scorer` is `judges` and a `rubric` here"),
    ("grader", "a grader is one of `judges` here"),
    ("judge", "judges are a list: `judges: [{id, model}]`"),
    ("model", "models are a list: `models: [{id, model}]`"),
    ("model_args", "lm-evaluation-harness's `model_args` are `decoding` of a model and `endpoints` here"),
    ("prompt", "prompts are a list: `prompts: [{id, file}]`"),
    ("rubrics", "an experiment has one rubric: `rubric: {file: \"builtin:ctrs\"}`"),
    ("repeat", "repeats are `epochs` here"),
    ("num_fewshot", "examples belong into the prompt file"),
    ("limit", "use the flag `--limit`, or `reconstruct: {max_exchanges: N}` for shorter sessions"),
    ("max_connections", "this is `limits: {concurrency: N}` of an endpoint here"),
    ("output", "`output` is not available in this version; a run writes into `run: {directory: …}`"),
];

/// Keys that have another meaning one level down.
const ANYWHERE: &[(&str, &str)] = &[
    ("api_key", "a file holds no keys: name the variable that does, `api_key_env: NAME`"),
    ("apiKey", "a file holds no keys: name the variable that does, `api_key_env: NAME`"),
    ("apiKeyEnvar", "this is `api_key_env` here"),
    ("apiBaseUrl", "this is `base_url` of an endpoint here"),
    ("rpm", "this is `requests_per_minute` here"),
    ("tpm", "this is `tokens_per_minute` here"),
    ("timeout", "this is `timeout_seconds` here"),
    ("max_connections", "this is `concurrency` here"),
    ("config", "decoding parameters stand under `decoding` here"),
    ("vars", "prompt variables stand under `settings` here"),
    ("license", "this is spelt `licence` here"),
    ("name", "this is `id` here"),
    ("provider", "the provider is part of the model's name: `model: provider/name`"),
];

/// Advice for an unknown key, if it is a common mistake.
pub(super) fn for_key(parent: &YamlPath, key: &str) -> Option<&'static str> {
    let table = if parent.steps().is_empty() { TOP_LEVEL } else { ANYWHERE };
    table.iter().find(|(name, _)| *name == key).map(|(_, advice)| *advice)
}

/// The known word most similar to the written one, if it is similar enough to be a misspelling.
pub(super) fn nearest<'k>(written: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    let near =
        |word: &'k str| (strsim::jaro_winkler(written, word), strsim::osa_distance(written, word), word);
    known
        .into_iter()
        .map(near)
        .filter(|(likeness, edits, word)| *edits <= 1 + word.chars().count() / 4 || *likeness >= 0.92)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, _, word)| word)
}

/// Lists words for a message: `` `a`, `b`, `c` ``, at most twenty.
pub(super) fn list<'k>(words: impl IntoIterator<Item = &'k str>) -> String {
    let quoted: Vec<String> = words.into_iter().map(|word| format!("`{word}`")).collect();
    match quoted.len() {
        0 => "none".to_owned(),
        n if n > 20 => format!("{}, … ({n} in all)", quoted[..20].join(", ")),
        _ => quoted.join(", "),
    }
}

/// A key or id, shortened to fit on one line.
pub(super) fn clip(text: &str) -> String {
    match text.char_indices().nth(60) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// Advice for an id that does not exist: the most similar one, or all of them.
pub(super) fn for_reference(written: &str, known: &[&str]) -> String {
    match nearest(written, known.iter().copied()) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => format!("known: {}.", list(known.iter().copied())),
    }
}
