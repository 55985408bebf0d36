//! Recorded sessions with a counterfactual variant's substitutions in the client's turns: which sessions a variant
//! changes, and what is asked about them.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::task::{Task, TaskId, TaskKind};
use crate::{
    config::VariantSpec,
    domain::{Arm, Condition, Mode, Session, SessionId, Speaker, VariantId},
};

/// Effects of a variant on the sessions of a study.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct VariantTally {
    /// Id of the variant.
    pub variant: VariantId,
    /// Number of sessions that it changes.
    pub sessions: usize,
    /// Number of sessions without a word to replace, about which nothing is asked.
    pub dropped: usize,
    /// Number of changed sessions whose marked turns have none of the words; nothing is asked about them in `selected`.
    #[serde(skip_serializing_if = "is_none")]
    pub unheard: usize,
    /// Number of replacements in all of them, including those in notes.
    pub replacements: usize,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
fn is_none(count: &usize) -> bool {
    *count == 0
}

/// Recorded sessions with the variants' substitutions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VariedSessions {
    /// The changed sessions, variant by variant, in id order.
    pub sessions: Vec<Session>,
    /// Context notes of the counselors, by id of the changed session.
    pub context: BTreeMap<SessionId, String>,
    /// Effects of each variant, in declaration order.
    pub tallies: Vec<VariantTally>,
    /// Ids that a recorded session already has.
    pub clashes: Vec<SessionId>,
    /// Ids of sessions with marked turns, none of which has a replaced word.
    unheard: BTreeSet<SessionId>,
}

impl VariedSessions {
    /// True if a session has a pair under a condition: client words are recorded, and a replaced one is spoken.
    pub fn is_paired(&self, session: &SessionId, mode: Mode) -> bool {
        mode != Mode::SimulatedClient && !(mode == Mode::Selected && self.unheard.contains(session))
    }
}

/// Substitutes in the client's turns of every session and in the context notes. The counselor's recorded turns stay
/// unchanged. Sessions in which nothing is replaced are left out.
pub fn varied(
    sessions: &[Session],
    context: &BTreeMap<SessionId, String>,
    specs: &[VariantSpec],
) -> VariedSessions {
    let mut found = VariedSessions::default();
    let mut sorted: Vec<&Session> = sessions.iter().collect();
    sorted.sort_by(|a, b| a.id.cmp(&b.id));
    let recorded: BTreeSet<&SessionId> = sessions.iter().map(|session| &session.id).collect();
    for spec in specs {
        let mut tally =
            VariantTally { variant: spec.id.clone(), sessions: 0, dropped: 0, unheard: 0, replacements: 0 };
        for session in &sorted {
            let (changed, in_turns, in_marked) = substituted(session, spec);
            let told = context.get(&session.id).map(|told| spec.replace.apply(told));
            let in_notes = told.as_ref().map_or(0, |(_, count)| *count);
            let count = in_turns + in_notes;
            if count == 0 {
                tally.dropped += 1;
                continue;
            }
            tally.sessions += 1;
            tally.replacements += count;
            if recorded.contains(&changed.id) {
                found.clashes.push(changed.id.clone());
            }
            if in_marked + in_notes == 0 && session.turns.iter().any(|turn| turn.selected) {
                tally.unheard += 1;
                found.unheard.insert(changed.id.clone());
            }
            found.context.extend(told.map(|(told, _)| (changed.id.clone(), told)));
            found.sessions.push(changed);
        }
        found.tallies.push(tally);
    }
    found
}

/// The session with its words replaced, the number of replacements, and how many of them are in marked turns.
fn substituted(session: &Session, spec: &VariantSpec) -> (Session, usize, usize) {
    let mut changed = session.clone();
    changed.id = Session::varied_id(&session.id, &spec.id);
    changed.variant = Some(spec.id.clone());
    let (mut count, mut marked) = (0, 0);
    for turn in changed.turns.iter_mut().filter(|turn| turn.speaker == Speaker::Client) {
        let (text, replaced) = spec.replace.apply(&turn.text);
        turn.text = text;
        count += replaced;
        marked += if turn.selected { replaced } else { 0 };
    }
    (changed, count, marked)
}

