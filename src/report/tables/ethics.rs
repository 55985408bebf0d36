//! Owns the tables of ethics risks: one per judge, and the list of what waits for a person. No words of a session stand in
//! them.

use super::Reasons;
use crate::analysis::findings::{EthicsFindings, Findings, RiskRate};
use crate::analysis::phrase::percent;
use crate::domain::{ReviewStatus, Severity};
use crate::report::grid::Grid;
use crate::report::number::share;

/// Every table; none where nobody was asked.
pub(in crate::report) fn ethics(findings: &Findings) -> Vec<Grid> {
    let Some(ethics) = &findings.ethics else { return Vec::new() };
    let mut grids: Vec<Grid> = ethics.judges.iter().map(|judge| by_judge(findings, ethics, judge)).collect();
    if !ethics.present.is_empty() {
        grids.push(present(ethics));
    }
    grids
}

fn by_judge(findings: &Findings, ethics: &EthicsFindings, judge: &str) -> Grid {
    let mut columns = vec!["risk"];
    columns.extend(findings.arms.iter().map(|arm| arm.label.as_str()));
    let mut grid = Grid::new(&format!("Ethics risks by judge {judge} ({})", ethics.wording), &columns);
    let mut reasons = Reasons::default();
    for risk in &ethics.risks {
        let mut row = vec![format!("{}: {}", risk.theme, risk.name)];
        for arm in &findings.arms {
            let own = risk.rates.iter().find(|rate| rate.judge == judge && rate.arm == arm.id);
            row.push(own.map_or("no figure".to_owned(), |rate| {
                reasons.note(&format!("{}, {}", risk.id, arm.id), &[&rate.share]);
                cell(rate)
            }));
        }
        grid.rows.push(row);
    }
    grid.notes.push(
        "share of the sessions with a yes or no; ?: the judge cannot tell, or its answer cannot be used"
            .to_owned(),
    );
    for risk in ethics.risks.iter().filter(|risk| !risk.not_assessable.is_empty()) {
        grid.notes.push(format!("{}: {}", risk.name, risk.without_figure()));
    }
    grid.notes.extend(reasons.notes());
    grid
}

fn cell(rate: &RiskRate) -> String {
    let decided = rate.present + rate.absent;
    let open = rate.cannot_tell + rate.unusable;
    let open = if open > 0 { format!(", {open} ?") } else { String::new() };
    if rate.share.value().is_err() {
        return format!("-{open}");
    }
    let interval = rate.share.interval();
    let interval =
        interval.map(|i| format!(" [{}, {}]", percent(i.low()), percent(i.high()))).unwrap_or_default();
    format!("{}{interval}, {} of {decided}{open}", share(&rate.share), rate.present)
}

fn present(ethics: &EthicsFindings) -> Grid {
    let title = format!("To read: risks that a judge calls present ({})", ethics.wording);
    let mut grid =
        Grid::new(&title, &["session", "arm", "risk", "judge", "severity", "turns", "a person said"]);
    for one in &ethics.present {
        let turns: Vec<String> = one.turns.iter().map(ToString::to_string).collect();
        grid.rows.push(vec![
            one.session.clone(),
            one.arm.clone(),
            one.risk.clone(),
            one.judge.clone(),
            severity(one.severity).to_owned(),
            turns.join(" "),
            status(one.status).to_owned(),
        ]);
    }
    grid
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

/// The word for what a person said.
pub(in crate::report) fn status(status: ReviewStatus) -> &'static str {
    match status {
        ReviewStatus::Unreviewed => "unreviewed",
        ReviewStatus::Confirmed => "confirmed",
        ReviewStatus::Rejected => "rejected",
    }
}
