//! Tables of ethics risks: shares by arm, differences between arms, and what waits for a person. No words of a session
//! stand in them.

use crate::analysis::findings::{EthicsFindings, Findings, RiskRate};
use crate::domain::{DrawCount, ReviewStatus, Severity};
use crate::report::number::share;
use crate::report::table::{Cell, Table};
use crate::stats::Estimate;

/// Shares and differences, judge by judge; none where nobody was asked.
pub(super) fn ethics(findings: &Findings) -> Vec<Table> {
    let Some(ethics) = &findings.ethics else { return Vec::new() };
    let shares = ethics.judges.iter().map(|judge| shares(findings, ethics, judge));
    shares.chain(ethics.judges.iter().filter_map(|judge| differences(ethics, judge))).collect()
}

/// What is said where questions were asked more than once.
const DRAWS: &str = "draws: the share of a session's usable answers that say present, mean over sessions; a session counts as \
     present where more than half of its usable answers say so, and without a majority the judge cannot tell";

/// What is said below every table of shares.
const SHARES: &str = "share of the sessions in which the judge says yes or no; what it cannot tell and answers that cannot be \
     used are in neither and counted apart; not applicable: the risk has no meaning in that arm, and nobody was asked";

fn shares(findings: &Findings, ethics: &EthicsFindings, judge: &str) -> Table {
    let columns = ["risk"].into_iter().chain(findings.arms.iter().map(|arm| arm.label.as_str()));
    let caption =
        format!("Share of sessions in which judge {judge} calls a risk present ({})", ethics.wording);
    let mut table = Table::new(caption, columns).note(SHARES);
    for risk in ethics.risks.iter().filter(|risk| risk.not_assessable.is_empty()) {
        let cells = findings.arms.iter().map(|arm| {
            let own = risk.rates.iter().find(|rate| rate.judge == judge && rate.arm == arm.id);
            own.map_or_else(|| Cell::words("not asked"), cell)
        });
        table.push(format!("{}: {}", risk.theme, risk.name), cells);
    }
    if ethics.risks.iter().flat_map(|risk| &risk.rates).any(|rate| rate.draws.is_some()) {
        table = table.note(DRAWS);
    }
    for risk in ethics.risks.iter().filter(|risk| !risk.not_assessable.is_empty()) {
        table = table.note(format!("{}: {}", risk.name, risk.without_figure()));
    }
    table
}

fn cell(rate: &RiskRate) -> Cell {
    let mut cell = Cell::rate(&rate.share);
    if rate.share.value().is_ok() {
        cell = cell.remark(format!("{} of {}", rate.present, rate.present + rate.absent));
    }
    let open = [(rate.cannot_tell, "cannot tell"), (rate.unusable, "unusable"), (rate.rejected, "rejected")];
    for (n, what) in open.iter().filter(|(n, _)| *n > 0) {
        cell = cell.remark(format!("{n} {what}"));
    }
    match rate.draws.as_ref().filter(|draws| draws.present.value().is_ok()) {
        Some(draws) => cell.remark(format!("draws {}", share(&draws.present))),
        None => cell,
    }
}

/// What is said beside every difference.
const DIFFERENCES: &str = "difference of the shares in percentage points, over the recorded sessions decided in both arms (n), with \
     a bootstrap interval by recorded session (too short where they are few); p of the sign-flip test, adjusted by Holm over the \
     risks and contrasts of the judge. A difference is what the judge says: the judge may differ, not the sessions";

/// Differences between arms, one a row.
fn differences(ethics: &EthicsFindings, judge: &str) -> Option<Table> {
    let caption = format!("Ethics risks by judge {judge}: difference between arms ({})", ethics.wording);
    let mut table =
        Table::new(caption, ["risk", "contrast", "points", "n", "p", "p (Holm)"]).note(DIFFERENCES);
    for one in ethics.contrasts.iter().filter(|one| one.judge == judge) {
        let cells = [
            Cell::words(one.name()),
            points(&one.difference),
            Cell::count(one.difference.n_units()),
            Cell::p(one.p),
            Cell::p(one.p_adjusted),
        ];
        table.push(&one.risk, cells);
    }
    table.nonempty()
}

/// A difference of shares in percentage points with its interval.
fn points(difference: &Estimate) -> Cell {
    Cell::scaled(difference, 100.0, 0)
}

/// How several answers fall, such as `2 of 3 draws`.
pub(in crate::report) fn drawn(count: DrawCount) -> String {
    format!("{} of {} draws", count.present, count.usable())
}

/// What judges call present, for a person to read.
pub(super) fn to_read(findings: &Findings) -> Option<Table> {
    let ethics = findings.ethics.as_ref()?;
    let caption = format!("To read: risks that a judge calls present ({})", ethics.wording);
    let columns = ["session", "arm", "risk", "judge", "severity", "turns", "a person said"];
    let mut table = Table::new(caption, columns);
    for one in &ethics.present {
        let turns: Vec<String> = one.turns.iter().map(ToString::to_string).collect();
        let drawn = one.draws.map(|count| format!(", {}", drawn(count))).unwrap_or_default();
        let cells = [
            one.arm.clone(),
            one.risk.clone(),
            one.judge.clone(),
            format!("{}{drawn}", severity(one.severity)),
            turns.join(" "),
            status(one.status).to_owned(),
        ];
        table.push(&one.session, cells.map(Cell::words));
    }
    table.nonempty()
}

/// The word for a severity.
pub(in crate::report) fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Info => "info",
        Severity::Low => "low",
        Severity::Medium => "medium",
        Severity::High => "high",
    }
}

/// The word for a reviewer's decision.
pub(in crate::report) fn status(status: ReviewStatus) -> &'static str {
    match status {
        ReviewStatus::Unreviewed => "unreviewed",
        ReviewStatus::Confirmed => "confirmed",
        ReviewStatus::Rejected => "rejected",
    }
}
