//! The `check-aligner` verb: asks the experiment's aligner about recorded counselor turns, for which the answer is
//! known, with the executor and ledger of a run. Its results are not part of a run.

use std::path::Path;

use super::{
    Operations, PipelineError, Study,
    asking::{Asking, RunListener, RunSettings},
    coherence,
    collected::RunMaterial,
    outputs,
    task_failure::TaskFailure,
};
use crate::{
    analysis::alignment::{AlignmentFindings, AlignmentInputs, analyse},
    chat::{Chat, ChatOf, Failure},
    config::Model,
    domain::{AlignedAnswer, AlignerReply, Arm, Session},
    execute::{Halt, StopLevel},
    plan::{AlignQuestion, align_questions},
    report,
    sessions::{self, AlignerChoice, Helper},
    store::origin_of,
};

/// Repeat number of the calls: that of a first draw, as in a run.
const REPEAT: u64 = 1;

/// Result of checking an aligner.
#[derive(Debug)]
pub struct AlignmentOutcome {
    /// The findings; `None` if it was stopped early.
    pub findings: Option<AlignmentFindings>,
    /// Questions without an answer.
    pub failures: Vec<TaskFailure>,
    /// Calls, tokens and costs.
    pub operations: Operations,
    /// Why it stopped itself early, if it did.
    pub halt: Option<Halt>,
}

/// Number of questions, and number of sessions with one.
///
/// # Errors
/// The experiment has no aligner, or no recorded session has a choice to make.
pub fn questions(study: &Study) -> Result<(usize, usize), PipelineError> {
    aligner(study)?;
    let counts: Vec<usize> = study
        .dataset
        .sessions
        .iter()
        .map(|session| align_questions(session, study.experiment.seed).len())
        .collect();
    let (questions, sessions) = (counts.iter().sum(), counts.iter().filter(|n| **n > 0).count());
    if questions == 0 {
        return Err(PipelineError::usage(
            "no recorded counselor turn leaves a choice of client turns: sessions need three exchanges or more",
        ));
    }
    Ok((questions, sessions))
}

/// The aligner of the experiment.
fn aligner(study: &Study) -> Result<Helper<'_>, PipelineError> {
    let spec = study.experiment.reconstruct.aligner.as_ref().ok_or_else(|| {
        PipelineError::usage(
            "the experiment has no aligner: write `reconstruct: {modes: [aligned], aligner: {model: …}}`, or try \
             `--set reconstruct.modes=[aligned]` for the baseline",
        )
    })?;
    let model = study.experiment.model(&spec.model).expect("the aligner is a model of the experiment");
    Ok(Helper { model, prompt: &spec.prompt })
}

/// Asks every question and analyzes the answers.
///
/// # Errors
/// There is nothing to ask, or the ledger or executor cannot be used. Failed calls are part of the outcome.
pub async fn check(
    study: &Study,
    settings: RunSettings,
    listener: RunListener,
) -> Result<AlignmentOutcome, PipelineError> {
    questions(study)?;
    let helper = aligner(study)?;
    let options = &study.experiment.run;
    super::folder::private(&options.directory)?;
    let stop = settings.stop.clone();
    let asking = Asking::open(study, settings, listener).await?;
    let all = study.dataset.sessions.iter();
    let all = all.flat_map(|session| {
        align_questions(session, study.experiment.seed).into_iter().map(move |one| (session, one))
    });
    let questions = all.map(|(session, question)| ask(asking.executor(), helper, session, question));
    let (mut answers, mut failures) = (Vec::new(), Vec::new());
    asking
        .each(questions, asking.sessions(), |(answer, failure)| {
            answers.push(answer);
            failures.extend(failure);
        })
        .await;
    let (summary, spent) = asking.close().await?;
    answers.sort();
    failures.sort();
    let operations = Operations::of(study, summary, spent, None, &RunMaterial::default());
    let findings = (stop.level() == StopLevel::Run).then(|| found(study, helper.model, &answers));
    Ok(AlignmentOutcome { findings, failures, operations, halt: stop.halted() })
}

async fn ask(
    chat: &impl Chat,
    helper: Helper<'_>,
    session: &Session,
    question: AlignQuestion,
) -> (AlignedAnswer, Option<TaskFailure>) {
    let chat = &ChatOf::new(chat, origin_of(session));
    let AlignQuestion { counselor, next, offered } = question;
    let unused: Vec<_> = offered.iter().map(|place| &session.turns[*place]).collect();
    let number = session.turns[counselor].number;
    let (said, failure) =
        match sessions::choose(chat, helper, &session.turns[..=counselor], &unused, REPEAT).await {
            Ok(AlignerChoice::Turn(place)) => (AlignerReply::Turn { number: unused[place].number }, None),
            Ok(AlignerChoice::NoneFits) => (AlignerReply::NoneFits, None),
            Ok(AlignerChoice::Unusable) => (AlignerReply::Unreadable, None),
            Err(failure) => (AlignerReply::CallFailed, Some(failed(session, number, failure))),
        };
    let answer = AlignedAnswer {
        session: session.id.clone(),
        counselor_turn: number,
        next: session.turns[next].number,
        offered: unused.iter().map(|turn| turn.number).collect(),
        said,
    };
    (answer, failure)
}

fn failed(session: &Session, turn: u32, failure: Failure) -> TaskFailure {
    let task = format!("the client turn after turn {turn}");
    TaskFailure::of(&task, &Arm::Original, &session.source, session.epoch, failure)
}

fn found(study: &Study, model: &Model, answers: &[AlignedAnswer]) -> AlignmentFindings {
    let experiment = &study.experiment;
    analyse(&AlignmentInputs {
        description: &experiment.description,
        aligner: &coherence::name(model),
        baseline: model.is_baseline(),
        sessions: &study.dataset.sessions,
        answers,
        seed: experiment.seed,
        bootstrap: experiment.run.bootstrap,
    })
}

/// Writes the findings to a file, in the format given by its ending.
///
/// # Errors
/// The ending has no format, or the file cannot be written.
pub fn write(findings: &AlignmentFindings, target: &Path) -> Result<(), PipelineError> {
    let bytes = match outputs::ending(target) {
        "json" => report::json::alignment(findings),
        "csv" => report::csv::estimates(&findings.estimates),
        _ => return Err(outputs::unknown_ending(target, &outputs::OF_ALIGNMENT)),
    };
    outputs::write(target, &bytes)
}
