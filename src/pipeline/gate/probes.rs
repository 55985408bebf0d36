//! Finds the probes that a gate may read: those beside the run, or those named.

use std::{collections::BTreeMap, path::Path};

use serde::Deserialize;

use super::PipelineError;
use crate::{
    analysis::gate::ProbeReport,
    domain::Digest,
    report as formats,
    store::{
        RunDirectory, StoreError,
        run::{MANIFEST_FILE, folders},
    },
};

/// Part of every probe folder's name, between the experiment's name and the digest.
const MARK: &str = "-probe-";

/// The probes in a folder of runs.
#[derive(Debug, Default)]
pub(super) struct Probes {
    pub(super) reports: Vec<ProbeReport>,
    /// Names of probes without findings: interrupted, or with a forgotten session.
    pub(super) unfinished: Vec<String>,
}

/// The part of `settings.json` that is read.
#[derive(Deserialize)]
struct ProbeSettings {
    #[serde(default)]
    judge_digests: BTreeMap<String, Digest>,
    #[serde(default)]
    rubric_digest: Option<Digest>,
}

impl Probes {
    /// Reads the named probes or, if none is named, all beside the run.
    ///
    /// # Errors
    /// A named probe does not exist, or a file of a finished one cannot be read.
    pub(super) fn read(run: &RunDirectory, root: &Path, named: &[String]) -> Result<Self, PipelineError> {
        let beside = run.path().parent().unwrap_or(root);
        let known = probes(beside)?;
        let wanted = match named {
            [] => known,
            named => named.iter().map(|name| find(&known, name)).collect::<Result<_, _>>()?,
        };
        let mut found = Self::default();
        for directory in wanted {
            match report(&directory)? {
                Some(report) => found.reports.push(report),
                None => found.unfinished.push(directory.name()),
            }
        }
        Ok(found)
    }
}

/// The folders of probes in a folder of runs, sorted by name.
fn probes(root: &Path) -> Result<Vec<RunDirectory>, StoreError> {
    let is_probe = |folder: &RunDirectory| folder.name().contains(MARK) && !has(folder, MANIFEST_FILE);
    Ok(folders(root)?.into_iter().filter(is_probe).collect())
}

/// The probe with this path, name or unique prefix.
fn find(known: &[RunDirectory], wanted: &str) -> Result<RunDirectory, PipelineError> {
    let path = Path::new(wanted);
    if path.components().count() > 1 {
        return RunDirectory::open(path).map_err(|error| PipelineError::usage(error.to_string()));
    }
    let exact = known.iter().find(|folder| folder.name() == wanted);
    let starts = |folder: &&RunDirectory| !wanted.is_empty() && folder.name().starts_with(wanted);
    let candidates: Vec<&RunDirectory> =
        exact.map_or_else(|| known.iter().filter(starts).collect(), |one| vec![one]);
    let names = |folders: Vec<&RunDirectory>| {
        folders.into_iter().map(RunDirectory::name).collect::<Vec<_>>().join(", ")
    };
    match candidates.as_slice() {
        [folder] => Ok((*folder).clone()),
        [] if known.is_empty() => {
            let message =
                format!("no probe {wanted:?}: there is none beside the run; `corater probe` makes one");
            Err(PipelineError::usage(message))
        }
        [] => {
            let there = names(known.iter().collect());
            Err(PipelineError::usage(format!("no probe {wanted:?} beside the run; there are {there}")))
        }
        _ => {
            let meant = names(candidates);
            Err(PipelineError::usage(format!("{wanted:?} can mean several probes: {meant}")))
        }
    }
}

/// The findings of a probe; `None` if it has none.
fn report(folder: &RunDirectory) -> Result<Option<ProbeReport>, PipelineError> {
    if !has(folder, "findings.json") || folder.stale()?.is_some() {
        return Ok(None);
    }
    let name = folder.name();
    let broken = |file: &str, error: String| {
        PipelineError::usage(format!("{}: {error}; probe again", folder.file(file).display()))
    };
    let findings = formats::json::read_probe(&folder.read("findings.json")?)
        .map_err(|error| broken("findings.json", error.to_string()))?;
    let settings: ProbeSettings = serde_json::from_slice(&folder.read("settings.json")?)
        .map_err(|error| broken("settings.json", error.to_string()))?;
    let ProbeSettings { judge_digests, rubric_digest } = settings;
    Ok(Some(ProbeReport { findings, judges: judge_digests, rubric: rubric_digest, name }))
}

fn has(folder: &RunDirectory, file: &str) -> bool {
    folder.file(file).is_file()
}
