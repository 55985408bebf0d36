//! `doctor`: checks what a run depends on before it is made.

use std::{fmt::Write as _, time::Duration};

use super::{
    super::{args::DoctorArgs, diagnostic::Diagnostic, exit::Exit, output},
    run::runtime,
    study,
};
use crate::cli::diagnostic::CommandResult;
use crate::{
    config::{self, ConfigSource, Environment},
    pipeline::{
        PipelineError,
        doctor::{Check, CheckState, Diagnosis, DoctorCheck, examine},
    },
};

pub(super) fn doctor(args: &DoctorArgs) -> CommandResult {
    let environment = study::environment_with(args.env_file.as_deref())?;
    let load = |named: &String| {
        let changes = study::changes(&args.set)?;
        config::load(&ConfigSource::of_argument(named), &environment, &changes)
            .map_err(|problems| Diagnostic::from(PipelineError::from(problems)))
    };
    let experiment = args.experiment.as_ref().map(load).transpose()?;
    let runs = match &experiment {
        Some(experiment) => experiment.run.directory.clone(),
        None => args.runs.clone(),
    };
    let timeout = Duration::from_secs(u64::from(args.timeout.get()));
    let look =
        DoctorCheck { runs: &runs, process: &Environment::of_process(), offline: args.offline, timeout };
    let diagnosis = runtime()?.block_on(examine(experiment.as_ref(), &environment, look))?;
    if args.json {
        let text = serde_json::to_string_pretty(&diagnosis)
            .map_err(|error| Diagnostic::usage(format!("error: {error}")))?;
        output::data(&text);
    } else {
        output::data(&told(&diagnosis));
    }
    Ok(if diagnosis.healthy { Exit::Ok } else { Exit::Incomplete })
}

fn told(diagnosis: &Diagnosis) -> String {
    let mut text = format!("corater {}\n", diagnosis.version);
    for check in &diagnosis.checks {
        line(&mut text, check);
    }
    text
}

fn line(text: &mut String, check: &Check) {
    let mark = match check.state {
        CheckState::Passed => "ok",
        CheckState::Failed => "FAIL",
        CheckState::Skipped => "-",
    };
    let _ = writeln!(text, "{mark:<5}{:<9} {}: {}", check.check, check.subject, check.message);
    for (name, value) in &check.facts {
        let _ = writeln!(text, "     {name}: {value}");
    }
}
