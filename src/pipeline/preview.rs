//! `plan --show`: the exact requests of a task, as they would be sent. Requests that depend on earlier replies are
//! built from the ledger; if a reply is missing there, the preview says so instead of guessing.

use super::{PipelineError, RunSettings, Study, asking, coherence, ethics, unit};
use crate::{
    chat::{Chat, Failure, Origin, Reply, Request},
    domain::{Arm, Session, transcript},
    execute::{Event, Executor, LedgerPolicy},
    judging,
    plan::{Task, TaskKind},
    store::{Ledger, origin_of},
};

/// The requests of a task that are known now.
#[derive(Debug, Clone, PartialEq)]
pub struct Preview {
    /// The requests in order.
    pub requests: Vec<Request>,
    /// Why there may be more: the next one depends on a reply that the ledger does not contain.
    pub more: Option<String>,
}

/// The task with this id or unique prefix.
///
/// # Errors
/// No task or several tasks match.
pub fn find<'s>(study: &'s Study, wanted: &str) -> Result<&'s Task, PipelineError> {
    let mut found = study.plan.tasks.iter().filter(|task| task.id.as_str().starts_with(wanted));
    match (found.next(), found.next()) {
        (Some(task), None) => Ok(task),
        (Some(_), Some(_)) => {
            Err(PipelineError::usage(format!("several tasks start with `{wanted}`: give more digits")))
        }
        (None, _) => {
            Err(PipelineError::usage(format!("no task `{wanted}`; `corater plan --tasks` lists them")))
        }
    }
}

/// A chat that answers from the ledger and records every request.
struct Recording<'e> {
    executor: &'e Executor,
    /// Origin of the task's questions.
    origin: Origin,
    asked: std::sync::Mutex<Vec<Request>>,
}

impl Chat for Recording<'_> {
    async fn ask(&self, request: Request) -> Result<Reply, Failure> {
        self.asked.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(request.clone());
        self.executor.ask_of(&self.origin, request).await
    }
}

/// Builds the requests of a task without sending anything.
///
/// # Errors
/// The ledger cannot be read, or a prompt does not render.
///
/// # Panics
/// Never: a plan contains only the study's sessions.
pub async fn preview(study: &Study, task: &Task) -> Result<Preview, PipelineError> {
    let experiment = &study.experiment;
    super::folder::private(&experiment.run.directory)?;
    let ledger = Ledger::open(&experiment.run.directory.join("ledger.db")).await?;
    let settings = RunSettings {
        flags: LedgerPolicy { offline: true, ..LedgerPolicy::default() },
        ..RunSettings::default()
    };
    let executor = asking::executor(study, settings, ledger, Box::new(|_: &Event| ()))?;
    let source = study
        .sources()
        .find(|session| session.id == task.source)
        .expect("a plan is made of the study's sessions");
    let recording =
        Recording { executor: &executor, origin: origin_of(source), asked: std::sync::Mutex::default() };
    let ended = ask(study, &recording, source, task).await;
    let requests = recording.asked.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    executor.close().await?;
    ended.map(|more| Preview { requests, more })
}

async fn ask(
    study: &Study,
    chat: &Recording<'_>,
    source: &Session,
    task: &Task,
) -> Result<Option<String>, PipelineError> {
    let open = |failure: Failure| Ok(Some(failure.message));
    let (arm, epoch) = match &task.kind {
        TaskKind::Reconstruct { condition, epoch } => (Arm::Condition(condition.clone()), *epoch),
        TaskKind::Score { arm, epoch, .. }
        | TaskKind::ScoreAll { arm, epoch, .. }
        | TaskKind::Flag { arm, epoch, .. }
        | TaskKind::Ethics { arm, epoch, .. }
        | TaskKind::Coherence { arm, epoch } => (arm.clone(), *epoch),
    };
    let session = match session_of(study, chat, source, &arm, epoch).await {
        Ok(session) => session,
        Err(failure) => return open(failure),
    };
    if !matches!(task.kind, TaskKind::Reconstruct { .. }) {
        // Only the task's own requests are shown, not those of the reconstruction it needs.
        chat.asked.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clear();
    }
    let answer = match &task.kind {
        TaskKind::Reconstruct { .. } => Ok(()),
        TaskKind::Score { judge, item, draw, .. } => rate(study, chat, &session, (judge, item, *draw)).await,
        TaskKind::ScoreAll { judge, draw, .. } => rate_all(study, chat, &session, judge, *draw).await,
        TaskKind::Flag { judge, .. } => flag(study, chat, &session, judge).await,
        TaskKind::Ethics { judge, risk, draw, .. } => {
            let judge = study.experiment.judge(judge).expect("tasks name judges of the experiment");
            ethics::ask_one(study, chat, &session, judge, (risk, *draw)).await
        }
        TaskKind::Coherence { .. } => grades(study, chat, &session).await,
    };
    answer.map_or_else(open, |()| Ok(None))
}

async fn session_of(
    study: &Study,
    chat: &Recording<'_>,
    source: &Session,
    arm: &Arm,
    epoch: u32,
) -> Result<Session, Failure> {
    let Arm::Condition(id) = arm else { return Ok(source.clone()) };
    let condition = study.plan.condition(id).expect("tasks name conditions of their plan");
    unit::reconstruct(study, chat, source, condition, epoch).await.map(|done| done.session)
}

async fn rate(
    study: &Study,
    chat: &Recording<'_>,
    session: &Session,
    (judge, item, number): (&crate::domain::RaterId, &crate::domain::ItemId, u32),
) -> Result<(), Failure> {
    let experiment = &study.experiment;
    let judge = experiment.judge(judge).expect("tasks name judges of the experiment");
    let transcript = transcript::render(&session.turns);
    let asked = unit::asked(study, judge, session, &transcript);
    let item = asked.rubric.item(item).expect("tasks name items of the rubric");
    judging::draw(chat, judging::DrawJob { asked, item, number }).await.map(drop)
}

async fn rate_all(
    study: &Study,
    chat: &Recording<'_>,
    session: &Session,
    judge: &crate::domain::RaterId,
    number: u32,
) -> Result<(), Failure> {
    let judge = study.experiment.judge(judge).expect("tasks name judges of the experiment");
    let transcript = transcript::render(&session.turns);
    let asked = unit::asked(study, judge, session, &transcript);
    let items = unit::ordered(study, session);
    judging::draw_all(chat, asked, &items, number).await.map(drop)
}

async fn flag(
    study: &Study,
    chat: &Recording<'_>,
    session: &Session,
    judge: &crate::domain::RaterId,
) -> Result<(), Failure> {
    let experiment = &study.experiment;
    let spec = experiment.flags.as_ref().expect("flag tasks exist only where flags are asked for");
    let judge = experiment.judge(judge).expect("tasks name judges of the experiment");
    let model = experiment.model(&judge.model).expect("judges name models");
    let lexicon = study.lexicon(&session.provenance.language).expect("flag tasks exist only with a lexicon");
    let found = judging::scan(session, lexicon);
    judging::check(chat, &spec.prompt, model, lexicon, session, found).await.map(drop)
}

/// Asks every question about the session; an answer missing in the ledger does not keep others back.
async fn grades(study: &Study, chat: &Recording<'_>, session: &Session) -> Result<(), Failure> {
    let (_, failures) = coherence::grades(study, chat, session).await;
    failures.into_iter().next().map_or(Ok(()), |(_, failure)| Err(failure))
}
