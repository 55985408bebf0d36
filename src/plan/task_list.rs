//! Plans an experiment: every task over the selected sessions and their variants.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{
    VariantTally, VariedSessions, ethics, matrix,
    task::{Task, TaskId, flag_passes, grades, reconstructions, scores},
    variant,
};
use crate::{
    config::Experiment,
    domain::{Condition, ConditionId, Digest, Session, SessionId},
};

/// Everything a run will do, in a fixed order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Plan {
    /// Conditions in declaration order.
    pub conditions: Vec<Condition>,
    /// Recorded sessions with the digest of their text, by id.
    pub sessions: Vec<(SessionId, Digest)>,
    /// Effects of counterfactual variants on them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub variants: Vec<VariantTally>,
    /// Number of repeats of each reconstruction.
    pub epochs: u32,
    /// All tasks: reconstructions, then scores, flags, ethics risks and grades of coherence; then those of variants.
    pub tasks: Vec<Task>,
    /// Digest of all task ids, which names the run directory.
    pub digest: Digest,
}
impl Plan {
    /// Plans an experiment over the selected sessions and their variants. Sessions are planned in id order, in whatever
    /// order they are given.
    ///
    /// `context` holds the counselors' context notes, by session.
    pub fn new(
        experiment: &Experiment,
        sessions: &[Session],
        context: &BTreeMap<SessionId, String>,
        varied: &VariedSessions,
    ) -> Self {
        let sessions = with_digests(sessions);
        let conditions = matrix::conditions(experiment);
        let mut tasks = all_tasks(experiment, &conditions, &sessions, context);
        if !varied.sessions.is_empty() {
            let own = all_tasks(experiment, &conditions, &with_digests(&varied.sessions), &varied.context);
            tasks.extend(variant::asked(own, varied, &conditions));
        }
        let ids: Vec<&TaskId> = tasks.iter().map(|task| &task.id).collect();
        let texts: Vec<(SessionId, Digest)> =
            sessions.iter().map(|(session, text)| (session.id.clone(), *text)).collect();
        let digest = Digest::of_value(&(&ids, &texts));
        let variants = varied.tallies.clone();
        Self { conditions, sessions: texts, variants, epochs: experiment.epochs, tasks, digest }
    }

    /// The condition with this id.
    pub fn condition(&self, id: &ConditionId) -> Option<&Condition> {
        self.conditions.iter().find(|condition| condition.id == *id)
    }
}
/// Sessions in id order, with the digests of their texts.
pub(super) fn with_digests(sessions: &[Session]) -> Vec<(&Session, Digest)> {
    let mut sessions: Vec<(&Session, Digest)> = sessions.iter().map(|s| (s, s.text_digest())).collect();
    sessions.sort_by(|(a, _), (b, _)| a.id.cmp(&b.id));
    sessions
}
pub(super) fn all_tasks(
    experiment: &Experiment,
    conditions: &[Condition],
    sessions: &[(&Session, Digest)],
    context: &BTreeMap<SessionId, String>,
) -> Vec<Task> {
    let mut tasks = reconstructions(experiment, conditions, sessions, context);
    tasks.extend(scores(experiment, conditions, sessions, context));
    tasks.extend(flag_passes(experiment, conditions, sessions, context));
    tasks.extend(ethics::assessments(experiment, conditions, sessions, context));
    tasks.extend(grades(experiment, conditions, sessions, context));
    tasks
}
