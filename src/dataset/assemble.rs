//! Assembles utterances into sessions: order, back-channel, merged bubbles, openings, numbers.

use std::collections::{BTreeMap, HashMap};

use super::{
    backchannel::{StrippedSpeech, without_backchannel},
    problem::{Note, Problem, count, lines, shown},
    source::{Opening, SessionFormat, SessionSource},
    utterance::Utterance,
};
use crate::domain::{Arm, Session, SessionId, Speaker, Turn, TurnRole};

/// What was changed on the way, by file.
#[derive(Default)]
struct Changes {
    /// Lines of brackets that were removed as back-channel, and of those that were left.
    stripped: Vec<usize>,
    left: Vec<usize>,
    emptied: Vec<usize>,
    openings_dropped: usize,
    openings_kept: usize,
    /// Turns whose first message is older than the one before.
    backwards: usize,
}

/// Sessions in order of first appearance, with notes; every problem is added to `problems`.
pub(super) fn assemble(
    source: &SessionSource,
    paths: &[&str],
    utterances: Vec<Utterance>,
    problems: &mut Vec<Problem>,
) -> (Vec<Session>, Vec<Note>) {
    let mut changes: BTreeMap<usize, Changes> = BTreeMap::new();
    let mut sessions = Vec::new();
    for group in by_session(paths, utterances, problems) {
        let Some(first) = group.first() else { continue };
        let (file, path) = (first.file, paths.get(first.file).copied().unwrap_or_default());
        let changed = changes.entry(file).or_default();
        match session(source, path, group, changed) {
            Ok(session) => sessions.push(session),
            Err(found) => problems.extend(found),
        }
    }
    let notes = changes
        .iter()
        .flat_map(|(file, changed)| notes(paths.get(*file).copied().unwrap_or_default(), changed))
        .collect();
    (sessions, notes)
}

/// Groups by session; rows of a session need not be contiguous, but lie in one file.
fn by_session(
    paths: &[&str],
    utterances: Vec<Utterance>,
    problems: &mut Vec<Problem>,
) -> Vec<Vec<Utterance>> {
    let mut groups: Vec<Vec<Utterance>> = Vec::new();
    let mut index: HashMap<String, usize> = HashMap::new();
    let mut split: BTreeMap<(usize, String), (usize, usize)> = BTreeMap::new();
    for utterance in utterances {
        let at = *index.entry(utterance.session.clone()).or_insert_with(|| {
            groups.push(Vec::new());
            groups.len() - 1
        });
        match groups[at].first() {
            Some(first) if first.file != utterance.file => {
                split.entry((utterance.file, utterance.session)).or_insert((utterance.line, first.file));
            }
            _ => groups[at].push(utterance),
        }
    }
    let path = |file: usize| paths.get(file).copied().unwrap_or_default();
    for ((file, session), (line, before)) in split {
        let message = format!("session {} is also in {}", shown(&session), path(before));
        problems.push(Problem::at(path(file), line, message));
    }
    groups
}

fn session(
    source: &SessionSource,
    path: &str,
    mut group: Vec<Utterance>,
    changed: &mut Changes,
) -> Result<Session, Vec<Problem>> {
    let first_line = group.first().map_or(1, |utterance| utterance.line);
    let name = group.first().map(|utterance| utterance.session.clone()).unwrap_or_default();
    let id = SessionId::new(name.as_str())
        .map_err(|error| vec![Problem::at(path, first_line, format!("session {}: {error}", shown(&name)))])?;
    sort(path, &mut group)?;
    if source.format == SessionFormat::Study && group.iter().all(|utterance| utterance.time.is_some()) {
        group.sort_by_key(|utterance| utterance.time);
    }
    if source.strip_backchannel {
        strip(&mut group, changed);
    }
    let turns = open(source.opening, merge(group, changed), changed);
    let missing: Vec<Problem> = [Speaker::Client, Speaker::Counselor]
        .into_iter()
        .filter(|speaker| !turns.iter().any(|turn| turn.speaker == *speaker))
        .map(|speaker| {
            let message = format!("session {} has no {} turn", shown(&name), speaker.label());
            Problem::at(path, first_line, message).hint("check `roles`, or leave it out with `only`")
        })
        .collect();
    if !missing.is_empty() {
        return Err(missing);
    }
    Ok(Session {
        source: id.clone(),
        variant: None,
        id,
        arm: Arm::Original,
        epoch: 1,
        mode: None,
        counselor: source.provenance.counselor,
        provenance: source.provenance.clone(),
        turns,
    })
}

