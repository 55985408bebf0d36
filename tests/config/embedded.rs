//! What ships: every file in configs/ and rubrics/ fits its schema, the schemas are current, what is embedded loads.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use corater::config::{
    ConfigSource, Environment, SchemaKind, builtin::BUILTINS, load, load_rubric, read_input, schema_text,
    starter,
};
use serde_json::Value;
use tempfile::TempDir;
use walkdir::WalkDir;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn yaml_files(folder: &str) -> Vec<PathBuf> {
    let files = WalkDir::new(root().join(folder))
        .sort_by_file_name()
        .into_iter()
        .map(|entry| entry.unwrap().into_path());
    files.filter(|path| path.extension().is_some_and(|ending| ending == "yaml")).collect()
}

/// The kind that a file says it is; experiments say nothing.
fn kind_of(value: &Value) -> SchemaKind {
    match value["format"].as_str().and_then(|format| format.split('/').next()) {
        Some("corater-rubric") => SchemaKind::Rubric,
        Some("corater-lexicon") => SchemaKind::Lexicon,
        Some("corater-cues") => SchemaKind::Cues,
        Some("corater-grounding") => SchemaKind::Grounding,
        Some("corater-probes") => SchemaKind::Probes,
        Some("corater-ethics") => SchemaKind::Ethics,
        Some("corater-reference") => SchemaKind::Reference,
        Some("corater-prices") => SchemaKind::Prices,
        Some("corater-model-families") => SchemaKind::ModelFamilies,
        Some(other) => panic!("no schema for {other}"),
        None => SchemaKind::Experiment,
    }
}

fn schema_faults(text: &str) -> Vec<String> {
    let value: serde_yaml::Value = serde_yaml::from_str(text).unwrap();
    let value = serde_json::to_value(value).unwrap();
    let schema: Value = serde_json::from_str(&schema_text(kind_of(&value))).unwrap();
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    validator.iter_errors(&value).map(|error| format!("{}: {error}", error.instance_path())).collect()
}

#[test]
fn every_shipped_file_fits_its_schema() {
    let mut faults = BTreeMap::new();
    let files: Vec<PathBuf> = ["configs", "rubrics"].into_iter().flat_map(yaml_files).collect();
    assert!(files.len() >= 5, "{files:?}");
    for path in files {
        let found = schema_faults(&std::fs::read_to_string(&path).unwrap());
        if !found.is_empty() {
            faults.insert(path, found);
        }
    }
    assert_eq!(faults, BTreeMap::new());
    assert_eq!(schema_faults(corater::config::starter::STARTER), [""; 0]);
}

#[test]
fn a_schema_refuses_what_the_loader_refuses() {
    // No `sessions`, no `rubric`, an epoch below 1 and an unknown key; models and prompts may be left out.
    assert_eq!(schema_faults("models: []\nepochs: 0\nproviders: []").len(), 4);
}

/// `UPDATE_SCHEMAS=1 cargo test --test config` writes them anew.
#[test]
fn the_schemas_in_configs_are_current() {
    for kind in SchemaKind::ALL {
        let path = root().join("configs").join(kind.file_name());
        if std::env::var_os("UPDATE_SCHEMAS").is_some() {
            std::fs::write(&path, schema_text(kind)).unwrap();
        }
        assert_eq!(std::fs::read_to_string(&path).unwrap(), schema_text(kind), "{}", path.display());
    }
}

#[test]
fn every_experiment_in_configs_loads() {
    let is_experiment = |path: &PathBuf| {
        let value: serde_yaml::Value = serde_yaml::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        value.get("format").is_none()
    };
    for path in yaml_files("configs").into_iter().filter(is_experiment) {
        let loaded = load(&ConfigSource::File(path.clone()), &Environment::default(), &[]);
        assert!(loaded.is_ok(), "{}\n{}", path.display(), loaded.unwrap_err());
    }
}

#[test]
fn the_quickstart_needs_no_file() {
    let source = ConfigSource::of_argument("builtin:quickstart");
    let experiment = load(&source, &Environment::default(), &[]).unwrap();
    let paths = experiment
        .sessions
        .iter()
        .flat_map(|source| &source.paths)
        .chain(experiment.ratings.iter().map(|r| &r.path));
    for path in paths {
        assert!(path.starts_with("builtin:synthetic"), "{}", path.display());
        assert!(!read_input(path).unwrap().is_empty());
    }
}

#[test]
fn embedded_files_are_the_shipped_ones_and_have_names_of_their_own() {
    let mut names: Vec<&str> = BUILTINS.iter().map(|builtin| builtin.name).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), BUILTINS.len());
    assert!(load_rubric(&ConfigSource::of_argument("builtin:ctrs")).is_ok());
    let quickstart =
        load(&ConfigSource::of_argument("builtin:quickstart"), &Environment::default(), &[]).unwrap();
    assert_eq!(quickstart.reference.unwrap().items.len(), 11);
}

#[test]
fn what_init_writes_loads() {
    let folder = TempDir::new().unwrap();
    for (path, bytes) in starter() {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
    let loaded =
        load(&ConfigSource::File(folder.path().join("experiment.yaml")), &Environment::default(), &[]);
    let experiment = loaded.unwrap_or_else(|problems| panic!("{problems}"));
    assert_eq!(experiment.run.name, "starter");
    assert_eq!(experiment.items.len(), 10);
}
