//! The work on one session of one arm: reconstructs it unless it is recorded, then rates and flags it.

use futures::{StreamExt, stream};

use super::{Study, asking::PER_SESSION, coherence, ethics, task_failure::TaskFailure, usable::UsableWatch};
use crate::{
    chat::{Chat, ChatOf, Failure},
    config::{JudgeForm, JudgeSpec},
    domain::{
        AnswerGrade, Assessment, Condition, Digest, Draw, Flag, Item, Mode, Rating, Session, Unusable,
        transcript,
    },
    judging::{self, DrawJob, FoldedRating, JudgeContext},
    plan,
    sessions::{self, ConversationEnd, Helper, Job, Reconstruction},
    store::origin_of,
};

/// One session of one arm.
#[derive(Debug, Clone, Copy)]
pub(super) enum Unit<'s> {
    /// An existing session: recorded, or stored by an earlier run.
    Stored(&'s Session),
    /// A session that this run reconstructed earlier.
    Reached(&'s UnitSession),
    /// A session to be reconstructed.
    Reconstruct { source: &'s Session, condition: &'s Condition, epoch: u32 },
}

/// Result of the work.
#[derive(Debug, Default)]
pub(super) struct UnitDone {
    pub(super) session: Option<Session>,
    pub(super) ratings: Vec<Rating>,
    pub(super) flags: Vec<Flag>,
    /// Judges' assessments of ethics risks.
    pub(super) assessments: Vec<Assessment>,
    /// Grades of its exchanges.
    pub(super) grades: Vec<AnswerGrade>,
    /// Why a reconstruction ended before all client turns were used, if it did.
    pub(super) ended: Option<ConversationEnd>,
    /// Why the judge's flag pass was unusable, if it was.
    pub(super) unusable_flag_pass: Option<Unusable>,
    /// Number of phrases the judge added that are not in the transcript.
    pub(super) struck_flags: u32,
    pub(super) failures: Vec<TaskFailure>,
}

impl UnitDone {
    fn fail(&mut self, what: &str, session: &Session, failure: Failure) {
        self.failures.push(TaskFailure::about(what, session, failure));
    }
}

/// Does the work on one unit.
pub(super) async fn work(
    study: &Study,
    chat: &impl Chat,
    unit: Unit<'_>,
    watch: &UsableWatch<'_>,
) -> UnitDone {
    match session(study, chat, unit).await {
        Ok(UnitSession { session, ended }) => {
            let mut done = judge(study, chat, &session, Some(watch)).await;
            let (grades, failures) = coherence::grades(study, chat, &session).await;
            done.grades = grades;
            for (asked, failure) in failures {
                done.fail(&coherence::task(asked), &session, failure);
            }
            done.session = Some(session);
            done.ended = ended;
            done
        }
        Err(failure) => UnitDone { failures: vec![failure], ..UnitDone::default() },
    }
}

/// A session, with the reason if its reconstruction ended before all client turns were used.
#[derive(Debug, Clone)]
pub(super) struct UnitSession {
    pub(super) session: Session,
    pub(super) ended: Option<ConversationEnd>,
}

/// The session of a unit, reconstructed if necessary.
pub(super) async fn session(
    study: &Study,
    chat: &impl Chat,
    unit: Unit<'_>,
) -> Result<UnitSession, TaskFailure> {
    match unit {
        Unit::Reached(reached) => Ok(reached.clone()),
        Unit::Stored(session) => Ok(UnitSession { session: session.clone(), ended: None }),
        Unit::Reconstruct { source, condition, epoch } => {
            match reconstruct(study, chat, source, condition, epoch).await {
                Ok(Reconstruction { session, ended }) => {
                    Ok(UnitSession { session, ended: (ended != ConversationEnd::AllUsed).then_some(ended) })
                }
                Err(failure) => {
                    Err(TaskFailure::of("reconstruct", &condition.id, &source.id, epoch, failure))
                }
            }
        }
    }
}

/// Rates and flags a session; answers that cannot be used are watched for.
pub(super) async fn judge(
    study: &Study,
    chat: &impl Chat,
    session: &Session,
    watch: Option<&UsableWatch<'_>>,
) -> UnitDone {
    let chat = &ChatOf::new(chat, origin_of(session));
    let mut done = UnitDone::default();
    let text_digest = session.text_digest();
    for judge in &study.experiment.judges {
        rate(study, chat, judge, session, text_digest, watch, &mut done).await;
    }
    if let Some(panel) = &study.experiment.panel {
        let scale = study.experiment.rubric.scale;
        done.ratings.extend(judging::panel::panel(&panel.id, &panel.judges, &done.ratings, scale));
    }
    flag(study, chat, session, &mut done).await;
    let (assessments, failures) = ethics::assess(study, chat, session).await;
    done.assessments = assessments;
    done.failures.extend(failures);
    done
}

/// Reconstructs a recorded session under a condition of the plan.
pub(super) async fn reconstruct(
    study: &Study,
    chat: &impl Chat,
    source: &Session,
    condition: &Condition,
    epoch: u32,
) -> Result<Reconstruction, Failure> {
    let experiment = &study.experiment;
    let model = experiment.model(&condition.model).expect("conditions are made of the experiment's models");
    let prompt =
        experiment.prompt(&condition.prompt).expect("conditions are made of the experiment's prompts");
    let model_opens = study.model_opens(source);
    let helper = experiment.reconstruct.helper(condition.mode);
    let helper =
        helper.and_then(|spec| Some(Helper { model: experiment.model(&spec.model)?, prompt: &spec.prompt }));
    let context = study.context(source);
    let exchanges = experiment.reconstruct.simulated_exchanges;
    let job = Job { source, condition, model, prompt, epoch, model_opens, context, helper, exchanges };
    sessions::reconstruct(&ChatOf::new(chat, origin_of(source)), job).await
}

/// Fixed reason for items in a mode whose turns do not form one conversation.
const TURN_LEVEL: &str = "turn_level_mode";

async fn rate(
    study: &Study,
    chat: &impl Chat,
    judge: &JudgeSpec,
    session: &Session,
    text_digest: Digest,
    watch: Option<&UsableWatch<'_>>,
    done: &mut UnitDone,
) {
    let rubric = &study.experiment.rubric;
    let rated = |item: &Item| FoldedRating {
        session,
        text_digest,
        item: item.id.clone(),
        judge: judge.id.clone(),
        scale: rubric.scale,
    };
    let items = ordered(study, session);
    if session.mode == Some(Mode::TeacherForced) {
        done.ratings.extend(items.iter().map(|item| judging::fold::not_applicable(&rated(item), TURN_LEVEL)));
        return;
    }
    let transcript = transcript::render(&session.turns);
    let asked = asked(study, judge, session, &transcript);
    let draws = match judge.form {
        JudgeForm::PerItem => item_by_item(chat, asked, &items, watch, done).await,
        JudgeForm::SingleCall => all_at_once(chat, asked, &items, watch, done).await,
    };
    done.ratings.extend(items.iter().zip(draws).map(|(item, draws)| judging::rating(&rated(item), draws)));
}

/// Judge, model, rubric and session together, with the session's transcript as judges see it.
pub(super) fn asked<'s>(
    study: &'s Study,
    judge: &'s JudgeSpec,
    session: &'s Session,
    transcript: &'s str,
) -> JudgeContext<'s> {
    let model = study.experiment.model(&judge.model).expect("judges name models of the experiment");
    JudgeContext {
        judge,
        model,
        rubric: &study.experiment.rubric,
        session,
        transcript,
        schemas: &study.schemas,
    }
}

