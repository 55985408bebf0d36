//! What ratings are checked against: the rubric and the sessions.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::{CounselorAuthor, Digest, ItemId, Rubric, Scale, Session, SessionId, Subscale};

/// What the table is held against.
#[derive(Debug, Clone, PartialEq)]
pub struct RatingContext {
    /// Items of the rubric.
    pub items: BTreeSet<ItemId>,
    /// The rubric's scale.
    pub scale: Scale,
    /// Recorded sessions with the digest of their text.
    pub sessions: BTreeMap<SessionId, Digest>,
    /// Sessions whose counselor was an AI when they were recorded.
    pub by_ai: BTreeSet<SessionId>,
    /// Names of the rubric's items, as people write them.
    pub names: BTreeMap<ItemId, String>,
    /// Groups of items that tables may give sums of.
    pub subscales: Vec<Subscale>,
    /// How many rows with problems may be left out (`--skip-bad-rows`).
    pub skip_bad_rows: usize,
}
impl RatingContext {
    /// From the rubric and the recorded sessions.
    pub fn new(rubric: &Rubric, sessions: &[Session], skip_bad_rows: usize) -> Self {
        Self {
            items: rubric.items.iter().map(|item| item.id.clone()).collect(),
            scale: rubric.scale,
            sessions: sessions.iter().map(|session| (session.id.clone(), session.text_digest())).collect(),
            by_ai: sessions
                .iter()
                .filter(|session| session.counselor == CounselorAuthor::Ai)
                .map(|session| session.id.clone())
                .collect(),
            names: rubric.items.iter().map(|item| (item.id.clone(), item.name.clone())).collect(),
            subscales: rubric.subscales.clone(),
            skip_bad_rows,
        }
    }
}
