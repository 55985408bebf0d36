//! Tasks and their identity: what is wanted, known before any call is made. Adding a model to the matrix
//! changes no other task; editing one prompt changes only its own.

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize};

use super::{SHOWN_TURNS, is_graded, matrix, order::order};
use crate::{
    config::{Experiment, JudgeForm, JudgeSpec},
    domain::{
        Arm, Condition, ConditionId, Digest, ItemId, Mode, RaterId, RiskId, Session, SessionId, of_language,
    },
};

/// Digest of a task's kind, condition, session content, item and repeat; written as 16 hexadecimal digits.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TaskId(String);

impl TaskId {
    pub(super) fn of(inputs: &impl Serialize) -> Self {
        Self(Digest::of_value(inputs).hex()[..16].to_owned())
    }

    /// The 16 hexadecimal digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TaskId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for TaskId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TaskId({})", self.0)
    }
}

/// Kind of a task.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum TaskKind {
    /// Reconstruct one session under one condition.
    Reconstruct {
        /// Id of the condition.
        condition: ConditionId,
        /// Repeat of the reconstruction, from 1.
        epoch: u32,
    },
    /// One draw of one item by one judge.
    Score {
        /// The arm whose session is rated.
        arm: Arm,
        /// Repeat of the reconstruction, from 1.
        epoch: u32,
        /// The judge.
        judge: RaterId,
        /// The item.
        item: ItemId,
        /// Draw, from 1.
        draw: u32,
    },
    /// One draw of all items by one judge, in one call.
    ScoreAll {
        /// The arm whose session is rated.
        arm: Arm,
        /// Repeat of the reconstruction, from 1.
        epoch: u32,
        /// The judge.
        judge: RaterId,
        /// Draw, from 1.
        draw: u32,
    },
    /// The judge's pass over the flag candidates of one session.
    Flag {
        /// The arm whose session is checked.
        arm: Arm,
        /// Repeat of the reconstruction, from 1.
        epoch: u32,
        /// The judge.
        judge: RaterId,
    },
    /// One judge's assessment of one ethics risk of one session.
    Ethics {
        /// The arm whose session is assessed.
        arm: Arm,
        /// Repeat of the reconstruction, from 1.
        epoch: u32,
        /// The judge.
        judge: RaterId,
        /// The risk.
        risk: RiskId,
        /// Number of the draw, from 1.
        draw: u32,
    },
    /// The grades of one session's exchanges: whether the client answers.
    Coherence {
        /// The arm whose session is graded.
        arm: Arm,
        /// Repeat of the reconstruction, from 1.
        epoch: u32,
    },
}

/// One task.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Task {
    /// Its identity.
    pub id: TaskId,
    /// Id of the recorded session, or of the one with a variant's substitutions.
    pub source: SessionId,
    /// Kind of the task.
    #[serde(flatten)]
    pub kind: TaskKind,
}

/// Everything that shapes a judge's replies. To add an input, add a field.
#[derive(Debug, Serialize)]
struct JudgeInputs<'e> {
    endpoint: String,
    model: &'e str,
    decoding: &'e crate::chat::Decoding,
    capabilities: crate::chat::Capabilities,
    observations: u32,
    form: JudgeForm,
    logprobs: Option<u8>,
    prompt: &'e str,
}

/// Digest of everything that shapes a judge's scores: its model, decoding and prompt, and the number of draws.
pub fn judge_identity(experiment: &Experiment, judge: &JudgeSpec) -> Option<Digest> {
    let answers = judge_digest(experiment, judge, judge.prompt.source())?;
    Some(Digest::of_value(&(answers, judge.draws)))
}

/// Digest of every judge of an experiment, by its id: see [`judge_identity`].
pub fn judge_identities(experiment: &Experiment) -> BTreeMap<String, Digest> {
    let identity = |judge: &JudgeSpec| Some((judge.id.to_string(), judge_identity(experiment, judge)?));
    experiment.judges.iter().filter_map(identity).collect()
}