/// The items in use, in the order drawn for the session's source.
pub(super) fn ordered<'s>(study: &'s Study, session: &Session) -> Vec<&'s Item> {
    let experiment = &study.experiment;
    let order = plan::order(experiment.seed, &session.source, &experiment.items);
    order.iter().filter_map(|id| experiment.rubric.item(id)).collect()
}

/// Space for the draws of each item; kept for the whole run, so no larger than needed.
fn places(items: &[&Item], draws: u32) -> Vec<Vec<Draw>> {
    items.iter().map(|_| Vec::with_capacity(draws as usize)).collect()
}

/// Counts a judge's answers, if they are watched.
fn look<'d>(watch: Option<&UsableWatch<'_>>, judge: &JudgeSpec, draws: impl IntoIterator<Item = &'d Draw>) {
    let Some(watch) = watch else { return };
    draws.into_iter().for_each(|draw| watch.answer(judge.id.as_str(), draw));
}

/// Asks for the draws of each item, with one call for each.
async fn item_by_item(
    chat: &impl Chat,
    asked: JudgeContext<'_>,
    items: &[&Item],
    watch: Option<&UsableWatch<'_>>,
    done: &mut UnitDone,
) -> Vec<Vec<Draw>> {
    let numbers = 1..=asked.judge.draws;
    let jobs = items.iter().enumerate().flat_map(|(at, item)| numbers.clone().map(move |n| (at, *item, n)));
    let calls = jobs.map(|(index, item, number)| async move {
        (index, number, judging::draw(chat, DrawJob { asked, item, number }).await)
    });
    let mut draws = places(items, asked.judge.draws);
    let mut answers = stream::iter(calls).buffer_unordered(PER_SESSION);
    while let Some((index, number, answer)) = answers.next().await {
        let draw = answer.unwrap_or_else(|failure| {
            let what = format!("score {} draw {number} by {}", items[index].id, asked.judge.id);
            done.fail(&what, asked.session, failure);
            Draw::unusable(number, Unusable::CallFailed, false)
        });
        look(watch, asked.judge, [&draw]);
        draws[index].push(draw);
    }
    draws
}

