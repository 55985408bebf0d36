//! The results of all units of a run, in an order that does not depend on which call returned first.

use std::collections::BTreeMap;

use super::{task_failure::TaskFailure, unit::UnitDone};
use crate::{
    domain::{AnswerGrade, Assessment, Flag, Rating, Session, SessionId, Unusable},
    sessions::ConversationEnd,
};

/// Results of all units of a run.
#[derive(Debug, Default)]
pub(super) struct RunMaterial {
    pub(super) sessions: Vec<Session>,
    pub(super) ratings: Vec<Rating>,
    pub(super) flags: Vec<Flag>,
    /// Judges' assessments of ethics risks.
    pub(super) assessments: Vec<Assessment>,
    pub(super) grades: Vec<AnswerGrade>,
    pub(super) unusable_flag_passes: Vec<(SessionId, Unusable)>,
    pub(super) struck_flags: u32,
    /// Number of reconstructions that ended early, by arm and reason.
    pub(super) ended: BTreeMap<(String, ConversationEnd), usize>,
    pub(super) failures: Vec<TaskFailure>,
    /// Results for the sessions of counterfactual variants; `None` without variants.
    pub(super) varied: Option<Box<RunMaterial>>,
}
impl RunMaterial {
    /// Adds the result of a unit.
    pub(super) fn add(&mut self, done: UnitDone) {
        let UnitDone {
            session,
            ratings,
            flags,
            assessments,
            grades,
            ended,
            unusable_flag_pass,
            struck_flags,
            failures,
        } = done;
        self.failures.extend(failures);
        // Sessions of variants are collected separately, so that no code for the others can meet one.
        let of_variant = session.as_ref().is_some_and(|session| session.variant.is_some());
        let collected = if of_variant { self.varied.get_or_insert_default() } else { self };
        if let (Some(session), Some(reason)) = (&session, unusable_flag_pass) {
            collected.unusable_flag_passes.push((session.id.clone(), reason));
        }
        collected.struck_flags += struck_flags;
        if let (Some(session), Some(ended)) = (&session, ended) {
            *collected.ended.entry((session.arm.to_string(), ended)).or_default() += 1;
        }
        collected.sessions.extend(session);
        collected.ratings.extend(ratings);
        collected.flags.extend(flags);
        collected.assessments.extend(assessments);
        collected.grades.extend(grades);
    }

    /// Sorts everything into an order that does not depend on which call returned first.
    pub(super) fn sort(&mut self) {
        self.sessions.sort_by(|a, b| a.id.cmp(&b.id));
        // Sorted in place, because a stable sort needs half as much memory again. No two have the same key.
        self.ratings
            .sort_unstable_by(|a, b| (&a.session, &a.item, &a.rater).cmp(&(&b.session, &b.item, &b.rater)));
        self.flags.sort_by(|a, b| (&a.session, a.span, &a.category).cmp(&(&b.session, b.span, &b.category)));
        self.assessments.sort_by(|a, b| a.key().cmp(&b.key()));
        self.grades.sort();
        self.unusable_flag_passes.sort();
        self.failures.sort();
        self.varied.iter_mut().for_each(|varied| varied.sort());
    }
}
