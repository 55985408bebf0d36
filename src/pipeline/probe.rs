//! The `probe` verb: asks a study's judges about changed twins of its recorded sessions, with the executor and ledger
//! of a run. Its findings go into a folder of their own and into no score of the study.

mod asking;

use std::path::{Path, PathBuf};

use serde_json::json;

use self::asking::{Answers, PER_SESSION, ask, templates};
use super::{
    Operations, PipelineError, Study,
    asking::{Asking, RunListener, RunSettings},
    collected::RunMaterial,
    forecast, report as files,
    task_failure::TaskFailure,
    write::pretty,
};
use crate::{
    analysis::probe::{ProbeFindings, ProbeInputs, ProbeLength, ProbedJudge, analyse},
    config::{JudgeForm, JudgeSpec, Model},
    domain::{Digest, RatingOutcome, of_language},
    execute::{Halt, StopLevel},
    plan::{
        self, Forecast,
        probe::{CLEAN, PADDED, ProbePlan, ProbeText},
        twin,
    },
    report,
    store::{RunDirectory, RunWriter, artifact},
};

/// Result of a probe.
#[derive(Debug)]
pub struct ProbeOutcome {
    /// Path of its folder.
    pub directory: PathBuf,
    /// The findings; `None` if the probe was stopped early.
    pub findings: Option<ProbeFindings>,
    /// Questions without an answer.
    pub failures: Vec<TaskFailure>,
    /// Calls, tokens and costs.
    pub operations: Operations,
    /// Why it stopped itself early; `None` also if it was told to stop.
    pub halt: Option<Halt>,
}

/// Plans the probes of a study. If a stored run is given, its reconstructions of the chosen sessions are included.
///
/// # Errors
/// The study has no judge or session, or the stored run cannot be read or has nothing of the study.
pub fn plan(study: &Study, run: Option<&str>) -> Result<ProbePlan, PipelineError> {
    if study.experiment.judges.is_empty() {
        return Err(PipelineError::usage("the experiment declares no judge: there is nothing to probe"));
    }
    let reconstructed = match run {
        None => Vec::new(),
        Some(name) => {
            let run = super::stored::find(&study.experiment.run.directory, name)?;
            super::score::stored(study, &run)?.into_iter().filter(|session| session.mode.is_some()).collect()
        }
    };
    Ok(ProbePlan::new(&study.experiment, &study.dataset.sessions, &reconstructed))
}

/// Forecast cost of a probe.
///
/// # Errors
/// The ledger exists and cannot be read.
pub async fn expected(study: &Study, plan: &ProbePlan) -> Result<Forecast, PipelineError> {
    let usual = forecast::usual(study).await?;
    Ok(Forecast::of_probe(plan, &study.experiment, &usual))
}

/// Carries out a probe.
///
/// # Errors
/// The ledger or the folder cannot be used, or the executor cannot be set up. Failed calls are part of the outcome.
pub async fn probe(
    study: &Study,
    plan: &ProbePlan,
    settings: RunSettings,
    listener: RunListener,
    forecast: Forecast,
) -> Result<ProbeOutcome, PipelineError> {
    let options = &study.experiment.run;
    super::folder::private(&options.directory)?;
    let writer = RunDirectory::create(&options.directory, &format!("{}-probe", options.name), &plan.digest)?;
    // Written before any call, because `forget` uses it to find what an interrupted probe left in the ledger.
    let texts = plan.texts.iter().map(|text| &text.session);
    writer.stream("sessions.jsonl", |out| artifact::write_sessions(texts, out))?;
    let prompts = templates(plan)?;
    let stop = settings.stop.clone();
    let asking = Asking::open(study, settings, listener).await?;
    let mut answers = Answers::default();
    let questions =
        plan.questions.iter().map(|question| ask(study, plan, &prompts, asking.executor(), question));
    let width = asking.sessions().saturating_mul(PER_SESSION);
    asking.each(questions, width, |answer| answers.add(answer)).await;
    let (summary, spent) = asking.close().await?;
    answers.sort();
    let operations = Operations::of(study, summary, spent, Some(forecast), &RunMaterial::default())
        .with_faults(answers.draws.iter());
    let findings = match stop.level() {
        StopLevel::Run => Some(written(study, plan, &writer, &answers, &operations)?),
        _ => None,
    };
    let directory = writer.directory().path().to_owned();
    Ok(ProbeOutcome { directory, findings, failures: answers.failures, operations, halt: stop.halted() })
}

