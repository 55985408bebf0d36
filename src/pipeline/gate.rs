//! The `gate` verb: checks a run's findings against criteria declared with the run or in a file.

mod probes;

use std::{collections::BTreeMap, path::Path};

use self::probes::Probes;
use super::{PipelineError, outputs, report, stored};
use crate::{
    analysis::{
        Findings,
        gate::{ErrorChanges, GateFinding, GateProbes, JudgedRun, error_changes, gate},
    },
    config::{self, ConfigSource},
    domain::{Criteria, Digest, Rating, Session},
    report as formats,
    store::{Manifest, RunDirectory, artifact, run::MANIFEST_FILE},
};

/// Options of the command line.
#[derive(Debug, Clone, Copy)]
pub struct GateRequest<'a> {
    /// Folder of runs.
    pub runs: &'a Path,
    /// The run: a path, a name, `latest` or a unique prefix.
    pub run: &'a str,
    /// Path of a file of criteria that replaces the experiment's.
    pub criteria: Option<&'a Path>,
    /// The earlier run that replaces the one in the criteria.
    pub baseline: Option<&'a str>,
    /// Probes that replace those in the criteria and those beside the run.
    pub probes: &'a [String],
}

/// Checks a stored run against its criteria. Makes no call and changes no file.
///
/// # Errors
/// The run, the earlier run or the criteria cannot be read, or the criteria name an item that the run does not have.
pub fn decide(request: GateRequest<'_>) -> Result<GateFinding, PipelineError> {
    let run = stored::find(request.runs, request.run)?;
    let manifest = Manifest::decode(&run.read(MANIFEST_FILE)?)?;
    let criteria = criteria(&manifest, request.criteria)?;
    let findings = report::findings(&run)?;
    check_names(&findings, &criteria)?;
    let wanted = request.baseline.or_else(|| criteria.regression.as_ref()?.baseline.as_deref());
    let earlier = match (&criteria.regression, wanted) {
        (Some(_), Some(wanted)) => changes(&findings, &run, &stored::find(request.runs, wanted)?)?,
        _ => BTreeMap::new(),
    };
    let named = match (&criteria.probes, request.probes) {
        (Some(limits), []) => &limits.reports,
        (_, named) => named,
    };
    let probes = match &criteria.probes {
        Some(_) => Probes::read(&run, request.runs, named)?,
        None => Probes::default(),
    };
    let rubric = Digest::of_value(&manifest.experiment["rubric"]);
    let probed = GateProbes {
        reports: &probes.reports,
        unfinished: &probes.unfinished,
        judges: Some(&manifest.judges),
        rubric: Some(rubric),
    };
    Ok(gate(&findings, &criteria, &earlier, probed))
}

fn criteria(manifest: &Manifest, file: Option<&Path>) -> Result<Criteria, PipelineError> {
    if let Some(path) = file {
        return Ok(config::load_criteria(&ConfigSource::File(path.to_owned()))?);
    }
    let declared = manifest.experiment.get("gates").cloned().unwrap_or_default();
    // Manifests of versions before gates declare none.
    if declared.is_null() {
        return Ok(Criteria::default());
    }
    serde_json::from_value(declared)
        .map_err(|error| PipelineError::usage(format!("{MANIFEST_FILE}, key gates: {error}")))
}

fn check_names(findings: &Findings, criteria: &Criteria) -> Result<(), PipelineError> {
    let known: Vec<&str> = findings.items.iter().map(|item| item.id.as_str()).collect();
    let named = [&criteria.gap_to_ceiling, &criteria.bias_by_arm].into_iter().flatten();
    let unknown = named.flat_map(|on| on.items.iter().flatten()).find(|item| !known.contains(&item.as_str()));
    match unknown {
        Some(item) => Err(PipelineError::usage(format!(
            "the criteria name the item {item:?}, the run has {}",
            known.join(", ")
        ))),
        None => Ok(()),
    }
}

fn changes(
    findings: &Findings,
    run: &RunDirectory,
    earlier: &RunDirectory,
) -> Result<BTreeMap<String, ErrorChanges>, PipelineError> {
    let (now, before) = (stored(run)?, stored(earlier)?);
    let now = JudgedRun { sessions: &now.0, ratings: &now.1 };
    let before = JudgedRun { sessions: &before.0, ratings: &before.1 };
    let of = |judge: &String| (judge.clone(), error_changes(now, before, judge));
    Ok(findings.judges.iter().map(|judge| of(&judge.id)).collect())
}

fn stored(run: &RunDirectory) -> Result<(Vec<Session>, Vec<Rating>), PipelineError> {
    let sessions = artifact::decode_sessions(&run.read("sessions.jsonl")?)?;
    Ok((sessions, artifact::decode_ratings(&run.read("ratings.jsonl")?)?))
}

/// Writes an outcome to a file, in the format given by its ending.
///
/// # Errors
/// The ending has no format, or the file cannot be written.
pub fn write(finding: &GateFinding, run: &str, target: &Path) -> Result<(), PipelineError> {
    let bytes = match outputs::ending(target) {
        "json" => formats::json::gate(finding),
        "xml" => formats::gate::junit(finding, run)?.into_bytes(),
        _ => return Err(outputs::unknown_ending(target, &outputs::OF_GATE)),
    };
    outputs::write(target, &bytes)
}