pub(super) fn judge_digest(experiment: &Experiment, judge: &JudgeSpec, prompt: &str) -> Option<Digest> {
    let model = experiment.model(&judge.model)?;
    let (endpoint, name) = matrix::identity(experiment, model);
    Some(Digest::of_value(&JudgeInputs {
        endpoint,
        model: name,
        decoding: &model.decoding,
        capabilities: model.capabilities.shaping(),
        observations: judge.observations,
        form: judge.form,
        logprobs: judge.logprobs,
        prompt,
    }))
}

pub(super) fn reconstructions(
    experiment: &Experiment,
    conditions: &[Condition],
    sessions: &[(&Session, Digest)],
    context: &BTreeMap<SessionId, String>,
) -> Vec<Task> {
    let mut tasks = Vec::new();
    for condition in conditions {
        for (session, text) in sessions {
            for epoch in 1..=experiment.epochs {
                let basis = basis(condition, session, context);
                let id = TaskId::of(&("reconstruct", basis, text, epoch));
                let kind = TaskKind::Reconstruct { condition: condition.id.clone(), epoch };
                tasks.push(Task { id, source: session.id.clone(), kind });
            }
        }
    }
    tasks
}

/// What the text of a reconstruction depends on besides the recorded text: the condition, and context notes or marks of
/// a person.
pub(super) fn basis(
    condition: &Condition,
    session: &Session,
    context: &BTreeMap<SessionId, String>,
) -> Digest {
    let told = context.get(&session.id);
    let marked: Vec<u32> = match condition.mode {
        Mode::Selected => session.turns.iter().filter(|turn| turn.selected).map(|turn| turn.number).collect(),
        _ => Vec::new(),
    };
    if told.is_none() && marked.is_empty() {
        return condition.content;
    }
    Digest::of_value(&(condition.content, told, marked))
}

/// The arms of a plan: the original, then each condition with each epoch.
pub(super) fn arms<'c>(
    experiment: &Experiment,
    conditions: &'c [Condition],
) -> Vec<(Arm, u32, Option<&'c Condition>)> {
    let mut arms = vec![(Arm::Original, 1, None)];
    for condition in conditions {
        for epoch in 1..=experiment.epochs {
            arms.push((Arm::Condition(condition.id.clone()), epoch, Some(condition)));
        }
    }
    arms
}

pub(super) fn scores(
    experiment: &Experiment,
    conditions: &[Condition],
    sessions: &[(&Session, Digest)],
    context: &BTreeMap<SessionId, String>,
) -> Vec<Task> {
    let mut tasks = Vec::new();
    let rubric = Digest::of_value(&experiment.rubric);
    for judge in &experiment.judges {
        let Some(judged_by) = judge_digest(experiment, judge, judge.prompt.source()) else { continue };
        for (arm, epoch, condition) in arms(experiment, conditions) {
            if conditions.iter().any(|c| is_turn_level(c, &arm)) {
                continue;
            }
            for (session, text) in sessions {
                let content = condition.map(|condition| basis(condition, session, context));
                let wanted = DrawPlan { judge, judged_by, rubric, content, text: *text, epoch };
                match judge.form {
                    JudgeForm::PerItem => tasks.extend(per_item(experiment, &wanted, session, &arm)),
                    JudgeForm::SingleCall => tasks.extend(single_calls(experiment, &wanted, session, &arm)),
                }
            }
        }
    }
    tasks
}

/// What the draws of one judge for one session share.
struct DrawPlan<'e> {
    judge: &'e JudgeSpec,
    judged_by: Digest,
    rubric: Digest,
    content: Option<Digest>,
    text: Digest,
    epoch: u32,
}

