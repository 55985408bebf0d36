//! Tasks of the ethics assessment: which judge is asked about which risk of which session.

use std::collections::BTreeMap;

use super::task::{Task, TaskId, TaskKind, arms, basis, is_turn_level, judge_digest};
use crate::{
    config::Experiment,
    domain::{Arm, Condition, CounselorAuthor, Digest, Session, SessionId},
};

/// One task per judge, arm, session and risk that applies to the session. Turn-level reconstructions are left out,
/// because their turns do not form one conversation.
pub(super) fn assessments(
    experiment: &Experiment,
    conditions: &[Condition],
    sessions: &[(&Session, Digest)],
    context: &BTreeMap<SessionId, String>,
) -> Vec<Task> {
    let Some(spec) = &experiment.ethics else { return Vec::new() };
    let mut tasks = Vec::new();
    for judge in spec.judges.iter().filter_map(|id| experiment.judge(id)) {
        let Some(judged_by) = judge_digest(experiment, judge, &spec.prompt) else { continue };
        for (arm, epoch, condition) in arms(experiment, conditions) {
            if conditions.iter().any(|c| is_turn_level(c, &arm)) {
                continue;
            }
            for (session, text) in sessions {
                let author = if arm == Arm::Original { session.counselor } else { CounselorAuthor::Ai };
                let content = condition.map(|condition| basis(condition, session, context));
                for (risk, draw) in
                    spec.asked(author).flat_map(|risk| (1..=spec.draws).map(move |n| (risk, n)))
                {
                    let asked = ("ethics", judged_by, Digest::of_value(risk), content, text, epoch);
                    // The first draw keeps the task id that the question had before there were several draws.
                    let id = if draw == 1 { TaskId::of(&asked) } else { TaskId::of(&(asked, draw)) };
                    let (arm, judge, risk) = (arm.clone(), judge.id.clone(), risk.id.clone());
                    let kind = TaskKind::Ethics { arm, epoch, judge, risk, draw };
                    tasks.push(Task { id, source: session.id.clone(), kind });
                }
            }
        }
    }
    tasks
}
