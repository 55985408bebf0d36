//! Checks the quotes of a judge against the named turn of the named speaker, by the rule of
//! docs/formats/judging.md. Quotes that are not found are removed and counted.

use super::reply::{AbsenceClaim, QuotedClaim, RatingReply};
use crate::{
    domain::{Observation, ObservationKind, QuoteCheck, Session, Span, Speaker},
    text::quote::{QuoteMatch, verify},
};

/// The observations of one reply with the results of the check.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct CheckedEvidence {
    /// Observations; quotes that were not found are removed.
    pub observations: Vec<Observation>,
    /// Number of quotes cited.
    pub cited: u32,
    /// Number of quotes found word for word.
    pub verified: u32,
    /// Number of quotes found with small differences.
    pub near: u32,
    /// Number of absences named.
    pub absent: u32,
}

impl CheckedEvidence {
    /// True if a score may be based on it: a quote was found, or nothing was quoted and an absence is named.
    pub fn carries_a_score(&self) -> bool {
        self.verified + self.near > 0 || (self.cited == 0 && self.absent > 0)
    }

    /// Checks quotes of one kind and adds them to the observations.
    pub(super) fn add(&mut self, claims: &[QuotedClaim], kind: ObservationKind, session: &Session) {
        for claim in claims {
            let found = quote(claim, session);
            self.cited += 1;
            self.verified += u32::from(matches!(found, QuoteCheck::Verified { .. }));
            self.near += u32::from(matches!(found, QuoteCheck::Near { .. }));
            self.observations.push(observation(claim, kind, found));
        }
    }
}

/// Checks every observation of a reply.
pub fn check(reply: &RatingReply, session: &Session) -> CheckedEvidence {
    let mut checked = CheckedEvidence::default();
    checked.add(&reply.positive, ObservationKind::Positive, session);
    checked.add(&reply.negative, ObservationKind::Negative, session);
    for claim in reply.absent.iter().filter(|claim| !claim.what.trim().is_empty()) {
        checked.absent += 1;
        checked.observations.push(absence(claim));
    }
    // Frees spare capacity, because the observations are kept for the whole run.
    checked.observations.shrink_to_fit();
    checked
}

fn observation(claim: &QuotedClaim, kind: ObservationKind, check: QuoteCheck) -> Observation {
    let turn = turn_number(claim.turn).unwrap_or(0);
    Observation {
        kind,
        note: claim.note.trim().to_owned(),
        quote: check.holds().then(|| claim.quote.trim().to_owned()),
        turns: (turn, turn),
        speaker: speaker(claim.speaker.as_deref()),
        check,
    }
}

fn absence(claim: &AbsenceClaim) -> Observation {
    Observation {
        kind: ObservationKind::Absent,
        note: claim.what.trim().to_owned(),
        quote: None,
        turns: (turn_number(claim.from_turn).unwrap_or(0), turn_number(claim.to_turn).unwrap_or(0)),
        speaker: None,
        check: QuoteCheck::NotNeeded,
    }
}

/// Searches for a quote in the named turn of the named speaker.
fn quote(claim: &QuotedClaim, session: &Session) -> QuoteCheck {
    let Some(turn) = turn_number(claim.turn).and_then(|number| session.turn(number)) else {
        return QuoteCheck::WrongTurn;
    };
    if speaker(claim.speaker.as_deref()).is_some_and(|named| named != turn.speaker) {
        return QuoteCheck::WrongTurn;
    }
    let span = |range: std::ops::Range<usize>| Span { turn: turn.number, start: range.start, end: range.end };
    match verify(&claim.quote, &turn.text) {
        QuoteMatch::Exact { range } => QuoteCheck::Verified { span: span(range) },
        QuoteMatch::Near { range, similarity } => QuoteCheck::Near { span: span(range), similarity },
        QuoteMatch::TooShort => QuoteCheck::TooShort,
        QuoteMatch::NotFound => QuoteCheck::NotFound,
    }
}

/// A turn number as the judge wrote it; `None` if it is not a whole number in range.
pub(super) fn turn_number(written: Option<f64>) -> Option<u32> {
    let number = written.filter(|n| n.fract() == 0.0 && (1.0..=f64::from(u32::MAX)).contains(n))?;
    // The range check above makes the conversion exact.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked to be a whole u32")]
    Some(number as u32)
}

fn speaker(word: Option<&str>) -> Option<Speaker> {
    match word?.trim().to_lowercase().as_str() {
        "client" => Some(Speaker::Client),
        "counselor" | "counsellor" => Some(Speaker::Counselor),
        _ => None,
    }
}