/// The tasks about varied sessions, chosen from those they would have as recorded sessions: reconstructions, with
/// scores, flags and ethics risks. Nobody spoke the replaced words, so the varied sessions themselves are not rated,
/// and the coherence of their replays is not graded.
pub(super) fn asked(tasks: Vec<Task>, varied: &VariedSessions, conditions: &[Condition]) -> Vec<Task> {
    let variants: BTreeMap<&SessionId, &VariantId> =
        varied.sessions.iter().filter_map(|session| Some((&session.id, session.variant.as_ref()?))).collect();
    let condition = |kind: &TaskKind| match kind {
        TaskKind::Reconstruct { condition, .. } => Some(condition.clone()),
        TaskKind::Score { arm, .. }
        | TaskKind::ScoreAll { arm, .. }
        | TaskKind::Flag { arm, .. }
        | TaskKind::Ethics { arm, .. } => match arm {
            Arm::Original => None,
            Arm::Condition(id) => Some(id.clone()),
        },
        TaskKind::Coherence { .. } => None,
    };
    let is_asked = |task: &Task| {
        condition(&task.kind)
            .and_then(|id| conditions.iter().find(|condition| condition.id == id))
            .is_some_and(|condition| varied.is_paired(&task.source, condition.mode))
    };
    let own = tasks.into_iter().filter(is_asked);
    own.map(|task| Task { id: TaskId::of(&("variant", variants.get(&task.source), &task.id)), ..task })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{CounselorAuthor, Turn, testing::recorded};

    fn session(id: &str, turns: &[&str]) -> Session {
        let speaker = |n: usize| if n.is_multiple_of(2) { Speaker::Client } else { Speaker::Counselor };
        let turns = turns
            .iter()
            .enumerate()
            .map(|(n, text)| Turn::recorded(u32::try_from(n).expect("few") + 1, speaker(n), *text));
        recorded(id, CounselorAuthor::Human, turns)
    }

    fn spec(id: &str, pairs: &[(&str, &str)]) -> VariantSpec {
        let replace = VariantSpec::replacing(pairs.iter().copied()).expect("sound");
        VariantSpec { id: VariantId::new(id).expect("id"), asks: Vec::new(), replace }
    }

    fn texts(session: &Session) -> Vec<&str> {
        session.turns.iter().map(|turn| turn.text.as_str()).collect()
    }

    #[test]
    fn client_turns_change_counselor_turns_never_and_a_session_without_a_match_is_left_out() {
        let sessions = [
            session("s2", &["Hello", "Which church?", "Nobody's"]),
            session("s1", &["My church and the Church", "Your church?", "yes"]),
        ];
        let found = varied(&sessions, &BTreeMap::new(), &[spec("mosque", &[("church", "mosque")])]);
        assert_eq!(found.sessions.len(), 1);
        assert_eq!(texts(&found.sessions[0]), ["My mosque and the Mosque", "Your church?", "yes"]);
        assert_eq!(found.sessions[0].id.as_str(), "s1~mosque");
        assert_eq!(found.sessions[0].source.as_str(), "s1");
        let tally = &found.tallies[0];
        assert_eq!((tally.sessions, tally.dropped, tally.replacements), (1, 1, 2));
        assert!(found.clashes.is_empty());
    }

    #[test]
    fn what_counselors_are_told_of_the_client_follows() {
        let sessions = [session("s1", &["Hello", "Hello", "yes"])];
        let told = BTreeMap::from([(sessions[0].id.clone(), "sings at church".to_owned())]);
        let found = varied(&sessions, &told, &[spec("mosque", &[("church", "mosque")])]);
        assert_eq!(found.context.values().collect::<Vec<_>>(), ["sings at mosque"]);
        assert_eq!(found.tallies[0].replacements, 1);
    }

    #[test]
    fn where_no_marked_turn_holds_a_word_there_is_no_pair_in_selected() {
        let mut sessions = [
            session("s1", &["church", "a", "mine"]),
            session("s2", &["church", "a", "church"]),
            session("s3", &["church", "a", "mine"]),
        ];
        for session in &mut sessions {
            session.turns[2].selected = true;
        }
        let told = BTreeMap::from([(sessions[2].id.clone(), "goes to church".to_owned())]);
        let found = varied(&sessions, &told, &[spec("mosque", &[("church", "mosque")])]);
        assert_eq!((found.tallies[0].sessions, found.tallies[0].unheard), (3, 1));
        let paired = |n: usize, mode| found.is_paired(&found.sessions[n].id, mode);
        assert_eq!([0, 1, 2].map(|n| paired(n, Mode::Selected)), [false, true, true]);
        assert_eq!([0, 1, 2].map(|n| paired(n, Mode::Replay)), [true; 3]);
        assert_eq!([0, 1, 2].map(|n| paired(n, Mode::SimulatedClient)), [false; 3]);
    }

    #[test]
    fn an_id_that_is_taken_is_told() {
        let sessions = [session("s1", &["church"]), session("s1~mosque", &["hello"])];
        let found = varied(&sessions, &BTreeMap::new(), &[spec("mosque", &[("church", "mosque")])]);
        assert_eq!(found.clashes.iter().map(SessionId::as_str).collect::<Vec<_>>(), ["s1~mosque"]);
    }
}
