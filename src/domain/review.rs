//! Reviewers' decisions on flags: one row for each flag, and how a row is matched with its flag.

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

/// A reviewer's decision on one flag. It applies to one text: if the text changed, or its words are no longer flagged,
/// the decision is stale.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FlagReview {
    /// Id of the session.
    pub session: SessionId,
    /// Digest of the text that the reviewer read.
    pub text_digest: Digest,
    /// Where the flag is.
    pub span: Span,
    /// Id of the category.
    pub category: String,
    /// The decision.
    pub status: ReviewStatus,
}

/// True for flags that a person has to review: severe, and not suppressed.
pub fn needs_review(flag: &Flag) -> bool {
    flag.severity == Severity::High && flag.suppressed_by.is_none()
}

/// Applies decisions to their flags and returns how many matched none. Rows with `unreviewed` are ignored.
pub fn apply(flags: &mut [Flag], sessions: &[Session], reviews: &[FlagReview]) -> usize {
    let said = reviews.iter().filter(|review| review.status != ReviewStatus::Unreviewed);
    said.filter(|review| !apply_one(flags, sessions, review)).count()
}

fn apply_one(flags: &mut [Flag], sessions: &[Session], review: &FlagReview) -> bool {
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
