//! Writes `flag-review.csv`: one row for each flag that needs review, to be completed by a person.

use std::collections::HashMap;

use crate::domain::{Flag, FlagVerdict, ReviewStatus, Session, Severity, review, table::table};

/// Bytes of `flag-review.csv`, in the order of `flags.jsonl`.
pub fn encode(flags: &[Flag], sessions: &[Session]) -> Vec<u8> {
    let by_id: HashMap<&str, &Session> = sessions.iter().map(|s| (s.id.as_str(), s)).collect();
    let mut sorted: Vec<&Flag> = flags.iter().filter(|flag| review::needs_review(flag)).collect();
    sorted.sort_by(|a, b| (&a.session, a.span, &a.category).cmp(&(&b.session, b.span, &b.category)));
    let row = |flag: &Flag| Some(row(flag, by_id.get(flag.session.as_str())?));
    table(&review::COLUMNS, sorted.into_iter().filter_map(row))
}

fn row(flag: &Flag, session: &Session) -> [String; 13] {
    let words = session.turn(flag.span.turn).and_then(|turn| flag.span.of(&turn.text)).unwrap_or_default();
    let known = |value: Option<bool>| value.map(|value| value.to_string()).unwrap_or_default();
    [
        flag.session.to_string(),
        session.text_digest().hex(),
        flag.span.turn.to_string(),
        flag.span.start.to_string(),
        flag.span.end.to_string(),
        flag.category.clone(),
        severity(flag.severity).to_owned(),
        judge(flag.judge).to_owned(),
        known(flag.context.follows_emotional_disclosure),
        known(flag.context.ai_self_identified_before),
        words.to_owned(),
        status(flag.status).to_owned(),
        String::new(),
    ]
}

fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Info => "info",
        Severity::Low => "low",
        Severity::Medium => "medium",
        Severity::High => "high",
    }
}

fn judge(verdict: FlagVerdict) -> &'static str {
    match verdict {
        FlagVerdict::NotAsked => "not_asked",
        FlagVerdict::Confirmed => "confirmed",
        FlagVerdict::Rejected => "rejected",
    }
}

fn status(status: ReviewStatus) -> &'static str {
    match status {
        ReviewStatus::Unreviewed => "unreviewed",
        ReviewStatus::Confirmed => "confirmed",
        ReviewStatus::Rejected => "rejected",
    }
}
