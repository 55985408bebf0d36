//! Owns what a person says of flags, one row a flag, and how it finds the flag again.

use serde::{Deserialize, Serialize};

use super::{Digest, Flag, ReviewStatus, Session, SessionId, Severity, Span};

/// The columns of `flag-review.csv`, in order. A person fills in `status` and, freely, `note`.
pub const COLUMNS: [&str; 13] = [
    "session",
    "text_digest",
    "turn",
    "start",
    "end",
    "category",
    "severity",
    "judge",
    "follows_emotional_disclosure",
    "ai_self_identified_before",
    "words",
    "status",
    "note",
];

/// One person's word on one flag. It belongs to a text: another text, or words that are no longer flagged, make it
/// stale.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reviewed {
    /// The session.
    pub session: SessionId,
    /// Digest of the text that was read.
    pub text_digest: Digest,
    /// Where.
    pub span: Span,
    /// The category.
    pub category: String,
    /// What the person said.
    pub status: ReviewStatus,
}

/// True for flags that need a person's word: severe, and not taken back by a suppressor.
pub fn needs_review(flag: &Flag) -> bool {
    flag.severity == Severity::High && flag.suppressed_by.is_none()
}

/// Puts reviews on the flags they belong to and returns how many found none. Rows that say `unreviewed` say nothing.
pub fn apply(flags: &mut [Flag], sessions: &[Session], reviews: &[Reviewed]) -> usize {
    let said = reviews.iter().filter(|review| review.status != ReviewStatus::Unreviewed);
    said.filter(|review| !apply_one(flags, sessions, review)).count()
}

fn apply_one(flags: &mut [Flag], sessions: &[Session], review: &Reviewed) -> bool {
    let current = sessions.iter().find(|session| session.id == review.session).map(Session::text_digest);
    if current != Some(review.text_digest) {
        return false;
    }
    let mut found = false;
    for flag in flags.iter_mut() {
        if flag.session == review.session && flag.span == review.span && flag.category == review.category {
            flag.status = review.status;
            found = true;
        }
    }
    found
}