/// Asks for the draws of each item, with one call for all items of a draw.
async fn all_at_once(
    chat: &impl Chat,
    asked: JudgeContext<'_>,
    items: &[&Item],
    watch: Option<&UsableWatch<'_>>,
    done: &mut UnitDone,
) -> Vec<Vec<Draw>> {
    let calls = (1..=asked.judge.draws)
        .map(|number| async move { (number, judging::draw_all(chat, asked, items, number).await) });
    let mut draws = places(items, asked.judge.draws);
    let mut answers = stream::iter(calls).buffer_unordered(PER_SESSION);
    while let Some((number, answer)) = answers.next().await {
        let answer = answer.unwrap_or_else(|failure| {
            done.fail(
                &format!("score all items draw {number} by {}", asked.judge.id),
                asked.session,
                failure,
            );
            items.iter().map(|_| Draw::unusable(number, Unusable::CallFailed, false)).collect()
        });
        look(watch, asked.judge, &answer);
        draws.iter_mut().zip(answer).for_each(|(own, draw)| own.push(draw));
    }
    draws
}

/// Flags a session if there is a lexicon for its language; otherwise its flags remain undefined.
async fn flag(study: &Study, chat: &impl Chat, session: &Session, done: &mut UnitDone) {
    let Some(spec) = &study.experiment.flags else { return };
    let Some(lexicon) = study.lexicon(&session.provenance.language) else { return };
    let found = judging::scan(session, lexicon);
    let Some(judge) = spec.judge.as_ref().and_then(|id| study.experiment.judge(id)) else {
        done.flags = found;
        return;
    };
    let model = study.experiment.model(&judge.model).expect("judges name models of the experiment");
    match judging::check(chat, &spec.prompt, model, lexicon, session, found.clone()).await {
        Ok(checked) => {
            done.flags = checked.flags;
            done.unusable_flag_pass = checked.unusable;
            done.struck_flags = checked.struck;
        }
        Err(failure) => {
            let what = format!("flags by {}", judge.id);
            done.failures.push(TaskFailure::about(&what, session, failure));
            done.flags = found;
        }
    }
}

/// The units of a plan: every recorded session, then every reconstruction, then those of counterfactual variants.
pub(super) fn units(study: &Study) -> Vec<Unit<'_>> {
    let sources = &study.dataset.sessions;
    let conditions = &study.plan.conditions;
    let mut units: Vec<Unit<'_>> = sources.iter().map(Unit::Stored).collect();
    units.extend(reconstructions(study, sources, conditions.iter()));
    let paired = |unit: &Unit<'_>| match unit {
        Unit::Reconstruct { source, condition, .. } => study.varied.is_paired(&source.id, condition.mode),
        Unit::Stored(_) | Unit::Reached(_) => false,
    };
    units.extend(reconstructions(study, &study.varied.sessions, conditions.iter()).filter(paired));
    units
}

fn reconstructions<'s>(
    study: &'s Study,
    sources: &'s [Session],
    conditions: impl Iterator<Item = &'s Condition>,
) -> impl Iterator<Item = Unit<'s>> {
    let epochs = 1..=study.plan.epochs;
    conditions.flat_map(move |condition| {
        let epochs = epochs.clone();
        sources.iter().flat_map(move |source| {
            epochs.clone().map(move |epoch| Unit::Reconstruct { source, condition, epoch })
        })
    })
}
