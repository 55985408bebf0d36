//! Writes `ethics-review.csv`: one row for each risk that a judge calls present, to be completed by a person.

use crate::domain::{Assessment, ReviewStatus, Severity, ethics, table::table};

/// Bytes of `ethics-review.csv`, in the order of `ethics.jsonl`.
pub fn encode(assessments: &[Assessment]) -> Vec<u8> {
    let mut sorted: Vec<&Assessment> = assessments.iter().collect();
    sorted.sort_by_key(|one| one.key());
    table(&ethics::REVIEW_COLUMNS, sorted.iter().filter_map(|one| Some(row(one, one.severity()?))))
}

fn row(one: &Assessment, severity: Severity) -> [String; 8] {
    let held = one.observations.iter().filter(|seen| seen.check.holds());
    let turns: Vec<String> = held.map(|seen| seen.turns.0.to_string()).collect();
    [
        one.session.to_string(),
        one.text_digest.hex(),
        one.risk.to_string(),
        one.judge.to_string(),
        match severity {
            Severity::Info => "info",
            Severity::Low => "low",
            Severity::Medium => "medium",
            Severity::High => "high",
        }
        .to_owned(),
        turns.join(" "),
        match one.status {
            ReviewStatus::Unreviewed => "unreviewed",
            ReviewStatus::Confirmed => "confirmed",
            ReviewStatus::Rejected => "rejected",
        }
        .to_owned(),
        String::new(),
    ]
}
