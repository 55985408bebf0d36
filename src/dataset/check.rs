//! The dataset, and what is checked across its sources.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    problem::{Note, OutOfScaleScore, Problem, count, shown},
    ratings::RatingsRead,
    sessions::SessionsRead,
    source::SessionSource,
};
use crate::domain::{Digest, ItemId, RaterId, Rating, Session, SessionId, SourceRedaction};

/// All sources, read.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Dataset {
    /// Recorded sessions.
    pub sessions: Vec<Session>,
    /// Clinicians' ratings.
    pub ratings: Vec<Rating>,
    /// Scores outside their scale.
    pub out_of_scale: Vec<OutOfScaleScore>,
    /// Missing ratings.
    pub missing: usize,
    /// What the readers did.
    pub notes: Vec<Note>,
    /// What counselors are told beside the words, by session.
    pub context: BTreeMap<SessionId, String>,
    /// What became of the identifiers of each source.
    pub redactions: Vec<SourceRedaction>,
}

impl Dataset {
    /// Adds the sessions of a source.
    pub fn add_sessions(&mut self, read: SessionsRead) {
        self.sessions.extend(read.sessions);
        self.notes.extend(read.notes);
        self.context.extend(read.context);
        self.redactions.push(read.redaction);
    }

    /// Adds the ratings of a source.
    pub fn add_ratings(&mut self, read: RatingsRead) {
        self.ratings.extend(read.ratings);
        self.out_of_scale.extend(read.out_of_scale);
        self.missing += read.missing;
        self.notes.extend(read.notes);
    }

    /// True when any session or rating is invented for demonstration.
    pub fn is_synthetic(&self) -> bool {
        self.sessions.iter().any(|session| session.provenance.synthetic)
            || self.ratings.iter().any(|rating| rating.synthetic)
    }

    /// The recorded sessions with the digest of their text.
    pub fn digests(&self) -> BTreeMap<SessionId, Digest> {
        self.sessions.iter().map(|session| (session.id.clone(), session.text_digest())).collect()
    }
}

/// Everything wrong across sources: ids used twice, ratings without a session or given twice, sources without
/// consent.
pub fn check(dataset: &Dataset, sources: &[SessionSource], allow_unconsented: bool) -> Vec<Problem> {
    let mut problems = repeated_sessions(&dataset.sessions);
    problems.extend(ratings(dataset));
    if !allow_unconsented {
        problems.extend(sources.iter().filter_map(unconsented));
    }
    problems.sort();
    problems
}

fn repeated_sessions(sessions: &[Session]) -> Vec<Problem> {
    let mut owners: BTreeMap<&SessionId, &str> = BTreeMap::new();
    let mut problems = Vec::new();
    for session in sessions {
        let set = session.provenance.source_set.as_str();
        match owners.get(&session.id) {
            None => drop(owners.insert(&session.id, set)),
            Some(before) => {
                let message = format!("session {} is also in source {before:?}", shown(session.id.as_str()));
                problems.push(Problem::of(set, message));
            }
        }
    }
    problems
}

fn ratings(dataset: &Dataset) -> Vec<Problem> {
    let known: BTreeSet<&SessionId> = dataset.sessions.iter().map(|session| &session.id).collect();
    let mut unknown: BTreeMap<&SessionId, usize> = BTreeMap::new();
    let mut keys: BTreeMap<(&SessionId, &ItemId, &RaterId), usize> = BTreeMap::new();
    for rating in &dataset.ratings {
        if !known.contains(&rating.source) {
            *unknown.entry(&rating.source).or_default() += 1;
        }
        *keys.entry((&rating.session, &rating.item, &rating.rater)).or_default() += 1;
    }
    let missing = unknown.into_iter().map(|(session, n)| {
        let message =
            format!("{} of session {}, which no source has", count(n, "rating"), shown(session.as_str()));
        Problem::of("ratings", message)
    });
    let twice = keys.into_iter().filter(|(_, n)| *n > 1).map(|((session, item, rater), n)| {
        let (session, item, rater) = (shown(session.as_str()), shown(item.as_str()), shown(rater.as_str()));
        Problem::of("ratings", format!("session {session}, item {item}, rater {rater} is rated {n} times"))
    });
    missing.chain(twice).collect()
}

fn unconsented(source: &SessionSource) -> Option<Problem> {
    let named = |text: &Option<String>| text.as_deref().is_some_and(|text| !text.trim().is_empty());
    if named(&source.provenance.consent) || named(&source.provenance.licence) {
        return None;
    }
    let problem = Problem::of(&source.id, "the source declares neither `consent` nor `licence`");
    Some(problem.hint("declare the basis on which the text may be used, or pass --allow-unconsented"))
}

#[cfg(test)]
mod tests;
