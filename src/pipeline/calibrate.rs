//! The `calibrate` verb: fits maps on a stored run, and checks an earlier fit on a run that judged the same texts
//! again. Makes no call and changes only the requested files.

use std::path::{Path, PathBuf};

use super::{
    PipelineError, input_file, outputs,
    stored::{self, StoredRun},
};
use crate::{
    analysis::calibration::{self, Calibration, CalibrationCheck, RejudgedRun},
    config::InputFile,
    dataset::Problem,
    report as formats,
};

/// Fits the maps of every judge of a stored run.
///
/// # Errors
/// The run cannot be found or read, has no judge, or is of a version that did not store what calibration needs.
pub fn fit(runs: &Path, run: &str) -> Result<Calibration, PipelineError> {
    let run = stored(runs, run)?;
    let judges = run.judge_inputs();
    let inputs = run.inputs(&judges);
    Ok(calibration::fit(&inputs, &run.name, &run.judges))
}

/// Checks a calibration on a stored run that judged the anchor sessions again. `earlier` are files of earlier
/// checks of the same calibration, oldest first.
///
/// # Errors
/// The run or a file cannot be found or read, or an earlier check belongs to another calibration.
pub fn check(
    runs: &Path,
    run: &str,
    file: &Path,
    earlier: &[PathBuf],
) -> Result<CalibrationCheck, PipelineError> {
    let checks = earlier.iter().map(|path| read_check(path)).collect::<Result<Vec<_>, _>>()?;
    let (calibration, _) = read(file)?;
    let run = stored(runs, run)?;
    let StoredRun { sessions, ratings, rubric, judges, .. } = &run;
    let check =
        calibration::check(&calibration, RejudgedRun { sessions, ratings, rubric, identities: judges });
    check.after(&checks).map_err(|other| {
        PipelineError::Data(vec![Problem {
            path: earlier[other].display().to_string(),
            line: None,
            message: format!(
                "a check of the calibration on {}, not of the one on {}",
                checks[other].calibrated_on, calibration.run
            ),
            hint: Some("give earlier checks of the same calibration only".into()),
        }])
    })
}

fn read_check(path: &Path) -> Result<CalibrationCheck, PipelineError> {
    let (text, _) = input_file::file(path, "earlier check")?;
    formats::json::read_calibration_check(text.as_bytes()).map_err(|error| {
        PipelineError::Data(vec![Problem {
            path: path.display().to_string(),
            line: None,
            message: format!("not the outcome of a check: {error}"),
            hint: Some("write one with `corater calibrate RUN --check FILE.json -o CHECK.json`".into()),
        }])
    })
}

/// Reads a stored run that identifies its judges by more than their names.
fn stored(runs: &Path, run: &str) -> Result<StoredRun, PipelineError> {
    let directory = stored::find(runs, run)?;
    let run = StoredRun::read(&directory)?;
    if run.judges.is_empty() {
        return Err(PipelineError::usage(format!(
            "{}: no judge, or written by a version that did not keep what shaped the judges' scores; run the \
             experiment again (its replies are in the ledger)",
            directory.path().display()
        )));
    }
    Ok(run)
}

/// Reads a calibration file.
///
/// # Errors
/// The file does not exist, is not JSON, or has another format.
pub(super) fn read(path: &Path) -> Result<(Calibration, InputFile), PipelineError> {
    let (text, input) = input_file::file(path, "calibration")?;
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

/// Writes a calibration to a file.
///
/// # Errors
/// The ending is not `.json`, or the file cannot be written.
pub fn write(calibration: &Calibration, target: &Path) -> Result<(), PipelineError> {
    json(target, &formats::json::calibration(calibration))
}

/// Writes the outcome of a check to a file.
///
/// # Errors
/// The same as [`write`].
pub fn write_check(check: &CalibrationCheck, target: &Path) -> Result<(), PipelineError> {
    json(target, &formats::json::calibration_check(check))
}

fn json(target: &Path, bytes: &[u8]) -> Result<(), PipelineError> {
    match outputs::ending(target) {
        "json" => outputs::write(target, bytes),
        _ => Err(outputs::unknown_ending(target, &outputs::OF_CALIBRATION)),
    }
}
