//! The `compare` verb: compares two stored runs. Makes no call and changes no file.

use std::path::Path;

use super::{
    PipelineError, outputs, report,
    stored::{self, StoredRun},
};
use crate::{
    analysis::{
        Findings,
        compare::{RunComparison, RunSide, compare},
    },
    domain::Flag,
    report as formats,
    store::{RunDirectory, artifact},
};

/// The parts of a stored run that a comparison reads.
struct ComparedRun {
    run: StoredRun,
    findings: Findings,
    flags: Vec<Flag>,
}

impl ComparedRun {
    fn of(run: &RunDirectory) -> Result<Self, PipelineError> {
        Ok(Self {
            run: StoredRun::read(run)?,
            findings: report::findings(run)?,
            flags: artifact::decode_flags(&run.read("flags.jsonl")?)?,
        })
    }

    fn side(&self) -> RunSide<'_> {
        let StoredRun { sessions, ratings, rubric, .. } = &self.run;
        RunSide { findings: &self.findings, sessions, ratings, flags: &self.flags, rubric }
    }
}

/// Compares two stored runs, each given by a path, a name, `latest` or a unique prefix within `runs`; `exchanges`
/// requests the self-test. Random choices use the first run's seed.
///
/// # Errors
/// A run cannot be found or read.
pub fn of_runs(runs: &Path, names: [&str; 2], exchanges: usize) -> Result<RunComparison, PipelineError> {
    let [first, second] = names.map(|name| stored::find(runs, name).and_then(|run| ComparedRun::of(&run)));
    let (first, second) = (first?, second?);
    let names = [first.run.name.clone(), second.run.name.clone()];
    Ok(compare(names, first.side(), second.side(), first.run.seed, exchanges))
}

/// Writes a comparison to a file, in the format given by its ending.
///
/// # Errors
/// The ending has no format, or the file cannot be written.
pub fn write(comparison: &RunComparison, target: &Path) -> Result<(), PipelineError> {
    let bytes = match outputs::ending(target) {
        "json" => formats::json::comparison(comparison),
        _ => return Err(outputs::unknown_ending(target, &outputs::OF_COMPARISON)),
    };
    outputs::write(target, &bytes)
}