/// Analyzes the answers and writes every file of the probe.
fn written(
    study: &Study,
    plan: &ProbePlan,
    writer: &RunWriter,
    answers: &Answers,
    operations: &Operations,
) -> Result<ProbeFindings, PipelineError> {
    let findings = findings(study, plan, answers);
    let name = writer.directory().name();
    let html = report::html::probe(&findings, &name)?;
    let experiment = &study.experiment;
    let settings = json!({
        "format": "corater-probe-settings/1",
        "seed": experiment.seed,
        "rubric": experiment.rubric.id,
        "rubric_digest": Digest::of_value(&experiment.rubric),
        "judge_digests": plan::judge_identities(experiment),
        "judges": experiment.judges,
        "models": experiment.models,
        "probes": experiment.probes,
        "plan": plan.digest,
    });
    writer.write("settings.json", &pretty(&settings))?;
    writer.write("answers.csv", &report::probe::answers(&answers.scores, &answers.guesses))?;
    writer.write("usage.json", &pretty(&operations.usage(&answers.failures)))?;
    writer.write("estimates.csv", &report::csv::estimates(&findings.estimates))?;
    writer.write("report.md", report::probe::markdown(&findings).as_bytes())?;
    writer.write("report.html", html.as_bytes())?;
    writer.write("findings.json", &report::json::probe(&findings))?;
    Ok(findings)
}

fn findings(study: &Study, plan: &ProbePlan, answers: &Answers) -> ProbeFindings {
    let experiment = &study.experiment;
    let spec = &experiment.probes;
    let judge = |judge: &JudgeSpec| ProbedJudge {
        id: judge.id.clone(),
        baseline: experiment.model(&judge.model).is_some_and(Model::is_baseline),
        single_call: judge.form == JudgeForm::SingleCall,
    };
    let judges: Vec<ProbedJudge> = experiment.judges.iter().map(judge).collect();
    let against = match spec.texts.observation_order.as_slice() {
        [first, second] => vec![(second.id.clone(), first.id.clone())],
        _ => Vec::new(),
    };
    analyse(&ProbeInputs {
        description: &experiment.description,
        seed: experiment.seed,
        bootstrap: experiment.run.bootstrap,
        scale: experiment.rubric.scale,
        sessions: &plan.sessions,
        items: &plan.items,
        judges: &judges,
        kinds: &spec.kinds,
        attacks: &spec.texts.attacks,
        against: &against,
        scores: &answers.scores,
        guesses: &answers.guesses,
        lengths: &lengths(plan),
        limits: &spec.limits,
        synthetic: plan.texts.iter().any(|text| text.session.provenance.synthetic),
        failed: answers.failures.len(),
        notes: &notes(study, plan, answers),
    })
}

/// Lengths of the unchanged sessions and of their padded twins.
fn lengths(plan: &ProbePlan) -> Vec<ProbeLength> {
    let length = |text: &ProbeText| {
        let padded = plan.texts.iter().find(|other| other.of == text.of && other.variant == PADDED);
        ProbeLength {
            session: text.of.clone(),
            words: twin::counselor_words(&text.session),
            padded: padded.map(|text| twin::counselor_words(&text.session)),
        }
    };
    plan.texts.iter().filter(|text| text.variant == CLEAN).map(length).collect()
}

/// Remarks that every report repeats.
fn notes(study: &Study, plan: &ProbePlan, answers: &Answers) -> Vec<String> {
    let mut notes: Vec<String> = plan
        .unplaced
        .iter()
        .map(|(variant, sessions)| format!("{variant}: nothing to change, sessions left out: {sessions}"))
        .collect();
    let spoken = &study.experiment.probes.texts.language;
    let is_spoken = |text: &ProbeText| {
        of_language(std::slice::from_ref(spoken), |tag| tag, &text.session.provenance.language)
    };
    let other = |text: &&ProbeText| text.recorded && is_spoken(text).is_none();
    let mut foreign: Vec<&str> =
        plan.texts.iter().filter(other).map(|text| text.session.provenance.language.as_str()).collect();
    foreign.sort_unstable();
    foreign.dedup();
    if !foreign.is_empty() {
        notes.push(format!("the probes' texts are in {spoken}, some sessions in {}", foreign.join(", ")));
    }
    if plan.texts.iter().any(|text| text.session.provenance.synthetic) {
        notes.push(
            "some sessions are invented: what a judge does with them need not be what it does with others"
                .into(),
        );
    }
    let unusable =
        answers.scores.iter().filter(|score| matches!(score.outcome, RatingOutcome::Unusable { .. })).count();
    if unusable > 0 {
        notes.push(format!("answers without a usable score: {unusable} of {}", answers.scores.len()));
    }
    let failed = answers.failures.len();
    if failed > 0 {
        notes.push(format!("INCOMPLETE: questions without an answer: {failed} (usage.json lists them)"));
    }
    notes
}

/// Copies a report of a probe to a path, in the format given by its ending.
///
/// # Errors
/// There is no report with this ending, or a file cannot be read or written.
pub fn copy(directory: &Path, target: &Path) -> Result<(), PipelineError> {
    files::copy(directory, target)
}