fn per_item(experiment: &Experiment, wanted: &DrawPlan<'_>, session: &Session, arm: &Arm) -> Vec<Task> {
    let DrawPlan { judge, judged_by, rubric, content, text, epoch } = wanted;
    let mut tasks = Vec::new();
    for item in &experiment.items {
        for draw in 1..=judge.draws {
            let id = TaskId::of(&("score", judged_by, rubric, content, text, epoch, item, draw));
            let (arm, judge, item) = (arm.clone(), judge.id.clone(), item.clone());
            let kind = TaskKind::Score { arm, epoch: *epoch, judge, item, draw };
            tasks.push(Task { id, source: session.id.clone(), kind });
        }
    }
    tasks
}

/// The order of the items is part of the question and therefore of the task.
fn single_calls(experiment: &Experiment, wanted: &DrawPlan<'_>, session: &Session, arm: &Arm) -> Vec<Task> {
    let DrawPlan { judge, judged_by, rubric, content, text, epoch } = wanted;
    let items = order(experiment.seed, &session.source, &experiment.items);
    let draw = |draw: u32| {
        let id = TaskId::of(&("score_all", judged_by, rubric, content, text, epoch, &items, draw));
        let kind = TaskKind::ScoreAll { arm: arm.clone(), epoch: *epoch, judge: judge.id.clone(), draw };
        Task { id, source: session.id.clone(), kind }
    };
    (1..=judge.draws).map(draw).collect()
}

/// True if a condition's turns do not form one conversation: items rate whole sessions, so none applies.
pub(super) fn is_turn_level(condition: &Condition, arm: &Arm) -> bool {
    condition.mode == Mode::TeacherForced && *arm == Arm::Condition(condition.id.clone())
}

pub(super) fn flag_passes(
    experiment: &Experiment,
    conditions: &[Condition],
    sessions: &[(&Session, Digest)],
    context: &BTreeMap<SessionId, String>,
) -> Vec<Task> {
    let Some(flags) = &experiment.flags else { return Vec::new() };
    let Some(judge) = flags.judge.as_ref().and_then(|id| experiment.judge(id)) else { return Vec::new() };
    let Some(judged_by) = judge_digest(experiment, judge, &flags.prompt) else { return Vec::new() };
    let lexicons = Digest::of_value(&flags.lexicons);
    let mut tasks = Vec::new();
    for (arm, epoch, condition) in arms(experiment, conditions) {
        for (session, text) in sessions {
            if of_language(&flags.lexicons, |l| &l.language, &session.provenance.language).is_none() {
                continue;
            }
            let content = condition.map(|condition| basis(condition, session, context));
            let id = TaskId::of(&("flag", judged_by, lexicons, content, text, epoch));
            let kind = TaskKind::Flag { arm: arm.clone(), epoch, judge: judge.id.clone() };
            tasks.push(Task { id, source: session.id.clone(), kind });
        }
    }
    tasks
}

/// One task per session with recorded client turns; the choice of other turns belongs to the recorded session's task.
pub(super) fn grades(
    experiment: &Experiment,
    conditions: &[Condition],
    sessions: &[(&Session, Digest)],
    context: &BTreeMap<SessionId, String>,
) -> Vec<Task> {
    let Some(grader) = experiment.coherence.as_ref().map(|spec| &spec.grader) else { return Vec::new() };
    let Some(model) = experiment.model(&grader.model) else { return Vec::new() };
    let (endpoint, name) = matrix::identity(experiment, model);
    let shaping =
        (endpoint, name, &model.decoding, model.capabilities.shaping(), &grader.prompt, SHOWN_TURNS);
    let graded_by = Digest::of_value(&shaping);
    let mut tasks = Vec::new();
    for (arm, epoch, condition) in arms(experiment, conditions) {
        if !is_graded(condition.map(|condition| condition.mode)) {
            continue;
        }
        for (session, text) in sessions {
            let content = condition.map(|condition| basis(condition, session, context));
            let drawn = condition.is_none().then_some(experiment.seed);
            let id = TaskId::of(&("coherence", graded_by, content, text, epoch, drawn));
            tasks.push(Task {
                id,
                source: session.id.clone(),
                kind: TaskKind::Coherence { arm: arm.clone(), epoch },
            });
        }
    }
    tasks
}