/// Sorts by the declared order, which must be unique; without one the file's order stays.
fn sort(path: &str, group: &mut [Utterance]) -> Result<(), Vec<Problem>> {
    group.sort_by_key(|utterance| utterance.order);
    let twice: Vec<Problem> = group
        .windows(2)
        .filter_map(|pair| {
            let order = pair[1].order.filter(|_| pair[0].order == pair[1].order)?;
            let message = format!(
                "order {order} of session {} is taken by line {}",
                shown(&pair[1].session),
                pair[0].line
            );
            Some(Problem::at(path, pair[1].line, message))
        })
        .collect();
    if twice.is_empty() { Ok(()) } else { Err(twice) }
}

/// Removes bracketed back-channel; what has no words left is dropped before bubbles merge.
fn strip(group: &mut Vec<Utterance>, changed: &mut Changes) {
    group.retain_mut(|utterance| {
        let StrippedSpeech { text, removed, left } = without_backchannel(&utterance.text);
        changed.stripped.extend(std::iter::repeat_n(utterance.line, removed));
        changed.left.extend(std::iter::repeat_n(utterance.line, left));
        utterance.text = text;
        let words = !utterance.text.trim().is_empty();
        if !words {
            changed.emptied.push(utterance.line);
        }
        words
    });
}

/// Consecutive bubbles of one speaker are one turn.
fn merge(group: Vec<Utterance>, changed: &mut Changes) -> Vec<Turn> {
    let mut turns: Vec<Turn> = Vec::new();
    let mut before: Option<i64> = None;
    for utterance in group {
        match turns.last_mut() {
            Some(turn) if turn.speaker == utterance.speaker => {
                turn.text.push('\n');
                turn.text.push_str(&utterance.text);
                turn.selected |= utterance.selected;
            }
            _ => {
                let waited = before.zip(utterance.time).map(|(before, now)| u64::try_from(now - before));
                changed.backwards += usize::from(matches!(waited, Some(Err(_))));
                turns.push(Turn {
                    waited_ms: waited.and_then(Result::ok),
                    selected: utterance.selected,
                    ..Turn::recorded(0, utterance.speaker, utterance.text)
                });
            }
        }
        before = utterance.time;
    }
    turns
}

/// Marks or drops counselor text before the client's first turn, then numbers the turns.
fn open(opening: Opening, mut turns: Vec<Turn>, changed: &mut Changes) -> Vec<Turn> {
    let opens = turns.first().is_some_and(|turn| turn.speaker == Speaker::Counselor)
        && turns.iter().any(|turn| turn.speaker == Speaker::Client);
    match opening {
        Opening::Drop if opens => {
            turns.remove(0);
            changed.openings_dropped += 1;
        }
        Opening::Original | Opening::Model if opens => {
            turns[0].place = TurnRole::Opening;
            changed.openings_kept += 1;
        }
        Opening::Drop | Opening::Original | Opening::Model => {}
    }
    for (number, turn) in (1..).zip(&mut turns) {
        turn.number = number;
    }
    turns
}

fn notes(path: &str, changed: &Changes) -> Vec<Note> {
    let mut messages = Vec::new();
    let mut told = |found: &[usize], noun: &str, what: &str| {
        if !found.is_empty() {
            let mut at = found.to_vec();
            at.sort_unstable();
            at.dedup();
            messages.push(format!("{} {what} ({})", count(found.len(), noun), lines(&at)));
        }
    };
    told(&changed.stripped, "bracket", "of back-channel removed");
    told(&changed.left, "bracket", "kept, too long or too much like speech for back-channel");
    if !changed.emptied.is_empty() {
        let (n, where_) = (changed.emptied.len(), lines(&changed.emptied));
        messages
            .push(format!("{} held only back-channel and left no words ({where_})", count(n, "utterance")));
    }
    if changed.openings_dropped > 0 {
        let n = count(changed.openings_dropped, "session");
        messages.push(format!("opening counselor turn dropped in {n}"));
    }
    if changed.openings_kept > 0 {
        let n = count(changed.openings_kept, "session");
        messages.push(format!("opening counselor turn kept as history in {n}"));
    }
    if changed.backwards > 0 {
        let n = count(changed.backwards, "turn");
        messages.push(format!("{n} older than the message before; the time between is left out"));
    }
    messages.into_iter().map(|message| Note { path: path.to_owned(), message }).collect()
}
