//! Owns `compare`: two stored runs beside each other. Makes no call and changes no file.

use std::path::Path;

use super::{PipelineError, report, score};
use crate::{
    analysis::{
        Findings,
        compare::{Comparison, Side, compare},
    },
    domain::{Flag, Rating, Rubric, Session},
    report as formats,
    store::{Manifest, RunDirectory, artifact, run::MANIFEST_FILE},
};

/// Everything of a stored run that a comparison reads.
struct Held {
    name: String,
    seed: u64,
    findings: Findings,
    sessions: Vec<Session>,
    ratings: Vec<Rating>,
    flags: Vec<Flag>,
    rubric: Rubric,
}

impl Held {
    fn of(run: &RunDirectory) -> Result<Self, PipelineError> {
        let manifest = Manifest::decode(&run.read(MANIFEST_FILE)?)?;
        let path = run.path();
        let unreadable = |key: &str| {
            PipelineError::usage(format!(
                "{}, key {key}: not as this version writes it",
                path.join(MANIFEST_FILE).display()
            ))
        };
        let rubric = manifest.experiment.get("rubric").cloned().unwrap_or_default();
        let seed = manifest.experiment.get("seed").and_then(serde_json::Value::as_u64);
        Ok(Self {
            name: path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default(),
            seed: seed.ok_or_else(|| unreadable("experiment.seed"))?,
            findings: report::findings(run)?,
            sessions: artifact::decode_sessions(&run.read("sessions.jsonl")?)?,
            ratings: artifact::decode_ratings(&run.read("ratings.jsonl")?)?,
            flags: artifact::decode_flags(&run.read("flags.jsonl")?)?,
            rubric: serde_json::from_value(rubric).map_err(|_| unreadable("experiment.rubric"))?,
        })
    }

    fn side(&self) -> Side<'_> {
        let Self { findings, sessions, ratings, flags, rubric, .. } = self;
        Side { findings, sessions, ratings, flags, rubric }
    }
}

/// Compares two stored runs, each a path, a name, `latest` or a unique prefix among `runs`; `exchanges` asks for the
/// self-test. Random choices come from the first run's seed.
///
/// # Errors
/// A run cannot be found or read.
pub fn of_runs(runs: &Path, names: [&str; 2], exchanges: usize) -> Result<Comparison, PipelineError> {
    let [first, second] = names.map(|name| score::find(runs, name).and_then(|run| Held::of(&run)));
    let (first, second) = (first?, second?);
    let names = [first.name.clone(), second.name.clone()];
    Ok(compare(names, first.side(), second.side(), first.seed, exchanges))
}

/// Writes a comparison where the user pointed, by the ending of the name.
///
/// # Errors
/// An ending without a format, or a file that cannot be written.
pub fn write(comparison: &Comparison, target: &Path) -> Result<(), PipelineError> {
    let bytes = match report::ending(target) {
        "json" => formats::json::comparison(comparison),
        other => return Err(report::unknown_ending(other, ".json")),
    };
    report::write_file(target, &bytes)
}
