//! Owns `calibrate`: maps fitted on a stored run, and the check of an earlier fit against a run that judged the same
//! texts again. Makes no call and changes no file but the one that is asked for.

use std::{collections::BTreeMap, path::Path};

use super::{PipelineError, report, score, study};
use crate::{
    analysis::{
        Inputs, JudgeInput, Margins,
        calibration::{self, Calibration, CalibrationCheck, Judged},
    },
    config::InputFile,
    dataset::Problem,
    domain::{Digest, ItemId, RaterId, Rating, Rubric, Session},
    report as formats,
    store::{Manifest, RunDirectory, artifact, run::MANIFEST_FILE},
};

/// Everything of a stored run that a calibration reads.
struct Held {
    name: String,
    sessions: Vec<Session>,
    ratings: Vec<Rating>,
    rubric: Rubric,
    items: Vec<ItemId>,
    judges: BTreeMap<String, Digest>,
    instructions: Option<Digest>,
}

impl Held {
    fn of(run: &RunDirectory) -> Result<Self, PipelineError> {
        let manifest = Manifest::decode(&run.read(MANIFEST_FILE)?)?;
        let (path, experiment) = (run.path(), manifest.experiment);
        let key = |key: &str| experiment.get(key).cloned().unwrap_or_default();
        let unreadable = |key: &str| {
            let file = path.join(MANIFEST_FILE);
            PipelineError::usage(format!("{}, key {key}: not as this version writes it", file.display()))
        };
        let rated = manifest.judges;
        let judged = key("judges").as_array().is_some_and(|judges| !judges.is_empty());
        if judged && rated.is_empty() {
            return Err(PipelineError::usage(format!(
                "{}: written by a version that did not keep what shaped the judges' scores; run the experiment \
                 again (its replies are in the ledger)",
                path.display()
            )));
        }
        Ok(Self {
            name: path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default(),
            sessions: artifact::decode_sessions(&run.read("sessions.jsonl")?)?,
            ratings: artifact::decode_ratings(&run.read("ratings.jsonl")?)?,
            rubric: serde_json::from_value(key("rubric")).map_err(|_| unreadable("experiment.rubric"))?,
            items: serde_json::from_value(key("items")).map_err(|_| unreadable("experiment.items"))?,
            judges: rated,
            instructions: manifest.instructions,
        })
    }
}

/// Fits the maps of every judge of a stored run.
///
/// # Errors
/// The run cannot be found or read, has no judge, or was written by a version that did not keep what calibration needs.
pub fn fit(runs: &Path, run: &str) -> Result<Calibration, PipelineError> {
    let run = Held::of(&score::find(runs, run)?)?;
    if run.judges.is_empty() {
        return Err(PipelineError::usage(format!("the run {} has no judge to calibrate", run.name)));
    }
    let judge = |(id, identity): (&String, &Digest)| {
        let id = RaterId::new(id.clone()).ok()?;
        Some(JudgeInput { id, baseline: false, identity: Some(*identity) })
    };
    let judges: Vec<JudgeInput> = run.judges.iter().filter_map(judge).collect();
    let inputs = Inputs {
        description: "",
        sessions: &run.sessions,
        ratings: &run.ratings,
        out_of_scale: &[],
        flags: &[],
        flags_enabled: false,
        flag_judge: None,
        flags_undefined: &[],
        categories: &[],
        rubric: &run.rubric,
        items: &run.items,
        conditions: &[],
        judges: &judges,
        margins: Margins::default(),
        reference: None,
        calibration: None,
        instructions: run.instructions,
        seed: 0,
        bootstrap: 0,
        notes: &[],
    };
    Ok(calibration::fit(&inputs, &run.name, &run.judges))
}

/// Holds a calibration against a stored run that judged the anchor sessions again.
///
/// # Errors
/// The run or the file cannot be found or read.
pub fn check(runs: &Path, run: &str, file: &Path) -> Result<CalibrationCheck, PipelineError> {
    let (calibration, _) = read(file)?;
    let run = Held::of(&score::find(runs, run)?)?;
    let Held { sessions, ratings, rubric, judges, .. } = &run;
    Ok(calibration::check(&calibration, Judged { sessions, ratings, rubric, identities: judges }))
}

/// Reads a calibration file.
///
/// # Errors
/// It is not there, not JSON, or of another format.
pub(super) fn read(path: &Path) -> Result<(Calibration, InputFile), PipelineError> {
    let (text, input) = study::file(path, "calibration")?;
    let found = formats::json::read_calibration(text.as_bytes()).map_err(|error| {
        PipelineError::Data(vec![Problem {
            path: path.display().to_string(),
            line: None,
            message: format!("not a calibration: {error}"),
            hint: Some("write one with `corater calibrate RUN -o FILE.json`".into()),
        }])
    })?;
    Ok((found, input))
}

/// Writes a calibration where the user pointed.
///
/// # Errors
/// Another ending than `.json`, or a file that cannot be written.
pub fn write(calibration: &Calibration, target: &Path) -> Result<(), PipelineError> {
    json(target, &formats::json::calibration(calibration))
}

/// Writes the outcome of a check where the user pointed.
///
/// # Errors
/// As [`write`].
pub fn write_check(check: &CalibrationCheck, target: &Path) -> Result<(), PipelineError> {
    json(target, &formats::json::calibration_check(check))
}

fn json(target: &Path, bytes: &[u8]) -> Result<(), PipelineError> {
    match report::ending(target) {
        "json" => report::write_file(target, bytes),
        other => Err(report::unknown_ending(other, ".json")),
    }
}
