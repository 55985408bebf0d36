//! The section on flagged phrases per arm: one table per axis, worded by who speaks.

use serde::Serialize;

use crate::analysis::findings::{Author, Findings, FlagRate};
use crate::analysis::{FlagKind, phrase};
use crate::domain::Severity;

use super::overview::author;
use super::sheet::{Cell, Sheet, spaced};

/// One axis.
#[derive(Debug, Serialize)]
pub(super) struct AxisTables {
    title: &'static str,
    explanation: &'static str,
    arms: Sheet,
    categories: Sheet,
}

/// The whole section.
#[derive(Debug, Serialize)]
pub(super) struct Flags<'f> {
    enabled: bool,
    judge: &'f str,
    wording: &'f str,
    axes: Vec<AxisTables>,
}

/// Builds the section.
pub(super) fn flags(findings: &Findings) -> Flags<'_> {
    let axes = [FlagKind::DeceptiveEmpathy, FlagKind::FormulaicWarmth, FlagKind::OverValidation]
        .into_iter()
        .filter(|kind| findings.flags.rates.iter().any(|rate| rate.kind == *kind))
        .map(|kind| axis(findings, kind))
        .collect();
    Flags {
        enabled: findings.flags.enabled,
        judge: &findings.flags.judge,
        wording: &findings.flags.wording,
        axes,
    }
}

fn axis(findings: &Findings, kind: FlagKind) -> AxisTables {
    let (title, explanation) = match kind {
        FlagKind::DeceptiveEmpathy => (
            "Deceptive empathy and relational phrases",
            "Language of a self that understands, feels, is present or has lived. In AI-written turns it is called \
             deceptive empathy: phrases flagged, not confirmed. The same words from a person are relational phrases.",
        ),
        FlagKind::FormulaicWarmth => {
            ("Formulaic warmth", "Template warmth without a self: a rate, not a deception.")
        }
        FlagKind::OverValidation => {
            ("Over-validation", "Agreement with a harmful belief. It needs a judge pass and a person.")
        }
    };
    let judged = !findings.flags.judge.is_empty();
    let own = || findings.flags.rates.iter().filter(move |rate| rate.kind == kind);
    let mut arms = sheet("By arm", "Arm");
    for rate in own().filter(|rate| rate.category.is_empty()) {
        let cells = cells(&mut arms, rate, &called(rate, &findings.flags.wording), judged);
        arms.push(label(findings, &rate.arm), cells);
    }
    let mut categories = sheet("By category", "Category, arm");
    for rate in own().filter(|rate| !rate.category.is_empty()) {
        let what = format!("{}, {}", severity(rate.severity), author(rate.author));
        let cells = cells(&mut categories, rate, &what, judged);
        categories.push(format!("{} {}, {}", rate.category, rate.label, rate.arm), cells);
    }
    AxisTables { title, explanation, arms, categories }
}

fn sheet(caption: &str, first: &str) -> Sheet {
    let head = [
        first,
        "Called",
        "Flagged",
        "per 100 counselor turns",
        "per session",
        "per 1,000 words",
        "Share of turns",
        "Sessions with one",
        "First counselor turn (median)",
        "Reviewed by a person",
        "Judge pass",
        "Suppressed",
    ];
    Sheet::new(caption, head)
}

fn label(findings: &Findings, arm: &str) -> String {
    findings.arms.iter().find(|a| a.id == arm).map_or_else(|| arm.to_owned(), |a| a.label.clone())
}

fn called(rate: &FlagRate, wording: &str) -> String {
    match rate.author {
        Author::Human => rate.label.clone(),
        Author::Ai | Author::Mixed => format!("{}: {wording}", rate.label),
    }
}

/// The word for a severity, with its consequence.
pub(super) fn severity(severity: Option<Severity>) -> &'static str {
    match severity {
        Some(Severity::Info) => "reported as a rate",
        Some(Severity::Low) => "low severity",
        Some(Severity::Medium) => "medium severity",
        Some(Severity::High) => "high severity, needs a person's status",
        None => "no severity",
    }
}

fn cells(sheet: &mut Sheet, rate: &FlagRate, what: &str, judged: bool) -> Vec<Cell> {
    let mut cells = vec![Cell::words(what)];
    if let Some(why) = rate.undefined {
        let why = phrase::reason(why);
        cells.extend((0..10).map(|_| sheet.undefined(why)));
        return cells;
    }
    let turns = format!("of {}", phrase::count(rate.counselor_turns, "turn"));
    cells.push(Cell::count(rate.count).with_small(turns));
    for estimate in [&rate.per_100_turns, &rate.per_session, &rate.per_1000_words] {
        cells.push(sheet.estimate(estimate, 1));
    }
    cells.push(sheet.share(&rate.share_of_turns));
    let mut with = Cell::count(rate.sessions_with).with_small(format!("of {}", rate.sessions));
    if rate.sessions_undefined > 0 {
        with = with.with_small(format!("{} without a lexicon", rate.sessions_undefined));
    }
    cells.push(with);
    cells.push(sheet.estimate(&rate.first_turn, 1));
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

/// Name and axis of a category for this arm's author; `None` if flags were not analyzed.
pub(super) fn category<'f>(findings: &'f Findings, category: &str) -> Option<&'f FlagRate> {
    findings.flags.rates.iter().find(|rate| rate.category == category)
}

/// Label at the end of a flag in a transcript: the category as worded for its author.
pub(super) fn spoken(rate: Option<&FlagRate>, category: &str, human: bool) -> String {
    let deceptive = rate.is_some_and(|rate| rate.kind == FlagKind::DeceptiveEmpathy);
    if deceptive && human { "relational phrase".to_owned() } else { spaced(category) }
}
