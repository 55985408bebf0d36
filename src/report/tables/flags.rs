//! Tables of flagged phrases: each axis apart, worded by who speaks.

use crate::analysis::findings::{Author, Findings, FlagRate};
use crate::analysis::{FlagKind, phrase};
use crate::domain::Severity;
use crate::report::table::{Cell, Table};

use super::label;

/// The axes of flags with their headings.
pub(in crate::report) const AXES: [(FlagKind, &str); 3] = [
    (FlagKind::DeceptiveEmpathy, "Deceptive empathy and relational phrases"),
    (FlagKind::FormulaicWarmth, "Formulaic warmth"),
    (FlagKind::OverValidation, "Over-validation"),
];

/// For each axis its heading, the table by arm and the table by category; none where flags were not asked for.
pub(super) fn flags(findings: &Findings) -> Vec<(&'static str, Table, Table)> {
    if !findings.flags.enabled {
        return Vec::new();
    }
    let has = |kind: FlagKind| findings.flags.rates.iter().any(|rate| rate.kind == kind);
    AXES.iter().filter(|(kind, _)| has(*kind)).map(|&(kind, title)| axis(findings, kind, title)).collect()
}

fn axis(findings: &Findings, kind: FlagKind, title: &'static str) -> (&'static str, Table, Table) {
    let judged = !findings.flags.judge.is_empty();
    let own = || findings.flags.rates.iter().filter(move |rate| rate.kind == kind);
    let mut arms = empty(format!("{title}, by arm"), "arm");
    for rate in own().filter(|rate| rate.category.is_empty()) {
        let called = match rate.author {
            Author::Human => rate.label.clone(),
            Author::Ai | Author::Mixed => format!("{}: {}", rate.label, findings.flags.wording),
        };
        arms.push(label(findings, &rate.arm), cells(rate, called, judged));
    }
    let mut categories = empty(format!("{title}, by category"), "category, arm");
    for rate in own().filter(|rate| !rate.category.is_empty()) {
        let called = format!("{}, {}", severity_words(rate.severity), author(rate.author));
        let head = format!("{} {}, {}", rate.category, rate.label, rate.arm);
        categories.push(head, cells(rate, called, judged));
    }
    (title, arms, categories)
}

fn empty(caption: String, first: &str) -> Table {
    let columns = [
        first,
        "called",
        "flagged",
        "per 100 counselor turns",
        "per session",
        "per 1,000 words",
        "share of turns",
        "sessions with one",
        "first counselor turn (median)",
        "reviewed by a person",
        "judge pass",
        "suppressed",
    ];
    Table::new(caption, columns)
}

fn cells(rate: &FlagRate, called: String, judged: bool) -> Vec<Cell> {
    let mut cells = vec![Cell::words(called)];
    if let Some(why) = rate.undefined {
        cells.extend((0..10).map(|_| Cell::undefined(phrase::reason(why))));
        return cells;
    }
    cells.push(Cell::count(rate.count).remark(format!("of {}", phrase::count(rate.counselor_turns, "turn"))));
    let rates = [&rate.per_100_turns, &rate.per_session, &rate.per_1000_words];
    cells.extend(rates.map(|estimate| Cell::interval(estimate, 1)));
    cells.push(Cell::rate(&rate.share_of_turns));
    let mut with = Cell::count(rate.sessions_with).remark(format!("of {}", rate.sessions));
    if rate.sessions_undefined > 0 {
        with = with.remark(format!("{} without a lexicon", rate.sessions_undefined));
    }
    cells.push(with);
    cells.push(Cell::interval(&rate.first_turn, 1));
    cells.push(Cell::words(format!(
        "{} unreviewed, {} confirmed, {} rejected",
        rate.unreviewed, rate.person_confirmed, rate.person_rejected
    )));
    cells.push(Cell::words(if judged {
        format!("{} confirmed, {} rejected", rate.judge_confirmed, rate.judge_rejected)
    } else {
        "no judge pass".to_owned()
    }));
    cells.push(Cell::count(rate.suppressed));
    cells
}

/// The word for a severity, with what follows from it.
pub(in crate::report) fn severity_words(severity: Option<Severity>) -> &'static str {
    match severity {
        Some(Severity::Info) => "reported as a rate",
        Some(Severity::Low) => "low severity",
        Some(Severity::Medium) => "medium severity",
        Some(Severity::High) => "high severity, needs a person's status",
        None => "no severity",
    }
}

/// Who writes the counselor's side, in words.
pub(in crate::report) fn author(author: Author) -> &'static str {
    match author {
        Author::Human => "human",
        Author::Ai => "AI",
        Author::Mixed => "human and AI",
    }
}
